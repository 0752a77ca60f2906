"""Crisis rules: what a shop may still do, by its category, its place and the instant.

Each authority has its own ground and its rules add up: the State's for the whole Métropole, then a
prefect's, a territory's, a commune's. On one ground the rule of the nearest category wins, so that
« food shops open » is the exception to « all shops closed »; then the one that began last. A local
rule may thus restrict further, never allow what a wider one forbids.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.commerces import taxonomie
from services.commerces.regimes.fenetres import Weekly, fenetre, first_held, plages
from shared import territoire
from shared.problems import InvalidBody
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_regimes import METROPOLE
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JourSemaine

TOUTES: Final = frozenset(Modalite)


@dataclass(frozen=True, slots=True)
class Regime:
    """One rule, in force from `debut` until just before `fin`, in its window if it has one."""

    id: int
    nom: str
    motif: str
    source: str | None
    categories: tuple[str, ...]
    """None of them: every shop."""
    territoires: tuple[str, ...]
    modalites: frozenset[Modalite]
    """What is allowed; nothing: closed."""
    debut: datetime
    fin: datetime | None
    jours: tuple[JourSemaine, ...] | None = None
    """Days on which its hours begin; None: all."""
    creneau: Heures | None = None
    """None: whole days."""

    @property
    def fenetre(self) -> Weekly[bool]:
        """Whether it holds in its period, by the minute of the week."""
        return fenetre(self.jours, self.creneau)

    @property
    def plages(self) -> tuple[tuple[int, int], ...]:
        """The minutes of the week at which it holds in its period, as [first, last)."""
        return plages(self.jours, self.creneau)

    def dans_sa_periode(self, moment: datetime) -> bool:
        return self.debut <= moment and (self.fin is None or moment < self.fin)

    def en_vigueur(self, moment: datetime) -> bool:
        return self.dans_sa_periode(moment) and self.fenetre.at(moment)

    def vaut_entre(self, debut: datetime, fin: datetime) -> bool:
        """Whether it is in force at some instant from one on, before another."""
        last = fin if self.fin is None else min(fin, self.fin)
        return first_held(self.fenetre, max(debut, self.debut), last) is not None

    def portee(self, categorie: str) -> int | None:
        """How near the rule's categories are to a shop's, 0 for a rule of all; None: not its."""
        if not self.categories:
            return 0
        lineage = taxonomie.lineage(categorie)
        depths = [len(taxonomie.lineage(code)) for code in self.categories if code in lineage]
        return max(depths, default=None)


EnTete = Mapping[str | None, Regime]
"""Of one ground: by each category that rules name, the one that prevails; None: by rules of all."""


def en_tete(regimes: Iterable[Regime]) -> EnTete:
    """Of rules of one ground, the one that prevails among those that name a category."""
    ordered = sorted(regimes, key=lambda one: (one.debut, one.id))
    return {code: one for one in ordered for code in one.categories or (None,)}


def decidant(tete: EnTete, categorie: str) -> Regime | None:
    """The rule that decides for a category on a ground: of the nearest; None when none does."""
    nearest = (*taxonomie.lineage(categorie), None)
    return next((tete[code] for code in nearest if code in tete), None)


def par_territoire(regimes: Sequence[Regime]) -> dict[str, EnTete]:
    """Rules by the ground they are made for."""
    return {
        ground: en_tete(one for one in regimes if ground in one.territoires)
        for ground in {code for regime in regimes for code in regime.territoires}
    }


def decidants(
    tetes: Mapping[str, EnTete], categorie: str, territoires: Iterable[str]
) -> list[Regime]:
    """The rules that decide for a shop, from the first of its grounds to the last."""
    deciding = (decidant(tetes[ground], categorie) for ground in territoires if ground in tetes)
    return list({one.id: one for one in deciding if one is not None}.values())


def permises(regimes: Iterable[Regime]) -> frozenset[Modalite]:
    """What rules that all apply leave allowed."""
    return TOUTES.intersection(*(regime.modalites for regime in regimes))


def grounds(commune: str, arrondissement: str | None, ept: str) -> tuple[str, ...]:
    """The grounds a shop stands on, from the widest to the narrowest."""
    own = (METROPOLE, commune[:2], ept, commune)
    return (*own, arrondissement) if arrondissement else own


def territory(code: str) -> str | None:
    """A ground as rules name it today: an old commune's code is that of the one it joined."""
    known = {METROPOLE, *(ept.code for ept in territoire.territoires())}
    if code in known or code in {commune.departement for commune in territoire.communes()}:
        return code
    found = territoire.resolve(code)
    return None if found is None else found.code


def check_territories(codes: Iterable[str]) -> list[str]:
    """Grounds as they are kept, each once."""
    kept: dict[str, None] = {}
    for n, code in enumerate(codes):
        found = territory(code)
        if found is None:
            raise InvalidBody.at(
                f"#/territoires/{n}",
                f"{code} n'est ni « {METROPOLE} », ni un département, un territoire (T1 à T12) "
                "ou une commune de la Métropole.",
            )
        kept[found] = None
    return list(kept) or [METROPOLE]


def check_window(
    debut: datetime,
    fin: datetime | None,
    jours: Sequence[JourSemaine] | None,
    creneau: Heures | None,
) -> None:
    """Refuses a window that never comes within its period."""
    window = fenetre(None if jours is None else tuple(jours), creneau)
    if first_held(window, debut, fin) is None:
        raise InvalidBody.at(
            "#/jours" if creneau is None else "#/creneau",
            "À l'heure de Paris, rien de ces jours ni de ces heures ne tombe entre `debut` et "
            "`fin` : la règle ne vaudrait jamais.",
        )
