"""Reads what depends on a modality: its hours, its zone, its prices; prose only when it is sure."""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final, NamedTuple

import orjson
from pydantic import TypeAdapter, ValidationError

from services.commerces import horaires_osm, zones
from services.commerces.imports import dates, etendues, nettoyage, niveaux, tarifs
from services.commerces.imports.constats import Constat
from services.commerces.imports.listes import choix
from services.commerces.prose import lire_prose
from services.commerces.saisie import as_kept, of_osm
from shared.horaires import Illisible
from shared.problems import InvalidBody
from shared.schemas.commerces_horaires import Horaires
from shared.schemas.commerces_zones import Zone

OSM_MAX: Final = 2_000
TEXTE_MAX: Final = 2_000
NOTE_MAX: Final = 300
ZONE_MAX: Final = 100_000
"""Characters of the GeoJSON of a zone."""
DELAI_MAX: Final = 43_200
_ZONE: Final = TypeAdapter[Zone](Zone)
_OSM: Final = re.compile(r"\b(?:Mo|Tu|We|Th|Fr|Sa|Su|PH)\b|24/7|^off$")
"""What tells `opening_hours`. « 09:00-19:00 » alone is every day there, Sunday too: who writes it
in a list of shops rarely means it."""
_BLANK_DAY: Final = re.compile(
    r":[^\S\n]*[^\W\d]|^(?=[^\n]*\S)(?!.*(?:\d|\boff\b|closed|ferm))", re.IGNORECASE | re.MULTILINE
)
"""A day of which nothing is told before another: « Lu : », then « Ma : 9h-12h » under it.
`opening_hours` has no such thing, and would give it the hours of the next."""
_TELLS_HOURS: Final = re.compile(
    r"\d\s*h(?:\d|\b)|\d{1,2}:\d\d|7\s*(?:j\s*)?/\s*7"
    r"|\b(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)s?\b",
    re.IGNORECASE,
)
_DI: Final = re.compile("di", re.IGNORECASE)
_DIGIT: Final = re.compile(r"\d")
_ZONE_IN_WORDS: Final = re.compile(r"[^\W\d]|\b\d\d\b")
"""What is not only codes: « 93 » tells all the communes of the département."""
_HEURE: Final = re.compile(
    r"(?:avant|jusqu['’]?[àa])?\s*+([01]?[0-9]|2[0-3])\s*[h:]\s*(?:([0-5][0-9])(?::00)?)?",
    re.IGNORECASE,
)


class Heures(NamedTuple):
    """Hours as they are kept: structured, or the text as received."""

    horaires: dict[str, Any] | None = None
    osm: str | None = None
    texte: str | None = None
    constats: tuple[Constat, ...] = ()


SANS_HEURES: Final = Heures()


def heures(colonne: str, value: str) -> Heures:
    """Hours of the contract or of OpenStreetMap, else prose read when sure, else the text."""
    if value.startswith("{"):
        with suppress(ValidationError):
            return _kept(Horaires.model_validate_json(value), ())
        value = _by_day(value)
    lu = nettoyage.texte(colonne, value, TEXTE_MAX)
    if lu.valeur is None:
        return Heures(constats=lu.constats)
    if _is_osm(lu.valeur):
        try:
            return _kept(of_osm(lu.valeur), lu.constats)
        except Illisible:
            pass
    read = lire_prose(lu.valeur)
    if read is not None:
        written = horaires_osm.to_osm(read)
        return _kept(read, (*lu.constats, Constat("HORL", colonne, lu.valeur, written)))
    return Heures(None, None, lu.valeur, (*lu.constats, Constat("HORT", colonne, lu.valeur)))


def _is_osm(text: str) -> bool:
    if len(text) > OSM_MAX or not _OSM.search(text):
        return False
    return text == "off" or _BLANK_DAY.search(text) is None


def _by_day(value: str) -> str:
    """`{"lundi": "9h-12h", "dimanche": "fermé"}` as people would write it; else as it was."""
    with suppress(ValueError):
        days: dict[str, Any] = niveaux.of_cell(value)
        return "\n".join(f"{day} : {nettoyage.en_texte(told)}" for day, told in days.items())
    return value


