"""A received file of shops as records with our columns, whatever its form; or why it is refused."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from string import ascii_uppercase
from typing import Any, BinaryIO, Final, NamedTuple

from services.commerces.imports import colonnes, contrat, osm
from services.commerces.imports.colonnes import Noms
from services.commerces.imports.elements import Elements
from services.commerces.imports.listes import oui_non
from services.commerces.imports.nettoyage import en_texte
from services.commerces.imports.sirene import VOIE, establishments
from shared.counts import figure
from shared.transfers.files import (
    DELIMITERS,
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

VIDE: Final = "Le fichier n’a aucun commerce."
ATTENDU: Final = "un CSV, un JSON ou un GeoJSON est attendu"
ESSENTIELLES: Final = tuple(
    frozenset({one}) for one in ("nom", "siret", *colonnes.NOMS, "nom_personne")
)
"""A file has at least the columns of one of these sets."""
_ADRESSE: Final = frozenset({"adresse", "libelle_voie"})
"""Columns of which an address has one at least."""
_EXAMINED: Final = 200
"""Elements of a JSON file read to know its columns, rows of a CSV to know what has no name."""
LIGNES_MAX: Final = 200_000
"""Twice the shops of the Métropole; a short gzip may hold millions of lines."""
RETOURS_MAX: Final = 2_000_000
"""Line breaks of a CSV, those of blank lines and inside cells included."""
LIVRAISON: Final = "livraison"
_DATASET: Final = "datasetid"
_SEP: Final = re.compile(r"sep=.")
"""A first line that Excel writes and reads."""
Valeurs = dict[str, Any]


class Enregistrement(NamedTuple):
    """A shop as received: its line (header = 1) or its rank, its values by our columns."""

    numero: int
    valeurs: Valeurs | None
    """None when it cannot be read as a record."""


@dataclass(frozen=True)
class Fichier:
    """An opened file: its form is known and accepted, its records are still to be read."""

    flux: BinaryIO
    forme: str
    """csv | json."""
    encodage: str
    separateur: str | None
    ignorees: tuple[str, ...]
    """Columns of the file that we do not know."""
    colonnes: frozenset[str]
    livraison: bool = False
    """The data set says in its name that its shops deliver."""
    _noms: tuple[str | None, ...] = field(default=())
    """Our column of each of a CSV's."""
    _membres: Noms = field(default_factory=Noms)
    """Names of members of a JSON document, as far as they are known."""
    _avant: int = 0
    """Rows before the header."""
    _inachevee: bool = False
    """The file does not end with a line break."""

    @property
    def sirene(self) -> bool:
        """Whether the file is of the SIRENE directory."""
        return {"siret", "etat_administratif"} <= self.colonnes

    def enregistrements(self) -> Iterator[Enregistrement]:
        """The records, streamed; raises FichierRefuse as soon as the file proves unreadable."""
        with gzip_errors():
            breaks = line_breaks(self.flux) if self.separateur else 0
            if breaks > RETOURS_MAX:
                raise FichierRefuse(
                    f"Le fichier a plus de {RETOURS_MAX} fins de ligne, lignes vides comprises."
                )
            if breaks > LIGNES_MAX:
                # Counted first: judging a line costs ten times more than reading it.
                with _text(self.flux, self.encodage) as text:
                    deque(_bounded(self._rows(text)), maxlen=0)
            with _text(self.flux, self.encodage) as text:
                records = self._rows(text) if self.separateur else _records(text, self._membres)
                yield from _bounded(records)

    def _rows(self, text: io.TextIOWrapper) -> Iterator[Enregistrement]:
        assert self.separateur is not None
        reader = csv.reader(lines(text), delimiter=self.separateur, strict=True)
        told, width = _reader(self._noms), len(self._noms)
        rows = numbered(reader)
        deque(islice(rows, self._avant + 1), maxlen=0)  # the header too
        numero, short, before, exact = 0, False, 0, False
        for numero, row in squared(rows, width, unfinished=self._inachevee):
            length = len(row)
            short, exact = length < width, exact or length == width
            # Blank cells at the end of every row are nobody's; those of one row, where the others
            # have none, are those that a separator inside a cell has moved.
            moved = length > width and exact and length != before
            if length != width and (short or moved or any(row[width:])):
                yield Enregistrement(numero, None)
            else:
                yield Enregistrement(numero, told(row))
            before = length
        if short and self._inachevee:
            raise FichierRefuse(
                f"Le fichier s’arrête au milieu de la ligne {numero} : il semble tronqué.",
                ligne=numero,
            )


def _reader(names: tuple[str | None, ...]) -> Callable[[list[str]], Valeurs]:
    """How the cells of a row are told by our columns."""

    def read(row: list[str]) -> Valeurs:
        return {name: cell for name, cell in zip(names, row, strict=False) if name and cell}

    def read_several(row: list[str]) -> Valeurs:
        found: Valeurs = {}
        for name, cell in zip(names, row, strict=False):
            if name and cell:
                found[name] = _either(found[name], cell) if name in found else cell
        return found

    known = list(filter(None, names))
    return read if len(set(known)) == len(known) else read_several


