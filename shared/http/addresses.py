"""Where a service is, as its client sees it: the start of the links it gives."""

import re
from typing import Final

from starlette.types import Scope

from shared.problems import InvalidParameter

HOST: Final = re.compile(rb"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
_PREFIX: Final = re.compile(rb"(/[A-Za-z0-9._~-]{1,64}){0,8}")
_SCHEMES: Final = (b"http", b"https")


def local(scope: Scope, path: str) -> str:
    """What a path of the service is on its host, for `Location`."""
    return f"{scope.get('root_path', '')}{path}"


def asked_path(scope: Scope) -> str:
    """The path asked for, as the routes of the service write it."""
    return str(scope["path"][len(scope.get("root_path", "")) :])


def service_url(scope: Scope) -> str:
    """Scheme, host and prefix of the service, without a slash at the end.

    Mounted in the gateway's process, the service is where the gateway says; on its own it trusts
    the `X-Forwarded-*` headers, which the gateway alone writes.
    """
    headers = dict(scope["headers"])
    scheme, host = scope.get("scheme", "http").encode(), headers.get(b"host", b"")
    prefix = scope.get("root_path", "").encode()
    if not prefix and b"x-forwarded-host" in headers:
        host = headers[b"x-forwarded-host"]
        scheme = headers.get(b"x-forwarded-proto", scheme)
        prefix = headers.get(b"x-forwarded-prefix", b"").rstrip(b"/")
    if not HOST.fullmatch(host):
        raise InvalidParameter("Host", "Un nom de machine est attendu, avec ou sans port.")
    if scheme not in _SCHEMES or not _PREFIX.fullmatch(prefix):
        raise InvalidParameter("X-Forwarded-Prefix", "Le relais a mal dit d'où vient la requête.")
    return b"".join((scheme, b"://", host, prefix)).decode()
