"""Writes long lists of JSON by pieces: one a thousand items, each long enough to be sent alone."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

PIECE: Final = 1_000
"""Items written at once."""
COLLECTION: Final = b'{"type":"FeatureCollection","features":[', b"]}"
"""What is around the features of a GeoJSON file."""


def joined(items: Iterable[bytes], head: bytes, tail: bytes) -> Iterator[bytes]:
    """JSON items between a head and a tail."""
    yield head
    between = b""
    for batch in batches(items):
        yield between + b",".join(batch)
        between = b","
    yield tail


def batches(items: Iterable[bytes]) -> Iterator[Sequence[bytes]]:
    iterator = iter(items)
    while batch := list(islice(iterator, PIECE)):
        yield batch
