"""Pagination: opaque cursors, and how a page announces the next one."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar
from urllib.parse import quote, urlencode

import orjson

from shared.problems import InvalidParameter
from shared.schemas.commun import Lien, UnePage

Row = TypeVar("Row")
Mark = TypeVar("Mark", str, int)
CURSOR_MAX = 1024
"""Characters of the longest cursor read."""
_INT64 = 2**63
_REFUSED = "Ce curseur n'est pas de ceux que ce service a donnés."
_URL_CHARACTERS = ":/?#[]@!$&'()*+,;=%~"
_SAFE = ",:"
"""What positions, boxes and instants are written with, which a query may hold as it is."""


class PageAsked(Protocol):
    """What is asked of a list that comes by pages."""

    @property
    def limite(self) -> int: ...
    @property
    def curseur(self) -> str | None: ...
    def model_dump(self, *, mode: str, exclude_unset: bool) -> dict[str, Any]: ...


def encode_cursor(*parts: str | int) -> str:
    """A cursor clients pass back as they received it."""
    return urlsafe_b64encode(orjson.dumps(parts)).rstrip(b"=").decode()


def decode_cursor(
    text: str, types: Sequence[type[str] | type[int]], *, parametre: str = "curseur"
) -> tuple[Any, ...]:
    """The parts of a cursor, of these types; InvalidParameter for anything we did not write.

    What comes out is safe to bind: integers hold in a bigint, texts have no NUL.
    """
    try:
        parts = _read(text)
    except (ValueError, TypeError):  # the second: what JSON reads but does not write
        parts = None
    if parts is None or [type(part) for part in parts] != list(types) or not _bindable(parts):
        raise InvalidParameter(parametre, _REFUSED)
    return tuple(parts)


def _read(text: str) -> list[Any] | None:
    if len(text) > CURSOR_MAX:
        return None
    parts = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    # Base64 and JSON write one thing in many ways: only ours is a cursor.
    return parts if isinstance(parts, list) and encode_cursor(*parts) == text else None


def _bindable(parts: list[Any]) -> bool:
    return all(
        "\0" not in part if isinstance(part, str) else -_INT64 <= part < _INT64 for part in parts
    )


PAGED: Final[dict[str, Any]] = {
    "Link": {
        "description": "`rel=\"next\"` : l'adresse de la page suivante, tant qu'il y en a une.",
        "schema": {"type": "string"},
    }
}
"""The header of a page that says the next one, for the contract."""


def link_header(links: Mapping[str, str]) -> str:
    """The value of `Link` (RFC 8288) for relation → address."""
    return ", ".join(
        f'<{quote(url, safe=_URL_CHARACTERS)}>; rel="{rel}"' for rel, url in links.items()
    )


def next_page(question: PageAsked, curseur: str) -> str:
    """Relative reference of the page that follows: the same question, from `curseur` on."""
    asked = question.model_dump(mode="json", exclude_unset=True)
    return f"?{query_string({**asked, 'curseur': curseur})}"


def query_string(asked: Mapping[str, Any]) -> str:
    """Parameters as the contract writes them: what is yes or no is « true » or « false »."""
    written = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in asked.items()
    }
    return urlencode(written, doseq=True, safe=_SAFE)


def passed(question: PageAsked, kind: type[Mark]) -> Mark | None:
    """What the page before ended with, where its rows have one mark; None for the first page."""
    return decode_cursor(question.curseur, [kind])[0] if question.curseur else None


def announce(
    page: UnePage,
    question: PageAsked,
    found: Sequence[Row],
    mark: Callable[[Row], Sequence[str | int]],
) -> dict[str, str]:
    """Say in a page that another follows, when more was found than it shows; the headers too.

    `found` goes on by a row after the page; `mark` says where a row stands in the list.
    """
    if len(found) <= question.limite:
        return {}
    page.curseur_suivant = encode_cursor(*mark(found[question.limite - 1]))
    href = next_page(question, page.curseur_suivant)
    page.liens = [Lien(rel="next", href=href)]
    return {"Link": link_header({"next": href})}
