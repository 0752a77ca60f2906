"""Communes, territories and postcodes of the Métropole, each commune with its dates.

A code alone is not an identity: 93066 names two communes, before and after 2025-01-01. The
versions of one code follow each other without gap.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, NamedTuple

from shared.territoire.donnees import read

PARIS = "75056"


@dataclass(frozen=True, slots=True)
class Commune:
    """A commune between two dates."""

    code: str
    nom: str
    siren: str
    departement: str
    territoire: str
    """T1 … T12."""
    codes_postaux: tuple[str, ...]
    population_2017: int | None
    population_2023: int | None
    surface_ha: float
    lon: float
    lat: float
    """A point inside, for a label."""
    debut: date
    fin: date | None
    """Last day, None while it lasts."""
    devient: str | None
    """Code of the commune it became part of."""


@dataclass(frozen=True, slots=True)
class Territoire:
    """Paris or an établissement public territorial (EPT)."""

    code: str
    nom: str
    siren: str
    type: str
    """commune | EPT."""


class Resolution(NamedTuple):
    """What a received code stands for, at a date."""

    commune: Commune
    arrondissement: str | None
    """751xx, when the code is one of Paris's."""

    @property
    def code(self) -> str:
        """Its own code at that date."""
        return self.arrondissement or self.commune.code

    @property
    def nom(self) -> str:
        """Its own name: « Paris 15e » for an arrondissement."""
        if self.arrondissement is None:
            return self.commune.nom
        number = int(self.arrondissement[3:])
        return f"{self.commune.nom} {number}{'er' if number == 1 else 'e'}"


def resolve(code: str, on: date | None = None) -> Resolution | None:
    """The commune a code stands for `on` a day (today's communes by default).

    An arrondissement stands for Paris, a merged commune for the one it became. A day before the
    reference starts (2016, birth of the Métropole) is answered as its first day.
    """
    arrondissement = code if code in _arrondissements() else None
    commune = _version(PARIS if arrondissement else code, on)
    return Resolution(commune, arrondissement) if commune else None


def _version(code: str, on: date | None) -> Commune | None:
    versions = _versions().get(code)
    if versions is None:
        return None
    for commune in versions:
        if commune.fin is None or (on is not None and on <= commune.fin):
            return commune
    merged = versions[-1].devient
    return _version(merged, on) if merged else None


def communes(on: date | None = None) -> tuple[Commune, ...]:
    """The communes that exist on that day (today by default), by code."""
    existing = {c.code: c for code in _versions() if (c := _version(code, on))}
    return tuple(existing[code] for code in sorted(existing))


@cache
def territoires() -> tuple[Territoire, ...]:
    """T1 to T12."""
    return tuple(
        Territoire(row["code"], row["nom"], row["siren"], row["type"])
        for row in _reference()["territoires"]
    )


def communes_of_postcode(code_postal: str, on: date | None = None) -> tuple[Commune, ...]:
    """The communes served by a postcode; none when it is not of the Métropole."""
    return tuple(c for c in communes(on) if code_postal in c.codes_postaux)


def places_of_postcode(code_postal: str) -> tuple[Resolution, ...]:
    """What a postcode serves today: communes, or an arrondissement of Paris."""
    return tuple(
        # 75016 and 75116 are both of the arrondissement 75116.
        Resolution(commune, f"751{code_postal[3:]}" if commune.code == PARIS else None)
        for commune in communes_of_postcode(code_postal)
    )


def point_of(code: str) -> tuple[float, float] | None:
    """Longitude and latitude of a point inside a commune of today, or an arrondissement."""
    found = resolve(code)
    if found is None:
        return None
    if found.arrondissement is None:
        return found.commune.lon, found.commune.lat
    lon, lat = _points_of_arrondissements()[found.arrondissement]
    return lon, lat


@cache
def _points_of_arrondissements() -> dict[str, list[float]]:
    return {row["code"]: row["point"] for row in _reference()["arrondissements"]}


@cache
def _reference() -> dict[str, Any]:
    reference: dict[str, Any] = read("territoire.json")
    return reference


@cache
def _arrondissements() -> frozenset[str]:
    return frozenset(row["code"] for row in _reference()["arrondissements"])


@cache
def _versions() -> dict[str, list[Commune]]:
    """The versions of each code, oldest first."""
    found: dict[str, list[Commune]] = {}
    for row in sorted(_reference()["communes"], key=lambda row: str(row["debut"])):
        found.setdefault(row["code"], []).append(_commune(row))
    return found


def _commune(row: dict[str, Any]) -> Commune:
    same = ("code", "nom", "siren", "departement", "territoire", "devient")
    lon, lat = row["point"]
    return Commune(
        **{name: row[name] for name in same},
        codes_postaux=tuple(row["codes_postaux"]),
        population_2017=row["population_2017"],
        population_2023=row["population_2023"],
        surface_ha=row["surface_ha"],
        lon=lon,
        lat=lat,
        debut=date.fromisoformat(row["debut"]),
        fin=date.fromisoformat(row["fin"]) if row["fin"] else None,
    )
