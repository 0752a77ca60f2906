"""OCPI errors: a four-digit code, usually under HTTP 200."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from shared.validation import Loc, errors_fr

ERRORS_SHOWN = 10
_PARTS = (("query",), ("header",), ("body",))


class ErreurOcpi(Exception):
    """A refusal in OCPI's own words."""

    def __init__(
        self, code: int, message: str, *, http: int = HTTPStatus.OK, allow: str = ""
    ) -> None:
        super().__init__(message)
        self.allow = allow
        """The methods that would do, of a 405."""
        self.code = code
        self.message = message
        self.http = http


CLIENT = 2000
PARAMETERS = 2001
UNKNOWN_LOCATION = 2003
SERVER = 3000
UNUSABLE = 3001
"""We cannot use the client's own API."""
UNSUPPORTED_VERSION = 3002
MISSING_ENDPOINTS = 3003


def unauthorized() -> ErreurOcpi:
    message = "Jeton OCPI absent, inconnu, ou sans droit ici."
    return ErreurOcpi(CLIENT, message, http=HTTPStatus.UNAUTHORIZED)


def not_found(message: str) -> ErreurOcpi:
    return ErreurOcpi(UNKNOWN_LOCATION, message, http=HTTPStatus.NOT_FOUND)


def not_allowed(message: str, *, allow: str) -> ErreurOcpi:
    return ErreurOcpi(CLIENT, message, http=HTTPStatus.METHOD_NOT_ALLOWED, allow=allow)


def told(errors: Sequence[Mapping[str, Any]]) -> str:
    """What pydantic found in one object or request, member by member or by parameter."""
    found = [(_place(loc), detail) for loc, detail in errors_fr(errors[:ERRORS_SHOWN])]
    return " ".join(f"{place} : {detail}" if place else detail for place, detail in found)


def _place(loc: Loc) -> str:
    """Without the part of the request, which says nothing to who named a parameter."""
    return ".".join(map(str, loc[1:] if loc[:1] in _PARTS else loc))
