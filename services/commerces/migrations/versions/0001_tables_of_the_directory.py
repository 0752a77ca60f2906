"""Tables of the directory."""

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
        schema="commerces",
    )
    op.create_index(
        op.f("ix_idempotence_expire_le"),
        "idempotence",
        ["expire_le"],
        unique=False,
        schema="commerces",
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
        schema="commerces",
    )
    op.create_index(
        "ix_journal_xid_position", "journal", ["xid", "position"], unique=False, schema="commerces"
    )
    op.create_table(
        "lieux",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("adresse", sa.Text(), nullable=False),
        sa.Column("complement", sa.Text(), nullable=True),
        sa.Column("code_postal", sa.Text(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("code_commune", sa.Text(), nullable=False),
        sa.Column("code_arrondissement", sa.Text(), nullable=True),
        sa.Column("territoire", sa.Text(), nullable=False),
        sa.Column("cle_ban", sa.Text(), nullable=True),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lieux")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_lieux_code_commune"), "lieux", ["code_commune"], unique=False, schema="commerces"
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
        schema="commerces",
    )
    op.create_index(
        "ix_travaux_du_le",
        "travaux",
        ["du_le"],
        unique=False,
        schema="commerces",
        postgresql_where=sa.text("abandonne_le IS NULL"),
    )
    op.create_table(
        "exploitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("lieu_id", sa.Integer(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("enseigne", sa.Text(), nullable=True),
        sa.Column("naf_rev2", sa.Text(), nullable=True),
        sa.Column("naf_2025", sa.Text(), nullable=True),
        sa.Column("du", sa.Date(), nullable=True),
        sa.Column("au", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["lieu_id"], ["commerces.lieux.id"], name=op.f("fk_exploitations_lieu_id_lieux")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exploitations")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_exploitations_lieu_id"),
        "exploitations",
        ["lieu_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_exploitations_siret"), "exploitations", ["siret"], unique=False, schema="commerces"
    )
    op.create_table(
        "fiches",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exploitation_id", sa.Integer(), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("categories", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("labels", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("paiements", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("accessibilites", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("langues", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("contacts", JSONB(), nullable=False),
        sa.Column("horaires", JSONB(), nullable=True),
        sa.Column("horaires_osm", sa.Text(), nullable=True),
        sa.Column("horaires_texte", sa.Text(), nullable=True),
        sa.Column("niveau_preuve", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("verifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verifie_par", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("motif_statut", sa.Text(), nullable=True),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "modifie_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("niveau_preuve BETWEEN 0 AND 3", name=op.f("ck_fiches_niveau_preuve")),
        sa.ForeignKeyConstraint(
            ["exploitation_id"],
            ["commerces.exploitations.id"],
            name=op.f("fk_fiches_exploitation_id_exploitations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fiches")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_fiches_exploitation_id"),
        "fiches",
        ["exploitation_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        "ix_fiches_publiees",
        "fiches",
        ["id"],
        unique=False,
        schema="commerces",
        postgresql_where=sa.text("statut = 'publiee'"),
    )
    op.create_table(
        "modalites",
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("horaires", JSONB(), nullable=True),
        sa.Column("horaires_osm", sa.Text(), nullable=True),
        sa.Column("horaires_texte", sa.Text(), nullable=True),
        sa.Column("zone", JSONB(), nullable=True),
        sa.Column("minimum", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("frais", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("franco", sa.Numeric(precision=8, scale=2), nullable=True),
        sa.Column("delai_min", sa.Integer(), nullable=True),
        sa.Column("canaux", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("commande_jusqu_a", sa.Text(), nullable=True),
        sa.Column("du", sa.Date(), nullable=True),
        sa.Column("au", sa.Date(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("verifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("verifie_par", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_modalites_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("fiche_id", "genre", name=op.f("pk_modalites")),
        schema="commerces",
    )
    for statement in create_statements("commerces"):
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("modalites", schema="commerces")
    op.drop_index(
        "ix_fiches_publiees",
        table_name="fiches",
        schema="commerces",
        postgresql_where=sa.text("statut = 'publiee'"),
    )
    op.drop_index(op.f("ix_fiches_exploitation_id"), table_name="fiches", schema="commerces")
    op.drop_table("fiches", schema="commerces")
    op.drop_index(op.f("ix_exploitations_siret"), table_name="exploitations", schema="commerces")
    op.drop_index(op.f("ix_exploitations_lieu_id"), table_name="exploitations", schema="commerces")
    op.drop_table("exploitations", schema="commerces")
    op.drop_index(
        "ix_travaux_du_le",
        table_name="travaux",
        schema="commerces",
        postgresql_where=sa.text("abandonne_le IS NULL"),
    )
    op.drop_table("travaux", schema="commerces")
    op.drop_index(op.f("ix_lieux_code_commune"), table_name="lieux", schema="commerces")
    op.drop_table("lieux", schema="commerces")
    op.drop_index("ix_journal_xid_position", table_name="journal", schema="commerces")
    op.drop_table("journal", schema="commerces")
    op.drop_index(op.f("ix_idempotence_expire_le"), table_name="idempotence", schema="commerces")
    op.drop_table("idempotence", schema="commerces")
    op.execute("DROP FUNCTION commerces.journal_annonce()")
    op.execute("DROP FUNCTION commerces.journal_refus()")
