"""A producer's bytes as rows of text in the schema's column order, or a refusal that says why."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from services.bornes.cellules import Colonne, Schema
from shared.files import (
    HEAD,
    FichierRefuse,
    decompressed,
    encoding,
    gzip_errors,
    line_breaks,
    lines,
    numbered,
    text_head,
)

if TYPE_CHECKING:
    from _csv import Reader

LIGNES_MAX = 500_000
"""Seven times the points of charge of the whole country; a short gzip may hold millions."""
ENDS_MAX = 1_000
"""Last cells of rows remembered, to know a value from half a value."""

_DELIMITERS = {",": "la virgule", ";": "le point-virgule", "\t": "la tabulation", "|": "la barre |"}
_ACCEPTED = (",", ";")
_UNSEEN = "\ufeff\u200b"
"""What files glued together or copied from a page leave around a name."""


class Ligne(NamedTuple):
    """One row: the line where it starts (header = 1), its cells in the schema's order."""

    numero: int
    cellules: Sequence[str]
    """Empty when the row has not as many cells as the header."""


@dataclass(frozen=True)
class Fichier:
    """An opened file: its form is known and accepted, its rows are still to be read."""

    schema: Schema
    flux: BinaryIO
    encodage: str
    separateur: str
    ignorees: tuple[str, ...]
    """Columns of the file that the schema does not know."""
    ajoutees: tuple[str, ...]
    """Optional columns that the file lacks."""
    _derniere: Colonne | None
    """Column that ends each line, when the schema knows it."""
    _inachevee: bool
    """The file does not end with a line break."""
    _largeur: int
    _order: Callable[[Sequence[str]], Sequence[str]]

    def lignes(self) -> Iterator[Ligne]:
        """The rows, streamed; raises FichierRefuse as soon as the file proves unreadable."""
        self.flux.seek(0)
        text = io.TextIOWrapper(self.flux, encoding=self.encodage, newline="")
        try:
            yield from self._rows(csv.reader(lines(text), delimiter=self.separateur, strict=True))
        finally:
            with suppress(ValueError):  # already closed by its owner
                text.detach()

    def _rows(self, reader: "Reader") -> Iterator[Ligne]:
        next(numbered(reader))  # the header, already read by its names
        numero, end, short = 0, "", None
        ends = set[str]()
        for numero, row in numbered(reader):
            if len(ends) < ENDS_MAX:
                ends.add(end)
            end = row[-1]
            if short is not None:
                yield Ligne(short, ())
                short = None
            if len(row) < self._largeur:
                short = numero  # refused if it proves to be the last one
            elif any(row[self._largeur :]):
                yield Ligne(numero, ())
            else:
                row[self._largeur :] = [""]
                yield Ligne(numero, self._order(row))
        if short is not None or (self._inachevee and self._is_cut(end, ends)):
            raise FichierRefuse(
                f"Le fichier s’arrête au milieu de la ligne {numero} : il semble tronqué.",
                ligne=numero,
            )
        if not numero:
            raise FichierRefuse("Le fichier n’a que son en-tête : aucune ligne de données.")

    def _is_cut(self, end: str, ends: set[str]) -> bool:
        """Whether the last cell of a file without a last line break is half a value.

        `True` cut short is `Tr`: no value of the column, and like none of the rows before.
        """
        if self._derniere is None or end in ends or end.startswith("=") or len(ends) == 1:
            return False
        return bool(self.schema.lire(self._derniere, end)[1])


def ouvrir(brut: BinaryIO, schema: Schema) -> Fichier:
    """Recognise a seekable file of a schema; raises FichierRefuse with what was found instead."""
    with gzip_errors():
        flux = decompressed(brut)
        head = _head(flux)
        delimiter, names = _header(head, schema)
        order, ignored, added = _columns(names, schema)
        codec, unfinished = encoding(flux)
        if line_breaks(flux) > LIGNES_MAX + 1:  # the header's
            raise FichierRefuse(f"Le fichier a plus de {LIGNES_MAX} lignes.")
    return Fichier(
        schema=schema,
        flux=flux,
        encodage=codec,
        separateur=delimiter,
        ignorees=ignored,
        ajoutees=added,
        _derniere=_by_name(schema).get(names[-1].casefold()),
        _inachevee=unfinished,
        _largeur=len(names),
        _order=order,
    )


