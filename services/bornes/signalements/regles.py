"""A report's rules: which states follow which, who sees and decides."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.problems import Conflict, Forbidden
from shared.schemas.bornes_signalements import EtatSignalement, MotifSignalement

SUIVANTS: Mapping[EtatSignalement, frozenset[EtatSignalement]] = {
    EtatSignalement.OUVERT: frozenset(
        {EtatSignalement.CONFIRME, EtatSignalement.REJETE, EtatSignalement.CLOS}
    ),
    EtatSignalement.CONFIRME: frozenset({EtatSignalement.CLOS}),
    EtatSignalement.REJETE: frozenset(),
    EtatSignalement.CLOS: frozenset(),
}
EN_COURS = frozenset(etat for etat, suivants in SUIVANTS.items() if suivants)
"""A new report of the same point and motif joins one of these; after an end it opens another."""
REPONDUS_PAR_LE_STATUT = frozenset(MotifSignalement) - {MotifSignalement.DONNEES_ERRONEES}
"""A point back in service answers these; wrong data stays wrong."""


def check_follows(actuel: EtatSignalement, voulu: EtatSignalement) -> None:
    """Let a decision through only when it still is to be taken."""
    if voulu not in SUIVANTS[actuel]:
        known = ", ".join(etat for etat in EtatSignalement if etat in SUIVANTS[actuel]) or "aucun"
        raise Conflict(
            f"Ce signalement est « {actuel} » : il ne peut pas passer à « {voulu} ». "
            f"États possibles : {known}."
        )


class Ressort(NamedTuple):
    """Whose business a charging point is."""

    point: str
    commune: str | None
    arrondissement: str | None


class Portee(NamedTuple):
    """What part of the registry a caller answers for."""

    tout: bool
    """The Métropole's agents."""
    communes: frozenset[str]
    """INSEE codes: a commune's agents."""
    prefixes: frozenset[str]
    """AFIREV prefixes: an operator."""

    def moderates(self, ressort: Ressort) -> bool:
        """Whether it is an agent of the place."""
        return self.tout or not self.communes.isdisjoint((ressort.commune, ressort.arrondissement))

    def sees(self, ressort: Ressort) -> bool:
        return self.moderates(ressort) or any(
            prefix and ressort.point.startswith(prefix) for prefix in self.prefixes
        )

    def check_decides(self, ressort: Ressort, etat: EtatSignalement, *, publishes: bool) -> None:
        """An operator speaks of its point's repair; what people said is not its to judge."""
        if not self.moderates(ressort) and (publishes or etat is EtatSignalement.REJETE):
            raise Forbidden(
                "Seul un agent de la commune ou de la Métropole rejette un signalement ou publie "
                "un commentaire ; un opérateur peut le confirmer ou le clore."
            )
