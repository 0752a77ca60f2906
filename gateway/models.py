"""Tables of the gateway (schema `gateway`)."""

from datetime import datetime

from sqlalchemy import LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import Base, new_metadata


class GatewayBase(Base):
    __abstract__ = True
    metadata = new_metadata("gateway")


class Cle(GatewayBase):
    """An access key: whose it is and what it opens; its secret is kept nowhere."""

    __tablename__ = "cles"

    id: Mapped[str] = mapped_column(primary_key=True)
    """Public part, the one that journals and `relance cles` name."""
    empreinte: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    """SHA-256 of the secret, which has 256 bits of chance: nothing slower is needed."""
    organisation: Mapped[str]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    territoire: Mapped[list[str]]
    """INSEE codes."""
    prefixes: Mapped[list[str]]
    """AFIREV prefixes."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())
    expire_le: Mapped[datetime | None]
    revoquee_le: Mapped[datetime | None]
    derniere_utilisation: Mapped[datetime | None]
