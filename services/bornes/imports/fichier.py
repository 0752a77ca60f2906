"""A producer's bytes as rows of text in the schema's column order, or a refusal that says why."""

import csv
import io
from codecs import BOM_UTF8
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from services.bornes.cellules import Colonne, Schema, by_name, folded
from shared.counts import figure
from shared.transfers.files import (
    HEAD,
    FichierRefuse,
    decompressed,
    encoding,
    first_lines,
    gzip_errors,
    header_place,
    is_blank,
    line_breaks,
    lines,
    numbered,
    squared,
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
_SHOWN = 10
"""Unknown columns shown to who has no known one."""
_CELL_SHOWN = 80
"""Characters of a cell shown in a refusal."""
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
    _avant: int
    """Rows before the header."""

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
        lues = numbered(reader)
        deque(islice(lues, self._avant + 1), maxlen=0)  # the header too, read by its names
        numero, end, short = 0, "", None
        ends = set[str]()
        for numero, row in squared(lues, self._largeur, unfinished=self._inachevee):
            if len(ends) < ENDS_MAX:
                ends.add(end)
            end = row[-1]
            if short is not None:
                yield Ligne(short, ())
                short = None
            if len(row) < self._largeur:
                _refuse_one_cell(
                    numero, row, self.separateur, lambda cells: len(cells) >= self._largeur
                )
                short = numero  # refused if it proves to be the last one
            elif any(row[self._largeur :]):
                yield Ligne(numero, ())
            else:
                row[self._largeur :] = [""]
                yield Ligne(numero, self._order(row))
        if short is not None or (self._inachevee and self._is_cut(end, ends)):
            raise _cut(numero, end if short is not None and len(row) == 1 else "")
        if not numero:
            raise FichierRefuse("Le fichier n’a que son en-tête : aucune ligne de données.")

    def _is_cut(self, end: str, ends: set[str]) -> bool:
        """Whether the last cell of a file without a last line break is half a value.

        `True` cut short is `Tr`: no value of the column, and like none of the rows before.
        """
        if self._derniere is None or end in ends or end.startswith("=") or len(ends) == 1:
            return False
        return bool(self.schema.lire(self._derniere, end)[1])


def _cut(numero: int, alone: str) -> FichierRefuse:
    """The refusal of a file whose last line is short; `alone` is its only cell, if it has one."""
    told = f"Le fichier s’arrête au milieu de la ligne {numero} : il semble tronqué."
    if alone:
        told += f" Si « {alone[:_CELL_SHOWN]} » est un total ou un pied de page, retirez-le."
    return FichierRefuse(told, ligne=numero)


def ouvrir(brut: BinaryIO, schema: Schema) -> Fichier:
    """Recognise a seekable file of a schema; raises FichierRefuse with what was found instead."""
    with gzip_errors():
        flux = decompressed(brut)
        before, header = _head(flux, schema)
        delimiter, names = _header(header, schema)
        order, ignored, added = _columns(names, schema)
        codec, unfinished = encoding(flux)
        if line_breaks(flux) > LIGNES_MAX + 1:  # the header's
            raise FichierRefuse(f"Le fichier a plus de {figure(LIGNES_MAX)} lignes.")
    return Fichier(
        schema=schema,
        flux=flux,
        encodage=codec,
        separateur=delimiter,
        ignorees=ignored,
        ajoutees=added,
        _derniere=by_name(schema.colonnes).get(folded(names[-1])),
        _inachevee=unfinished,
        _largeur=len(names),
        _order=order,
        _avant=sum(not is_blank(_split(line, delimiter)) for line in before),
    )


def _head(flux: BinaryIO, schema: Schema) -> tuple[list[str], str]:
    """The lines before the header, and itself, from a bounded read.

    200 MB of anything else are refused at once.
    """
    head = text_head(flux, "un CSV est attendu")
    if head.lstrip()[:1] in (b"<", b"{", b"["):
        raise FichierRefuse("Ce fichier est une page web, du XML ou du JSON : un CSV est attendu.")
    lines = first_lines(head.decode("utf-8", "replace"))
    if len(head) >= HEAD - len(BOM_UTF8):
        lines.pop()  # it is cut
    if not lines:
        raise FichierRefuse(
            f"La première ligne dépasse {figure(HEAD)} octets : ce n’est pas un en-tête."
        )
    ours = by_name(schema.colonnes)
    place = header_place(
        lines,
        lambda line: any(_known(_split(line, delimiter), ours) > 1 for delimiter in _DELIMITERS),
    )
    return lines[: place or 0], lines[place or 0]


def _known(names: list[str], ours: dict[str, Colonne]) -> int:
    return sum(folded(name) in ours for name in names)


def _header(text: str, schema: Schema) -> tuple[str, list[str]]:
    """The delimiter and the column names of the header line."""
    splits = {delimiter: _split(text, delimiter) for delimiter in _DELIMITERS}
    _refuse_other_schemas({n.casefold() for names in splits.values() for n in names}, schema)
    ours = by_name(schema.colonnes)
    known = {delimiter: _known(names, ours) for delimiter, names in splits.items()}
    found = [delimiter for delimiter, count in known.items() if count > 1]
    if len(found) > 1:
        names = " et ".join(_DELIMITERS[delimiter] for delimiter in found)
        raise FichierRefuse(f"Séparateur ambigu : {names} séparent des colonnes connues.", ligne=1)
    if not found:
        for delimiter, cells in splits.items():
            _refuse_one_cell(1, cells, delimiter, lambda names: _known(names, ours) > 1)
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


def _refuse_one_cell(
    numero: int, cells: Sequence[str], delimiter: str, is_line: Callable[[list[str]], bool]
) -> None:
    """A spreadsheet that opened a file without splitting it saves each line in quotes."""
    if len(cells) == 1 and is_line(_split(cells[0], delimiter)):
        raise FichierRefuse(
            f"La ligne {numero} tient dans une seule cellule, entre guillemets : un tableur a "
            "ouvert le fichier sans en séparer les colonnes, puis l’a enregistré. Renvoyez le "
            "fichier d’origine, ou ouvrez-le en indiquant son séparateur.",
            ligne=numero,
        )


def _columns(
    names: list[str], schema: Schema
) -> tuple[Callable[[Sequence[str]], Sequence[str]], tuple[str, ...], tuple[str, ...]]:
    """How to put a row in the schema's order; ignored and added columns."""
    ours = by_name(schema.colonnes)
    places: dict[str, int] = {}
    ignored, repeated = [], []
    for place, name in enumerate(names):
        known = ours.get(folded(name))
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
        raise FichierRefuse(
            f"Colonnes obligatoires absentes : {', '.join(missing)}.{_unknown(ignored)}", ligne=1
        )
    # Each row gets one empty cell more, where every column that the file lacks is read.
    order = itemgetter(*(places.get(nom, len(names)) for nom in schema.noms))
    return order, tuple(ignored), tuple(nom for nom in schema.noms if nom not in places)


def _unknown(ignored: list[str]) -> str:
    """The columns that nobody knows: one of them may be a missing one, badly named."""
    named = [name for name in ignored if name]
    if not named:
        return ""
    more = ", …" if len(named) > _SHOWN else ""
    return f" Colonnes du fichier non reconnues : {', '.join(named[:_SHOWN])}{more}."
