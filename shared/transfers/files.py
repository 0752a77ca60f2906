"""Text files sent by others: encoding and format detected, decompressed within bounds.

A file is read once to be known and once for its rows; both readings are streams.
"""

import codecs
import csv
import gzip
import hashlib
import io
import re
import shutil
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, cast

from shared.counts import figure
from shared.problems import InvalidBody

if TYPE_CHECKING:
    from _csv import Reader

HEAD = 65_536
"""Bytes in which a header line must end."""
CHUNK = 1 << 20
MAX_BYTES = 1_000_000_000
"""Largest file once decompressed: a gzip bomb stops here."""
MAX_LINE = 1 << 20
"""Longest line, in characters."""
csv.field_size_limit(MAX_LINE)  # of the whole process: a line's own bound, whoever reads it

GZIP = b"\x1f\x8b"
"""What a gzip file begins with."""
DELIMITERS = ",;\t|"
"""What may part the cells of a CSV."""
_SIGNATURES = (
    (b"PK\x03\x04", "une archive ZIP ou un classeur (xlsx, ods)"),
    (b"\xd0\xcf\x11\xe0", "un ancien classeur Excel (xls)"),
    (b"%PDF", "un document PDF"),
    (GZIP, "un fichier compressé deux fois (gzip)"),
    (b"BZh", "une archive bzip2"),
    (b"\xfd7zXZ", "une archive xz"),
    (b"7z\xbc\xaf", "une archive 7z"),
    (b"\x28\xb5\x2f\xfd", "un fichier compressé en zstd"),
    (b"PAR1", "un fichier Parquet"),
    (codecs.BOM_UTF16_LE, "un texte en UTF-16, à enregistrer en UTF-8"),
    (codecs.BOM_UTF16_BE, "un texte en UTF-16, à enregistrer en UTF-8"),
)
_TITLES = 20
"""Lines that say something, among which a header is looked for."""
_BROKEN, _BROKEN_MAX = 100, 4_000
"""Lines of a file, and characters of one, in which a header broken in several is looked for."""
_BLANK = f"\ufeff {DELIMITERS}"
"""What a line that says nothing may hold."""
_DOS_END = ["\x1a"]
"""The row that the end-of-file mark of DOS makes: old programs still write it."""
_CONTROLS = re.compile(rb"[\x80-\x9f]")
"""Signs of Windows-1252, which the ISO encodings leave to nobody."""
_LATIN_9 = re.compile(rb"\xa4|[A-Za-z][\xbc\xbd][A-Za-z]")
"""€, and œ in a word, of Latin-9; in Windows-1252 a ¤ that nobody writes, ¼ and ½ in a word."""
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_UTF8_FRENCH = re.compile(
    rb"\xc3[\x80-\xbf]|\xc2[\xa0-\xbf]|\xc5[\x92\x93]|\xe2\x80[\x90-\xbf]|\xe2\x82\xac"
)
"""Accents, quotes, dashes and € in UTF-8: « Ã© » and « â€™ » of who reads them as Windows-1252."""
_HIGH = bytes(range(0x80, 0x100))
_ACCENTS = bytes(range(0xC0, 0x100))
"""Letters with an accent in Windows-1252."""
_ODD = bytes(set(range(0x80, 0xA0)) - set(b"\x80\x85\x8c\x91\x92\x93\x94\x95\x96\x97\x99\x9c"))
"""What Windows-1252 hardly uses (all but €, œ, quotes, dashes…): accents of CP850 and Mac Roman."""
MIXED = 10
"""A file is UTF-8 with mistakes when one in so many of its bytes beyond ASCII are; below, it is
Windows-1252 with a cell that was badly converted before."""
UTF8_MAX = 4
"""Bytes of the longest character."""