def _either(one: Any, other: Any) -> Any:
    """What two columns of one modality say: a yes in either is one."""
    return other if oui_non("", en_texte(other))[0] else one


def _bounded(records: Iterator[Enregistrement]) -> Iterator[Enregistrement]:
    """One record at least, and no more than a file may have."""
    count = 0
    for count, record in enumerate(records, 1):
        if count > LIGNES_MAX:
            raise FichierRefuse(
                f"Le fichier a plus de {figure(LIGNES_MAX)} lignes : envoyez-le en plusieurs, "
                "avec complet=false.",
                ligne=record.numero,
            )
        yield record
    if not count:
        raise FichierRefuse(VIDE)


@contextmanager
def _text(flux: BinaryIO, codec: str) -> Iterator[io.TextIOWrapper]:
    flux.seek(0)
    text = io.TextIOWrapper(flux, encoding=codec, newline="")
    try:
        yield text
    finally:
        with suppress(ValueError):  # already closed by its owner
            text.detach()


def ouvrir(brut: BinaryIO) -> Fichier:
    """Recognise a seekable file by its content; raises FichierRefuse with what was found."""
    with gzip_errors():
        flux = decompressed(brut)
        head = text_head(flux, ATTENDU)
        start = head.lstrip()[:1]
        if start == b"<":
            raise FichierRefuse(f"Ce fichier est une page web ou du XML : {ATTENDU}.")
        codec, unfinished = encoding(flux)
        if start in (b"{", b"["):
            return _json(flux, codec)
        return replace(_csv(flux, codec, head.decode(codec, "replace")), _inachevee=unfinished)


def _csv(flux: BinaryIO, codec: str, head: str) -> Fichier:
    before, line = _header(head)
    if len(line) >= HEAD:
        raise FichierRefuse(
            f"La première ligne dépasse {figure(HEAD)} octets : ce n’est pas un en-tête."
        )
    headers = {separator: _split(line, separator) for separator in DELIMITERS}
    separator = max(headers, key=lambda one: sum(map(bool, map(colonnes.nom, headers[one]))))
    received = colonnes.halves(headers[separator])
    # Only of the columns that are read: two that nobody knows may share a name.
    keys = [colonnes.cle(one) for one in received if colonnes.nom(one)]
    repeated = {one for one in received if keys.count(colonnes.cle(one)) > 1}
    if repeated:
        raise FichierRefuse(f"Colonnes en double : {', '.join(sorted(repeated))}.", ligne=1)
    names = _own_names(received)
    found = frozenset(filter(None, names))
    _check(found, line)
    ignored = tuple(r for r, name in zip(received, names, strict=True) if name is None and r)
    avant = sum(not is_blank(_split(one, separator)) for one in before)
    ignored += tuple(_unnamed(received, head, separator, avant))
    return Fichier(flux, "csv", codec, separator, ignored, found, _noms=tuple(names), _avant=avant)


def _unnamed(received: list[str], head: str, separator: str, avant: int) -> Iterator[str]:
    """The columns without a name in which the first rows have something, as spreadsheets call them.

    A merged cell of the header leaves one.
    """
    rows = filter(any, csv.reader(io.StringIO(head, newline=""), delimiter=separator))
    told: set[int] = set()
    with suppress(csv.Error):
        for row in islice(rows, avant + 1, avant + 1 + _EXAMINED):
            told |= {place for place, cell in enumerate(row) if cell.strip()}
    for place, name in enumerate(received):
        if not name and place in told:
            yield f"colonne {_letters(place)} (sans nom)"


def _letters(place: int) -> str:
    """What a spreadsheet calls its first column and the others: A, …, Z, AA, AB…"""
    rest, found = place + 1, ""
    while rest:
        rest, unit = divmod(rest - 1, len(ascii_uppercase))
        found = ascii_uppercase[unit] + found
    return found


def _header(head: str) -> tuple[list[str], str]:
    """The header line and those before it: empty ones, that of Excel, titles."""
    read = first_lines(head)
    place = header_place(
        ["" if _SEP.fullmatch(line.strip()) else line for line in read],
        lambda line: any(_is_header(_split(line, separator)) for separator in DELIMITERS),
    )
    return (read, "") if place is None else (read[:place], read[place])


def _is_header(cells: list[str]) -> bool:
    """Whether cells name two columns, what a file cannot do without among them."""
    names = frozenset(filter(None, map(colonnes.nom, cells)))
    return len(names) > 1 and any(needed <= names for needed in ESSENTIELLES)


