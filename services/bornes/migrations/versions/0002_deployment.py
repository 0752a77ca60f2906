"""Sites, their events, and the withdrawals that ended."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "absences",
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("au", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("point_id", "du", name=op.f("pk_absences")),
        schema="bornes",
    )
    op.create_table(
        "sites",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("programme", sa.Text(), nullable=False),
        sa.Column("prefixe", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("adresse", sa.Text(), nullable=False),
        sa.Column("code_commune", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("pdc", sa.ARRAY(sa.Integer()), nullable=False),
        sa.Column("bornes", sa.Integer(), nullable=True),
        sa.Column("places", sa.Integer(), nullable=True),
        sa.Column("publics", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("domaine", sa.Text(), nullable=True),
        sa.Column("gamme", sa.Text(), nullable=True),
        sa.Column("origine", sa.Text(), nullable=True),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("auteur", sa.Text(), nullable=False),
        sa.Column(
            "instant", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        schema="bornes",
    )
    op.create_index(op.f("ix_sites_programme"), "sites", ["programme"], schema="bornes")
    op.create_table(
        "evenements_site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("date_reelle", sa.Date(), nullable=True),
        sa.Column("date_prevue", sa.Date(), nullable=True),
        sa.Column("preuve", sa.Text(), nullable=False),
        sa.Column("pdc", sa.ARRAY(sa.Integer()), nullable=True),
        sa.Column("bornes", sa.Integer(), nullable=True),
        sa.Column("station", sa.Text(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("auteur", sa.Text(), nullable=False),
        sa.Column(
            "instant", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["site_id"], ["bornes.sites.id"], name=op.f("fk_evenements_site_site_id_sites")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evenements_site")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_evenements_site_site_id"), "evenements_site", ["site_id"], schema="bornes"
    )
    for table in ("sites", "evenements_site"):
        op.execute(
            f"""
            CREATE TRIGGER ajout_seul BEFORE UPDATE OR DELETE OR TRUNCATE ON bornes.{table}
            FOR EACH STATEMENT EXECUTE FUNCTION bornes.journal_refus()
            """
        )
    op.execute(
        """
        CREATE FUNCTION bornes.absence_finie() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO bornes.absences (point_id, du, au)
            VALUES (OLD.id, OLD.retire_le, now()) ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER absence AFTER UPDATE ON bornes.points_de_charge FOR EACH ROW
        WHEN (OLD.retire_le IS NOT NULL AND NEW.retire_le IS NULL)
        EXECUTE FUNCTION bornes.absence_finie()
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER absence ON bornes.points_de_charge")
    op.execute("DROP FUNCTION bornes.absence_finie()")
    op.drop_table("evenements_site", schema="bornes")
    op.drop_table("sites", schema="bornes")
    op.drop_table("absences", schema="bornes")