class FichierRefuse(Exception):
    """The whole file is refused: nothing of it is kept. `detail` is French, for its sender."""

    def __init__(
        self, detail: str, *, ligne: int | None = None, colonne: str | None = None
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.ligne = ligne
        self.colonne = colonne


def refusal(refus: FichierRefuse) -> InvalidBody:
    """The refusal of a file that is the body of a request, which points at the place."""
    place = [str(part) for part in (refus.ligne, refus.colonne) if part is not None]
    erreur = {"pointer": "#" + "".join(f"/{part}" for part in place), "detail": refus.detail}
    return InvalidBody(refus.detail, erreurs=[erreur])


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """A file to be read several times: what comes by a pipe, which gives it once, is copied."""
    with path.open("rb") as file:
        if file.seekable():
            yield file
        else:
            with TemporaryFile() as copy:
                shutil.copyfileobj(file, copy)
                yield copy


def fingerprint(flux: BinaryIO) -> tuple[int, str]:
    """Size in bytes and SHA-256 of a file."""
    flux.seek(0)
    sha, taille = hashlib.sha256(), 0
    while chunk := flux.read(CHUNK):
        sha.update(chunk)
        taille += len(chunk)
    return taille, sha.hexdigest()


def compressed(flux: BinaryIO) -> bytes:
    """A file as zlib writes it."""
    flux.seek(0)
    packer = zlib.compressobj()
    packed = bytearray()
    while chunk := flux.read(CHUNK):
        packed += packer.compress(chunk)
    return bytes(packed + packer.flush())


@contextmanager
def gzip_errors() -> Iterator[None]:
    """A damaged gzip file is refused like any other."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FichierRefuse("Le fichier gzip est tronqué ou abîmé.") from error


def decompressed(brut: BinaryIO) -> BinaryIO:
    """The file itself, or what a gzip file holds."""
    brut.seek(0)
    magic = brut.read(2)
    brut.seek(0)
    if magic != GZIP:
        return brut
    return cast("BinaryIO", gzip.GzipFile(fileobj=brut, mode="rb"))


def text_head(flux: BinaryIO, attendu: str) -> bytes:
    """The first bytes of a text, without its mark; a bounded read refuses anything else at once.

    `attendu` says what is expected: « un CSV est attendu ».
    """
    head = flux.read(HEAD)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise FichierRefuse("Le fichier est vide.")
    for magic, name in _SIGNATURES:
        if head.startswith(magic):
            raise FichierRefuse(f"Ce fichier est {name} : {attendu}.")
    head = head.removeprefix(codecs.BOM_UTF8)
    if b"\0" in head:
        raise FichierRefuse(
            f"Le fichier contient des octets nuls, il n’est pas en texte : {attendu}."
        )
    return head


def encoding(flux: BinaryIO) -> tuple[str, bool]:
    """UTF-8, else Windows-1252, Latin-9 or Latin-1; and whether the last line break is missing.

    Decided on the whole file, which is refused when none of them is sure.
    """
    flux.seek(0)
    last, pending, size = b"", b"", 0
    bad: int | None = None
    while chunk := flux.read(CHUNK):
        size, last = size + len(chunk), chunk[-1:]
        if size > MAX_BYTES:
            raise FichierRefuse(f"Le fichier dépasse {MAX_BYTES // 1_000_000} Mo décompressé.")
        if b"\0" in chunk:
            raise FichierRefuse("Le fichier contient un octet nul : il est abîmé ou binaire.")
        if bad is None:
            text = pending + chunk
            wrong, pending = _utf8_end(text)
            bad = size - len(text) + wrong if wrong is not None else None
    unfinished = last not in {b"\n", b"\r", b"\x1a"}
    if bad is None and not pending:
        return "utf-8-sig", unfinished
    return _other_encoding(flux, size - len(pending) if bad is None else bad, size), unfinished


def _utf8_end(text: bytes) -> tuple[int | None, bytes]:
    """Where a text stops being UTF-8, and the beginning of a character that it ends with."""
    try:
        _, read = codecs.utf_8_decode(text)
    except UnicodeDecodeError as error:
        return error.start, b""
    return None, text[read:]


def _other_encoding(flux: BinaryIO, bad: int, size: int) -> str:
    """Windows-1252, Latin-9 or Latin-1 for a file that stops being UTF-8 at the byte `bad`.

    Its bytes are weighed: characters that nobody writes in Windows-1252 and that are ordinary in
    UTF-8, and bytes that Windows-1252 hardly uses, which are the accents of older encodings.
    """
    flux.seek(0)
    high = ours = odd = accents = 0
    cp1252, controls, latin_9 = True, False, False
    while chunk := flux.read(CHUNK):
        high += _count(chunk, _HIGH)
        ours += sum(map(len, _UTF8_FRENCH.findall(chunk)))
        odd += _count(chunk, _ODD)
        accents += _count(chunk, _ACCENTS)
        cp1252 = cp1252 and not _NOT_CP1252.search(chunk)
        controls = controls or _CONTROLS.search(chunk) is not None
        latin_9 = latin_9 or _LATIN_9.search(chunk) is not None
    if ours and ours * MIXED >= high:
        raise _not_utf8(flux, bad, size)
    if odd > accents:
        raise FichierRefuse(
            "Le codage du fichier n’est ni UTF-8 ni Windows-1252 (peut-être CP850 ou Mac Roman) : "
            "enregistrez-le en UTF-8."
        )
    if latin_9 and not controls:
        return "iso8859-15"
    return "cp1252" if cp1252 else "latin-1"


def _count(chunk: bytes, among: bytes) -> int:
    return len(chunk) - len(chunk.translate(None, among))


def _not_utf8(flux: BinaryIO, bad: int, size: int) -> FichierRefuse:
    """The refusal of a file of UTF-8 with a byte that is none, or cut inside a character."""
    ligne = _line_of(flux, bad)
    if bad + UTF8_MAX > size and _utf8_end(_tail(flux, bad))[0] is None:
        return FichierRefuse(
            f"Le fichier s’arrête au milieu d’un caractère, à la ligne {ligne} : il semble "
            "tronqué.",
            ligne=ligne,
        )
    return FichierRefuse(
        f"La ligne {ligne} contient un octet qui n’est pas de l’UTF-8 (le {bad + 1}e du fichier), "
        "et le reste en est : corrigez-la, ou enregistrez tout le fichier en UTF-8.",
        ligne=ligne,
    )


def _tail(flux: BinaryIO, start: int) -> bytes:
    flux.seek(start)
    return flux.read()


def _line_of(flux: BinaryIO, place: int) -> int:
    """The line, from 1, that holds a byte; lines end as most of the file's do."""
    flux.seek(0)
    breaks = {b"\n": 0, b"\r": 0}
    while place > 0 and (chunk := flux.read(min(CHUNK, place))):
        place -= len(chunk)
        for mark in breaks:
            breaks[mark] += chunk.count(mark)
    return 1 + max(breaks.values())


def line_breaks(flux: BinaryIO) -> int:
    """How many lines a file ends, blank ones and those inside cells included."""
    flux.seek(0)
    chunks = iter(partial(flux.read, CHUNK), b"")
    return sum(max(chunk.count(b"\n"), chunk.count(b"\r")) for chunk in chunks)


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, each bounded."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise FichierRefuse(f"Une ligne dépasse {figure(MAX_LINE)} caractères.")
        yield line


def first_lines(text: str) -> list[str]:
    """The lines of the head of a CSV; those that a quoted cell breaks are one.

    People break the long name of a column.
    """
    found: list[str] = []
    lines = re.split(r"\r\n|\r|\n", text)
    for line in lines[:_BROKEN]:
        if found and _is_open(found[-1]):
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found + lines[_BROKEN:]


def _is_open(line: str) -> bool:
    """Whether a line ends inside a quoted cell, whatever parts its cells."""
    return len(line) < _BROKEN_MAX and any(_ends_quoted(line, one) for one in DELIMITERS)


def _ends_quoted(line: str, delimiter: str) -> bool:
    try:
        deque(csv.reader([line], delimiter=delimiter, strict=True), maxlen=0)
    except csv.Error as error:
        return "end of data" in str(error)
    return False


def header_place(lines: Sequence[str], is_header: Callable[[str], bool]) -> int | None:
    """Where the header of a CSV is among its first lines: people put a title above it.

    The first that is one, else the first that says anything; None where none does.
    """
    told = [place for place, line in enumerate(lines) if line.strip(_BLANK)][:_TITLES]
    return next((place for place in told if is_header(lines[place])), next(iter(told), None))


def is_blank(row: Sequence[str]) -> bool:
    """Whether nothing but spaces is in the cells of a row."""
    return not any(map(str.strip, row))


def numbered(reader: "Reader") -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV that hold something, with the line where each starts."""
    numero = reader.line_num + 1
    try:
        for row in reader:
            if row != _DOS_END and not is_blank(row):
                yield numero, row
            numero = reader.line_num + 1
    except csv.Error as error:
        raise FichierRefuse(
            f"Guillemets mal fermés dans la ligne {numero} : le fichier est tronqué ou mal écrit.",
            ligne=numero,
        ) from error


def squared(
    rows: Iterator[tuple[int, list[str]]], width: int, *, unfinished: bool
) -> Iterator[tuple[int, list[str]]]:
    """Rows as wide as the header where a spreadsheet left out the empty cells that end them.

    Excel does so for each 16 rows whose last columns are empty, but the first, which have a header:
    several rows that follow each other have then the same number of cells, after some that are
    whole. Where none is, or in one alone, a cell is missing, who knows which.
    """
    before, held, whole = width, None, False
    try:
        for one in chain(rows, (None,)):
            if held is not None:
                numero, row = held
                length = len(row)
                if length >= width:
                    whole = True
                elif whole and not (one is None and unfinished):
                    beside = {before} if one is None else {before, len(one[1])}
                    if length in beside:
                        row = [*row, *repeat("", width - length)]
                before = length
                yield numero, row
            held = one
    except FichierRefuse:
        if held is not None:
            yield held  # what is wrong before is told first
        raise
