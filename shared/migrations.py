"""One Alembic environment for every service; a service keeps its metadata and its versions."""

from pathlib import Path
from typing import Final

from alembic import command, context
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from shared import numbering
from shared.db import hold, make_engine

PATIENCE: Final = "5s"
"""For a table that another transaction uses."""


def config(service: Path, url: str) -> Config:
    """The Alembic configuration of one service folder, without any alembic.ini."""
    cfg = Config()
    cfg.set_main_option("script_location", str(service / "migrations").replace("%", "%%"))
    cfg.set_main_option("path_separator", "os")
    cfg.attributes["url"] = url
    return cfg


def upgrade(service: Path, url: str) -> None:
    """Bring a service's schema to its latest revision; several processes may try at once."""
    command.upgrade(config(service, url), "head")


def check(service: Path, url: str) -> None:
    """Raise when the migrated schema is not what the models describe."""
    command.check(config(service, url))


def run(metadata: MetaData) -> None:
    """Body of every migrations/env.py."""
    engine = make_engine(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            _migrate(connection, metadata)
    finally:
        engine.dispose()


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
        # Held until the commit: a second process waits, then finds nothing left to do.
        hold(connection, f"relance.migrations.{schema}")
        # IF NOT EXISTS would ask for a right on the database that a service's role lacks.
        if connection.scalar(text("SELECT to_regnamespace(:schema)"), {"schema": schema}) is None:
            connection.execute(text(f"CREATE SCHEMA {schema}"))
        # A transaction that holds a table to change, a backup or a session left open, would hold
        # up behind this one all who read it.
        connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
        context.run_migrations()
        numbering.go_on(connection, metadata)


def _is_ours(connection: Connection, schema: str | None, name: str | None, kind: str) -> bool:
    """Whether the models describe it: their schema, and its tables but the pieces of a table."""
    if kind == "schema":
        return name == schema
    if kind != "table":
        return True
    asked = {"table": f"{schema}.{name}"}
    return not connection.scalar(_IS_PARTITION, asked)


_IS_PARTITION = text("SELECT relispartition FROM pg_class WHERE oid = to_regclass(:table)")
