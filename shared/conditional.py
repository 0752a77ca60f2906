"""Conditional requests (RFC 9110 §8.8 and §13): entity tags and dates."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import Header, HTTPException

from shared.problems import InvalidParameter, PreconditionFailed, PreconditionRequired

IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=500,
        description="`ETag` de la version lue : si elle a changé depuis, rien n'est fait (412).",
    ),
]
IF_NONE_MATCH: Final = "If-None-Match"
IF_NONE_MATCH_SENS: Final = (
    "`ETag` d'une réponse déjà reçue : si elle vaut encore, elle n'est pas renvoyée (304)."
)
IfNoneMatch = Annotated[str | None, Header(alias=IF_NONE_MATCH, description=IF_NONE_MATCH_SENS)]
IfModifiedSince = Annotated[
    str | None,
    Header(
        alias="If-Modified-Since",
        description="`Last-Modified` d'une réponse déjà reçue, pour qui n'en a pas gardé l'`ETag`.",
    ),
]
VERSIONED: Final[dict[str, Any]] = {
    "ETag": {
        "description": "Étiquette de cette version, à rendre dans `If-None-Match` ou `If-Match`.",
        "schema": {"type": "string"},
    }
}
"""The header of an answer that says its version, for the contract."""
NO_STORE: Final = MappingProxyType({"Cache-Control": "no-store"})
"""Headers of what nobody may keep: it is true of this moment alone, or it holds a secret."""
PRIVATE: Final = MappingProxyType({"Cache-Control": "private, no-store"})
"""Headers of what is its reader's alone."""
UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {
        "description": "Rien n'a changé depuis la version citée par `If-None-Match`.",
        "headers": VERSIONED,
    }
}
"""How routes that know conditional requests document it."""
LOCATED: Final[dict[str, Any]] = {
    "Location": {
        "description": "Adresse de ce qui vient d'être créé.",
        "schema": {"type": "string"},
    }
}
"""The header of an answer that says where what it made is."""
CREATED: Final[dict[str, Any]] = {**LOCATED, **VERSIONED}
"""Those of the answer to a creation."""
_DIGEST_BYTES = 12
_ITEM = re.compile(r'[ \t]*(?:((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|\Z)')


def etag(*parts: object, weak: bool = False) -> str:
    """The tag of what these parts identify; weak when its bytes may vary (compression)."""
    digest = blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        text = str(part).encode(errors="surrogatepass")
        digest.update(b"%d:%b" % (len(text), text))
    return f'{"W/" if weak else ""}"{digest.hexdigest()}"'


def matches(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller already holds what `etag` names: the answer is then 304.

    A malformed header is ignored: the caller gets the whole answer.
    """
    if if_none_match is None:
        return False
    if if_none_match == etag or if_none_match.strip() == "*":
        return True
    return _opaque(etag) in map(_opaque, _tags(if_none_match) or ())


def unless_held(if_none_match: str | None, headers: Mapping[str, str]) -> None:
    """Answer 304 from here if the caller already holds what the `ETag` of its answer names."""
    if matches(if_none_match, headers["ETag"]):
        raise HTTPException(304, headers=headers)


def http_date(instant: datetime) -> str:
    """An instant as `Last-Modified` writes it."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def unmodified(if_modified_since: str | None, instant: datetime) -> bool:
    """Whether nothing changed since a date the caller cites; `instant` is the last change's.

    Only for who cites no tag: a second may hold two versions. A malformed date is ignored.
    """
    if if_modified_since is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    return since.tzinfo is not None and instant.replace(microsecond=0) <= since


def require_match(if_match: str | None, etag: str) -> None:
    """Let a change through only when the caller read the current version, strong tag `etag`."""
    if if_match is None:
        raise PreconditionRequired(
            "Une modification doit citer dans `If-Match` l'`ETag` de la version lue."
        )
    if if_match.strip() == "*":
        return
    tags = _tags(if_match)
    if not tags:
        raise InvalidParameter("If-Match", "Une liste d'étiquettes entre guillemets est attendue.")
    if etag.startswith("W/") or etag not in tags:
        raise PreconditionFailed(
            "La ressource a changé depuis la version citée : la relire, puis recommencer.",
            headers={"ETag": etag},
        )


def _tags(header: str) -> list[str] | None:
    """The entity tags of a header, None when it is malformed."""
    tags: list[str] = []
    position = 0
    while position < len(header):
        item = _ITEM.match(header, position)
        if item is None:
            return None
        if item[1]:
            tags.append(item[1])
        position = item.end()
    return tags


def _opaque(tag: str) -> str:
    return tag.removeprefix("W/")
