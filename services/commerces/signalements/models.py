"""Tables of the reports (schema `commerces`)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.commerces.models import CommercesBase, Fiche


class SignalementFiche(CommercesBase):
    """What several people said of one listing, for one motif, until it is decided."""

    __tablename__ = "signalements"
    __table_args__ = (
        # One under way for a listing and a motif: two reports at once are one.
        Index(
            "uq_signalements_en_cours",
            "fiche_id",
            "motif",
            unique=True,
            postgresql_where=text("etat = 'ouvert'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), index=True)
    motif: Mapped[str]
    etat: Mapped[str]
    """ouvert | traite | rejete."""
    nombre: Mapped[int]
    """Distinct origins, each once a day."""
    premier_le: Mapped[datetime] = mapped_column(server_default=func.now())
    dernier_le: Mapped[datetime] = mapped_column(server_default=func.now())
    version: Mapped[int]
    raison: Mapped[str | None]
    decide_par: Mapped[str | None]
    decide_le: Mapped[datetime | None] = mapped_column(index=True)

    fiche: Mapped[Fiche] = relationship(lazy="joined", innerjoin=True)
    commentaires: Mapped[list["CommentaireSignalement"]] = relationship(
        lazy="selectin", order_by="CommentaireSignalement.id", viewonly=True
    )


class CommentaireSignalement(CommercesBase):
    """What someone wrote with a report: private, masked, forgotten some time after the end."""

    __tablename__ = "signalements_commentaires"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    signalement_id: Mapped[int] = mapped_column(ForeignKey("signalements.id"), index=True)
    texte: Mapped[str]
    recu_le: Mapped[datetime] = mapped_column(server_default=func.now())
