"""Tables of the contributions (schema `commerces`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.commerces.models import OBJET, CommercesBase, Fiche


class Inscription(CommercesBase):
    """What someone asks without an account, until the link sent to the address is followed."""

    __tablename__ = "inscriptions"

    id: Mapped[int] = mapped_column(primary_key=True)
    courriel: Mapped[str]
    fiche_id: Mapped[int | None] = mapped_column(ForeignKey("fiches.id"), index=True)
    """The listing claimed; None for a new one."""
    siret: Mapped[str | None]
    saisie: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """The new listing as it was written."""
    message: Mapped[str | None]
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class Titulaire(CommercesBase):
    """Someone who answers for a listing: a mail address that was confirmed."""

    __tablename__ = "titulaires"
    __table_args__ = (CheckConstraint("niveau BETWEEN 1 AND 3", name="niveau"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), index=True)
    courriel: Mapped[str | None] = mapped_column(index=True)
    """Private; None once erased."""
    siret: Mapped[str | None]
    niveau: Mapped[int] = mapped_column(SmallInteger)
    """1 declared, 2 SIRET checked, 3 vouched for."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())
    accepte_le: Mapped[datetime | None]
    """When an agent recognised it; before, all it writes waits."""
    ecarte_le: Mapped[datetime | None]
    """When an agent refused it, or it erased itself: its tokens open no listing."""


class Jeton(CommercesBase):
    """A secret that was given out, by its digest."""

    __tablename__ = "jetons"

    empreinte: Mapped[bytes] = mapped_column(primary_key=True)
    objet: Mapped[str]
    """inscription | acces | donnees | confirmation | precision: links, that do one thing once;
    session: what a merchant presents."""
    inscription_id: Mapped[int | None] = mapped_column(
        ForeignKey("inscriptions.id", ondelete="CASCADE"), index=True
    )
    titulaire_id: Mapped[int | None] = mapped_column(ForeignKey("titulaires.id"), index=True)
    proposition_id: Mapped[int | None] = mapped_column(ForeignKey("propositions.id"))
    """The one that an agent asked about."""
    expire_le: Mapped[datetime] = mapped_column(index=True)
    utilise_le: Mapped[datetime | None]
    """When a link was first followed."""


class Proposition(CommercesBase):
    """A change asked of a listing, against the version that was read."""

    __tablename__ = "propositions"
    __table_args__ = (
        Index("ix_propositions_a_decider", "id", postgresql_where=text("etat = 'en_attente'")),
        # One under way for a holder and a kind: the next takes its place.
        Index(
            "uq_propositions_en_cours",
            "titulaire_id",
            "genre",
            unique=True,
            postgresql_where=text("etat IN ('en_attente', 'a_preciser')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), index=True)
    titulaire_id: Mapped[int] = mapped_column(ForeignKey("titulaires.id"), index=True)
    genre: Mapped[str]
    """inscription | revendication | modification | fermeture | reouverture."""
    etat: Mapped[str]
    """en_attente | a_preciser | acceptee | refusee | remplacee | appliquee | retiree."""
    version_fiche: Mapped[int]
    """The version that was read."""
    avant: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """Each field to change, as it was read."""
    apres: Mapped[dict[str, Any]] = mapped_column(JSONB)
    """The same fields, as they are asked to be."""
    appliques: Mapped[list[str]]
    """Fields that changed at once."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())

    fiche: Mapped[Fiche] = relationship(lazy="joined", innerjoin=True)
    titulaire: Mapped[Titulaire] = relationship(lazy="joined", innerjoin=True)
    evenements: Mapped[list["EvenementProposition"]] = relationship(
        lazy="selectin", order_by="EvenementProposition.id"
    )


class EvenementProposition(CommercesBase):
    """A state that a proposition reached, by whom and why."""

    __tablename__ = "evenements_proposition"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposition_id: Mapped[int] = mapped_column(ForeignKey("propositions.id"), index=True)
    etat: Mapped[str]
    auteur: Mapped[str]
    """An organisation, or `commercant`."""
    texte: Mapped[str | None]
    """A reason or a message, personal data masked; forgotten when its holder is erased."""
    instant: Mapped[datetime] = mapped_column(server_default=func.now())
