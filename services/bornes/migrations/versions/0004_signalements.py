"""Reports of faulty points, their history, what is kept of each one, and the day's salt."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    now = sa.text("now()")
    op.create_table(
        "signalements",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("point_id", sa.Text(), nullable=False),
        sa.Column("motif", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("nombre", sa.Integer(), nullable=False),
        sa.Column("premier_le", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("dernier_le", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("fini_le", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["point_id"],
            ["bornes.points_de_charge.id"],
            name=op.f("fk_signalements_point_id_points_de_charge"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signalements")),
        schema="bornes",
    )
    op.create_index(op.f("ix_signalements_point_id"), "signalements", ["point_id"], schema="bornes")
    op.create_index(op.f("ix_signalements_fini_le"), "signalements", ["fini_le"], schema="bornes")
    op.create_index(
        "uq_signalements_en_cours",
        "signalements",
        ["point_id", "motif"],
        unique=True,
        schema="bornes",
        postgresql_where=sa.text("etat IN ('ouvert', 'confirme')"),
    )
    op.create_table(
        "evenements_signalement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("signalement_id", sa.Integer(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("raison", sa.Text(), nullable=True),
        sa.Column("auteur", sa.Text(), nullable=False),
        sa.Column("instant", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["signalement_id"],
            ["bornes.signalements.id"],
            name=op.f("fk_evenements_signalement_signalement_id_signalements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evenements_signalement")),
        schema="bornes",
    )
    op.create_index(
        op.f("ix_evenements_signalement_signalement_id"),
        "evenements_signalement",
        ["signalement_id"],
        schema="bornes",
    )
    op.execute(
        """
        CREATE TRIGGER ajout_seul
        BEFORE UPDATE OR DELETE OR TRUNCATE ON bornes.evenements_signalement
        FOR EACH STATEMENT EXECUTE FUNCTION bornes.journal_refus()
        """
    )
    op.create_table(
        "signalements_recus",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("signalement_id", sa.Integer(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=True),
        sa.Column("commentaire", sa.Text(), nullable=True),
        sa.Column("recu_le", sa.DateTime(timezone=True), server_default=now, nullable=False),
        sa.ForeignKeyConstraint(
            ["signalement_id"],
            ["bornes.signalements.id"],
            name=op.f("fk_signalements_recus_signalement_id_signalements"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signalements_recus")),
        schema="bornes",
    )
    for name, columns in (
        ("ix_signalements_recus_signalement_id", ["signalement_id"]),
        ("ix_signalements_recus_recu_le", ["recu_le"]),
        ("ix_signalements_recus_empreinte_recu_le", ["empreinte", "recu_le"]),
    ):
        op.create_index(name, "signalements_recus", columns, schema="bornes")
    op.create_table(
        "signalements_sels",
        sa.Column("jour", sa.Date(), nullable=False),
        sa.Column("sel", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("jour", name=op.f("pk_signalements_sels")),
        schema="bornes",
    )


def downgrade() -> None:
    for table in (
        "signalements_sels",
        "signalements_recus",
        "evenements_signalement",
        "signalements",
    ):
        op.drop_table(table, schema="bornes")
