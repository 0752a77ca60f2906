"""One Alembic environment for every service; a service keeps its metadata and its versions."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, Engine, MetaData, text
from sqlalchemy.exc import OperationalError

from shared import numbering, revisions
from shared.db import hold, open_engine
from shared.postgres import PostgresError

logger = logging.getLogger(__name__)

LOCK_WAIT_S = 5.0
"""A lock is not awaited longer: who reads or writes the table afterwards waits behind."""
PAUSE_S = 20.0
TRIES = 30
"""With the waits, some twelve minutes: what holds a table longer is for someone to look at."""

Tell = Callable[[str], object]


class OccupiedError(PostgresError):
    """Another session kept the tables; nothing was changed."""


class NewerError(PostgresError):
    """A later version of the suite migrated the tables; nothing was changed."""


def config(service: Path, url: str) -> Config:
    """The Alembic configuration of one service folder, without any alembic.ini."""
    cfg = Config()
    cfg.set_main_option("script_location", str(service / "migrations").replace("%", "%%"))
    cfg.set_main_option("path_separator", "os")
    cfg.attributes["url"] = url
    return cfg


def upgrade(service: Path, url: str, *, tell: Tell = logger.warning) -> None:
    """Bring a service's schema to its latest revision; several processes may try at once.

    `tell` gets a French sentence each time that another session keeps a table, before the next
    try; `OccupiedError` when it does so for all of them.
    """
    cfg = config(service, url)
    cfg.attributes["tell"] = tell
    command.upgrade(cfg, "head")


def check(service: Path, url: str) -> None:
    """Raise when the migrated schema is not what the models describe."""
    command.check(config(service, url))


def run(metadata: MetaData) -> None:
    """Body of every migrations/env.py."""
    tell: Tell = context.config.attributes.get("tell", logger.warning)
    with open_engine(context.config.attributes["url"]) as engine:
        for left in range(TRIES - 1, -1, -1):
            occupied = _attempt(engine, metadata)
            if occupied is None:
                return
            if left:
                tell(f"{occupied} Nouvel essai dans {PAUSE_S:.0f} s.")
                time.sleep(PAUSE_S)
        raise OccupiedError(
            f"{occupied} Rien n'a été changé : attendez que ce soit fini (une sauvegarde, "
            "peut-être) ou mettez-y fin, puis recommencez."
        )


def _attempt(engine: Engine, metadata: MetaData) -> str | None:
    """Migrate, or say who keeps the tables."""
    try:
        with engine.connect() as connection:
            _migrate(connection, metadata)
    except OperationalError as error:
        if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
            raise
        with engine.connect() as connection:
            names = connection.scalars(_HOLDERS, {"schema": metadata.schema}).all()
        by = f" par {', '.join(names)}" if names else ""
        return f"Les tables de « {metadata.schema} » sont occupées{by}."
    return None


def _migrate(connection: Connection, metadata: MetaData) -> None:
    schema = metadata.schema
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_schemas=True,
        include_name=lambda name, kind, _parents: _is_ours(connection, schema, name, kind),
        version_table_schema=schema,
    )
    with context.begin_transaction():
        _refuse_encoding(connection)
        # Held until the commit: a second process waits, then finds nothing left to do.
        hold(connection, f"relance.migrations.{schema}")
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'"))
        # IF NOT EXISTS would ask for a right on the database that a service's role lacks.
        if connection.scalar(text("SELECT to_regnamespace(:schema)"), {"schema": schema}) is None:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        _refuse_newer(schema)
        context.run_migrations()
        numbering.go_on(connection, metadata)


def _refuse_newer(schema: str | None) -> None:
    folder = Path(str(context.script.dir)).parent
    found = context.get_context().get_current_revision()
    if found is not None and revisions.is_newer(folder, found):
        raise NewerError(revisions.newer(folder, str(schema), found))


def _refuse_encoding(connection: Connection) -> None:
    """A server made without a locale has bytes for texts, others have no « œ » or no « € »."""
    base, encoding = connection.execute(_ENCODING).one()
    if encoding != "UTF8":
        raise PostgresError(
            f"La base « {base} » est en {encoding}, il la faut en UTF8. Créez-en une : "
            f"CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


_ENCODING = text("SELECT current_database(), current_setting('server_encoding')")


def _is_ours(connection: Connection, schema: str | None, name: str | None, kind: str) -> bool:
    """Whether the models describe it: their schema, and its tables but the pieces of a table."""
    if kind == "schema":
        return name == schema
    if kind != "table":
        return True
    asked = {"table": f"{schema}.{name}"}
    return not connection.scalar(_IS_PARTITION, asked)


_IS_PARTITION = text("SELECT relispartition FROM pg_class WHERE oid = to_regclass(:table)")

_HOLDERS = text("""
    SELECT coalesce(nullif(application_name, ''), 'une session') || ' (processus ' || pid || ')'
    FROM pg_stat_activity JOIN (
        SELECT DISTINCT pid FROM pg_locks JOIN pg_class ON pg_class.oid = relation
        WHERE granted AND relnamespace = to_regnamespace(:schema)
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    ) AS held USING (pid)
    WHERE pid <> pg_backend_pid()
    ORDER BY xact_start LIMIT 3
""")
"""The sessions that have used tables of a schema since their transaction began, oldest first."""
