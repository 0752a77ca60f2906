"""A crisis rule may hold on some days of the week only, at some hours only."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column(
        "regimes", sa.Column("jours", sa.ARRAY(sa.Text()), nullable=True), schema="commerces"
    )
    op.add_column(
        "regimes",
        sa.Column("creneau", postgresql.JSONB(none_as_null=True), nullable=True),
        schema="commerces",
    )


def downgrade() -> None:
    # Without its window a curfew would be read as closed day and night.
    op.execute("DELETE FROM commerces.regimes WHERE jours IS NOT NULL OR creneau IS NOT NULL")
    op.drop_column("regimes", "creneau", schema="commerces")
    op.drop_column("regimes", "jours", schema="commerces")
