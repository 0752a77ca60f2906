"""Refuelling stations, and imports of more than one schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column(
        "imports",
        sa.Column("schema_donnees", sa.Text(), server_default="irve-statique", nullable=False),
        schema="bornes",
    )
    op.create_table(
        "points_avitaillement",
        sa.Column("id_point", sa.Text(), nullable=False),
        sa.Column("id_station", sa.Text(), nullable=False),
        sa.Column("nom_amenageur", sa.Text(), nullable=True),
        sa.Column("siren_amenageur", sa.Text(), nullable=True),
        sa.Column("nom_operateur", sa.Text(), nullable=False),
        sa.Column("contact_operateur", sa.Text(), nullable=False),
        sa.Column("telephone_operateur", sa.Text(), nullable=True),
        sa.Column("nom_enseigne", sa.Text(), nullable=False),
        sa.Column("nom_station", sa.Text(), nullable=False),
        sa.Column("adresse_station", sa.Text(), nullable=False),
        sa.Column("code_insee_commune", sa.Text(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("condition_acces", sa.Text(), nullable=False),
        sa.Column("horaires", sa.Text(), nullable=False),
        sa.Column("accessibilite_pmr", sa.Text(), nullable=True),
        sa.Column("restriction_gabarit", sa.Text(), nullable=True),
        sa.Column("type_vehicule", sa.Text(), nullable=True),
        sa.Column("paiement_acte", sa.Boolean(), nullable=True),
        sa.Column("paiement_cb", sa.Boolean(), nullable=True),
        sa.Column("date_mise_en_service", sa.Date(), nullable=True),
        sa.Column("observations", sa.Text(), nullable=True),
        sa.Column("energie", sa.Text(), nullable=False),
        sa.Column("pression_bar", sa.Integer(), nullable=True),
        sa.Column("connecteur", sa.Text(), nullable=True),
        sa.Column("debit_kg_min", sa.Double(), nullable=True),
        sa.Column("capacite_kg_jour", sa.Double(), nullable=True),
        sa.Column("part_renouvelable_pct", sa.Double(), nullable=True),
        sa.Column("date_maj", sa.Date(), nullable=False),
        sa.Column("etat_point", sa.Text(), server_default="inconnu", nullable=False),
        sa.Column("horodatage_etat", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etat_entendu_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prix_kg", sa.Numeric(6, 3), nullable=True),
        sa.Column("horodatage_prix", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prix_entendu_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("code_commune", sa.Text(), nullable=True),
        sa.Column("code_arrondissement", sa.Text(), nullable=True),
        sa.Column("territoire", sa.Text(), nullable=True),
        sa.Column("recu", JSONB(), nullable=True),
        sa.Column("producteur", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("ligne", sa.Integer(), nullable=False),
        sa.Column(
            "modifie_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("retire_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif_retrait", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id_point", name=op.f("pk_points_avitaillement")),
        schema="bornes",
    )
    for column in ("id_station", "producteur"):
        op.create_index(
            op.f(f"ix_points_avitaillement_{column}"),
            "points_avitaillement",
            [column],
            schema="bornes",
        )


def downgrade() -> None:
    op.drop_table("points_avitaillement", schema="bornes")
    op.drop_column("imports", "schema_donnees", schema="bornes")
