"""Messages of webhooks forget what they told of a listing that was erased."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.alter_column(
        "livraisons", "corps", existing_type=sa.Text(), nullable=True, schema="commerces"
    )
    op.create_index(
        "ix_livraisons_sujet", "livraisons", ["sujet", "abonnement_id", "id"], schema="commerces"
    )
    # What was erased before is forgotten too: nobody may have it sent again.
    op.execute(
        """
        DELETE FROM commerces.livraisons AS l USING commerces.fiches AS f
        WHERE l.sujet = f.id::text AND f.source = 'effacement'
          AND l.genre <> 'fiche.retiree' AND l.etat = 'en_attente'
        """
    )
    op.execute(
        """
        UPDATE commerces.livraisons AS l SET corps = NULL, erreur = NULL
        FROM commerces.fiches AS f
        WHERE l.sujet = f.id::text AND f.source = 'effacement' AND l.genre <> 'fiche.retiree'
        """
    )


def downgrade() -> None:
    op.execute("DELETE FROM commerces.livraisons WHERE corps IS NULL")
    op.drop_index("ix_livraisons_sujet", "livraisons", schema="commerces")
    op.alter_column(
        "livraisons", "corps", existing_type=sa.Text(), nullable=False, schema="commerces"
    )
