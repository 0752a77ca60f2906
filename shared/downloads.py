"""A whole file that the public downloads: streamed, compressed as asked, sent once a version."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Final, NamedTuple

import brotli
from fastapi import Response
from fastapi.responses import StreamingResponse

from shared.conditional import etag, matches
from shared.journal import Curseur
from shared.replies import negotiate

CSV: Final = "text/csv; charset=utf-8"


class Download(NamedTuple):
    """A whole file, as of one place in the journal."""

    nom: str
    media_type: str
    curseur: Curseur
    instant: datetime
    content: Callable[[], Iterable[bytes]]

    def answer(self, if_none_match: str | None, accept: str, *variant: object) -> Response:
        """The file, or 304 when the client has it; `variant` is what else its bytes depend on."""
        headers = {
            "ETag": etag(self.nom, self.curseur.encode(), *variant, weak=True),
            "Last-Modified": self.instant.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Cache-Control": "public, max-age=60",
        }
        if matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{self.nom}"'
        coding = negotiate(accept.encode("latin-1"))
        pieces = self.content()
        if coding is not None:
            # Of what it finds compressed already, Starlette's own layer says nothing.
            headers |= {"Content-Encoding": coding.decode(), "Vary": "Accept-Encoding"}
            pieces = _compressed(pieces, coding)
        return StreamingResponse(pieces, media_type=self.media_type, headers=headers)


def _compressed(pieces: Iterable[bytes], coding: bytes) -> Iterator[bytes]:
    if coding == b"br":
        packer = brotli.Compressor(quality=1)
        yield from map(packer.process, pieces)
        yield packer.finish()
    else:
        deflate = zlib.compressobj(1, wbits=31)
        yield from map(deflate.compress, pieces)
        yield deflate.flush()
