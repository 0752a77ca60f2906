"""What the sender of a file answers for is kept with it: who confirms it changes nothing of that."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("imports", sa.Column("prefixes", sa.ARRAY(sa.Text())), schema="bornes")
    # Nobody knows any more who sent those that wait: they take nothing of another producer.
    op.execute("UPDATE bornes.imports SET prefixes = '{}' WHERE etat = 'en_attente'")


def downgrade() -> None:
    op.drop_column("imports", "prefixes", schema="bornes")
