"""`relance cles`: create, list and revoke access keys."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.arguments import named
from shared.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.models import Cle

# Each command imports what it needs when it runs: `relance --help` must not wait for everything.

BIENTOT: Final = timedelta(days=30)
"""Before its end a key is to be made anew: its holder has to put the new one in place."""
_PREFIXE: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
"""A shorter one would answer for other operators too; an empty one, for all of them."""

_COMMUNE: Final = "commune"
_PARTOUT: Final = frozenset({"cci", "metropole"})
"""Roles that answer for the whole Métropole: a commune would not limit them."""

cles = typer.Typer(help="Les clés d'accès.", no_args_is_help=True)


@cles.command()
def creer(
    organisation: Annotated[str, typer.Argument(help="À qui la clé est remise.", callback=named)],
    *,
    role: Annotated[str, typer.Option(help="Son rôle, comme commune ou operateur.")],
    droit: Annotated[list[str], typer.Option(help="Un droit, comme bornes:importer.")],
    commune: Annotated[list[str] | None, typer.Option(help="Code INSEE de son ressort.")] = None,
    prefixe: Annotated[list[str] | None, typer.Option(help="Préfixe AFIREV à publier.")] = None,
    jours: Annotated[int, typer.Option(min=1, max=1825, help="Durée de validité.")] = 365,
) -> None:
    """Créer une clé et l'afficher : son secret ne pourra plus l'être."""
    from gateway import keys
    from gateway.embedded import roles, scopes
    from shared.db import transaction

    _known("Rôle inconnu", [role], roles())
    _known("Droit inconnu", droit, sorted(scopes()))
    wrong = [one for one in prefixe or () if not _PREFIXE.fullmatch(one)]
    if wrong:
        raise typer.BadParameter(
            f"Préfixe AFIREV attendu, deux lettres puis trois caractères (FRABC) : « {wrong[0]} »."
        )
    _check_ground(role, commune or ())
    expire_le = datetime.now(UTC) + timedelta(days=jours)
    with transaction("gateway") as session:
        key = keys.create(
            session,
            organisation=organisation,
            role=role,
            scopes=droit,
            territoire=commune or (),
            prefixes=prefixe or (),
            expire_le=expire_le,
        )
    say(key)
    say(f"Elle vaut jusqu'au {_day(expire_le)}.", err=True)


@cles.command()
def lister() -> None:
    """Lister les clés : fin, dernier usage, ce dont elles répondent ; jamais leur secret."""
    from gateway import keys
    from shared.db import transaction

    with transaction("gateway") as session:
        found = keys.list_all(session)
        for key in found:
            rights = " ".join(key.scopes)
            until, used = _day(key.expire_le), _day(key.derniere_utilisation)
            say(
                f"{key.id}  {_state(key):<9}  fin {until}  usage {used}"
                f"  {key.role}  {key.organisation}  {rights}{_ground(key)}"
            )
        if not found:
            say("Aucune clé.")


@cles.command()
def revoquer(
    identifiant: Annotated[str, typer.Argument(help="L'identifiant que « lister » affiche.")],
) -> None:
    """Fermer une clé pour toujours, en moins de dix secondes."""
    from gateway import keys
    from shared.db import transaction

    with transaction("gateway") as session:
        keys.revoke(session, identifiant)
    say(f"La clé {identifiant} est révoquée.")


def _known(fault: str, asked: list[str], known: list[str]) -> None:
    for one in asked:
        if one not in known:
            raise typer.BadParameter(f"{fault} : « {one} ». Au choix : {', '.join(known)}.")


def _check_ground(role: str, communes: "Sequence[str]") -> None:
    """Where a key may act is said of those that do not act everywhere."""
    from shared import territoire

    if communes and role in _PARTOUT:
        raise typer.BadParameter(
            f"Le rôle « {role} » vaut pour toute la Métropole : --commune ne le limiterait pas."
        )
    if role == _COMMUNE and not communes:
        raise typer.BadParameter("De quelle commune ? Donnez son code INSEE : --commune 94048.")
    nowhere = [code for code in communes if territoire.resolve(code) is None]
    if nowhere:
        raise typer.BadParameter(f"Code INSEE d'aucune commune de la Métropole : « {nowhere[0]} ».")


def _ground(key: "Cle") -> str:
    """What a key answers for, where that is not everything."""
    grounds = (("préfixes", key.prefixes), ("communes", key.territoire))
    return "".join(f"  {name} {' '.join(sorted(codes))}" for name, codes in grounds if codes)


def _day(instant: datetime | None) -> str:
    return "-" * 10 if instant is None else f"{instant.astimezone():%Y-%m-%d}"


def _state(key: "Cle") -> str:
    if key.revoquee_le is not None:
        return "révoquée"
    if key.expire_le is None:
        return "valide"
    left = key.expire_le - datetime.now(UTC)
    if left <= timedelta():
        return "expirée"
    return "à refaire" if left < BIENTOT else "valide"
