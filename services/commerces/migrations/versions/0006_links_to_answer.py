"""Links by which a merchant answers an agent: each is about one proposition."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column(
        "jetons", sa.Column("proposition_id", sa.Integer(), nullable=True), schema="commerces"
    )
    op.create_foreign_key(
        op.f("fk_jetons_proposition_id_propositions"),
        "jetons",
        "propositions",
        ["proposition_id"],
        ["id"],
        source_schema="commerces",
        referent_schema="commerces",
    )


def downgrade() -> None:
    op.drop_column("jetons", "proposition_id", schema="commerces")
