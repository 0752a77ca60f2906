"""What happened to one listing is found among years of the journal."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(
        "ix_journal_sujet_position", "journal", ["sujet", "position"], schema="commerces"
    )


def downgrade() -> None:
    op.drop_index("ix_journal_sujet_position", "journal", schema="commerces")
