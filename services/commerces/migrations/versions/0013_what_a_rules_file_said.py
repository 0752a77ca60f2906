"""A crisis rule knows what its file said when it was last read.

What agents wrote since is told from it by that. Of rules read before, nothing is known: the next
reading writes again all that the file says, as it always did, and keeps the window.

Nobody answers for the copy that a merge archived: it keeps no private contact, which the listing
that took it in was given.
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
    op.execute(
        """
        UPDATE commerces.fiches AS f SET contacts = (
            SELECT coalesce(jsonb_agg(c ORDER BY rang), '[]')
            FROM jsonb_array_elements(f.contacts) WITH ORDINALITY AS e (c, rang)
            WHERE (c ->> 'public')::boolean
        )
        WHERE f.fusionnee_dans IS NOT NULL
        """
    )


def downgrade() -> None:
    op.drop_column("regimes", "lu", schema="commerces")
