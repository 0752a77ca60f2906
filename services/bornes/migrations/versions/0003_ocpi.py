"""Partners that read the registry through OCPI, and the order in which they read it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "ocpi_parties",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("jeton_b", sa.Text(), nullable=True),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("declaration", JSONB(), nullable=True),
        sa.Column(
            "creee_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("inscrite_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "modifiee_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("close_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ocpi_parties")),
        sa.UniqueConstraint("empreinte", name=op.f("uq_ocpi_parties_empreinte")),
        schema="bornes",
    )
    op.create_index(
        "ix_stations_modifiee_le_id", "stations", ["modifiee_le", "id"], schema="bornes"
    )


def downgrade() -> None:
    op.drop_index("ix_stations_modifiee_le_id", table_name="stations", schema="bornes")
    op.drop_table("ocpi_parties", schema="bornes")
