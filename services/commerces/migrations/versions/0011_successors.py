"""An establishment knows the one that its listing went on with: they are erased together."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column(
        "exploitations",
        sa.Column("successeur_id", sa.Integer(), nullable=True),
        schema="commerces",
    )
    op.create_foreign_key(
        op.f("fk_exploitations_successeur_id_exploitations"),
        "exploitations",
        "exploitations",
        ["successeur_id"],
        ["id"],
        source_schema="commerces",
        referent_schema="commerces",
    )
    op.create_index(
        "ix_exploitations_successeur_id", "exploitations", ["successeur_id"], schema="commerces"
    )


def downgrade() -> None:
    op.drop_index("ix_exploitations_successeur_id", "exploitations", schema="commerces")
    op.drop_column("exploitations", "successeur_id", schema="commerces")
