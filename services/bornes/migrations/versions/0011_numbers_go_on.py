"""Numbers of transactions that go on where a backup is restored (shared/numbering.py)."""

from alembic import op
from shared import numbering

revision = "0011"
down_revision = "0010"

TABLES = ("journal", "statuts_historique")


def upgrade() -> None:
    for statement in numbering.statements("bornes"):
        op.execute(statement)
    for table in TABLES:
        op.execute(f"ALTER TABLE bornes.{table} ALTER xid SET DEFAULT {numbering.number('bornes')}")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"ALTER TABLE bornes.{table} ALTER xid SET DEFAULT pg_current_xact_id()")
    op.execute(f"DROP FUNCTION {numbering.number('bornes')}, {numbering.horizon('bornes')}")
