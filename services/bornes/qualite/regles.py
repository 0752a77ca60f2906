"""The quality of what producers send: shares and trends, from the reports of their imports."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from services.bornes.cellules import CODES
from shared.schemas.bornes_imports import Bilan
from shared.schemas.bornes_qualite import (
    ConstatSuivi,
    Evolution,
    PointTendance,
    QualiteOperateur,
    QualiteProducteur,
    QualiteRegle,
    Regle,
    SourceRegle,
)
from shared.schemas.imports import BilanCode

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
    """An accepted import, as its quality needs it."""

    id: int
    producteur: str
    nom: str
    instant: datetime
    bilan: Bilan

    @property
    def passage(self) -> "Passage":
        return Passage(self.id, self.instant, self.bilan.lignes.lues, self.bilan.codes)


class OperateurLu(NamedTuple):
    """What an accepted import told of one operator."""

    id: int
    producteur: str
    nom: str
    instant: datetime
    prefixe: str
    operateur: str
    lignes: int
    codes: Sequence[BilanCode]

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """From a row of the database: its counts get the words of their rules."""
        found = {count["code"]: count for count in row[-1]}
        codes = [
            BilanCode(**found[code], gravite=rule.gravite, libelle=rule.libelle)
            for code, rule in CODES.items()
            if code in found
        ]
        return cls._make((*row[:-1], codes))

    @property
    def passage(self) -> "Passage":
        return Passage(self.id, self.instant, self.lignes, self.codes)


class Passage(NamedTuple):
    """A file, or an operator's lines in it, once through the rules."""

    import_id: int
    instant: datetime
    lignes: int
    codes: Sequence[BilanCode]


Choix = Callable[[BilanCode], bool]
"""Which findings are asked for."""


def rules() -> list[Regle]:
    """Every rule, in the order of codes.csv."""
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


def of_producer(imports: Sequence[ImportLu], choix: Choix) -> QualiteProducteur:
    """A producer's last import against its earlier ones; `imports` goes from old to new."""
    last = imports[-1]
    return QualiteProducteur(
        producteur=last.producteur,
        import_id=last.id,
        fichier=last.nom,
        instant=last.instant,
        lignes=last.bilan.lignes,
        constats=_followed([one.passage for one in imports], choix),
    )


def of_operator(imports: Sequence[OperateurLu], choix: Choix) -> QualiteOperateur:
    """An operator in a producer's last import against the earlier ones, from old to new."""
    last = imports[-1]
    return QualiteOperateur(
        prefixe=last.prefixe,
        operateur=last.operateur,
        producteur=last.producteur,
        import_id=last.id,
        fichier=last.nom,
        instant=last.instant,
        lignes_lues=last.lignes,
        constats=_followed([one.passage for one in imports], choix),
    )


def _followed(passages: Sequence[Passage], choix: Choix) -> list[ConstatSuivi]:
    return [_finding(found, passages) for found in passages[-1].codes if choix(found)]


def _finding(found: BilanCode, passages: Sequence[Passage]) -> ConstatSuivi:
    trend = [_past(found.code, one) for one in passages]
    return ConstatSuivi(
        code=found.code,
        gravite=found.gravite,
        libelle=found.libelle,
        nombre=found.nombre,
        part_pct=trend[-1].part_pct,
        exemples=found.exemples,
        evolution=evolution([point.part_pct for point in trend]),
        tendance=trend,
    )


def _past(code: str, one: Passage) -> PointTendance:
    number = next((found.nombre for found in one.codes if found.code == code), 0)
    return PointTendance(
        import_id=one.import_id,
        instant=one.instant,
        nombre=number,
        part_pct=share(number, one.lignes),
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
