"""Public contract of opening hours: an ordinary week, holidays, closures and exceptions."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from itertools import pairwise
from typing import Annotated, Self, TypeVar

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    model_validator,
)

from shared.schemas.commun import JOURS, Instant, Jour, Ouverture
from shared.schemas.formes import about
from shared.schemas.modeles import Demande, Modele

CRENEAUX_MAX = 8
"""Slots of a day."""
EXCEPTIONS_MAX = 60
FERMETURES_MAX = 12
DUREE_MAX = 366
"""Days of the longest exception."""
DEBUT, FIN = date(2000, 1, 1), date(2099, 12, 31)
_MINUIT = 24 * 60
_LONGUEURS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

_HEURE = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"
_FIN = r"^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_JOUR_ANNUEL = r"^(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
_MOTIF = r'^[^"<>\\\x00-\x1f\x7f]+$'


def _follows(pattern: str, sentence: str) -> Callable[[str], str]:
    """A validator that says what is expected, where pydantic would show the pattern."""

    def check(value: str) -> str:
        if re.fullmatch(pattern, value) is None:
            raise ValueError(sentence)
        return value

    return check


Motif = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=100),
    Field(json_schema_extra={"pattern": _MOTIF}),
    AfterValidator(
        _follows(_MOTIF, "un texte simple est attendu, sans guillemet droit ni chevron")
    ),
]


def _jour_annuel(value: str) -> str:
    month, day = map(int, value.split("-"))
    if day > _LONGUEURS[month - 1]:
        raise ValueError("ce jour n'existe dans aucune année")
    return value


JourAnnuel = Annotated[
    str,
    Field(examples=["08-15"], json_schema_extra={"pattern": _JOUR_ANNUEL}),
    AfterValidator(_follows(_JOUR_ANNUEL, "un jour MM-JJ est attendu, comme 08-15")),
    AfterValidator(_jour_annuel),
]
"""A day of every year, MM-JJ."""


class PolitiqueFeries(StrEnum):
    """Ce qui se passe les onze jours fériés."""

    OUVERT = "ouvert"
    FERME = "ferme"
    PROPRES = "propres"
    INCONNU = "inconnu"


class Heures(Demande):
    """Des heures d'un jour ; une fin avant le début est celle du lendemain."""

    de: Annotated[
        str,
        Field(examples=["08:30", "18:00"], json_schema_extra={"pattern": _HEURE}),
        AfterValidator(_follows(_HEURE, "une heure HH:MM est attendue, de 00:00 à 23:59")),
    ]
    """Début, HH:MM, à l'heure de Paris."""
    a: Annotated[
        str,
        Field(
            description="Fin, exclue ; minuit, aussi lu 00:00 ou 23:59, est rendu 24:00.",
            examples=["19:00", "02:00"],
            json_schema_extra={"pattern": _FIN},
        ),
        AfterValidator(_follows(_FIN, "une heure HH:MM est attendue, de 00:00 à 24:00")),
    ]

    @model_validator(mode="before")
    @classmethod
    def _minuit(cls, data: object) -> object:
        """Midnight at the end has one spelling, so that equal hours are equal."""
        if (
            isinstance(data, dict)
            and data.get("a") in ("00:00", "23:59")
            and data.get("de") != data["a"]
        ):
            return {**data, "a": "24:00"}
        return data

    @model_validator(mode="after")
    def _dure(self) -> Self:
        if self.de == self.a:
            raise ValueError("un créneau ne peut pas finir à l'heure où il commence")
        return self

    @property
    def minutes(self) -> tuple[int, int]:
        """Start and end in minutes of the day; past 1,440 it is the next day's morning."""
        return minutes(self.de, self.a)

    def __str__(self) -> str:
        return f"{self.de}-{self.a}"


class Creneau(Heures):
    """Des heures d'ouverture d'un jour ; une fin avant le début est celle du lendemain."""

    condition: Annotated[
        Motif | None,
        Field(
            description="Ce dont l'ouverture dépend : l'état est alors `inconnu`.",
            examples=["sur rendez-vous"],
        ),
    ] = None


@cache
def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def minutes(de: str, a: str) -> tuple[int, int]:
    """The minutes of a slot; an end that does not come after its start is the next day's."""
    start, end = _minute(de), _minute(a)
    return start, end if end > start else end + _MINUIT


def _ranges(creneaux: tuple[Creneau, ...]) -> tuple[Creneau, ...]:
    """Slots in order; two that share a minute contradict each other or say the same twice."""
    ordered = tuple(sorted(creneaux, key=lambda creneau: creneau.minutes))
    for one, other in pairwise(ordered):
        if other.minutes[0] < one.minutes[1]:
            raise ValueError(f"les créneaux {one} et {other} se chevauchent")
    return ordered


Creneaux = Annotated[tuple[Creneau, ...], Field(max_length=CRENEAUX_MAX), AfterValidator(_ranges)]


