"""A crisis rule knows what its file said when it was last read.

What agents wrote since is told from it by that. Of rules read before, nothing is known: the next
reading writes again all that the file says, as it always did, and keeps the window.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column(
        "regimes",
        sa.Column("lu", postgresql.JSONB(none_as_null=True), nullable=True),
        schema="commerces",
    )


def downgrade() -> None:
    op.drop_column("regimes", "lu", schema="commerces")
