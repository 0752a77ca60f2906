"""Public file downloads: streamed, with conditional requests."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, NamedTuple

from fastapi import Depends, Response
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
from shared.vitrine import RELEASE


class Conditions(NamedTuple):
    """What the caller holds."""

    if_none_match: str | None
    if_modified_since: str | None

    def hold(self, tag: str, instant: datetime) -> bool:
        """Whether the caller has what `tag` names, last changed at `instant`."""
        if self.if_none_match is not None:
            return matches(self.if_none_match, tag)
        return unmodified(self.if_modified_since, instant)


def _conditions(
    if_none_match: IfNoneMatch = None, if_modified_since: IfModifiedSince = None
) -> Conditions:
    return Conditions(if_none_match, if_modified_since)


ConditionsDep = Annotated[Conditions, Depends(_conditions)]


class Download(NamedTuple):
    """A whole file, as of one place in the journal."""

    nom: str
    media_type: str
    curseur: Curseur
    instant: datetime
    content: Callable[[], Iterable[bytes]]
    fraicheur: Mapping[str, str] = MappingProxyType({})
    """What is said of its age: `shared.hot.answering.freshness` of a file written from memory."""

    def answer(self, conditions: Conditions, *variant: object) -> Response:
        """The file, or 304 when the client has it; `variant` is what else its bytes depend on."""
        headers = {
            "ETag": etag(RELEASE, self.nom, *self.curseur, *variant, weak=True),
            "Last-Modified": http_date(self.instant),
            "Cache-Control": "public, max-age=60",
            **self.fraicheur,
        }
        if conditions.hold(headers["ETag"], self.instant):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{self.nom}"'
        return StreamingResponse(self.content(), media_type=self.media_type, headers=headers)
