"""Imports, their report line by line, where listings come from, and duplicates."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
SCHEMA = "commerces"


def upgrade() -> None:
    op.add_column("fiches", sa.Column("fusionnee_dans", sa.Integer(), nullable=True), schema=SCHEMA)
    op.create_foreign_key(
        op.f("fk_fiches_fusionnee_dans_fiches"),
        "fiches",
        "fiches",
        ["fusionnee_dans"],
        ["id"],
        source_schema=SCHEMA,
        referent_schema=SCHEMA,
    )
    op.create_index(op.f("ix_fiches_fusionnee_dans"), "fiches", ["fusionnee_dans"], schema=SCHEMA)
    _imports()
    _provenances()
    _doublons()


def _imports() -> None:
    op.create_table(
        "imports",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
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
        schema=SCHEMA,
    )
    op.create_index(op.f("ix_imports_source"), "imports", ["source"], schema=SCHEMA)
    op.create_table(
        "import_lignes",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("ligne", sa.Integer(), nullable=False),
        sa.Column("statut", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=True),
        sa.Column("fiche_id", sa.Integer(), nullable=True),
        sa.Column("constats", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", "ligne", name=op.f("pk_import_lignes")),
        schema=SCHEMA,
    )


def _provenances() -> None:
    op.create_table(
        "provenances",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("cle", sa.Text(), nullable=False),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("nom_cle", sa.Text(), nullable=False),
        sa.Column("lieu_cle", sa.Text(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("licence", sa.Text(), nullable=True),
        sa.Column("edition", sa.Date(), nullable=False),
        sa.Column("empreinte", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("absente_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fusionnee", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_provenances_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provenances")),
        schema=SCHEMA,
    )
    op.create_index(
        "ix_provenances_source_cle", "provenances", ["source", "cle"], unique=True, schema=SCHEMA
    )
    op.create_index(op.f("ix_provenances_fiche_id"), "provenances", ["fiche_id"], schema=SCHEMA)


def _doublons() -> None:
    op.create_table(
        "doublons",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_a", sa.Integer(), nullable=False),
        sa.Column("fiche_b", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("raisons", JSONB(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("decide_par", sa.Text(), nullable=True),
        sa.Column("decide_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("motif", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("fiche_a < fiche_b", name=op.f("ck_doublons_ordre")),
        sa.ForeignKeyConstraint(
            ["fiche_a"], ["commerces.fiches.id"], name=op.f("fk_doublons_fiche_a_fiches")
        ),
        sa.ForeignKeyConstraint(
            ["fiche_b"], ["commerces.fiches.id"], name=op.f("fk_doublons_fiche_b_fiches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doublons")),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_doublons_fiches", "doublons", ["fiche_a", "fiche_b"], unique=True, schema=SCHEMA
    )
    op.create_index(op.f("ix_doublons_fiche_b"), "doublons", ["fiche_b"], schema=SCHEMA)
    op.create_index(
        "ix_doublons_proposes",
        "doublons",
        ["score", "id"],
        schema=SCHEMA,
        postgresql_where=sa.text("etat = 'propose'"),
    )


def downgrade() -> None:
    op.drop_table("doublons", schema=SCHEMA)
    op.drop_table("provenances", schema=SCHEMA)
    op.drop_table("import_lignes", schema=SCHEMA)
    op.drop_table("imports", schema=SCHEMA)
    op.drop_index(op.f("ix_fiches_fusionnee_dans"), table_name="fiches", schema=SCHEMA)
    op.drop_constraint(
        op.f("fk_fiches_fusionnee_dans_fiches"), "fiches", type_="foreignkey", schema=SCHEMA
    )
    op.drop_column("fiches", "fusionnee_dans", schema=SCHEMA)
