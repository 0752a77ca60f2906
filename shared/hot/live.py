"""Hot reads that depend on live data: how their tags and cached answers take it into account."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote_to_bytes

from shared.http.replies import Piece
from shared.problems import Unavailable
from shared.vitrine import Direct, Vue

NOW: Final = b"=maintenant"
"""What a question about the present has in its query string: its answer ages without a change."""


class Living:
    """The vue with what a service's `Direct` shows, made once as long as both are the same."""

    def __init__(self, direct: Direct) -> None:
        self._direct = direct
        self._seen: tuple[Vue, Vue] | None = None

    def view(self, vue: Vue) -> Vue:
        live = self._direct.vu
        if live is None:
            raise Unavailable("Les données se chargent ; réessayez dans quelques secondes.")
        if self._seen is None or self._seen[0] is not vue or self._seen[1].direct is not live:
            self._seen = vue, replace(vue, direct=live)
        return self._seen[1]


def etag_of(body: Iterable[Piece]) -> bytes:
    """What is live has no version that all processes share: an answer is known by what it says."""
    digest = hashlib.blake2b(digest_size=12)
    for piece in body:
        digest.update(piece)
    return f'W/"{digest.hexdigest()}"'.encode()


def names(words: bytes, query_string: bytes) -> bool:
    """Whether a query string holds some words, escaped or not."""
    return words in query_string or (
        b"%" in query_string and words in unquote_to_bytes(query_string)
    )
