"""What a status makes of the one before it, as kept for a point: the rules of `commands`' write.

That write takes one status of each point; the further ones that a call has of a point follow here,
one after another, and are written once.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from services.bornes.statuts.dynamique import Statut
from services.bornes.statuts.etats import INCONNU
from services.bornes.statuts.regles import PAR_JOUR_MAX, Verdict
from shared.schemas.commun import PARIS


@dataclass(frozen=True, slots=True)
class Tenu:
    """The latest status of a point, and what is kept beside it (`models.DernierStatut`)."""

    statut: Statut
    depuis: datetime
    vu_avant: datetime | None
    connu_avant: str | None
    jour: date
    nombre: int
    a_change: bool = False
    """Whether readers see another state than before."""

    @property
    def est_un_changement(self) -> bool:
        """Whether the history tells it."""
        return self.depuis == self.statut.horodatage

    @property
    def est_revenu(self) -> bool:
        """Whether the point is back in service."""
        is_back = self.statut.etat_pdc == "en_service" and self.connu_avant == "hors_service"
        return self.est_un_changement and is_back


def suivant(avant: Tenu, statut: Statut, *, peremption: timedelta, maintenant: datetime) -> Tenu:
    """What is kept once a later status is taken; `maintenant` is the transaction's instant."""
    last = avant.statut
    same = (statut.etat_pdc, statut.occupation_pdc) == (last.etat_pdc, last.occupation_pdc)
    unbroken = same and statut.horodatage - last.horodatage <= peremption
    held = unbroken and maintenant - last.horodatage <= peremption
    day = statut.horodatage.astimezone(PARIS).date()
    return Tenu(
        statut,
        depuis=avant.depuis if unbroken else statut.horodatage,
        vu_avant=avant.vu_avant if unbroken else last.horodatage,
        connu_avant=avant.connu_avant if last.etat_pdc == INCONNU else last.etat_pdc,
        jour=day,
        nombre=avant.nombre + 1 if day == avant.jour else 1,
        a_change=avant.a_change or not held,
    )


@dataclass(slots=True)
class Suite:
    """What further statuses leave of some points, and what they passed through."""

    tenus: dict[str, Tenu]
    """By point; what is written once they were all told."""
    changements: list[Tenu] = field(default_factory=list)
    """For the history."""
    ecrits: set[str] = field(default_factory=set)
    """Points of which something was taken."""
    revenus: dict[str, datetime] = field(default_factory=dict)
    """Points back in service, and since when."""

    def dire(
        self, point: str, verdict: Verdict, *, peremption: timedelta, maintenant: datetime
    ) -> None:
        """Tell one more, which the verdict says what became of."""
        statut, avant = verdict.statut, self.tenus[point]
        assert statut is not None, "only good statuses are told"
        if statut.horodatage <= avant.statut.horodatage:
            if statut[1:4] != avant.statut[1:4]:
                verdict.add("ANTE")
            return
        tenu = suivant(avant, statut, peremption=peremption, maintenant=maintenant)
        self.tenus[point] = tenu
        self.ecrits.add(point)
        if tenu.nombre > PAR_JOUR_MAX:
            verdict.add("OVRT")
        if tenu.est_un_changement:
            self.changements.append(tenu)
        if tenu.est_revenu:
            self.revenus[point] = statut.horodatage
