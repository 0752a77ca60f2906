"""Tables of the rate limits (schema `commerces`)."""

from datetime import datetime

from sqlalchemy import BigInteger, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from services.commerces.models import CommercesBase
from shared.origins import salt_table

SELS = salt_table(CommercesBase.metadata, "sels")


class Appel(CommercesBase):
    """A public call, for the limits of an hour and for counting an origin once a day."""

    __tablename__ = "appels"
    __table_args__ = (Index("ix_appels_empreinte_genre", "empreinte", "genre", "recu_le"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    empreinte: Mapped[bytes]
    """Of its origin under the salt of its day, or of a mail address; never either in clear."""
    genre: Mapped[str]
    recu_le: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
