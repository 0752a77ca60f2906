"""Tables of the webhooks: subscriptions, the listings each was told of, and deliveries."""

from datetime import datetime

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Identity,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from services.commerces.models import CommercesBase
from shared.journal import Xid8


class Abonnement(CommercesBase):
    """Where to tell an organisation of which changes."""

    __tablename__ = "abonnements"

    id: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[str] = mapped_column(index=True)
    url: Mapped[str]
    genres: Mapped[list[str]]
    """Kinds of messages wanted."""
    territoires: Mapped[list[str]]
    """INSEE codes of today and T1 … T12; none means the whole Métropole."""
    description: Mapped[str | None]
    secret: Mapped[str]
    """Under seal (shared.sealing)."""
    secret_precedent: Mapped[str | None]
    """Signs too until `secret_precedent_fin`."""
    secret_precedent_fin: Mapped[datetime | None]
    etat: Mapped[str]
    """actif | suspendu | desactive."""
    motif_etat: Mapped[str | None]
    curseur_xid: Mapped[int] = mapped_column(Xid8)
    """Place in the journal up to which messages were prepared."""
    curseur_position: Mapped[int] = mapped_column(BigInteger)
    echecs: Mapped[int] = mapped_column(server_default=text("0"))
    """Attempts that failed since the last success."""
    echec_depuis: Mapped[datetime | None]
    dernier_succes_le: Mapped[datetime | None]
    repos_jusqu_a: Mapped[datetime | None]
    """After a failure nothing is sent before then."""
    pris_jusqu_a: Mapped[datetime | None]
    """A worker has it in hand until then; in the past, when it was last in a worker's hand."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    """One more at each change of what its owner wrote or of its state: the strong ETag."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())
    modifie_le: Mapped[datetime] = mapped_column(server_default=func.now())


class FicheAnnoncee(CommercesBase):
    """A listing that a subscriber knows as shown in its territory."""

    __tablename__ = "abonnements_fiches"

    abonnement_id: Mapped[int] = mapped_column(
        ForeignKey("abonnements.id", ondelete="CASCADE"), primary_key=True
    )
    fiche_id: Mapped[int] = mapped_column(primary_key=True)


class Livraison(CommercesBase):
    """A message, and where its delivery stands."""

    __tablename__ = "livraisons"
    __table_args__ = (
        UniqueConstraint("abonnement_id", "message"),
        Index("ix_livraisons_abonnement_id_etat_id", "abonnement_id", "etat", "id"),
        Index(
            "ix_livraisons_en_attente",
            "abonnement_id",
            "sujet",
            "id",
            postgresql_where=text("etat = 'en_attente'"),
        ),
        Index("ix_livraisons_sujet", "sujet", "abonnement_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    abonnement_id: Mapped[int] = mapped_column(ForeignKey("abonnements.id", ondelete="CASCADE"))
    message: Mapped[str]
    """`webhook-id`: the same at each attempt."""
    genre: Mapped[str]
    sujet: Mapped[str]
    """The listing; messages about one are sent in order."""
    corps: Mapped[str | None]
    """The body to the byte, as it is signed; None once its listing was erased."""
    etat: Mapped[str] = mapped_column(server_default=text("'en_attente'"))
    """en_attente | livree | abandonnee."""
    essais: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    prochain_essai_le: Mapped[datetime] = mapped_column(server_default=func.now())
    statut_http: Mapped[int | None] = mapped_column(SmallInteger)
    """Of the last attempt; None when nothing answered."""
    erreur: Mapped[str | None]
    creee_le: Mapped[datetime] = mapped_column(server_default=func.now())
    terminee_le: Mapped[datetime | None]
