"""Public contract of « is this shop open? », asked of one listing."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import Instant, JourDuSiecle, MomentDeParis, Ouverture
from shared.schemas.formes import about
from shared.schemas.modeles import Demande, Reponse

JOURS_MAX = 31
"""Days of the longest span that is asked."""


class LectureFiche(Demande):
    """Ce qu'on demande d'une fiche."""

    a: Annotated[
        MomentDeParis | None,
        Field(description="Instant où dire s'il est ouvert ; sans décalage, à l'heure de Paris."),
    ] = None


class OuvertureFiche(EtatOuverture):
    """L'état d'un commerce à un instant : celui de sa modalité la plus favorable, puis de chacune.

    `jusqu_a` est la première heure où cet état est un autre.
    """

    modalites: dict[Modalite, EtatOuverture]
    """Celles qu'il propose ce jour-là ; une règle de crise en ferme."""


class QuestionDisponibilites(Demande):
    """Les jours dont on demande les heures, à Paris."""

    du: Annotated[JourDuSiecle, Field(description="Premier jour.", examples=["2026-11-23"])]
    au: Annotated[
        JourDuSiecle | None,
        Field(description="Dernier jour, compris ; le même par défaut. 31 jours au plus."),
    ] = None

    @property
    def fin(self) -> date:
        return self.au or self.du

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.fin < self.du:
            raise about("au", "`au` doit suivre `du`")
        if (self.fin - self.du).days >= JOURS_MAX:
            raise about("au", f"{JOURS_MAX} jours au plus sont rendus")
        return self


class PeriodeOuverture(Reponse):
    """Un état, entre deux instants."""

    etat: Ouverture
    de: Instant
    """Début."""
    a: Instant
    """Fin, exclue : le début de la période suivante."""
    raison: str | None
    """Jour férié, congés, condition, règle de crise… ; nulle quand c'est la semaine."""


class Disponibilites(Reponse):
    """Quand un commerce est ouvert, modalité par modalité, jours fériés et congés compris."""

    du: date
    """Premier jour."""
    au: date
    """Dernier jour, compris."""
    modalites: dict[Modalite, list[PeriodeOuverture]]
    """Celles qu'il propose entre ces jours ; leurs périodes se suivent sans trou."""
