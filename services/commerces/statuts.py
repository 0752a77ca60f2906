"""Which status of a listing may follow which, and when what nobody confirms is hidden."""

from collections.abc import Mapping
from typing import Final

from shared.problems import Conflict
from shared.schemas.commerces_valeurs import StatutFiche

BROUILLON, EN_ATTENTE, PUBLIEE, SUSPENDUE, FERMEE, ARCHIVEE = StatutFiche
LIBELLES: Final[Mapping[StatutFiche, str]] = {
    BROUILLON: "brouillon",
    EN_ATTENTE: "en attente",
    PUBLIEE: "publiée",
    SUSPENDUE: "suspendue",
    FERMEE: "fermée",
    ARCHIVEE: "archivée",
}
SUIVANTS: Final[Mapping[StatutFiche, frozenset[StatutFiche]]] = {
    BROUILLON: frozenset({EN_ATTENTE, PUBLIEE, ARCHIVEE}),
    EN_ATTENTE: frozenset({BROUILLON, PUBLIEE, ARCHIVEE}),
    PUBLIEE: frozenset({SUSPENDUE, FERMEE, ARCHIVEE}),
    SUSPENDUE: frozenset({PUBLIEE, FERMEE, ARCHIVEE}),
    FERMEE: frozenset({PUBLIEE, ARCHIVEE}),
    ARCHIVEE: frozenset(),
}
"""An archived listing is the end: what comes back is a new one."""

JAMAIS_VUES: Final = frozenset({BROUILLON, EN_ATTENTE})
"""No listing comes back to these once it was published."""
FINIES: Final = frozenset({FERMEE, ARCHIVEE})
"""Nothing is said of a shop there any more."""
A_CONFIRMER: Final = 90
"""Days after which what nobody confirmed is to be taken with care: its holder is asked."""
MASQUAGE: Final = 365
"""Days after which what nobody confirms is no longer shown."""
NON_CONFIRMEE: Final = "Non confirmée depuis un an"
"""The reason of a suspension that a confirmation ends."""


def check_living(statut: StatutFiche) -> None:
    """A listing that has ended is neither changed nor confirmed by its merchant."""
    if statut in FINIES:
        ask = "demandez d'abord sa réouverture (`reouverture`)"
        again = ask if statut is FERMEE else "c'est la fin"
        raise Conflict(f"Cette fiche est {LIBELLES[statut]} : {again}.")


def check_closed(statut: StatutFiche) -> None:
    """Only a listing that is closed, and no more than that, opens again."""
    if statut is not FERMEE:
        raise Conflict(f"Cette fiche est {LIBELLES[statut]} : seule une fiche fermée rouvre.")


def check(current: StatutFiche, wanted: StatutFiche) -> None:
    """Let only a status through that may follow."""
    if wanted not in SUIVANTS[current]:
        allowed = [LIBELLES[statut] for statut in StatutFiche if statut in SUIVANTS[current]]
        raise Conflict(
            f"Une fiche {LIBELLES[current]} ne peut pas devenir {LIBELLES[wanted]}. "
            f"Statuts possibles : {', '.join(allowed) or 'aucun'}."
        )
