"""Access keys.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cles",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(32), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("territoire", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("prefixes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoquee_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("derniere_utilisation", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_cles"),
        sa.UniqueConstraint("empreinte", name="uq_cles_empreinte"),
        schema="gateway",
    )


def downgrade() -> None:
    op.drop_table("cles", schema="gateway")
