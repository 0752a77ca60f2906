"""Live status: the latest of each point, and its changes by day."""

import sqlalchemy as sa
from alembic import op
from shared.journal import Xid8

revision = "0006"
down_revision = "0005"

PRISES = ("type_2", "type_combo_ccs", "type_chademo", "type_ef")


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    xid = sa.text("pg_current_xact_id()")
    op.create_table(
        "statuts",
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("etat_pdc", sa.Text(), nullable=False),
        sa.Column("occupation_pdc", sa.Text(), nullable=False),
        sa.Column("horodatage", instant, nullable=False),
        *(sa.Column(f"etat_prise_{prise}", sa.Text(), nullable=True) for prise in PRISES),
        sa.Column("depuis", instant, nullable=False),
        sa.Column("vu_avant", instant, nullable=True),
        sa.Column("change_le", instant, nullable=False),
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("recu_le", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("xid", Xid8(), server_default=xid, nullable=False),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["bornes.points_de_charge.id"],
            name=op.f("fk_statuts_point_id_points_de_charge"),
        ),
        sa.PrimaryKeyConstraint("point_id", name=op.f("pk_statuts")),
        schema="bornes",
    )
    op.create_index("ix_statuts_xid", "statuts", ["xid"], schema="bornes")
    op.execute(
        """
        CREATE FUNCTION bornes.statuts_annonce() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('bornes_statuts', '');
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER annonce AFTER INSERT OR UPDATE ON bornes.statuts
        FOR EACH STATEMENT EXECUTE FUNCTION bornes.statuts_annonce()
        """
    )
    op.execute("CREATE SEQUENCE bornes.statuts_historique_position")
    op.create_table(
        "statuts_historique",
        sa.Column(
            "position",
            sa.BigInteger(),
            server_default=sa.text("nextval('bornes.statuts_historique_position')"),
            nullable=False,
        ),
        sa.Column("xid", Xid8(), server_default=xid, nullable=False),
        sa.Column("recu_le", instant, server_default=sa.text("now()"), nullable=False),
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("etat_pdc", sa.Text(), nullable=False),
        sa.Column("occupation_pdc", sa.Text(), nullable=False),
        sa.Column("horodatage", instant, nullable=False),
        sa.Column("vu_avant", instant, nullable=True),
        schema="bornes",
        postgresql_partition_by="RANGE (recu_le)",
    )
    op.create_index(
        "ix_statuts_historique_xid_position",
        "statuts_historique",
        ["xid", "position"],
        schema="bornes",
    )
    op.create_index(
        "ix_statuts_historique_point_id_horodatage",
        "statuts_historique",
        ["point_id", "horodatage"],
        schema="bornes",
    )


def downgrade() -> None:
    op.drop_table("statuts_historique", schema="bornes")
    op.execute("DROP SEQUENCE bornes.statuts_historique_position")
    op.drop_table("statuts", schema="bornes")
    op.execute("DROP FUNCTION bornes.statuts_annonce()")
