"""The history of statuses by month instead of day, and the known state before the latest status.

Planning and locking a partition costs the same whatever it holds: 400 days of them cost more than
what they were read for.
"""

import sqlalchemy as sa
from alembic import op
from shared.journal import Xid8

revision = "0008"
down_revision = "0007"

TABLE = "statuts_historique"
BY_DAY, BY_MONTH = ("day", "%Y%m%d"), ("month", "%Y%m")


def upgrade() -> None:
    partition_by(*BY_MONTH)
    op.create_index(f"ix_{TABLE}_recu_le", TABLE, ["recu_le"], schema="bornes")
    op.add_column("statuts", sa.Column("connu_avant", sa.Text(), nullable=True), schema="bornes")
    op.execute(
        """
        UPDATE bornes.statuts AS s SET connu_avant = (
            SELECT h.etat_pdc FROM bornes.statuts_historique AS h
            WHERE h.point_id = s.point_id AND h.horodatage < s.horodatage
              AND h.etat_pdc <> 'inconnu'
            ORDER BY h.horodatage DESC LIMIT 1
        )
        """
    )


def downgrade() -> None:
    op.drop_column("statuts", "connu_avant", schema="bornes")
    partition_by(*BY_DAY)


def partition_by(unit: str, named: str) -> None:
    """Rebuild the history with a partition for each `unit` of reception, in UTC, that has rows."""
    op.execute(f"LOCK TABLE bornes.{TABLE} IN ACCESS EXCLUSIVE MODE")
    create("nouveau")
    begins = f"date_trunc('{unit}', timezone('UTC', recu_le))"
    starts = sa.text(
        f"SELECT {begins} AS debut, {begins} + interval '1 {unit}' AS fin"
        f" FROM bornes.{TABLE} GROUP BY 1"
    )
    for start, end in op.get_bind().execute(starts).all():
        # The pieces of the old table end with the same word: other digits, another name.
        op.execute(
            f"CREATE TABLE bornes.{TABLE}_{start:{named}} PARTITION OF bornes.nouveau"
            f" FOR VALUES FROM ('{start} UTC') TO ('{end} UTC')"
        )
    columns = "position, xid, recu_le, point_id, etat_pdc, occupation_pdc, horodatage, vu_avant"
    op.execute(f"INSERT INTO bornes.nouveau ({columns}) SELECT {columns} FROM bornes.{TABLE}")
    op.drop_table(TABLE, schema="bornes")
    op.rename_table("nouveau", TABLE, schema="bornes")
    for pair in (["xid", "position"], ["point_id", "horodatage"]):
        op.create_index(f"ix_{TABLE}_{'_'.join(pair)}", TABLE, pair, schema="bornes")


def create(name: str) -> None:
    instant, now = sa.DateTime(timezone=True), sa.text("now()")
    position = sa.text("nextval('bornes.statuts_historique_position')")
    xid = sa.text("pg_current_xact_id()")
    op.create_table(
        name,
        sa.Column("position", sa.BigInteger(), server_default=position, nullable=False),
        sa.Column("xid", Xid8(), server_default=xid, nullable=False),
        sa.Column("recu_le", instant, server_default=now, nullable=False),
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("etat_pdc", sa.Text(), nullable=False),
        sa.Column("occupation_pdc", sa.Text(), nullable=False),
        sa.Column("horodatage", instant, nullable=False),
        sa.Column("vu_avant", instant, nullable=True),
        schema="bornes",
        postgresql_partition_by="RANGE (recu_le)",
    )
