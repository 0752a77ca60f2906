"""Waits until a version in memory shows all that its journal holds."""

from sqlalchemy import Engine, Table, select

from shared.journal import ZERO, Curseur
from shared.vitrine import Vitrine


def catch_up(vitrine: Vitrine, engine: Engine, table: Table) -> None:
    """Show every committed change; another test's transaction may hold the last ones back.

    The last entry is the last in the journal's own order: a transaction that began later may
    have written before.
    """
    order = (table.c.xid, table.c.position)
    statement = select(*order).order_by(*(column.desc() for column in order)).limit(1)
    with engine.connect() as connection:
        row = connection.execute(statement).first()
    last = ZERO if row is None else Curseur(*row)
    while vitrine.vue.curseur < last:
        vitrine.refresh()
