"""A file made whole before it is sent: a slow client keeps a file waiting, not a connection."""

from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

IN_MEMORY = 8_000_000
"""Bytes kept in memory; the rest goes to a temporary file."""
PIECE = 1 << 16


def whole(pieces: Iterable[str]) -> Iterator[bytes]:
    """Take all pieces now; give them back as bytes at the reader's pace."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 closed by its reader
    for piece in pieces:
        file.write(piece.encode())
    file.seek(0)
    return _read(file)


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
