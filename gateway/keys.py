"""Access keys: their format, their storage, and the check made on each request."""

import asyncio
import hashlib
import logging
import math
import re
import secrets
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from prometheus_client import Gauge
from sqlalchemy import Engine, Executable, and_, bindparam, func, or_, select, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from gateway.models import Cle
from shared.auth import Acteur, sign
from shared.db import refuses_writes
from shared.outages import Outage
from shared.problems import NotFound, Unauthorized, Unavailable

logger = logging.getLogger(__name__)

REMEMBERED_S = 10.0
"""A revocation takes effect within this time."""
REMEMBERED_MAX = 10_000
"""Keys remembered, good and bad together."""
PATIENCE_S = 5.0
"""Longest wait for the database, which may be frozen or keep the keys under a lock."""
PROBED_S = 2.0
"""How long it is remembered whether the database answers."""

EXPIRES: Final = Gauge(
    "relance_cle_expire_secondes",
    "When a key used here expires, in seconds since 1970",
    ("cle", "organisation"),
)
"""Of the keys in use alone: whoever uses one will be missed when it ends."""

_KEY = re.compile(r"rgp_([0-9a-f]{12})_([0-9a-f]{64})")

_VALID = and_(
    Cle.empreinte == bindparam("digest"),
    Cle.revoquee_le.is_(None),
    or_(Cle.expire_le.is_(None), Cle.expire_le > func.now()),
)
# One statement both checks a key and notes its use, at most once every REMEMBERED_S. A database
# that writes nothing is still asked: what is read goes on.
_FIND = select(Cle).where(_VALID)
_USE = update(Cle).where(_VALID).values(derniere_utilisation=func.now()).returning(Cle)
_NOBODY: Final = b""
"""What no key has: to look for it tells whether keys can be looked for."""


def create(
    session: Session,
    *,
    organisation: str,
    role: str,
    scopes: Iterable[str] = (),
    territoire: Iterable[str] = (),
    prefixes: Iterable[str] = (),
    expire_le: datetime | None = None,
) -> str:
    """Store a new key and return it: the only time its secret is known."""
    identifier, secret = secrets.token_hex(6), secrets.token_hex(32)
    session.add(
        Cle(
            id=identifier,
            empreinte=_digest(secret),
            organisation=organisation,
            role=role,
            scopes=sorted(scopes),
            territoire=sorted(territoire),
            prefixes=sorted(prefixes),
            expire_le=expire_le,
        )
    )
    return f"rgp_{identifier}_{secret}"


def list_all(session: Session) -> Sequence[Cle]:
    return session.scalars(select(Cle).order_by(Cle.cree_le, Cle.id)).all()


def find_valid(session: Session, key: str) -> Cle | None:
    """The key that opens something, without using it."""
    match = _KEY.fullmatch(key)
    if match is None:
        return None
    found = session.scalars(_FIND, {"digest": _digest(match[2])}).one_or_none()
    return found if found is not None and found.id == match[1] else None


def revoke(session: Session, identifier: str) -> None:
    """Close a key for good; a second time changes nothing."""
    key = session.get(Cle, identifier)
    if key is None:
        raise NotFound(f"Aucune clé ne porte l'identifiant {identifier}.")
    if key.revoquee_le is None:
        key.revoquee_le = datetime.now(UTC)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _use(engine: Engine, identifier: str, digest: bytes) -> Cle | None:
    try:
        key = _get(engine, _USE, digest)
    except DBAPIError as error:
        if not refuses_writes(error):
            raise
        key = _get(engine, _FIND, digest)
    return key if key is not None and key.id == identifier else None


def _get(engine: Engine, statement: Executable, digest: bytes) -> Cle | None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        key: Cle | None = session.scalars(statement, {"digest": digest}).one_or_none()
        return key


def is_foreign(authorization: bytes) -> bool:
    """Whether a credential is one that a service checks itself: the `Token …` of OCPI.

    It is no identity of the suite: services take those from `Bearer` alone.
    """
    return authorization[:6].lower() == b"token "


