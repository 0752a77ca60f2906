"""Contributions, moderation, reports, mail and freshness."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "appels",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column(
            "recu_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appels")),
        schema="commerces",
    )
    op.create_index(
        "ix_appels_empreinte_genre",
        "appels",
        ["empreinte", "genre", "recu_le"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_appels_recu_le"), "appels", ["recu_le"], unique=False, schema="commerces"
    )
    op.create_table(
        "courriers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("titulaire_id", sa.Integer(), nullable=True),
        sa.Column("destinataire", sa.Text(), nullable=True),
        sa.Column("sujet", sa.Text(), nullable=True),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("parti_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refus", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courriers")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_courriers_cree_le"), "courriers", ["cree_le"], unique=False, schema="commerces"
    )
    op.create_index(
        op.f("ix_courriers_titulaire_id"),
        "courriers",
        ["titulaire_id"],
        unique=False,
        schema="commerces",
    )
    op.create_table(
        "sels",
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("sel", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("jour", name=op.f("pk_sels")),
        schema="commerces",
    )
    op.create_table(
        "echeances",
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("verifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jours", sa.SmallInteger(), nullable=False),
        sa.Column(
            "instant", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_echeances_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("fiche_id", "verifie_le", "jours", name=op.f("pk_echeances")),
        schema="commerces",
    )
    op.create_table(
        "inscriptions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), nullable=True),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("saisie", JSONB(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_inscriptions_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inscriptions")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_inscriptions_cree_le"),
        "inscriptions",
        ["cree_le"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_inscriptions_fiche_id"),
        "inscriptions",
        ["fiche_id"],
        unique=False,
        schema="commerces",
    )
    op.create_table(
        "signalements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column(
            "premier_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "dernier_le",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("raison", sa.Text(), nullable=True),
        sa.Column("decide_par", sa.Text(), nullable=True),
        sa.Column("decide_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_signalements_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signalements")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_signalements_decide_le"),
        "signalements",
        ["decide_le"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_signalements_fiche_id"),
        "signalements",
        ["fiche_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        "uq_signalements_en_cours",
        "signalements",
        ["fiche_id", "motif"],
        unique=True,
        schema="commerces",
        postgresql_where=sa.text("etat = 'ouvert'"),
    )
    op.create_table(
        "titulaires",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("courriel", sa.Text(), nullable=True),
        sa.Column("siret", sa.Text(), nullable=True),
        sa.Column("niveau", sa.SmallInteger(), nullable=False),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("accepte_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ecarte_le", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("niveau BETWEEN 1 AND 3", name=op.f("ck_titulaires_niveau")),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_titulaires_fiche_id_fiches")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_titulaires")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_titulaires_courriel"), "titulaires", ["courriel"], unique=False, schema="commerces"
    )
    op.create_index(
        op.f("ix_titulaires_fiche_id"), "titulaires", ["fiche_id"], unique=False, schema="commerces"
    )
    op.create_table(
        "jetons",
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("objet", sa.Text(), nullable=False),
        sa.Column("inscription_id", sa.Integer(), nullable=True),
        sa.Column("titulaire_id", sa.Integer(), nullable=True),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("utilise_le", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["inscription_id"],
            ["commerces.inscriptions.id"],
            name=op.f("fk_jetons_inscription_id_inscriptions"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["titulaire_id"],
            ["commerces.titulaires.id"],
            name=op.f("fk_jetons_titulaire_id_titulaires"),
        ),
        sa.PrimaryKeyConstraint("empreinte", name=op.f("pk_jetons")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_jetons_expire_le"), "jetons", ["expire_le"], unique=False, schema="commerces"
    )
    op.create_index(
        op.f("ix_jetons_inscription_id"),
        "jetons",
        ["inscription_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_jetons_titulaire_id"), "jetons", ["titulaire_id"], unique=False, schema="commerces"
    )
    op.create_table(
        "propositions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fiche_id", sa.Integer(), nullable=False),
        sa.Column("titulaire_id", sa.Integer(), nullable=False),
        sa.Column("genre", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("version_fiche", sa.Integer(), nullable=False),
        sa.Column("avant", JSONB(), nullable=False),
        sa.Column("apres", JSONB(), nullable=False),
        sa.Column("appliques", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "cree_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["fiche_id"], ["commerces.fiches.id"], name=op.f("fk_propositions_fiche_id_fiches")
        ),
        sa.ForeignKeyConstraint(
            ["titulaire_id"],
            ["commerces.titulaires.id"],
            name=op.f("fk_propositions_titulaire_id_titulaires"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_propositions")),
        schema="commerces",
    )
    op.create_index(
        "ix_propositions_a_decider",
        "propositions",
        ["id"],
        unique=False,
        schema="commerces",
        postgresql_where=sa.text("etat = 'en_attente'"),
    )
    op.create_index(
        op.f("ix_propositions_fiche_id"),
        "propositions",
        ["fiche_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        op.f("ix_propositions_titulaire_id"),
        "propositions",
        ["titulaire_id"],
        unique=False,
        schema="commerces",
    )
    op.create_index(
        "uq_propositions_en_cours",
        "propositions",
        ["titulaire_id", "genre"],
        unique=True,
        schema="commerces",
        postgresql_where=sa.text("etat IN ('en_attente', 'a_preciser')"),
    )
    op.create_table(
        "signalements_commentaires",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("signalement_id", sa.Integer(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=False),
        sa.Column(
            "recu_le", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["signalement_id"],
            ["commerces.signalements.id"],
            name=op.f("fk_signalements_commentaires_signalement_id_signalements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signalements_commentaires")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_signalements_commentaires_signalement_id"),
        "signalements_commentaires",
        ["signalement_id"],
        unique=False,
        schema="commerces",
    )
    op.create_table(
        "evenements_proposition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("proposition_id", sa.Integer(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("auteur", sa.Text(), nullable=False),
        sa.Column("texte", sa.Text(), nullable=True),
        sa.Column(
            "instant", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["proposition_id"],
            ["commerces.propositions.id"],
            name=op.f("fk_evenements_proposition_proposition_id_propositions"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evenements_proposition")),
        schema="commerces",
    )
    op.create_index(
        op.f("ix_evenements_proposition_proposition_id"),
        "evenements_proposition",
        ["proposition_id"],
        unique=False,
        schema="commerces",
    )


def downgrade() -> None:
    op.drop_index(
        op.f("ix_evenements_proposition_proposition_id"),
        table_name="evenements_proposition",
        schema="commerces",
    )
    op.drop_table("evenements_proposition", schema="commerces")
    op.drop_index(
        op.f("ix_signalements_commentaires_signalement_id"),
        table_name="signalements_commentaires",
        schema="commerces",
    )
    op.drop_table("signalements_commentaires", schema="commerces")
    op.drop_index(
        "uq_propositions_en_cours",
        table_name="propositions",
        schema="commerces",
        postgresql_where=sa.text("etat IN ('en_attente', 'a_preciser')"),
    )
    op.drop_index(
        op.f("ix_propositions_titulaire_id"), table_name="propositions", schema="commerces"
    )
    op.drop_index(op.f("ix_propositions_fiche_id"), table_name="propositions", schema="commerces")
    op.drop_index(
        "ix_propositions_a_decider",
        table_name="propositions",
        schema="commerces",
        postgresql_where=sa.text("etat = 'en_attente'"),
    )
    op.drop_table("propositions", schema="commerces")
    op.drop_index(op.f("ix_jetons_titulaire_id"), table_name="jetons", schema="commerces")
    op.drop_index(op.f("ix_jetons_inscription_id"), table_name="jetons", schema="commerces")
    op.drop_index(op.f("ix_jetons_expire_le"), table_name="jetons", schema="commerces")
    op.drop_table("jetons", schema="commerces")
    op.drop_index(op.f("ix_titulaires_fiche_id"), table_name="titulaires", schema="commerces")
    op.drop_index(op.f("ix_titulaires_courriel"), table_name="titulaires", schema="commerces")
    op.drop_table("titulaires", schema="commerces")
    op.drop_index(
        "uq_signalements_en_cours",
        table_name="signalements",
        schema="commerces",
        postgresql_where=sa.text("etat = 'ouvert'"),
    )
    op.drop_index(op.f("ix_signalements_fiche_id"), table_name="signalements", schema="commerces")
    op.drop_index(op.f("ix_signalements_decide_le"), table_name="signalements", schema="commerces")
    op.drop_table("signalements", schema="commerces")
    op.drop_index(op.f("ix_inscriptions_fiche_id"), table_name="inscriptions", schema="commerces")
    op.drop_index(op.f("ix_inscriptions_cree_le"), table_name="inscriptions", schema="commerces")
    op.drop_table("inscriptions", schema="commerces")
    op.drop_table("echeances", schema="commerces")
    op.drop_table("sels", schema="commerces")
    op.drop_index(op.f("ix_courriers_titulaire_id"), table_name="courriers", schema="commerces")
    op.drop_index(op.f("ix_courriers_cree_le"), table_name="courriers", schema="commerces")
    op.drop_table("courriers", schema="commerces")
    op.drop_index(op.f("ix_appels_recu_le"), table_name="appels", schema="commerces")
    op.drop_index("ix_appels_empreinte_genre", table_name="appels", schema="commerces")
    op.drop_table("appels", schema="commerces")
