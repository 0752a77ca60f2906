"""The stations that points left for another one, as far back as the journal tells."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "departs",
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("parti_le", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["bornes.points_de_charge.id"],
            name=op.f("fk_departs_point_id_points_de_charge"),
        ),
        sa.ForeignKeyConstraint(
            ["station_id"], ["bornes.stations.id"], name=op.f("fk_departs_station_id_stations")
        ),
        sa.PrimaryKeyConstraint("point_id", "station_id", name=op.f("pk_departs")),
        schema="bornes",
    )
    op.create_index(op.f("ix_departs_station_id"), "departs", ["station_id"], schema="bornes")
    op.execute(
        """
        INSERT INTO bornes.departs (point_id, station_id, parti_le)
        SELECT p.id, j.sujet, max(j.instant)
        FROM bornes.journal AS j, jsonb_array_elements_text(j.corps -> 'points' -> 'parti') AS parti
        JOIN bornes.points_de_charge AS p ON p.id = parti
        WHERE j.genre IN ('station.modifiee', 'station.retiree') AND p.station_id <> j.sujet
        GROUP BY p.id, j.sujet
        """
    )
    # Partners hear of what was never told to them.
    op.execute(
        """
        UPDATE bornes.stations SET modifiee_le = now()
        WHERE id IN (SELECT station_id FROM bornes.departs)
        """
    )


def downgrade() -> None:
    op.drop_table("departs", schema="bornes")
