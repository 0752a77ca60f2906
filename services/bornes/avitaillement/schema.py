"""Our schema of refuelling stations: the file that is published is the one that validates."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from services.bornes import cellules, heures
from services.bornes.cellules import (
    FIRST_YEAR,
    LAST_YEAR,
    Cellule,
    Colonne,
    Illisible,
    Lecteur,
    Lecture,
    Schema,
    digits,
    folded,
    quantity,
)
from shared.schemas.commun import PARIS

PUBLIE = Path(__file__).with_name("schema.json").read_bytes()
"""The Table Schema (Frictionless) as it is served."""
_MEGAPASCAL, _BAR = "mpa", 10
"""How stations of hydrogen say their pressure too, and how many bars it makes."""
_ENERGIES = {"hydrogene": "H2", "cng": "GNC", "lng": "GNL", "biocng": "bioGNC", "biolng": "bioGNL"}
"""Other names of what is delivered. GNV is none: it is compressed or liquefied."""
_PARTS = re.compile(r"[\s,;/+]+")
PRICE_PLACES = 3
"""Decimals of a price per kilogram: gas is sold by the tenth of a cent."""


def _colonne(field: Mapping[str, Any]) -> Colonne:
    constraints = field["constraints"]
    return Colonne(
        name=field["name"],
        type=field["type"],
        format=field.get("format", ""),
        required=constraints["required"],
        pattern=constraints.get("pattern", ""),
        enum=tuple(constraints.get("enum", ())),
        minimum=str(constraints.get("minimum", "")),
        maximum=str(constraints.get("maximum", "")),
        level=field["niveau"],
        attendu=f"une valeur comme {field['example']}" if "pattern" in constraints else "",
    )


_FIELDS: list[dict[str, Any]] = orjson.loads(PUBLIE)["fields"]
COLONNES = tuple(map(_colonne, _FIELDS))
_UNITS = {
    field["name"]: {unit, f"{unit}s", unit.partition("/")[0]}
    for field in _FIELDS
    if (unit := field.get("unite"))
}
"""How a number's unit may be written after it: `14,90 €/kg`, `14,90 €`, `700 bars`."""


def lire(colonne: Colonne, recu: str) -> Cellule:
    """What the received text of a cell is worth in its column."""
    return cellules.lire(colonne, recu, _LECTEURS[colonne.name])


def _number(colonne: Colonne, texte: str) -> Lecture:
    """A number within its bounds, whole where the schema says so."""
    megapascal = {_MEGAPASCAL} if colonne.name == "pression_bar" else set()
    valeur, unit, codes = quantity(texte, _UNITS[colonne.name] | megapascal)
    if unit == _MEGAPASCAL:
        valeur *= _BAR
    if not float(colonne.minimum) <= valeur <= float(colonne.maximum):
        raise Illisible
    if colonne.name == "prix_kg":
        return f"{abs(valeur):.{PRICE_PLACES}f}", codes
    if colonne.type == "integer":
        if not valeur.is_integer():
            raise Illisible
        codes = () if digits(valeur) == texte else ("NOMB",)
    return digits(valeur), codes


def _instant(_: Colonne, texte: str) -> Lecture:
    """An instant in UTC; without an offset it is one of the clocks of Paris."""
    try:
        valeur = datetime.fromisoformat(texte.upper())  # RFC 3339 may write t and z
        if not FIRST_YEAR <= valeur.year <= LAST_YEAR:
            raise Illisible
    except ValueError as error:
        raise Illisible from error
    codes = () if valeur.tzinfo else ("FUSE",)
    return in_utc(valeur if valeur.tzinfo else valeur.replace(tzinfo=PARIS)), codes


def _energie(colonne: Colonne, texte: str) -> Lecture:
    """What is delivered, by the word of the schema or another one."""
    known = _ENERGIES.get(folded(texte))
    return (known, ("ENUM",)) if known else cellules.text_lecteur(colonne)(colonne, texte)


def _vehicles(colonne: Colonne, texte: str) -> Lecture:
    """Categories of vehicles, parted by commas."""
    liste = ",".join(filter(None, _PARTS.split(texte.upper())))
    if liste != texte and colonne.motif.fullmatch(liste):
        return liste, ("ENUM",)
    return cellules.text_lecteur(colonne)(colonne, texte)


def in_utc(moment: datetime) -> str:
    """As the schema writes instants: to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_OF_TYPE: Mapping[str, Lecteur] = {
    "boolean": cellules.boolean,
    "number": _number,
    "integer": _number,
    "date": cellules.day,
    "datetime": _instant,
    "geopoint": cellules.geopoint,
}
_LECTEURS = {
    colonne.name: _OF_TYPE[colonne.type]
    if colonne.type != "string"
    else cellules.text_lecteur(colonne)
    for colonne in COLONNES
} | {"horaires": heures.lire, "energie": _energie, "type_vehicule": _vehicles}
SCHEMA = Schema(
    libelle="d’avitaillement",
    attendu="le schéma des stations d’avitaillement est attendu",
    colonnes=COLONNES,
    lire=lire,
    autres=(
        ({"id_pdc_itinerance", "puissance_nominale", "nbre_pdc"}, "un schéma IRVE"),
        ({"n_operateur", "n_amenageur", "xlongitude", "ylatitude"}, "un schéma IRVE"),
    ),
)
