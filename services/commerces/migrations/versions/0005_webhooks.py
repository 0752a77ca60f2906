"""Webhooks: subscriptions, what each was told is shown, and deliveries."""

import sqlalchemy as sa
from alembic import op

from shared.journal import Xid8

revision = "0005"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "abonnements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("genres", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("territoires", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("secret_precedent", sa.Text(), nullable=True),
        sa.Column("secret_precedent_fin", sa.DateTime(timezone=True), nullable=True),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("motif_etat", sa.Text(), nullable=True),
        sa.Column("curseur_xid", Xid8(), nullable=False),
        sa.Column("curseur_position", sa.BigInteger(), nullable=False),
        sa.Column("echecs", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("echec_depuis", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dernier_succes_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("repos_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pris_jusqu_a", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column(
            "modifie_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_abonnements")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_abonnements_organisation"), "abonnements", ["organisation"], schema="commerces"
    )
    op.create_table(
        "abonnements_fiches",
        sa.Column("abonnement_id", sa.Integer(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["abonnement_id"],
            ["commerces.abonnements.id"],
            name=op.f("fk_abonnements_fiches_abonnement_id_abonnements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("abonnement_id", "fiche_id", name=op.f("pk_abonnements_fiches")),
        schema="commerces",
    )
    op.create_table(
        "livraisons",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("abonnement_id", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("sujet", sa.Text(), nullable=False),
        sa.Column("corps", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), server_default=sa.text("'en_attente'"), nullable=False),
        sa.Column("essais", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "prochain_essai_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("statut_http", sa.SmallInteger(), nullable=True),
        sa.Column("erreur", sa.Text(), nullable=True),
        sa.Column(
            "creee_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("terminee_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["abonnement_id"],
            ["commerces.abonnements.id"],
            name=op.f("fk_livraisons_abonnement_id_abonnements"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_livraisons")),
        sa.UniqueConstraint(
            "abonnement_id", "message", name=op.f("uq_livraisons_abonnement_id_message")
        ),
        schema="commerces",
    )
    op.create_index(
        "ix_livraisons_abonnement_id_etat_id",
        "livraisons",
        ["abonnement_id", "etat", "id"],
        schema="commerces",
    )
    op.create_index(
        "ix_livraisons_en_attente",
        "livraisons",
        ["abonnement_id", "sujet", "id"],
        schema="commerces",
        postgresql_where=sa.text("etat = 'en_attente'"),
    )


def downgrade() -> None:
    op.drop_table("livraisons", schema="commerces")
    op.drop_table("abonnements_fiches", schema="commerces")
    op.drop_table("abonnements", schema="commerces")
