"""A partner that never received its new token may ask again with the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    for column in (
        sa.Column("precedente", sa.LargeBinary(), nullable=True),
        sa.Column("precedente_inscrite", sa.Boolean(), nullable=True),
        sa.Column("precedente_expire_le", sa.DateTime(timezone=True), nullable=True),
    ):
        op.add_column("ocpi_parties", column, schema="bornes")


def downgrade() -> None:
    for name in ("precedente", "precedente_inscrite", "precedente_expire_le"):
        op.drop_column("ocpi_parties", name, schema="bornes")
