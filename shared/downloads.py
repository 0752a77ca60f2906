"""Public file downloads: streamed, compressed on demand, with conditional requests."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, NamedTuple

import brotli
from fastapi import Depends, Header, Response
from fastapi.responses import StreamingResponse

from shared.conditional import (
    IfModifiedSince,
    IfNoneMatch,
    etag,
    http_date,
    matches,
    unmodified,
)
from shared.journal import Curseur
from shared.replies import negotiate
from shared.vitrine import RELEASE


class Conditions(NamedTuple):
    """What the caller holds, and how it may be sent the rest."""

    if_none_match: str | None
    if_modified_since: str | None
    accept_encoding: str

    def hold(self, tag: str, instant: datetime) -> bool:
        """Whether the caller has what `tag` names, last changed at `instant`."""
        if self.if_none_match is not None:
            return matches(self.if_none_match, tag)
        return unmodified(self.if_modified_since, instant)


def _conditions(
    if_none_match: IfNoneMatch = None,
    if_modified_since: IfModifiedSince = None,
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Conditions:
    return Conditions(if_none_match, if_modified_since, accept_encoding)


ConditionsDep = Annotated[Conditions, Depends(_conditions)]


class Download(NamedTuple):
    """A whole file, as of one place in the journal."""

    nom: str
    media_type: str
    curseur: Curseur
    instant: datetime
    content: Callable[[], Iterable[bytes]]
    fraicheur: Mapping[str, str] = MappingProxyType({})
    """What is said of its age: `shared.answering.freshness` of a file written from memory."""

    def answer(self, conditions: Conditions, *variant: object) -> Response:
        """The file, or 304 when the client has it; `variant` is what else its bytes depend on."""
        headers = {
            "ETag": etag(RELEASE, self.nom, self.curseur.encode(), *variant, weak=True),
            "Last-Modified": http_date(self.instant),
            "Cache-Control": "public, max-age=60",
            **self.fraicheur,
        }
        if conditions.hold(headers["ETag"], self.instant):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{self.nom}"'
        coding = negotiate(conditions.accept_encoding.encode("latin-1"))
        pieces = self.content()
        if coding is not None:
            headers["Content-Encoding"] = coding.decode()
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
