"""`Content-Encoding` of our own answers: what a client takes, and levels that pay."""

import zlib
from typing import Final

import brotli

COMPRESS_FROM: Final = 1_000
"""Bytes under which compressing costs more than it saves."""


def negotiate(accept: bytes) -> bytes | None:
    """The best of br and gzip that the client takes (RFC 9110 § 12.5.3), None for neither."""
    weights: dict[bytes, float] = {}
    for item in accept.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        _, _, weight = parameters.partition(b"q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get(b"*", 0.0)
    best = max((b"br", b"gzip"), key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def compress(body: bytes, coding: bytes) -> bytes:
    """The body as br or gzip, at levels that cost less than they save on the wire.

    A search is ten times cheaper than gzip's default level.
    """
    if coding == b"br":
        return bytes(brotli.compress(body, quality=1))
    return zlib.compress(body, level=1, wbits=31)
