"""Parses the cells of a row into a refuelling point, with the findings."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from services.bornes.avitaillement.schema import COLONNES, SCHEMA, in_utc
from services.bornes.cellules import Formule
from services.bornes.imports.constats import Trouve, formula, is_error, is_repair, trouve
from services.bornes.imports.fichier import Ligne
from services.bornes.insee import situer
from shared import horaires
from shared.schemas.commun import PARIS

ETAT = "etat_point"
PRIX = "prix_kg"
DATEES = {ETAT: "horodatage_etat", PRIX: "horodatage_prix"}
"""What changes from one hour to the next, and the column that dates it."""
H2 = "H2"
PRESSIONS_H2 = {"350", "700"}

Textes = dict[str, str | None]
"""Canonical text of each column of the schema."""


class PointLu(NamedTuple):
    """A row once read."""

    numero: int
    id_point: str | None
    """None when it cannot be read."""
    valeurs: Mapping[str, Any] | None
    """By column of the table, less the dated ones; None when the row is refused."""
    dites: Mapping[str, tuple[Any, datetime]]
    """State and price, where the row gives them, with their date."""
    constats: Sequence[Trouve]

    @property
    def est_repare(self) -> bool:
        return any(is_repair(constat.code) for constat in self.constats)


def lire_ligne(ligne: Ligne) -> PointLu:
    """Read a row; FichierRefuse when it holds a formula."""
    if not ligne.cellules:
        return PointLu(ligne.numero, None, None, {}, [trouve(None, "CELL")])
    textes: Textes = {}
    constats: list[Trouve] = []
    try:
        for colonne, recu in zip(COLONNES, ligne.cellules, strict=True):
            cellule = SCHEMA.lire(colonne, recu)
            textes[colonne.name] = cellule.valeur
            constats += [trouve(colonne.name, *constat) for constat in cellule.constats]
    except Formule as formule:
        raise formula([ligne], SCHEMA.noms) from formule
    constats += _together(textes)
    if any(is_error(constat.code) for constat in constats):
        return PointLu(ligne.numero, textes["id_point"], None, {}, constats)
    constats += _dates(textes)
    lon, lat = orjson.loads(textes["coordonneesXY"] or "")
    valeurs, found = _placed(textes, lon, lat)
    constats += found
    recu_ = {c.colonne: c.recu for c in constats if is_repair(c.code) and c.colonne not in _DATED}
    valeurs["recu"] = recu_ or None
    return PointLu(ligne.numero, textes["id_point"], valeurs, _told(textes), constats)


_DATED = {*DATEES, *DATEES.values()}


def _together(textes: Textes) -> Iterator[Trouve]:
    """What columns tell together."""
    pression, text = textes["pression_bar"], textes["horaires"]
    if textes["energie"] == H2 and pression not in PRESSIONS_H2:
        yield trouve("pression_bar", "PRES", pression)
    if text is not None and horaires.parse(text) is None:
        yield trouve("horaires", "HORI", text)


def _dates(textes: Textes) -> Iterator[Trouve]:
    """A state or a price without a date has that of the row: the day it was updated."""
    day = date.fromisoformat(textes["date_maj"] or "")
    for told, dated in DATEES.items():
        if textes[told] is None:
            textes[dated] = None
        elif textes[dated] is None:
            textes[dated] = in_utc(datetime.combine(day, time(), PARIS))
            yield trouve(dated, "HORO", None, textes[dated])


def _placed(textes: Textes, lon: float, lat: float) -> tuple[dict[str, Any], list[Trouve]]:
    """Values of the table, completed by the place; the declared commune is checked."""
    declare = textes["code_insee_commune"]
    code_insee, lieu, code = situer(lon, lat, declare)
    found = []
    if code:
        kept = code_insee if is_repair(code) else None
        found.append(trouve("code_insee_commune", code, declare, kept))
    valeurs = {
        colonne.name: value(textes[colonne.name], colonne.type)
        for colonne in COLONNES
        if colonne.name not in _DATED and colonne.type != "geopoint"
    }
    valeurs |= {
        "lon": lon,
        "lat": lat,
        "code_insee_commune": code_insee,
        "code_commune": lieu and lieu.code_commune,
        "code_arrondissement": lieu and lieu.code_arrondissement,
        "territoire": lieu and lieu.territoire,
    }
    return valeurs, found


def _told(textes: Textes) -> dict[str, tuple[Any, datetime]]:
    return {
        told: (
            Decimal(text) if told == PRIX else text,
            datetime.fromisoformat(textes[DATEES[told]] or ""),
        )
        for told in DATEES
        if (text := textes[told]) is not None
    }


_OF_TYPE: Mapping[str, Callable[[str], Any]] = {
    "boolean": lambda text: text == "true",
    "integer": int,
    "number": float,
    "date": date.fromisoformat,
    "string": str,
}


def value(text: str | None, kind: str) -> Any:
    """The value that a canonical text stands for."""
    return None if text is None else _OF_TYPE[kind](text)