class Semaine(Demande):
    """Une semaine ordinaire ; un jour sans créneau est fermé."""

    lundi: Creneaux = ()
    mardi: Creneaux = ()
    mercredi: Creneaux = ()
    jeudi: Creneaux = ()
    vendredi: Creneaux = ()
    samedi: Creneaux = ()
    dimanche: Creneaux = ()

    @property
    def jours(self) -> tuple[tuple[Creneau, ...], ...]:
        """Monday first."""
        return tuple(getattr(self, jour) for jour in JOURS)

    @model_validator(mode="after")
    def _nuits(self) -> Self:
        """A night must not run into the next morning's slots."""
        for number, slots in enumerate(self.jours):
            demain = (number + 1) % 7
            following = self.jours[demain]
            if slots and following and slots[-1].minutes[1] - _MINUIT > following[0].minutes[0]:
                raise ValueError(
                    f"le créneau {slots[-1]} du {JOURS[number]} déborde sur "
                    f"{following[0]} du {JOURS[demain]}"
                )
        return self


class Feries(Demande):
    """Ce qui vaut les jours fériés : `ouvert` comme la semaine, `ferme`, `propres`, `inconnu`."""

    politique: PolitiqueFeries = PolitiqueFeries.INCONNU
    creneaux: Annotated[Creneaux, Field(description="Avec `propres` seulement.")] = ()

    @model_validator(mode="after")
    def _propres(self) -> Self:
        if bool(self.creneaux) != (self.politique is PolitiqueFeries.PROPRES):
            raise ValueError("des créneaux vont avec la politique `propres`, et elle avec eux")
        return self


class FermetureAnnuelle(Demande):
    """Une fermeture de chaque année, bornes comprises ; elle peut passer le Nouvel An."""

    du: JourAnnuel
    """Premier jour fermé, MM-JJ."""
    au: JourAnnuel
    """Dernier jour fermé, MM-JJ."""
    motif: Motif | None = None
    """Ce qu'on en dit au public."""

    def contains(self, day: date) -> bool:
        here = f"{day:%m-%d}"
        if self.du <= self.au:
            return self.du <= here <= self.au
        return here >= self.du or here <= self.au


class ExceptionHoraires(Demande):
    """Des jours datés, bornes comprises, où autre chose vaut : fermé, ou d'autres créneaux."""

    du: Annotated[Jour, Field(ge=DEBUT, le=FIN)]
    """Premier jour."""
    au: Annotated[Jour | None, Field(ge=DEBUT, le=FIN, description="Le même jour par défaut.")] = (
        None
    )
    creneaux: Annotated[Creneaux, Field(description="Vide : fermé.")] = ()
    motif: Motif | None = None
    """Ce qu'on en dit au public."""

    @property
    def fin(self) -> date:
        return self.au or self.du

    @model_validator(mode="after")
    def _periode(self) -> Self:
        if self.fin < self.du:
            raise about("au", "la fin vient avant le début")
        if self.fin - self.du >= timedelta(DUREE_MAX):
            raise about("au", f"une exception dure au plus {DUREE_MAX} jours")
        if self.motif and self.creneaux and all(slot.condition for slot in self.creneaux):
            raise about("motif", "le motif d'une ouverture sous condition est sa condition")
        return self


Periode = TypeVar("Periode", FermetureAnnuelle, ExceptionHoraires)


def _by_start(periods: tuple[Periode, ...]) -> tuple[Periode, ...]:
    return tuple(sorted(periods, key=lambda period: str(period.du)))


class Horaires(Demande):
    """Quand c'est ouvert, à l'heure de Paris.

    Une exception l'emporte sur une fermeture annuelle, elle sur un jour férié, et lui sur la
    semaine. Un créneau qui passe minuit va à son terme, même si le lendemain est fermé.
    """

    semaine: Semaine = Semaine()
    feries: Feries = Feries()
    fermetures: Annotated[
        tuple[FermetureAnnuelle, ...], Field(max_length=FERMETURES_MAX), AfterValidator(_by_start)
    ] = ()
    exceptions: Annotated[
        tuple[ExceptionHoraires, ...], Field(max_length=EXCEPTIONS_MAX), AfterValidator(_by_start)
    ] = ()
    jamais: Annotated[
        bool, Field(description="N'ouvre jamais, et c'est voulu ; rien d'autre n'est alors dit.")
    ] = False

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        weekly = any(self.semaine.jours)
        opens = weekly or self.feries.creneaux or any(e.creneaux for e in self.exceptions)
        if self.jamais and self != type(self).model_construct(jamais=True):
            raise ValueError("`jamais` ne va avec aucun autre horaire")
        if not (self.jamais or opens):
            raise ValueError("ces horaires n'ouvrent jamais ; si c'est voulu, dites `jamais`")
        if self.feries.politique is PolitiqueFeries.OUVERT and not weekly:
            raise ValueError("ouvrir les jours fériés comme la semaine demande une semaine")
        for one, other in pairwise(self.exceptions):
            if other.du <= one.fin:
                raise ValueError(f"deux exceptions portent sur le {other.du:%d/%m/%Y}")
        return self


class EtatOuverture(Modele):
    """Ouvert, fermé ou inconnu à un instant, jusqu'à quand, et pourquoi."""

    etat: Ouverture
    jusqu_a: Annotated[
        Instant | None,
        Field(description="Prochain changement ; absent s'il n'y en a pas d'ici un an."),
    ] = None
    raison: Annotated[
        str | None,
        Field(description="Jour férié, congés, condition…", examples=["Fête du Travail"]),
    ] = None
