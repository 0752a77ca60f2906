"""Who is calling: the short signed token between gateway and services, and each route's access."""

import logging
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.conditional import PRIVATE
from shared.problems import Forbidden, Unauthorized

logger = logging.getLogger(__name__)
LIFETIME_S = 60
"""Longest life of an internal token."""
CLOCK_SKEW_S = 5
"""Clocks of two machines may disagree by this much."""
SECRET_MIN_BYTES = 32

_ISSUER = "passerelle"
_PUBLIC = "public"
_KEYED = "relance.cle"
"""In the scope of a call that a key was asked for."""
_KEY = HTTPBearer(
    scheme_name="cle",
    description="Clé d'accès `rgp_…`, dans l'en-tête `Authorization: Bearer`.",
    auto_error=False,
)


@dataclass(frozen=True, slots=True)
class Acteur:
    """The organisation behind a call and what it may do."""

    organisation: str
    role: str
    scopes: frozenset[str] = frozenset()
    territoire: frozenset[str] = frozenset()
    """INSEE codes of the communes it answers for."""
    prefixes: frozenset[str] = frozenset()
    """Prefixes of the identifiers it may publish (AFIREV)."""
    cle: str | None = None
    """Public part of its key, for journals; never the secret."""


def sign(acteur: Acteur, *, service: str, secret: str) -> str:
    """A token one service accepts for `LIFETIME_S` seconds."""
    now = int(time.time())
    claims = {
        "iss": _ISSUER,
        "aud": service,
        "iat": now,
        "exp": now + LIFETIME_S,
        "sub": acteur.organisation,
        "role": acteur.role,
        "scopes": sorted(acteur.scopes),
        "territoire": sorted(acteur.territoire),
        "prefixes": sorted(acteur.prefixes),
        "cle": acteur.cle,
    }
    return jwt.encode({"alg": "HS256"}, claims, _key(secret))


def verify(token: str, *, service: str, secret: str) -> Acteur:
    """The caller a token names; Unauthorized when anything about the token is wrong."""
    try:
        claims = jwt.decode(token, _key(secret), algorithms=["HS256"]).claims
        _check_claims(claims, service)
        return Acteur(
            organisation=claims["sub"],
            role=claims["role"],
            scopes=frozenset(claims["scopes"]),
            territoire=frozenset(claims["territoire"]),
            prefixes=frozenset(claims["prefixes"]),
            cle=claims["cle"],
        )
    except (JoseError, ValueError, KeyError, TypeError) as error:
        # Of the gateway, only another secret or another time makes a bad one: keys would be
        # refused and nobody would know why.
        logger.warning("a token is refused: %s", error or type(error).__name__)
        raise Unauthorized("Le jeton présenté n'est pas valable ici.") from error


def _check_claims(claims: dict[str, Any], service: str) -> None:
    jwt.JWTClaimsRegistry(
        now=int(time.time()),
        leeway=CLOCK_SKEW_S,
        iss={"essential": True, "value": _ISSUER},
        aud={"essential": True, "value": service},
        iat={"essential": True},
        exp={"essential": True},
    ).validate(claims)
    # A long-lived token would outlive the revocation of its key, whoever signed it.
    if claims["exp"] - claims["iat"] > LIFETIME_S:
        raise ValueError(claims["exp"])


@lru_cache(maxsize=4)
def _key(secret: str) -> OctKey:
    if len(secret.encode()) < SECRET_MIN_BYTES:
        message = f"RELANCE_SECRET_INTERNE doit compter au moins {SECRET_MIN_BYTES} octets."
        raise RuntimeError(message)
    return OctKey.import_key(secret)


async def _public() -> None:
    """Declare that anyone may call the route."""


PUBLIC = Depends(_public)
"""Access of a route open to all: `@router.get(…, dependencies=[PUBLIC])`."""


class _Require:
    """Access of a route kept for one scope; the part before the colon is the token's audience."""

    def __init__(self, scope: str) -> None:
        self.scope = scope
        self.service = scope.partition(":")[0]

    async def __call__(
        self,
        request: Request,
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_KEY)],
    ) -> Acteur:
        secret = request.app.state.settings.secret_interne
        if credentials is None or secret is None:
            raise Unauthorized("Cette opération demande une clé d'accès.")
        request.scope[_KEYED] = True
        acteur = verify(credentials.credentials, service=self.service, secret=secret)
        if self.scope not in acteur.scopes:
            raise Forbidden(f"La clé présentée n'a pas le droit « {self.scope} ».")
        return acteur


class Confidential:
    """ASGI layer: an answer to a key is kept by no cache, unless its route says which."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start" and _KEYED in scope:
                MutableHeaders(scope=message).setdefault("cache-control", PRIVATE["Cache-Control"])
            await send(message)

        await self.app(scope, receive, guarded)


def require(scope: str) -> Any:
    """Access of a route kept for one scope, which is written `<service>:<droit>`.

    As a parameter it gives the caller: `acteur: Annotated[Acteur, require("bornes:importer")]`.
    """
    return Depends(_Require(scope))


class OwnToken:
    """Base of an access whose standard brings its own tokens: a dependency that checks them.

    `acces` names it; it is no right that a key could carry.
    """

    acces: str


def declared_access(route: object) -> str | None:
    """The access a route declares: "public", a scope, the name of an `OwnToken`.

    None when it declares none or several.
    """
    dependant = getattr(route, "dependant", None)
    found = _accesses(dependant) if dependant is not None else set()
    return found.pop() if len(found) == 1 else None


def _accesses(dependant: Dependant) -> set[str]:
    found: set[str] = set()
    for dependency in dependant.dependencies:
        if dependency.call is _public:
            found.add(_PUBLIC)
        elif isinstance(dependency.call, _Require):
            found.add(dependency.call.scope)
        elif isinstance(dependency.call, OwnToken):
            found.add(dependency.call.acces)
        found |= _accesses(dependency)
    return found
