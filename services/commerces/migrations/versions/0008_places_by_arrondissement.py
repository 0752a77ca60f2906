"""Premises are found by their arrondissement as they are by their commune."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_index(
        "ix_lieux_code_arrondissement",
        "lieux",
        ["code_arrondissement"],
        schema="commerces",
        postgresql_where=sa.text("code_arrondissement IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_lieux_code_arrondissement", "lieux", schema="commerces")