def both(colonne: str, told: str, texte: str) -> Heures:
    """Hours of their column and those in letters beside it: what one says, the other keeps."""
    first, second = heures(colonne, told), heures(f"{colonne}_texte", texte)
    if first.horaires:
        beside = nettoyage.texte(f"{colonne}_texte", texte, TEXTE_MAX)
        return first._replace(texte=beside.valeur, constats=(*first.constats, *beside.constats))
    if second.horaires:
        return second._replace(texte=first.texte, constats=(*first.constats, *second.constats))
    texts = dict.fromkeys(filter(None, (first.texte, second.texte)))
    found = (*first.constats, *second.constats)
    return Heures(None, None, "\n".join(texts)[:TEXTE_MAX] or None, found)


def _kept(found: Horaires, constats: tuple[Constat, ...]) -> Heures:
    return Heures(as_kept(found), horaires_osm.to_osm(found), None, constats)


def heures_de_description(colonne: str, text: str) -> Heures:
    """Hours that a description tells, when it seems to tell some."""
    # Every day of the week has « di », every hour a digit: most texts need no more to be known.
    if not (_DI.search(text) or _DIGIT.search(text)) or not _TELLS_HOURS.search(text):
        return SANS_HEURES
    return heures(colonne, text)


class Etendue(NamedTuple):
    """A zone, or the note that says what could not be read of it."""

    zone: dict[str, Any] | None = None
    note: str | None = None
    constats: tuple[Constat, ...] = ()


def zone(colonne: str, value: Any) -> Etendue:
    """A zone of the contract or GeoJSON, else codes and names of communes, else a radius."""
    if isinstance(value, str):
        text = value.strip()
        if not text.startswith("{"):
            return _zone_of_text(colonne, text)
        try:
            value = niveaux.of_cell(text[:ZONE_MAX])
        except ValueError:
            return _left_out(colonne, text)
    if isinstance(value, list):
        return _zone_of_list(colonne, value)
    if isinstance(value, Mapping) and value.get("type") in {"Polygon", "MultiPolygon"}:
        value = {"type": "polygone", "geometrie": value}
    found = _checked(value)
    if isinstance(found, dict):
        return Etendue(found)
    # Whatever was received: a number may hold more digits than orjson writes.
    shown = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return _left_out(colonne, shown, found)


def _left_out(colonne: str, text: str, why: str = "") -> Etendue:
    """No zone: the modality stays, and where it serves is not known."""
    kept = f"sans zone : {why}" if why else "sans zone"
    return Etendue(constats=(Constat("ZONI", colonne, text, kept),))


def _checked(value: Any) -> dict[str, Any] | str:
    """The zone as it is kept, or what is wrong with it."""
    try:
        return zones.normalised(_ZONE.validate_python(value), "#").model_dump(mode="json")
    except InvalidBody as refusal:
        return refusal.detail
    except ValidationError:
        return ""


def _zone_of_list(colonne: str, items: list[Any]) -> Etendue:
    """A list of codes or of names, as a text of them would be read, however long."""
    shown = nettoyage.en_texte(items)
    found = etendues.communes(shown)
    kept = _checked(found) if found else ""
    if isinstance(kept, str):
        return _left_out(colonne, shown, kept)
    return Etendue(kept)


def _zone_of_text(colonne: str, text: str) -> Etendue:
    lu = nettoyage.ligne(colonne, ", ".join(text.splitlines()), NOTE_MAX)
    if lu.valeur is None:
        return Etendue(constats=lu.constats)
    found = etendues.lire(lu.valeur)
    if found is None:
        return Etendue(None, lu.valeur, (*lu.constats, Constat("ZONT", colonne, text)))
    kept = _checked(found)
    if isinstance(kept, str):
        return _left_out(colonne, text, kept)
    shown = orjson.dumps(kept).decode()
    read = (Constat("ZONL", colonne, text, shown),) if _ZONE_IN_WORDS.search(text) else ()
    return Etendue(kept, None, (*lu.constats, *read))


def _delai(colonne: str, value: str) -> nettoyage.Lu:
    return nettoyage.duree(colonne, value, DELAI_MAX)


