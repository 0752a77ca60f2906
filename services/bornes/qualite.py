"""The quality of what producers send: shares and trends, from the reports of their imports."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from services.bornes.cellules import CODES
from shared.schemas.bornes_imports import Bilan, BilanCode
from shared.schemas.bornes_qualite import (
    ConstatProducteur,
    Evolution,
    PointsConcernes,
    PointTendance,
    QualiteOperateur,
    QualiteProducteur,
    QualiteRegle,
    Regle,
    SourceRegle,
)

SOURCES = {
    "qualicharge": SourceRegle(
        nom="QualiCharge (règles et codes publiés)", url="https://github.com/MTES-MCT/qualicharge"
    ),
    "suite": SourceRegle(nom="Grand Paris Relance", url=None),
}
HISTORY = 12
"""Imports a trend goes back to."""
TOLERANCE = 0.1
"""Points of per cent under which a share has not moved."""


class ImportLu(NamedTuple):
    """An accepted import, as its trend needs it."""

    id: int
    producteur: str
    nom: str
    instant: datetime
    bilan: Bilan


def rules() -> list[Regle]:
    """Every rule, in the order of its seriousness."""
    return [
        Regle(code=code, libelle=rule.libelle, gravite=rule.gravite, source=SOURCES[rule.source])
        for code, rule in CODES.items()
    ]


def share(part: int, whole: int) -> float:
    """Per cent, to one hundredth."""
    return round(100 * part / whole, 2) if whole else 0.0


def evolution(shares: Sequence[float]) -> Evolution | None:
    """Whether the last share is above or under the one before."""
    if len(shares) < 2:  # noqa: PLR2004 a change is between two
        return None
    change = shares[-1] - shares[-2]
    if abs(change) < TOLERANCE:
        return Evolution.STABLE
    return Evolution.HAUSSE if change > 0 else Evolution.BAISSE


def of_producer(
    imports: Sequence[ImportLu], *, code: str | None = None, gravite: str | None = None
) -> QualiteProducteur:
    """A producer's last import against its earlier ones; `imports` goes from old to new."""
    last = imports[-1]
    constats = [
        _finding(found, imports)
        for found in last.bilan.codes
        if code in (None, found.code) and gravite in (None, found.gravite)
    ]
    return QualiteProducteur(
        producteur=last.producteur,
        import_id=last.id,
        fichier=last.nom,
        instant=last.instant,
        lignes=last.bilan.lignes,
        constats=constats,
    )


def _finding(found: BilanCode, imports: Sequence[ImportLu]) -> ConstatProducteur:
    trend = [_past(found.code, one) for one in imports]
    return ConstatProducteur(
        code=found.code,
        gravite=found.gravite,
        libelle=found.libelle,
        nombre=found.nombre,
        part_pct=trend[-1].part_pct,
        exemples=found.exemples,
        evolution=evolution([point.part_pct for point in trend]),
        tendance=trend,
    )


def _past(code: str, one: ImportLu) -> PointTendance:
    number = next((found.nombre for found in one.bilan.codes if found.code == code), 0)
    return PointTendance(
        import_id=one.id,
        instant=one.instant,
        nombre=number,
        part_pct=share(number, one.bilan.lignes.lues),
    )


def over_all(counts: Iterable[tuple[str, int, int]], lines: int) -> list[QualiteRegle]:
    """From (code, findings, producers) of every last import, in the order of the rules."""
    known = {code: (number, producers) for code, number, producers in counts}
    return [
        QualiteRegle(
            code=code,
            gravite=rule.gravite,
            libelle=rule.libelle,
            nombre=known[code][0],
            part_pct=share(known[code][0], lines),
            producteurs=known[code][1],
        )
        for code, rule in CODES.items()
        if code in known
    ]


def of_operator(
    prefixe: str, operateur: str, points: int, counts: Iterable[tuple[str, int]]
) -> QualiteOperateur:
    """From (code, points concerned) of the living points under one prefix."""
    known = dict(counts)
    return QualiteOperateur(
        prefixe=prefixe,
        operateur=operateur,
        points_de_charge=points,
        constats=[
            PointsConcernes(
                code=code,
                gravite=rule.gravite,
                libelle=rule.libelle,
                points=known[code],
                part_pct=share(known[code], points),
            )
            for code, rule in CODES.items()
            if code in known
        ],
    )
