"""Numbers of transactions that go on where a backup is restored (shared/numbering.py)."""

from alembic import op
from shared import numbering

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    for statement in numbering.statements("commerces"):
        op.execute(statement)
    number = numbering.number("commerces")
    op.execute(f"ALTER TABLE commerces.journal ALTER xid SET DEFAULT {number}")


def downgrade() -> None:
    op.execute("ALTER TABLE commerces.journal ALTER xid SET DEFAULT pg_current_xact_id()")
    op.execute(f"DROP FUNCTION {numbering.number('commerces')}, {numbering.horizon('commerces')}")
