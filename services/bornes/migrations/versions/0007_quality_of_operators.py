"""What each import told of each operator: its lines, and what was found in them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "imports_operateurs",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("prefixe", sa.Text(), nullable=False),
        sa.Column("operateur", sa.Text(), nullable=False),
        sa.Column("lignes", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("codes", JSONB(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["bornes.imports.id"],
            name=op.f("fk_imports_operateurs_import_id_imports"),
        ),
        sa.PrimaryKeyConstraint("import_id", "prefixe", name=op.f("pk_imports_operateurs")),
        schema="bornes",
    )


def downgrade() -> None:
    op.drop_table("imports_operateurs", schema="bornes")
