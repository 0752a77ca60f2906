"""The outbox (schema `commerces`)."""

from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from services.commerces.models import CommercesBase


class Courrier(CommercesBase):
    """A mail: its address and its text are forgotten as soon as it has left."""

    __tablename__ = "courriers"

    id: Mapped[int] = mapped_column(primary_key=True)
    genre: Mapped[str]
    """What it is about; a word of ours, never personal."""
    titulaire_id: Mapped[int | None] = mapped_column(index=True)
    """Whom it is for, when that is a known holder."""
    destinataire: Mapped[str | None]
    sujet: Mapped[str | None]
    texte: Mapped[str | None]
    """With its link: nothing else keeps a token in clear."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    parti_le: Mapped[datetime | None]
    refus: Mapped[str | None]
    """The server's code when it refuses the address for good."""
