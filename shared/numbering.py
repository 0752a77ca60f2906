"""The numbers of transactions, which go on rising where a backup is restored.

PostgreSQL numbers its transactions from the making of a cluster: a dump that is restored into
another one finds itself ahead of it, for months. What was written would not be final, and what is
written since would come before it. So a schema adds a constant of its own to the numbers of its
server, nothing at first, and `go_on` makes it larger where the server is behind.
"""

import logging
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, MetaData, Table, text

logger = logging.getLogger(__name__)
LEAP: Final = 2**32
"""Past any number that the cluster of the backup gave after it: none is given twice."""


def number(schema: str | None) -> str:
    """The number of this transaction, in SQL."""
    return f"{schema}.journal_numero()"


def horizon(schema: str | None) -> str:
    """What final numbers are below of, in SQL: that of the oldest transaction that runs."""
    return f"{schema}.journal_horizon()"


def statements(schema: str | None, shift: int = 0) -> list[str]:
    """Both as functions, `shift` ahead of the server; one statement each."""
    asked = {
        number(schema): "pg_current_xact_id()",
        horizon(schema): "pg_snapshot_xmin(pg_current_snapshot())",
    }
    return [
        f"""
        CREATE OR REPLACE FUNCTION {name} RETURNS xid8 LANGUAGE sql STABLE AS $$
            SELECT CAST(CAST(CAST(CAST({xid} AS text) AS bigint) + {shift} AS text) AS xid8)
        $$
        """
        for name, xid in asked.items()
    ]


def go_on(connection: Connection, metadata: MetaData) -> bool:
    """Have numbers go on from those that a schema holds, if its server is behind; whether it was.

    No transaction that this statement sees has a number past those that its snapshot knows of.
    """
    tables = _numbered(metadata)
    if not tables or connection.scalar(_EXISTS, {"name": number(metadata.schema)}) is None:
        return False
    last = ", ".join(
        f"coalesce((SELECT xid FROM {table} ORDER BY xid DESC LIMIT 1), '0')" for table in tables
    )
    known = "CAST(CAST({} AS text) AS bigint)".format
    highest, shift, bound = connection.execute(
        text(
            f"""
            SELECT (SELECT max({known("one")}) FROM unnest(ARRAY[{last}]) AS one),
                   {known(horizon(metadata.schema))}
                       - {known("pg_snapshot_xmin(pg_current_snapshot())")},
                   {known("pg_snapshot_xmax(pg_current_snapshot())")}
            """
        )
    ).one()
    if highest < bound + shift:
        return False
    for statement in statements(metadata.schema, highest + LEAP):
        connection.execute(text(statement))
    logger.warning("%s was restored from another cluster: its journal goes on", metadata.schema)
    return True


_EXISTS: Final = text("SELECT to_regprocedure(:name)")


def _numbered(metadata: MetaData) -> Sequence[str]:
    """The tables whose rows have such numbers."""
    return [table.fullname for table in metadata.tables.values() if _is_numbered(table)]


def _is_numbered(table: Table) -> bool:
    default = table.c.xid.server_default if "xid" in table.c else None
    return default is not None and str(getattr(default, "arg", "")) == number(table.schema)
