"""The revision of a service's tables: a program asks nothing of those of another revision."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event

from shared.problems import Unavailable

_EXISTS: Final = "SELECT to_regclass(%s) IS NOT NULL"


class RevisionError(Unavailable):
    """The tables are those of another version of the suite."""


@cache
def known(service: Path) -> tuple[str, ...]:
    """The revisions of a service's code, oldest first: each file is named after its own."""
    files = (service / "migrations" / "versions").glob("[0-9]*.py")
    return tuple(sorted(file.stem.partition("_")[0] for file in files))


def expect(engine: Engine, service: Path, schema: str) -> None:
    """Have an engine open connections to tables of the code's revision only.

    Others raise `RevisionError` as they are opened: what a program of another version would read
    or write there is anyone's guess, and what follows the database goes on asking until it may.
    """

    def check(connection: "psycopg.Connection[Any]", _record: object) -> None:
        try:
            found = _revision(connection, schema)
            connection.commit()
        except psycopg.Error:
            connection.close()
            raise
        if found != known(service)[-1]:
            connection.close()
            raise RevisionError(_told(service, schema, found))

    event.listen(engine, "connect", check)


def is_newer(service: Path, found: str) -> bool:
    """Whether tables were migrated by a later version than this code."""
    return found not in known(service)


def _revision(connection: "psycopg.Connection[Any]", schema: str) -> str | None:
    exists = connection.execute(_EXISTS, (f"{schema}.alembic_version",)).fetchone()
    if exists is None or not exists[0]:
        return None
    asked = sql.SQL("SELECT version_num FROM {}.alembic_version").format(sql.Identifier(schema))
    row = connection.execute(asked).fetchone()
    return None if row is None else str(row[0])


def _told(service: Path, schema: str, found: str | None) -> str:
    if found is None:
        return f"Les tables de « {schema} » manquent : « relance db migrer » les crée."
    if is_newer(service, found):
        return newer(service, schema, found)
    return (
        f"Les tables de « {schema} » en sont à la révision {found}, ce programme attend la "
        f"{known(service)[-1]} : « relance db migrer » les met à jour."
    )


def newer(service: Path, schema: str, found: str) -> str:
    """What to do with a program older than the tables."""
    return (
        f"Les tables de « {schema} » en sont à la révision {found}, que ce programme, qui s'arrête "
        f"à la {known(service)[-1]}, ne connaît pas : remettez la version qui les a mises à jour, "
        "ou restaurez la sauvegarde faite avant elle."
    )
