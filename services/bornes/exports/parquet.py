"""A table as an Apache Parquet file: optional columns, plain values, pages in gzip.

Written here because the libraries that write it weigh more than all that the service installs. The
metadata are structs of Thrift's compact protocol, told below by the numbers of their fields.
"""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from struct import pack
from typing import Any, Final, NamedTuple

import numpy as np

MAGIC: Final = b"PAR1"
ROWS: Final = 10_000
"""Rows of a group, which is held whole."""
_GZIP_WINDOW: Final = 31
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_SHORT_LIST: Final = 15
_OPTIONAL, _PLAIN, _RLE, _GZIP = 1, 0, 3, 2
"""A repetition, encodings, a compression: numbers of their enumerations."""


class Sorte(NamedTuple):
    """A kind of values: its numbers in the format, and how their bytes are."""

    physique: int
    logique: int | None
    plain: Callable[[Sequence[Any]], bytes]


def _texts(values: Sequence[str]) -> bytes:
    return b"".join(pack("<I", len(one)) + one for one in map(str.encode, values))


def _bits(values: Sequence[bool]) -> bytes:
    return np.packbits(np.array(values, dtype=np.bool_), bitorder="little").tobytes()


BOOLEEN: Final = Sorte(0, None, _bits)
ENTIER: Final = Sorte(1, None, lambda values: np.array(values, dtype="<i4").tobytes())
NOMBRE: Final = Sorte(5, None, lambda values: np.array(values, dtype="<f8").tobytes())
TEXTE: Final = Sorte(6, 0, _texts)
JOUR: Final = Sorte(1, 6, lambda values: np.array(values, "<M8[D]").astype("<i4").tobytes())

Champ = tuple[int, int, Any]
"""A field of a struct: its number, its type, its value."""


def ecrire(colonnes: Sequence[tuple[str, Sorte]], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file by pieces; a value that is None is absent."""
    yield MAGIC
    place, total, groups = len(MAGIC), 0, []
    lues = iter(rows)
    while group := list(islice(lues, ROWS)):
        total += len(group)
        chunks, start = [], place
        for (nom, sorte), values in zip(colonnes, zip(*group, strict=True), strict=True):
            page, raw = _page(sorte, values)
            chunks.append(_chunk(nom, sorte, (place, len(values), raw, len(page))))
            place += len(page)
            yield page
        groups.append(
            [(1, _LIST, (_STRUCT, chunks)), (2, _I64, place - start), (3, _I64, len(group))]
        )
    end = _struct(
        [
            (1, _I32, 2),
            (2, _LIST, (_STRUCT, _schema(colonnes))),
            (3, _I64, total),
            (4, _LIST, (_STRUCT, groups)),
            (6, _BINARY, b"Grand Paris Relance"),
        ]
    )
    yield end + pack("<I", len(end)) + MAGIC


def _schema(colonnes: Sequence[tuple[str, Sorte]]) -> list[list[Champ]]:
    root: list[Champ] = [(4, _BINARY, b"schema"), (5, _I32, len(colonnes))]
    told = [root]
    for nom, (physique, logique, _) in colonnes:
        column = [(1, _I32, physique), (3, _I32, _OPTIONAL), (4, _BINARY, nom.encode())]
        told.append(column if logique is None else [*column, (6, _I32, logique)])
    return told


def _page(sorte: Sorte, values: Sequence[Any]) -> tuple[bytes, int]:
    """The only page of a column in a group, and its length without compression."""
    there = [value is not None for value in values]
    levels = _bits(there)
    # One run of bits, eight a byte: whether each value is there.
    levels = _varint(len(levels) << 1 | 1) + levels
    kept = [value for value in values if value is not None]
    raw = pack("<I", len(levels)) + levels + sorte.plain(kept)
    squeezed = zlib.compress(raw, wbits=_GZIP_WINDOW)
    data = [(1, _I32, len(values)), (2, _I32, _PLAIN), (3, _I32, _RLE), (4, _I32, _RLE)]
    head = _struct(
        [(1, _I32, 0), (2, _I32, len(raw)), (3, _I32, len(squeezed)), (5, _STRUCT, data)]
    )
    return head + squeezed, len(head) + len(raw)


def _chunk(nom: str, sorte: Sorte, sizes: tuple[int, int, int, int]) -> list[Champ]:
    place, count, raw, squeezed = sizes
    meta = [
        (1, _I32, sorte.physique),
        (2, _LIST, (_I32, [_PLAIN, _RLE])),
        (3, _LIST, (_BINARY, [nom.encode()])),
        (4, _I32, _GZIP),
        (5, _I64, count),
        (6, _I64, raw),
        (7, _I64, squeezed),
        (9, _I64, place),
    ]
    return [(2, _I64, place), (3, _STRUCT, meta)]


def _struct(fields: Iterable[Champ]) -> bytes:
    """A struct of Thrift's compact protocol: fields told by how far their number is on."""
    written, before = bytearray(), 0
    for number, kind, value in fields:
        written.append(number - before << 4 | kind)
        written += _value(kind, value)
        before = number
    return bytes(written) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if kind == _STRUCT:
        return _struct(value)
    if kind == _BINARY:
        return _varint(len(value)) + bytes(value)
    if kind == _LIST:
        inner, items = value
        short = len(items) < _SHORT_LIST
        size = bytes([min(len(items), _SHORT_LIST) << 4 | inner])
        head = size if short else size + _varint(len(items))
        return head + b"".join(_value(inner, item) for item in items)
    return _varint(value << 1)  # zigzag: nothing here is negative


def _varint(number: int) -> bytes:
    written = bytearray()
    while number >> 7:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