def _heure(colonne: str, value: str) -> nettoyage.Lu:
    found = _HEURE.fullmatch(value.strip())
    if found is None:
        return nettoyage.Lu(None, (Constat("HEUI", colonne, value),))
    return nettoyage.Lu(f"{int(found[1]):02}:{found[2] or '00'}")


def _jour(colonne: str, value: str) -> nettoyage.Lu:
    found = dates.lire_recent(value)
    if found is None:
        return nettoyage.Lu(None, (Constat("DATI", colonne, value),))
    return nettoyage.Lu(found.isoformat())


_READERS: Final[Mapping[str, Callable[[str, str], nettoyage.Lu]]] = {
    "minimum": nettoyage.montant,
    "frais": nettoyage.frais,
    "franco": nettoyage.montant,
    "delai_min": _delai,
    "commande_jusqu_a": _heure,
    "du": _jour,
    "au": _jour,
}


class _Dit(NamedTuple):
    """What a cell tells of a modality: values by column, a note, what had to be said of it."""

    valeurs: Mapping[str, Any]
    note: str | None = None
    constats: tuple[Constat, ...] = ()


def modalite(genre: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[Constat]]:
    """The columns of a modality from those of its own; `given` has their names without its own."""
    found: dict[str, Any] = {"genre": genre, "canaux": []}
    notes: dict[str, str | None] = {"note": None}
    constats: list[Constat] = []
    texte = given.get("horaires_texte")
    if texte is not None and "horaires" not in given:
        given, texte = {"horaires": texte, **given}, None
    for name, value in given.items():
        if name != "horaires_texte":
            said = _dit(f"{genre}_{name}", name, value, texte)
            # What its own column says of an amount wins over what a text beside says of it.
            found |= {
                o: one for o, one in said.valeurs.items() if o == name or found.get(o) is None
            }
            notes[name] = said.note
            constats += said.constats
    if found.get("du") and found.get("au") and found["du"] > found["au"]:
        constats.append(Constat("DATI", f"{genre}_au", found.pop("au")))
    found["note"] = " ; ".join(filter(None, notes.values()))[:NOTE_MAX] or None
    return {name: value for name, value in found.items() if value is not None}, constats


def _dit(colonne: str, name: str, value: Any, texte: Any) -> _Dit:
    """What one cell tells; `texte`: the hours in letters, beside those of their column."""
    match name:
        case "zone":
            etendue = zone(colonne, value)
            return _Dit({"zone": etendue.zone}, etendue.note, etendue.constats)
        case "horaires":
            told = nettoyage.en_texte(value)
            hours = (
                both(colonne, told, nettoyage.en_texte(texte)) if texte else heures(colonne, told)
            )
            columns = {"horaires": hours.horaires, "horaires_osm": hours.osm}
            return _Dit(columns | {"horaires_texte": hours.texte}, None, hours.constats)
        case "canaux":
            chosen = choix(colonne, "canaux", nettoyage.en_texte(value))
            return _Dit({"canaux": list(chosen.valeurs)}, None, chosen.constats)
        case "note":
            lu = nettoyage.ligne(colonne, str(value), NOTE_MAX)
            return _Dit({}, lu.valeur, lu.constats)
        case _:
            return _terme(colonne, name, str(value))


def _terme(colonne: str, name: str, value: str) -> _Dit:
    """An amount, a delay, an hour or a day; prose is read when sure, else kept as a note."""
    lu = _READERS[name](colonne, value)
    if lu.valeur is not None or name not in tarifs.NOMS:
        return _Dit({name: lu.valeur}, None, lu.constats)
    amounts = tarifs.lire(name, value)
    if amounts:
        shown = ", ".join(f"{one} {amount}" for one, amount in amounts.items())
        return _Dit(amounts, None, (Constat("PRIL", colonne, value, shown),))
    if not tarifs.est_prose(value):
        return _Dit({}, None, lu.constats)
    note = nettoyage.ligne(colonne, f"{tarifs.NOMS[name]} : {value}", NOTE_MAX)
    told = Constat("MONT", colonne, value, note.valeur)
    return _Dit({}, note.valeur, (*note.constats, told))