def _own_names(received: list[str]) -> list[str | None]:
    """Our name of each column; of several that stand for one of ours, the surest does."""
    columns = Noms(received)
    names = [columns[one] for one in received]
    if "adresse" in names:  # told whole, it is not read in parts
        names = [None if name in VOIE else name for name in names]
    surest: dict[str, str] = {}
    for name, one in zip(names, received, strict=True):
        if name and (name not in surest or colonnes.rang(one) < colonnes.rang(surest[name])):
            surest[name] = one
    return [
        name if name and (surest[name] == one or name in contrat.GENRES_MODALITE) else None
        for name, one in zip(names, received, strict=True)
    ]


def _split(line: str, separator: str) -> list[str]:
    with suppress(csv.Error, StopIteration):
        return [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    return []


def _check(found: frozenset[str], shown: str) -> None:
    if not any(needed <= found for needed in ESSENTIELLES):
        raise FichierRefuse(
            "Aucune colonne « nom » ni « siret » reconnue : voir le modèle. Début du fichier : "
            f"« {shown[:120]} ».",
            ligne=1,
        )


def _json(flux: BinaryIO, codec: str) -> Fichier:
    names = Noms()
    with _text(flux, codec) as text:
        first = list(islice(_records(text, names), _EXAMINED))
    if not first:
        raise FichierRefuse(VIDE)
    found = frozenset(name for record in first for name in record.valeurs or ()) - {_DATASET}
    _check(found, ", ".join(names))
    dataset = any(LIVRAISON in str((record.valeurs or {}).get(_DATASET)) for record in first)
    ignored = tuple(received for received, name in names.items() if name is None)
    return Fichier(flux, "json", codec, None, ignored, found, livraison=dataset, _membres=names)


def _records(text: io.TextIOWrapper, names: Noms) -> Iterator[Enregistrement]:
    """The elements of a JSON document; `names` remembers what each member is."""
    found = chain.from_iterable(map(establishments, Elements(text, _is_shop)))
    for numero, element in enumerate(found, 1):
        yield Enregistrement(numero, _valeurs(element, names))


def _is_shop(element: Any) -> bool:
    """Whether an object has what only a shop would: a name and an address."""
    if not isinstance(element, dict):
        return False
    found = set(Noms(element).values())
    return any(needed <= found for needed in ESSENTIELLES) and not _ADRESSE.isdisjoint(found)


def _valeurs(element: Any, names: Noms) -> Valeurs | None:
    """A flat object, a GeoJSON feature, or a record of Opendatasoft, by our columns."""
    record = element.get("record", element) if isinstance(element, dict) else None
    if not isinstance(record, dict):
        return None
    tags = record.get("tags")
    if isinstance(tags, dict):
        return _of_osm(record, _tagged(tags, names))
    members = record.get("fields", record.get("properties", record))
    if not isinstance(members, dict):
        return None
    found = _tagged(members, names) if osm.are_tags(members) else _by_column(members, names)
    if contrat.DETAILS in found:
        # Our own feature: the number that it has is stable, as those of other makers may not be.
        found = {"identifiant": record.get("id", "")} | found
    found = contrat.flattened(found)
    if members is not record:
        beside = {"geometrie": record.get("geometry"), _DATASET: record.get(_DATASET)}
        found |= {name: value for name, value in beside.items() if value}
    return found


def _tagged(tags: Mapping[str, Any], names: Noms) -> Valeurs:
    """The tags of OpenStreetMap, some of which are no column of ours."""
    names |= {tag: column for tag, column in osm.READ.items() if tag in tags}
    columns = {name: value for name, value in tags.items() if name not in osm.READ}
    return _by_column(columns, names) | osm.told(tags)


def _of_osm(element: Mapping[str, Any], tagged: Valeurs) -> Valeurs:
    """An element of OpenStreetMap as Overpass gives it: its tags, its number and its place."""
    center = element.get("center")
    place = center if isinstance(center, dict) else element
    beside = {"longitude": place.get("lon"), "latitude": place.get("lat")}
    known = {name: value for name, value in beside.items() if value is not None}
    return {"identifiant": f"{element.get('type')}/{element.get('id')}"} | known | tagged


def _by_column(members: Mapping[str, Any], names: Noms) -> Valeurs:
    """Of several members that stand for one column, the surest."""
    found: Valeurs = {}
    taken: dict[str, str] = {}
    told = list(contrat.expanded(members))
    names.meet(name for name, _ in told)
    for name, value in told:
        if contrat.is_nested(name, value):
            names[name], found[name] = name, value
            continue
        known = names[name]
        if known is None or known in contrat.EMBOITES or value in contrat.RIEN:
            continue
        if known in contrat.GENRES_MODALITE:
            found[known] = _either(found[known], value) if known in found else value
        elif known not in taken or colonnes.rang(name) < colonnes.rang(taken[known]):
            found[known], taken[known] = value, name
    return found
