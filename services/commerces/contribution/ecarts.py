"""What differs between two states of a listing, field by field, and how a change is applied."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

Json = dict[str, Any]
MODALITES: Final = "modalites"
PREFIXE: Final = "modalites/"
"""A modality is compared as a whole: its parts depend on each other."""
CONTACTS: Final = "contacts"


class Ecarts(NamedTuple):
    """The fields that differ, as they were and as they become; None where there is none."""

    avant: Json
    apres: Json

    def only(self, champs: Iterable[str]) -> "Ecarts":
        """The same for some of the fields."""
        kept = list(champs)
        return Ecarts(
            {champ: self.avant[champ] for champ in kept},
            {champ: self.apres[champ] for champ in kept},
        )


def fields(listing: Mapping[str, Any]) -> Json:
    """A listing as fields that are compared each on its own."""
    flat = {champ: value for champ, value in listing.items() if champ != MODALITES}
    for modalite in listing[MODALITES]:
        flat[f"{PREFIXE}{modalite['genre']}"] = modalite
    return flat


def differences(avant: Mapping[str, Any], apres: Mapping[str, Any]) -> Ecarts:
    """The fields whose value is not the same, in the order of the listing."""
    old, new = fields(avant), fields(apres)
    champs = [champ for champ in {**old, **new} if old.get(champ) != new.get(champ)]
    return Ecarts(
        {champ: old.get(champ) for champ in champs}, {champ: new.get(champ) for champ in champs}
    )


def applied(listing: Mapping[str, Any], apres: Mapping[str, Any]) -> Json:
    """The listing with these fields changed, and no other."""
    flat = fields(listing) | dict(apres)
    found = {champ: value for champ, value in flat.items() if not champ.startswith(PREFIXE)}
    modalites = [
        value for champ, value in flat.items() if champ.startswith(PREFIXE) and value is not None
    ]
    return {**found, MODALITES: modalites}


def public_only(listing: Mapping[str, Any]) -> Json:
    """The listing without the contacts that the public does not see."""
    return {**listing, CONTACTS: [one for one in listing[CONTACTS] if one["public"]]}


def unread(ecarts: Ecarts, listing: Mapping[str, Any]) -> list[Json]:
    """The private contacts that who asked had neither read nor written: not its to take away."""
    told = {(one["genre"], one["valeur"]) for side in ecarts for one in side.get(CONTACTS) or ()}
    return [
        one
        for one in listing[CONTACTS]
        if not one["public"] and (one["genre"], one["valeur"]) not in told
    ]


def completed(ecarts: Ecarts, listing: Mapping[str, Any]) -> Json:
    """What is asked for, as it would be done: contacts that were not read stay."""
    if CONTACTS not in ecarts.apres:
        return ecarts.apres
    return {**ecarts.apres, CONTACTS: [*ecarts.apres[CONTACTS], *unread(ecarts, listing)]}