@dataclass(slots=True)
class _Known:
    """What is remembered of a key that was presented."""

    acteur: Acteur | None
    until: float
    tokens: dict[str, str] = field(default_factory=dict)
    """Internal tokens by service; they outlive the memory of their key."""


class KeyRing:
    """Turns a presented key into the internal token of a service."""

    def __init__(self, engine: Engine | None, secret: str | None) -> None:
        self._engine = engine
        self._secret = secret
        self._known: dict[bytes, _Known] = {}
        self._measured: set[tuple[str, bytes]] = set()
        """Keys whose end EXPIRES tells, with the digest of their secret."""
        self._away = Outage(logger, "keys cannot be checked", "keys are checked again")
        self._probed: tuple[float, str] = (-math.inf, "")
        """When `database` last asked, and what it told."""

    async def exchange(self, authorization: bytes, service: str) -> str | None:
        """The token to send in place of the key; None when the header holds no key of ours."""
        scheme, _, credential = authorization.decode("latin-1").partition(" ")
        if scheme.lower() != "bearer" or not credential.startswith("rgp_"):
            return None
        match = _KEY.fullmatch(credential.strip())
        if match is None:
            raise _refused()
        known = await self._recall(*match.groups())
        if known.acteur is None:
            raise _refused()
        token = known.tokens.get(service)
        if token is None:
            token = known.tokens[service] = self._sign(known.acteur, service)
        return token

    async def database(self) -> str:
        """Whether keys can be looked for: « joignable », « injoignable » or « absente »."""
        if self._engine is None:
            return "absente"
        at, told = self._probed
        if time.monotonic() - at >= PROBED_S:
            try:
                async with asyncio.timeout(PROBED_S):
                    await asyncio.to_thread(_get, self._engine, _FIND, _NOBODY)
                told = "joignable"
            except (SQLAlchemyError, TimeoutError):
                told = "injoignable"
            self._probed = time.monotonic(), told
        return told

    def _sign(self, acteur: Acteur, service: str) -> str:
        if self._secret is None:
            raise Unavailable("Les clés d'accès ne sont pas configurées sur cette passerelle.")
        return sign(acteur, service=service, secret=self._secret)

    async def _recall(self, identifier: str, secret: str) -> _Known:
        digest = _digest(f"{identifier}_{secret}")
        known = self._known.get(digest)
        if known is None or known.until <= time.monotonic():
            known = await self._look_up(identifier, _digest(secret))
            if len(self._known) >= REMEMBERED_MAX:
                self._known.clear()
            self._known[digest] = known
        return known

    async def _look_up(self, identifier: str, digest: bytes) -> _Known:
        if self._engine is None:
            raise Unavailable("Les clés d'accès ne sont pas configurées sur cette passerelle.")
        asked = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_S):
                key = await asyncio.to_thread(_use, self._engine, identifier, digest)
        except (SQLAlchemyError, TimeoutError) as error:
            self._away.failed(error)
            raise Unavailable("Les clés d'accès ne peuvent pas être vérifiées.") from error
        self._away.ended()
        if key is None:
            # Another secret says nothing of the key that it was tried on.
            if (identifier, digest) in self._measured:
                self._measured.remove((identifier, digest))
                EXPIRES.remove_by_labels({"cle": identifier})
            return _Known(None, asked + REMEMBERED_S)
        if key.expire_le is not None:
            self._measured.add((identifier, digest))
            EXPIRES.labels(key.id, key.organisation).set(key.expire_le.timestamp())
        acteur = Acteur(
            organisation=key.organisation,
            role=key.role,
            scopes=frozenset(key.scopes),
            territoire=frozenset(key.territoire),
            prefixes=frozenset(key.prefixes),
            cle=key.id,
        )
        return _Known(acteur, asked + min(REMEMBERED_S, _left(key.expire_le)))


def _left(expire_le: datetime | None) -> float:
    if expire_le is None:
        return REMEMBERED_S
    return (expire_le - datetime.now(UTC)).total_seconds()


def _refused() -> Unauthorized:
    return Unauthorized("La clé d'accès est inconnue, expirée ou révoquée.")