def _by_name(schema: Schema) -> dict[str, Colonne]:
    return {colonne.name.casefold(): colonne for colonne in schema.colonnes}


def _head(flux: BinaryIO) -> bytes:
    """The header line, from a bounded read: 200 MB of anything else are refused at once."""
    head = text_head(flux, "un CSV est attendu")
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        raise FichierRefuse("Ce fichier est une page web, du XML ou du JSON : un CSV est attendu.")
    line = re.split(rb"[\r\n]", head.lstrip(), maxsplit=1)[0]
    if len(line) == HEAD:
        raise FichierRefuse(f"La première ligne dépasse {HEAD} octets : ce n’est pas un en-tête.")
    return line


def _header(line: bytes, schema: Schema) -> tuple[str, list[str]]:
    """The delimiter and the column names of the header line."""
    text = line.decode("utf-8", "replace")
    splits = {delimiter: _split(text, delimiter) for delimiter in _DELIMITERS}
    _refuse_other_schemas({n.casefold() for names in splits.values() for n in names}, schema)
    ours = _by_name(schema)
    known = {d: sum(name.casefold() in ours for name in names) for d, names in splits.items()}
    found = [delimiter for delimiter, count in known.items() if count > 1]
    if len(found) > 1:
        names = " et ".join(_DELIMITERS[delimiter] for delimiter in found)
        raise FichierRefuse(f"Séparateur ambigu : {names} séparent des colonnes connues.", ligne=1)
    if not found:
        raise FichierRefuse(
            f"Aucun en-tête {schema.libelle} reconnu. Première ligne : « {text[:120]} ».", ligne=1
        )
    if found[0] not in _ACCEPTED:
        raise FichierRefuse(
            f"Le séparateur trouvé est {_DELIMITERS[found[0]]} : la virgule ou le point-virgule "
            "sont attendus.",
            ligne=1,
        )
    return found[0], splits[found[0]]


def _split(text: str, delimiter: str) -> list[str]:
    with suppress(csv.Error, StopIteration):
        return [
            name.strip().strip(_UNSEEN) for name in next(csv.reader([text], delimiter=delimiter))
        ]
    return []


def _refuse_other_schemas(names: set[str], schema: Schema) -> None:
    for telltale, other in schema.autres:
        if found := names.intersection(telltale):
            raise FichierRefuse(
                f"Ce fichier suit {other} (colonnes {', '.join(sorted(found))}) : "
                f"{schema.attendu}.",
                ligne=1,
            )


def _columns(
    names: list[str], schema: Schema
) -> tuple[Callable[[Sequence[str]], Sequence[str]], tuple[str, ...], tuple[str, ...]]:
    """How to put a row in the schema's order; ignored and added columns."""
    ours = _by_name(schema)
    places: dict[str, int] = {}
    ignored, repeated = [], []
    for place, name in enumerate(names):
        known = ours.get(name.casefold())
        if known is None:
            ignored.append(name)
        elif known.name in places:
            repeated.append(known.name)
        else:
            places[known.name] = place
    missing = [c.name for c in schema.colonnes if c.required and c.name not in places]
    if repeated:
        raise FichierRefuse(f"Colonnes en double : {', '.join(repeated)}.", ligne=1)
    if missing:
        raise FichierRefuse(f"Colonnes obligatoires absentes : {', '.join(missing)}.", ligne=1)
    # Each row gets one empty cell more, where every column that the file lacks is read.
    order = itemgetter(*(places.get(nom, len(names)) for nom in schema.noms))
    return order, tuple(ignored), tuple(nom for nom in schema.noms if nom not in places)
