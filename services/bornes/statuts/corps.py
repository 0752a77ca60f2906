"""Parses the body of a status call: IRVE dynamique, as JSON or as CSV."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from services.bornes.statuts.dynamique import NOMS, OBLIGATOIRES, Constat, Lu, lire
from shared.files import is_blank
from shared.problems import InvalidBody, UnreadableBody

JSON: Final = "application/json"
CSV: Final = "text/csv"
STATUTS_MAX: Final = 10_000
"""Statuses a call."""
OCTETS_MAX: Final = 8_000_000
"""Bytes of a call: eight hundred a status, three times what the longest takes."""
_LISTE: Final = "statuts"
_DELIMITERS: Final = (",", ";")


def lire_json(body: bytes) -> list[Lu]:
    """`{"statuts": [{"id_pdc_itinerance": …}, …]}`; an unknown member of a status is ignored."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        where = f"ligne {error.lineno}, colonne {error.colno}"
        raise UnreadableBody(f"Le corps n'est pas du JSON ({where}).") from error
    if not isinstance(content, dict) or not isinstance(content.get(_LISTE), list):
        raise InvalidBody.at("#", 'un objet {"statuts": [...]} est attendu')
    if other := sorted(content.keys() - {_LISTE}):
        raise InvalidBody.at(
            f"#/{_pointer(other[0])}", "membre inconnu : seul « statuts » est attendu"
        )
    items: list[Any] = content[_LISTE]
    _bounded(len(items))
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise InvalidBody.at(f"#/{_LISTE}/{place}", "un objet est attendu")
    return list(map(lire, items))


def lire_csv(body: bytes) -> list[Lu]:
    """Columns by name, in any order, split by `,` or `;`; an unknown column is ignored."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableBody("Le fichier n'est pas en UTF-8.") from error
    if "\0" in text:
        raise UnreadableBody("Le fichier contient un octet nul : il est abîmé ou binaire.")
    first = text.lstrip().partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    names = [name.strip().lower() for name in next(rows, [])]
    _check_header(names)
    found: list[Lu] = []
    for row in rows:
        _bounded(len(found) + 1)
        found.append(_read_row(names, row))
    return found


def _rows(reader: Any) -> Iterator[list[str]]:
    """Rows that hold something."""
    try:
        yield from (row for row in reader if not is_blank(row))
    except csv.Error as error:
        detail = f"Ligne {reader.line_num} : guillemets mal fermés, ou cellule trop longue."
        raise UnreadableBody(detail) from error


def _check_header(names: list[str]) -> None:
    missing = [nom for nom in OBLIGATOIRES if nom not in names]
    repeated = [nom for nom in NOMS if names.count(nom) > 1]
    for wrong, what in ((missing, "colonnes absentes"), (repeated, "colonnes en double")):
        if wrong:
            raise InvalidBody.at("#", f"{what} de l'en-tête IRVE dynamique : {', '.join(wrong)}")


def _read_row(names: list[str], row: list[str]) -> Lu:
    cells = dict(zip(names, row, strict=False))
    if len(row) != len(names):
        return Lu(cells.get(NOMS[0]), None, (Constat("CELL"),))
    return lire(cells)


def _bounded(count: int) -> None:
    if count > STATUTS_MAX:
        raise InvalidBody.at(f"#/{_LISTE}", f"un envoi compte au plus {STATUTS_MAX} statuts")


def _pointer(name: str) -> str:
    return name[:100].replace("~", "~0").replace("/", "~1")


LECTEURS: Final[Mapping[str, Callable[[bytes], list[Lu]]]] = {JSON: lire_json, CSV: lire_csv}
"""By media type."""
