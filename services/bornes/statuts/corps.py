"""Parses the body of a status call: IRVE dynamique, as JSON or as CSV."""

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from services.bornes.cellules import by_name, folded
from services.bornes.statuts.dynamique import COLONNES, NOMS, OBLIGATOIRES, Constat, Lu, lire
from shared.counts import figure
from shared.problems import InvalidBody, UnreadableBody, pointer
from shared.schemas.bornes_statuts import STATUTS_MAX
from shared.transfers.files import DELIMITERS, GZIP, FichierRefuse, encoding, is_blank, text_head

JSON: Final = "application/json"
CSV: Final = "text/csv"
OCTETS_MAX: Final = 8_000_000
"""Bytes of a call: eight hundred a status, three times what the longest takes."""
_LISTE: Final = "statuts"
_BY_NAME: Final = by_name(COLONNES)
_SHOWN: Final = 10
"""Unknown columns shown to who lacks one."""


def lire_json(body: bytes) -> list[Lu]:
    """`{"statuts": [{"id_pdc_itinerance": …}, …]}`; an unknown member of a status is ignored."""
    try:
        content = orjson.loads(body.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError as error:
        where = f"ligne {error.lineno}, colonne {error.colno}"
        raise UnreadableBody(f"Le corps n'est pas du JSON ({where}).") from error
    if not isinstance(content, dict) or _LISTE not in content:
        raise InvalidBody.at("#", 'Un objet {"statuts": [...]} est attendu.')
    if not isinstance(content[_LISTE], list):
        raise InvalidBody.at(f"#/{_LISTE}", "Une liste est attendue.")
    if other := sorted(content.keys() - {_LISTE}):
        where = pointer((other[0][:100],))
        raise InvalidBody.at(where, "Membre inconnu : seul « statuts » est attendu.")
    items: list[Any] = content[_LISTE]
    _bounded(len(items))
    for place, item in enumerate(items):
        if not isinstance(item, dict):
            raise InvalidBody.at(f"#/{_LISTE}/{place}", "Un objet est attendu.")
    return list(map(lire, items))


def lire_csv(body: bytes) -> list[Lu]:
    """Columns by name, in any order; an unknown column is ignored."""
    text = _text(body)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    rows = _rows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    names = _names(next(rows, []))
    found: list[Lu] = []
    for row in rows:
        _bounded(len(found) + 1)
        found.append(_read_row(names, row))
    return found


def _text(body: bytes) -> str:
    """The text of a file, in UTF-8 or as French spreadsheets write it."""
    if body.startswith(GZIP):
        raise UnreadableBody("Un envoi n'est pas compressé, et celui-ci l'est (gzip).")
    flux = io.BytesIO(body)
    try:
        text_head(flux, "un CSV est attendu")
        codec, _ = encoding(flux)
    except FichierRefuse as refused:
        raise UnreadableBody(refused.detail) from refused
    return body.decode(codec)


def _rows(reader: Any) -> Iterator[list[str]]:
    """Rows that hold something."""
    try:
        yield from (row for row in reader if not is_blank(row))
    except csv.Error as error:
        detail = f"Ligne {reader.line_num} : guillemets mal fermés, ou cellule trop longue."
        raise UnreadableBody(detail) from error


def _names(header: list[str]) -> list[str | None]:
    """Our name of each column, None for one that is ignored."""
    columns = [_BY_NAME.get(folded(name)) for name in header]
    names = [column.name if column else None for column in columns]
    missing = [nom for nom in OBLIGATOIRES if nom not in names]
    repeated = [nom for nom in NOMS if names.count(nom) > 1]
    for wrong, what in ((missing, "Colonnes absentes"), (repeated, "Colonnes en double")):
        if wrong:
            unknown = [
                one for one, name in zip(header, names, strict=True) if one.strip() and not name
            ]
            shown = f" ; non reconnues : {', '.join(unknown[:_SHOWN])[:200]}" if unknown else ""
            detail = f"{what} de l'en-tête IRVE dynamique : {', '.join(wrong)}{shown}."
            raise InvalidBody.at("#", detail)
    return names


def _read_row(names: list[str | None], row: list[str]) -> Lu:
    cells = {name: cell for name, cell in zip(names, row, strict=False) if name}
    if len(row) < len(names) or any(row[len(names) :]):
        return Lu(cells.get(NOMS[0]), None, (Constat("CELL"),))
    return lire(cells)


def _bounded(count: int) -> None:
    if count > STATUTS_MAX:
        raise InvalidBody.at(
            f"#/{_LISTE}", f"Un envoi compte au plus {figure(STATUTS_MAX)} statuts."
        )


LECTEURS: Final[Mapping[str, Callable[[bytes], list[Lu]]]] = {JSON: lire_json, CSV: lire_csv}
"""By media type."""
