"""Text files that others send: recognised, decompressed and decoded within bounds, or refused.

A file is read once to be known and once for its rows; both readings are streams.
"""

import codecs
import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO, cast

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

_SIGNATURES = (
    (b"PK\x03\x04", "une archive ZIP ou un classeur (xlsx, ods)"),
    (b"\xd0\xcf\x11\xe0", "un ancien classeur Excel (xls)"),
    (b"%PDF", "un document PDF"),
    (b"\x1f\x8b", "un fichier compressé deux fois (gzip)"),
    (b"BZh", "une archive bzip2"),
    (b"\xfd7zXZ", "une archive xz"),
    (b"7z\xbc\xaf", "une archive 7z"),
    (b"\x28\xb5\x2f\xfd", "un fichier compressé en zstd"),
    (b"PAR1", "un fichier Parquet"),
    (codecs.BOM_UTF16_LE, "un texte en UTF-16"),
    (codecs.BOM_UTF16_BE, "un texte en UTF-16"),
)
_NOT_CP1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


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
    if magic != b"\x1f\x8b":
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
    """UTF-8, else Windows-1252, else Latin-1; and whether the last line break is missing.

    Decided by one pass over the whole file.
    """
    flux.seek(0)
    last = b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    utf8, cp1252, size = True, True, 0
    while chunk := flux.read(CHUNK):
        size, last = size + len(chunk), chunk[-1:]
        if size > MAX_BYTES:
            raise FichierRefuse(f"Le fichier dépasse {MAX_BYTES // 1_000_000} Mo décompressé.")
        if b"\0" in chunk:
            raise FichierRefuse("Le fichier contient un octet nul : il est abîmé ou binaire.")
        utf8 = utf8 and _decodes(decoder, chunk)
        cp1252 = cp1252 and (utf8 or not _NOT_CP1252.search(chunk))
    unfinished = last not in {b"\n", b"\r"}
    if utf8 and _decodes(decoder, b"", final=True):
        return "utf-8-sig", unfinished
    return ("cp1252" if cp1252 else "latin-1"), unfinished


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text, each bounded."""
    while line := text.readline(MAX_LINE):
        if len(line) == MAX_LINE:
            raise FichierRefuse(f"Une ligne dépasse {MAX_LINE} caractères.")
        yield line


def is_blank(row: Sequence[str]) -> bool:
    """Whether nothing but spaces is in the cells of a row."""
    return not any(map(str.strip, row))


def numbered(reader: "Reader") -> Iterator[tuple[int, list[str]]]:
    """Rows of a CSV that hold something, with the line where each starts."""
    numero = reader.line_num + 1
    try:
        for row in reader:
            if not is_blank(row):
                yield numero, row
            numero = reader.line_num + 1
    except csv.Error as error:
        raise FichierRefuse(
            f"Guillemets mal fermés dans la ligne {numero} : le fichier est tronqué ou mal écrit.",
            ligne=numero,
        ) from error
