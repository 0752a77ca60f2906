"""Table of the reminders and hidings already done for each listing (schema `commerces`)."""

from datetime import datetime

from sqlalchemy import ForeignKey, SmallInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from services.commerces.models import CommercesBase


class Echeance(CommercesBase):
    """A reminder sent, or a hiding, since a confirmation: each once."""

    __tablename__ = "echeances"

    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), primary_key=True)
    verifie_le: Mapped[datetime] = mapped_column(primary_key=True)
    """The confirmation it counts from."""
    jours: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    """90 | 180: reminded; 365: hidden."""
    instant: Mapped[datetime] = mapped_column(server_default=func.now())
