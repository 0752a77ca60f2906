"""Tables of the reports (schema `bornes`)."""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from services.bornes.models import BornesBase
from shared.origins import salt_table


class SignalementPoint(BornesBase):
    """What several people reported of one point, for one motif, until it ends."""

    __tablename__ = "signalements"
    __table_args__ = (
        # One under way for a point and a motif: two reports at once are one.
        Index(
            "uq_signalements_en_cours",
            "point_id",
            "motif",
            unique=True,
            postgresql_where=text("etat IN ('ouvert', 'confirme')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    point_id: Mapped[str] = mapped_column(ForeignKey("points_de_charge.id"), index=True)
    motif: Mapped[str]
    etat: Mapped[str]
    """ouvert | confirme | rejete | clos."""
    nombre: Mapped[int]
    """Distinct origins, each once a day."""
    premier_le: Mapped[datetime] = mapped_column(server_default=func.now())
    dernier_le: Mapped[datetime] = mapped_column(server_default=func.now())
    commentaire: Mapped[str | None]
    """What an agent published."""
    cause: Mapped[str | None]
    """What closed it: statut | agent | expiration | retrait."""
    fini_le: Mapped[datetime | None] = mapped_column(index=True)
    version: Mapped[int]


class EvenementSignalementPoint(BornesBase):
    """A state that a report reached. Append-only: the database refuses any change."""

    __tablename__ = "evenements_signalement"

    id: Mapped[int] = mapped_column(primary_key=True)
    signalement_id: Mapped[int] = mapped_column(ForeignKey("signalements.id"), index=True)
    etat: Mapped[str]
    cause: Mapped[str | None]
    raison: Mapped[str | None]
    auteur: Mapped[str]
    instant: Mapped[datetime] = mapped_column(server_default=func.now())


class SignalementRecu(BornesBase):
    """One report as it came: forgotten after a day but for its comment, and that after the end."""

    __tablename__ = "signalements_recus"
    __table_args__ = (Index("ix_signalements_recus_empreinte_recu_le", "empreinte", "recu_le"),)

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    signalement_id: Mapped[int] = mapped_column(ForeignKey("signalements.id"), index=True)
    empreinte: Mapped[bytes | None]
    """Of its origin, under the salt of its day; never the address."""
    commentaire: Mapped[str | None]
    """Private, personal data masked."""
    recu_le: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


SELS = salt_table(BornesBase.metadata, "signalements_sels")
