"""Tables of the registry."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from shared.journal import Xid8, create_statements

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "idempotence",
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("empreinte_requete", sa.Text(), nullable=False),
        sa.Column("statut", sa.SmallInteger(), nullable=True),
        sa.Column("entetes", JSONB(), nullable=True),
        sa.Column("corps", sa.LargeBinary(), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("acteur", "cle", name=op.f("pk_idempotence")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_idempotence_expire_le"),
        "idempotence",
        ["expire_le"],
        unique=False,
        schema="bornes",
    )
    op.create_table(
        "travaux",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=True),
        sa.Column("corps", JSONB(), nullable=False),
        sa.Column("du_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("essais", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("erreur", sa.Text(), nullable=True),
        sa.Column("abandonne_le", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_travaux")),
        sa.UniqueConstraint("cle", name=op.f("uq_travaux_cle")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_travaux_du_le"),
        "travaux",
        ["du_le"],
        unique=False,
        schema="bornes",
        postgresql_where=sa.text("abandonne_le IS NULL"),
    )
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("producteur", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("taille", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column(
            "instant", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("bilan", JSONB(), nullable=False),
        sa.Column("contenu", sa.LargeBinary(), nullable=True),
        sa.Column("options", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_imports_producteur"), "imports", ["producteur"], unique=False, schema="bornes"
    )
    op.create_table(
        "journal",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("xid", Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column(
            "instant",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("sujet", sa.Text(), nullable=False),
        sa.Column("acteur", sa.Text(), nullable=False),
        sa.Column("corps", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal")),
        schema="bornes",
    )
    op.create_index(
        "ix_journal_xid_position", "journal", ["xid", "position"], unique=False, schema="bornes"
    )
    op.create_table(
        "stations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("code_commune", sa.Text(), nullable=True),
        sa.Column("code_arrondissement", sa.Text(), nullable=True),
        sa.Column("territoire", sa.Text(), nullable=True),
        sa.Column(
            "creee_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "modifiee_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retiree_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif_retrait", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stations")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_stations_code_commune"),
        "stations",
        ["code_commune"],
        unique=False,
        schema="bornes",
    )
    op.create_table(
        "import_anomalies",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("rang", sa.Integer(), nullable=False),
        sa.Column("ligne", sa.Integer(), nullable=False),
        sa.Column("colonne", sa.Text(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("recu", sa.Text(), nullable=True),
        sa.Column("retenu", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "rang", name=op.f("pk_import_anomalies")),
        schema="bornes",
    )
    op.create_table(
        "points_de_charge",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("nom_amenageur", sa.Text(), nullable=True),
        sa.Column("siren_amenageur", sa.Text(), nullable=True),
        sa.Column("contact_amenageur", sa.Text(), nullable=True),
        sa.Column("nom_operateur", sa.Text(), nullable=True),
        sa.Column("contact_operateur", sa.Text(), nullable=False),
        sa.Column("telephone_operateur", sa.Text(), nullable=True),
        sa.Column("nom_enseigne", sa.Text(), nullable=False),
        sa.Column("id_station_itinerance", sa.Text(), nullable=False),
        sa.Column("id_station_local", sa.Text(), nullable=True),
        sa.Column("nom_station", sa.Text(), nullable=False),
        sa.Column("implantation_station", sa.Text(), nullable=False),
        sa.Column("adresse_station", sa.Text(), nullable=False),
        sa.Column("code_insee_commune", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("nbre_pdc", sa.Integer(), nullable=False),
        sa.Column("id_pdc_itinerance", sa.Text(), nullable=False),
        sa.Column("id_pdc_local", sa.Text(), nullable=True),
        sa.Column("puissance_nominale", sa.Double(), nullable=False),
        sa.Column("prise_type_ef", sa.Boolean(), nullable=False),
        sa.Column("prise_type_2", sa.Boolean(), nullable=False),
        sa.Column("prise_type_combo_ccs", sa.Boolean(), nullable=False),
        sa.Column("prise_type_chademo", sa.Boolean(), nullable=False),
        sa.Column("prise_type_autre", sa.Boolean(), nullable=False),
        sa.Column("gratuit", sa.Boolean(), nullable=True),
        sa.Column("paiement_acte", sa.Boolean(), nullable=False),
        sa.Column("paiement_cb", sa.Boolean(), nullable=True),
        sa.Column("paiement_autre", sa.Boolean(), nullable=True),
        sa.Column("tarification", sa.Text(), nullable=True),
        sa.Column("condition_acces", sa.Text(), nullable=False),
        sa.Column("reservation", sa.Boolean(), nullable=False),
        sa.Column("horaires", sa.Text(), nullable=False),
        sa.Column("accessibilite_pmr", sa.Text(), nullable=False),
        sa.Column("restriction_gabarit", sa.Text(), nullable=False),
        sa.Column("station_deux_roues", sa.Boolean(), nullable=False),
        sa.Column("raccordement", sa.Text(), nullable=True),
        sa.Column("num_pdl", sa.Text(), nullable=True),
        sa.Column("date_mise_en_service", sa.Date(), nullable=True),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column("date_maj", sa.Date(), nullable=False),
        sa.Column("cable_t2_attache", sa.Boolean(), nullable=True),
        sa.Column("code_commune", sa.Text(), nullable=True),
        sa.Column("code_arrondissement", sa.Text(), nullable=True),
        sa.Column("territoire", sa.Text(), nullable=True),
        sa.Column("recu", JSONB(), nullable=True),
        sa.Column("producteur", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("ligne", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.Uuid(), nullable=False),
        sa.Column(
            "modifie_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif_retrait", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["station_id"],
            ["bornes.stations.id"],
            name=op.f("fk_points_de_charge_station_id_stations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_points_de_charge")),
        schema="bornes",
    )
    op.create_index(
        "ix_points_de_charge_producteur_actifs",
        "points_de_charge",
        ["producteur"],
        unique=False,
        schema="bornes",
        postgresql_where=sa.text("retire_le IS NULL"),
    )
    op.create_index(
        op.f("ix_points_de_charge_station_id"),
        "points_de_charge",
        ["station_id"],
        unique=False,
        schema="bornes",
    )
    for statement in create_statements("bornes"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("travaux", schema="bornes")
    op.drop_index(
        op.f("ix_points_de_charge_station_id"), table_name="points_de_charge", schema="bornes"
    )
    op.drop_index(
        "ix_points_de_charge_producteur_actifs",
        table_name="points_de_charge",
        schema="bornes",
        postgresql_where=sa.text("retire_le IS NULL"),
    )
    op.drop_table("points_de_charge", schema="bornes")
    op.drop_table("import_anomalies", schema="bornes")
    op.drop_index(op.f("ix_stations_code_commune"), table_name="stations", schema="bornes")
    op.drop_table("stations", schema="bornes")
    op.drop_index("ix_journal_xid_position", table_name="journal", schema="bornes")
    op.drop_table("journal", schema="bornes")
    op.drop_index(op.f("ix_imports_producteur"), table_name="imports", schema="bornes")
    op.drop_table("imports", schema="bornes")
    op.drop_index(op.f("ix_idempotence_expire_le"), table_name="idempotence", schema="bornes")
    op.drop_table("idempotence", schema="bornes")
    op.execute("DROP FUNCTION bornes.journal_annonce()")
    op.execute("DROP FUNCTION bornes.journal_refus()")
