"""A table as an Apache Parquet file, each value of the type of its column."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from tempfile import SpooledTemporaryFile
from typing import Any, Final, NamedTuple

from arro3.core import Array, DataType, Field, RecordBatch, RecordBatchReader, Schema
from arro3.io import write_parquet

from shared.transfers.files import CHUNK

ROWS: Final = 10_000
"""Rows of a group, which is held whole."""
_EPOCH: Final = date(1970, 1, 1).toordinal()


class Sorte(NamedTuple):
    """A kind of values, and how an array is made of them; None is an absent one."""

    type: DataType
    array: Callable[[Sequence[Any]], Array]


def _of(kind: DataType) -> Sorte:
    return Sorte(kind, lambda values: Array(values, type=kind))


def _days(values: Sequence[date | None]) -> Array:
    days = [None if value is None else value.toordinal() - _EPOCH for value in values]
    return Array(days, type=DataType.int32()).cast(DataType.date32())


BOOLEEN: Final = _of(DataType.bool())
ENTIER: Final = _of(DataType.int32())
NOMBRE: Final = _of(DataType.float64())
TEXTE: Final = _of(DataType.utf8())
JOUR: Final = Sorte(DataType.date32(), _days)


def ecrire(colonnes: Sequence[tuple[str, Sorte]], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The file by pieces, written whole first."""
    schema = Schema([Field(nom, sorte.type) for nom, sorte in colonnes])
    batches = RecordBatchReader.from_batches(schema, _groups(colonnes, rows, schema))
    with SpooledTemporaryFile(max_size=CHUNK) as file:
        write_parquet(batches, file, compression="gzip(6)", max_row_group_size=ROWS)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _groups(
    colonnes: Sequence[tuple[str, Sorte]], rows: Iterable[Sequence[Any]], schema: Schema
) -> Iterator[RecordBatch]:
    lues = iter(rows)
    while group := list(islice(lues, ROWS)):
        columns = zip(*group, strict=True)
        arrays = [sorte.array(values) for (_, sorte), values in zip(colonnes, columns, strict=True)]
        yield RecordBatch.from_arrays(arrays, schema=schema)
