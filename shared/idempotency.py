"""Idempotency-Key: the response to a creation is stored for 24 hours and replayed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final, NamedTuple, Self

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    DateTime,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    and_,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from shared.db import SessionDep
from shared.http.addresses import asked_path
from shared.http.media import JSON
from shared.problems import ReusedKey
from shared.schemas.formes import SANS_ESPACE

IDEMPOTENCY_KEY: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
"""The header of an answer that was given already."""
LIFETIME = text("interval '24 hours'")

CleIdempotence = Annotated[
    str | None,
    Header(
        alias=IDEMPOTENCY_KEY,
        min_length=1,
        max_length=255,
        pattern=SANS_ESPACE,
        description="Clé choisie par l'appelant : la même requête répétée avec la même clé dans les"
        " 24 heures n'est exécutée qu'une fois et reçoit la même réponse.",
    ),
]


class StoredAnswer(NamedTuple):
    """An answer as it is stored: status, headers, bytes."""

    statut: int
    entetes: dict[str, str]
    corps: bytes

    @classmethod
    def of(
        cls, content: BaseModel, statut: int = 200, media_type: str = JSON, **entetes: str
    ) -> Self:
        """What the contract shows of something."""
        corps = content.model_dump_json(by_alias=True).encode()
        return cls(statut, {"content-type": media_type, **entetes}, corps)

    def to_http(self) -> Response:
        return Response(self.corps, self.statut, self.entetes)


def idempotency_table(metadata: MetaData) -> Table:
    """The answered keys of the service that owns `metadata`."""
    return Table(
        "idempotence",
        metadata,
        Column("acteur", Text, primary_key=True),
        Column("cle", Text, primary_key=True),
        Column("route", Text, nullable=False),
        Column("empreinte_requete", Text, nullable=False),
        Column("statut", SmallInteger),
        Column("entetes", JSONB),
        Column("corps", LargeBinary),
        Column("expire_le", DateTime(timezone=True), nullable=False, index=True),
    )


def digest(*parts: bytes | str) -> str:
    """Fingerprint of a request: its body and all that changes what it does."""
    sha = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        sha.update(b"%d:" % len(raw) + raw)
    return sha.hexdigest()


def replay_or_run(
    session: Session,
    table: Table,
    *,
    acteur: str,
    cle: str | None,
    route: str,
    empreinte: str,
    run: Callable[[], StoredAnswer],
) -> StoredAnswer:
    """What `run` answers, or what it answered to the same request under the same key.

    The key is taken first: a second request under it waits until this transaction ends, then
    replays its answer, or runs if it failed. A request that raises leaves no key behind.
    """
    if cle is None:
        return run()
    if not _take(session, table, acteur=acteur, cle=cle, route=route, empreinte=empreinte):
        return _replay(session, table, acteur=acteur, cle=cle, asked=(route, empreinte))
    reponse = run()
    session.execute(update(table).where(_row(table, acteur, cle)), reponse._asdict())
    return reponse


@dataclass(frozen=True, slots=True)
class Once:
    """A request that is done once for the key it bears, if it bears one."""

    request: Request
    session: SessionDep
    cle: CleIdempotence = None

    def answer(
        self, table: Table, acteur: str, *contenu: bytes | str, run: Callable[[], StoredAnswer]
    ) -> StoredAnswer:
        """What `run` answers to a caller; `contenu` is all that changes what it does."""
        return replay_or_run(
            self.session,
            table,
            acteur=acteur,
            cle=self.cle,
            route=f"{self.request.method} {asked_path(self.request.scope)}",
            empreinte=digest(*contenu),
            run=run,
        )

    def answer_anyone(
        self,
        table: Table,
        origine: bytes,
        contenu: str,
        *,
        est_robot: bool,
        run: Callable[[], StoredAnswer],
    ) -> StoredAnswer:
        """The same to a caller without account, known by the fingerprint of its origin.

        A robot gets the same answer as anyone, and nothing of it stays.
        """
        if est_robot:
            with self.session.begin_nested() as undoable:
                told = run()
                undoable.rollback()
            return told
        # A key is its caller's own: nobody may replay another's.
        return self.answer(table, f"public:{origine.hex()}", contenu, run=run)


OnceDep = Annotated[Once, Depends()]


def purge(connection: Session | Connection, table: Table) -> None:
    """Forget the keys that have expired."""
    connection.execute(delete(table).where(table.c.expire_le <= func.now()))


def _take(
    session: Session, table: Table, *, acteur: str, cle: str, route: str, empreinte: str
) -> bool:
    values = {
        "route": route,
        "empreinte_requete": empreinte,
        "expire_le": func.now() + LIFETIME,
    }
    statement = (
        insert(table)
        .values(acteur=acteur, cle=cle, **values)
        .on_conflict_do_update(
            index_elements=[table.c.acteur, table.c.cle],
            set_=values,
            where=table.c.expire_le <= func.now(),
        )
        .returning(table.c.cle)
    )
    return session.execute(statement).first() is not None


def _replay(
    session: Session, table: Table, *, acteur: str, cle: str, asked: tuple[str, str]
) -> StoredAnswer:
    row = session.execute(select(table).where(_row(table, acteur, cle))).one()
    if (row.route, row.empreinte_requete) != asked:
        # Not a conflict, which one may try again: this request never will be.
        raise ReusedKey("Cette clé d'idempotence a déjà servi à une autre requête.")
    return StoredAnswer(row.statut, row.entetes | {REPLAYED: "true"}, row.corps)


def _row(table: Table, acteur: str, cle: str) -> ColumnElement[bool]:
    return and_(table.c.acteur == acteur, table.c.cle == cle)
