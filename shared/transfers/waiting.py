"""Writes a response to a file before it is sent: a slow client holds no database connection."""

from collections.abc import Iterable, Iterator
from hashlib import blake2b
from tempfile import SpooledTemporaryFile
from typing import IO

IN_MEMORY = 8_000_000
"""Bytes kept in memory; the rest goes to a temporary file."""
PIECE = 1 << 17
"""Long enough to be compressed in a thread (`shared.http.compression`)."""


def whole(pieces: Iterable[str]) -> Iterator[bytes]:
    """Take all pieces now; give them back as bytes at the reader's pace."""
    file, _ = spool(pieces)
    return unspool(file)


def spool(pieces: Iterable[str]) -> tuple[IO[bytes], str]:
    """Take all pieces now: the file at its beginning, and the digest of what it says."""
    file = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 closed by its reader
    digest = blake2b(digest_size=12)
    for piece in pieces:
        content = piece.encode()
        digest.update(content)
        file.write(content)
    file.seek(0)
    return file, digest.hexdigest()


def unspool(file: IO[bytes]) -> Iterator[bytes]:
    """Read a file to its end, and close it."""
    with file:
        while piece := file.read(PIECE):
            yield piece
