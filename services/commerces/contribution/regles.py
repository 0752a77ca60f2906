"""Who may change what of a listing and when: proof levels, rights by field, states."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from services.commerces.contribution.ecarts import PREFIXE
from services.commerces.mots import singulier, words
from shared.problems import Conflict
from shared.schemas.commerces_contribution import EtatProposition, GenreProposition
from shared.schemas.commerces_gestion import FicheDecrite
from shared.schemas.commerces_valeurs import VerifiePar

DECLARE, SIRET_VERIFIE, ATTESTE = 1, 2, 3
"""Proof levels of a holder; 0 is a listing that nobody claims."""
AGENT: Final = 4
"""More than any holder has: only an agent decides."""
FERMETURE: Final = "fermeture"
SIREN: Final = 9
"""Digits of a company's number."""

NIVEAUX: Final[Mapping[str, int]] = {
    "nom": ATTESTE,
    "enseigne": ATTESTE,
    "categories": ATTESTE,
    "naf": ATTESTE,
    FERMETURE: ATTESTE,
    "siret": AGENT,
    "du": AGENT,
    "adresse": AGENT,
    "complement": AGENT,
    "code_postal": AGENT,
    "lon": AGENT,
    "lat": AGENT,
    "cle_ban": AGENT,
}
"""Least level that changes a field without waiting; SIRET_VERIFIE for those not named.

What the level itself rests on (the SIRET, the place) is never its to change: a takeover or a move
is seen by an agent.
"""
_AUTORITES: Final = frozenset(
    {VerifiePar.SIRENE, VerifiePar.CCI, VerifiePar.COMMUNE, VerifiePar.METROPOLE}
)

OUVRENT: Final = frozenset({GenreProposition.INSCRIPTION, GenreProposition.REVENDICATION})
"""Kinds that make a holder of who asks."""
EN_COURS: Final = frozenset({EtatProposition.EN_ATTENTE, EtatProposition.A_PRECISER})
SUIVANTS: Final[Mapping[str, EtatProposition]] = {
    "accepter": EtatProposition.ACCEPTEE,
    "refuser": EtatProposition.REFUSEE,
    "demander": EtatProposition.A_PRECISER,
    "retirer": EtatProposition.REFUSEE,
}


class Etablissement(NamedTuple):
    """An establishment that the directory knows to be open, and who said so last."""

    siret: str | None
    nom: str
    enseigne: str | None
    code_commune: str
    verifie_par: str


def level(champ: str) -> int:
    """Least level that changes a field without waiting."""
    return SIRET_VERIFIE if champ.startswith(PREFIXE) else NIVEAUX.get(champ, SIRET_VERIFIE)


def free(champs: Iterable[str], niveau: int, *, reconnu: bool) -> list[str]:
    """The fields that a holder changes at once; none before an agent recognised it."""
    return [champ for champ in champs if reconnu and niveau >= level(champ)]


def free_fields(niveau: int, *, reconnu: bool) -> list[str]:
    """The same among all fields of a listing."""
    return free((*FicheDecrite.model_fields, FERMETURE), niveau, reconnu=reconnu)


def proof(*, siret: str | None, nom: str, code_commune: str, known: Sequence[Etablissement]) -> int:
    """The level that a declaration reaches by itself.

    2 when SIRENE, or an agent, knows this SIRET as open in this commune under such a name.
    """
    asked = set(words(nom))

    def agrees(one: Etablissement) -> bool:
        named = {word for name in (one.nom, one.enseigne) if name for word in words(name)}
        same = siret is not None and (one.siret, one.code_commune) == (siret, code_commune)
        return same and one.verifie_par in _AUTORITES and not asked.isdisjoint(named)

    return SIRET_VERIFIE if any(map(agrees, known)) else DECLARE


def same_company(one: str | None, other: str | None) -> bool:
    """Whether two SIRETs, as far as they are known, are of one company: they begin by its SIREN."""
    return one is None or other is None or one[:SIREN] == other[:SIREN]


def is_same_shop(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two registrations are of one shop: its name and its address, and no other SIRET.

    One company may have two stalls, each under its own name.
    """
    named = all(singulier(one[champ]) == singulier(other[champ]) for champ in ("nom", "adresse"))
    return named and (not one["siret"] or not other["siret"] or one["siret"] == other["siret"])


def check_decidable(
    etat: EtatProposition, decision: str, *, overrides: bool, forgotten: bool
) -> None:
    """Let a decision through on what still waits; the CCI and the Métropole may undo a refusal.

    Not once who asked is `forgotten`: a holder whom nothing reaches would answer for the listing.
    """
    undone = overrides and etat is EtatProposition.REFUSEE and decision == "accepter"
    if undone and forgotten:
        raise Conflict("Qui a fait cette demande a été oublié : elle ne s'accepte plus.")
    if etat not in EN_COURS and not undone:
        raise Conflict(
            f"Cette demande est « {etat} » : elle n'attend plus de décision. Seules la CCI et la "
            "Métropole peuvent encore accepter une demande refusée."
        )


def check_waiting(etat: EtatProposition) -> None:
    """Its author withdraws only what nobody has decided of."""
    if etat not in EN_COURS:
        raise Conflict(f"Cette demande est « {etat} » : elle n'attend plus, et ne se retire plus.")


def check_holding(etat: EtatProposition, genre: str, *, still: bool) -> None:
    """What an agent accepted is undone for who is a holder by it, and `still` is one."""
    if genre not in OUVRENT or etat is not EtatProposition.ACCEPTEE:
        raise Conflict(
            "L'accès à une fiche se retire par la demande, acceptée, qui l'a donné : une "
            "inscription ou une revendication. Ce qui attend se refuse."
        )
    if not still:
        raise Conflict("Cette personne ne répond déjà plus de la fiche.")
