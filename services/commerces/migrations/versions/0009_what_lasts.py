"""Numbers of transactions that go on where a backup is restored (shared/numbering.py), and up to
which day it was told that a modality begins or ends, whatever days nobody was there to tell it.
"""

import sqlalchemy as sa
from alembic import op
from shared import numbering

revision = "0009"
down_revision = "0008"

TODAY = "CAST(timezone('Europe/Paris', now()) AS date)"


def upgrade() -> None:
    for statement in numbering.statements("commerces"):
        op.execute(statement)
    number = numbering.number("commerces")
    op.execute(f"ALTER TABLE commerces.journal ALTER xid SET DEFAULT {number}")
    op.add_column(
        "modalites",
        # Known rows have told of the days before this one.
        sa.Column("annoncee_le", sa.Date(), server_default=sa.text(f"{TODAY} - 1"), nullable=False),
        schema="commerces",
    )
    op.alter_column("modalites", "annoncee_le", server_default=sa.text(TODAY), schema="commerces")


def downgrade() -> None:
    op.drop_column("modalites", "annoncee_le", schema="commerces")
    op.execute("ALTER TABLE commerces.journal ALTER xid SET DEFAULT pg_current_xact_id()")
    op.execute(f"DROP FUNCTION {numbering.number('commerces')}, {numbering.horizon('commerces')}")
