"""Tables of the directory (schema `commerces`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, SmallInteger, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from shared.db import Base, new_metadata
from shared.due_work import work_table
from shared.idempotency import idempotency_table
from shared.journal import journal_table
from shared.transfers.imports import FichierRecu


class CommercesBase(Base):
    __abstract__ = True
    metadata = new_metadata("commerces")


JOURNAL = journal_table(CommercesBase.metadata)
# What happened to one listing is read by its agents, among years of entries.
Index("ix_journal_sujet_position", JOURNAL.c.sujet, JOURNAL.c.position)
IDEMPOTENCE = idempotency_table(CommercesBase.metadata)
TRAVAUX = work_table(CommercesBase.metadata)

EUROS = Numeric(8, 2)
OBJET = JSONB(none_as_null=True)
"""None is NULL, not the JSON null."""


class Lieu(CommercesBase):
    """Premises: where shops come and go."""

    __tablename__ = "lieux"
    __table_args__ = (
        Index(
            "ix_lieux_code_arrondissement",
            "code_arrondissement",
            postgresql_where=text("code_arrondissement IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    adresse: Mapped[str]
    """Number and street."""
    complement: Mapped[str | None]
    code_postal: Mapped[str]
    lon: Mapped[float]
    """Degrees WGS 84."""
    lat: Mapped[float]
    code_commune: Mapped[str] = mapped_column(index=True)
    """INSEE code of the commune where the position is (Paris: 75056)."""
    code_arrondissement: Mapped[str | None]
    territoire: Mapped[str]
    """T1 … T12."""
    cle_ban: Mapped[str | None]
    """Identifier of the address in the Base adresse nationale."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def code_insee(self) -> str:
        """As it is shown: that of the arrondissement in Paris."""
        return self.code_arrondissement or self.code_commune


class Exploitation(CommercesBase):
    """An establishment in premises between two days: a takeover or a move is another one."""

    __tablename__ = "exploitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    lieu_id: Mapped[int] = mapped_column(ForeignKey("lieux.id"), index=True)
    siret: Mapped[str | None] = mapped_column(index=True)
    """Several may share one: market stalls, kitchens that deliver under several names."""
    enseigne: Mapped[str | None]
    """As SIRENE writes it; the listing has its own name."""
    naf_rev2: Mapped[str | None]
    naf_2025: Mapped[str | None]
    du: Mapped[date | None]
    au: Mapped[date | None]
    """Last day, None while it lasts."""
    successeur_id: Mapped[int | None] = mapped_column(ForeignKey("exploitations.id"), index=True)
    """The establishment that its listing went on with."""

    lieu: Mapped[Lieu] = relationship(lazy="joined", innerjoin=True)
    successeur: Mapped["Exploitation | None"] = relationship(remote_side="Exploitation.id")


class Fiche(CommercesBase):
    """A listing: what the public may read of a shop once it is published."""

    __tablename__ = "fiches"
    __table_args__ = (
        CheckConstraint("niveau_preuve BETWEEN 0 AND 3", name="niveau_preuve"),
        Index("ix_fiches_publiees", "id", postgresql_where=text("statut = 'publiee'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    exploitation_id: Mapped[int] = mapped_column(ForeignKey("exploitations.id"), index=True)
    statut: Mapped[str]
    """brouillon | en_attente | publiee | suspendue | fermee | archivee."""
    nom: Mapped[str]
    categories: Mapped[list[str]]
    """Codes of the taxonomy, the main one first."""
    description: Mapped[str | None]
    labels: Mapped[list[str]]
    paiements: Mapped[list[str]]
    accessibilites: Mapped[list[str]]
    langues: Mapped[list[str]]
    """ISO 639-1."""
    contacts: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Each with its kind, its value and whether it is public."""
    horaires: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """The shop's; a modality without its own follows them."""
    horaires_osm: Mapped[str | None]
    """The same as OpenStreetMap writes them."""
    horaires_texte: Mapped[str | None]
    """As received, when it could not be read for sure."""
    niveau_preuve: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """0 imported, 1 declared, 2 SIRET checked, 3 vouched for."""
    verifie_le: Mapped[datetime]
    verifie_par: Mapped[str]
    """commercant | cci | commune | metropole | sirene | import."""
    source: Mapped[str]
    """Where the listing comes from: an organisation, a file."""
    licence: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    """One more at each change: the strong ETag."""
    motif_statut: Mapped[str | None]
    """Why it has this status."""
    fusionnee_dans: Mapped[int | None] = mapped_column(ForeignKey("fiches.id"), index=True)
    """The listing that an agent merged this one into."""
    cree_le: Mapped[datetime] = mapped_column(server_default=func.now())
    modifie_le: Mapped[datetime] = mapped_column(server_default=func.now())

    exploitation: Mapped[Exploitation] = relationship(lazy="joined", innerjoin=True)
    modalites: Mapped[list["ModaliteFiche"]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="ModaliteFiche.genre"
    )


class ModaliteFiche(CommercesBase):
    """One way a shop serves its customers, with everything that depends on it."""

    __tablename__ = "modalites"

    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), primary_key=True)
    genre: Mapped[str] = mapped_column(primary_key=True)
    """drive | livraison | point_collecte | comptoir | depannage_urgence."""
    horaires: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """None: the shop's."""
    horaires_osm: Mapped[str | None]
    horaires_texte: Mapped[str | None]
    zone: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """communes | codes_postaux | rayon | polygone; None where it is not said."""
    minimum: Mapped[Decimal | None] = mapped_column(EUROS)
    """Least order, in euros."""
    frais: Mapped[Decimal | None] = mapped_column(EUROS)
    franco: Mapped[Decimal | None] = mapped_column(EUROS)
    """Amount from which the fee is waived."""
    delai_min: Mapped[int | None]
    """Minutes between an order and its service."""
    canaux: Mapped[list[str]]
    """How one orders."""
    commande_jusqu_a: Mapped[str | None]
    """HH:MM of Paris, the day it is served."""
    du: Mapped[date | None]
    au: Mapped[date | None]
    """Last day it is offered."""
    note: Mapped[str | None]
    verifie_le: Mapped[datetime]
    verifie_par: Mapped[str]
    source: Mapped[str]
    annoncee_le: Mapped[date] = mapped_column(
        server_default=text("CAST(timezone('Europe/Paris', now()) AS date)")
    )
    """The day up to which its beginning and its end were told."""


class LigneRegime(CommercesBase):
    """What a crisis rule allows shops of some kinds to do, in some places, between two instants."""

    __tablename__ = "regimes"
    __table_args__ = (CheckConstraint("fin > debut", name="periode"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    nom: Mapped[str]
    motif: Mapped[str]
    source: Mapped[str | None]
    """Address of the text that decides it."""
    categories: Mapped[list[str]]
    """Codes of the taxonomy; empty: every shop."""
    territoires: Mapped[list[str]]
    """metropole | a département | T1 … T12 | INSEE codes of today."""
    modalites: Mapped[list[str]]
    """What is allowed; empty: closed."""
    debut: Mapped[datetime]
    fin: Mapped[datetime | None]
    """First instant at which it no longer holds."""
    jours: Mapped[list[str] | None]
    """Days of the week on which its hours begin; None: all."""
    creneau: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """Hours at which it holds in its period, as `Heures`; None: whole days."""
    origine: Mapped[str | None] = mapped_column(unique=True)
    """The rule of the file it was read from, so that it is read once."""
    lu: Mapped[dict[str, Any] | None] = mapped_column(OBJET)
    """What that file said of it when it was last read."""
    version: Mapped[int] = mapped_column(server_default=text("1"))
    """One more at each change: the strong ETag."""
    annonce_le: Mapped[datetime] = mapped_column(server_default=func.now())
    """Until when its turns were journalled."""


class ImportFichier(FichierRecu, CommercesBase):
    """A file of shops, received once, with what became of it."""

    __tablename__ = "imports"

    source: Mapped[str] = mapped_column(index=True)
    """Whose listings the file brings: the organisation that sent it, or the one it names."""


class ImportLigne(CommercesBase):
    """A line of an import: what became of it and why."""

    __tablename__ = "import_lignes"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    """Of the import that writes it: a foreign key would double the cost of a report's row."""
    ligne: Mapped[int] = mapped_column(primary_key=True)
    """Line in the file (header = 1), or rank in a JSON list."""
    statut: Mapped[str]
    """accepte | repare | rejete | doublon."""
    nom: Mapped[str | None]
    fiche_id: Mapped[int | None]
    """The listing it made or is about, None in a held import."""
    constats: Mapped[list[Any]] = mapped_column(JSONB)
    """Each as [code, column, received, kept]."""


class Provenance(CommercesBase):
    """A shop as one source names it, and the listing it is here."""

    __tablename__ = "provenances"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str]
    cle: Mapped[str]
    """The source's own number, else name, address and SIRET."""
    siret: Mapped[str | None]
    nom_cle: Mapped[str]
    """Folded words of the name."""
    lieu_cle: Mapped[str]
    """Folded words of the address, and the postcode."""
    fiche_id: Mapped[int] = mapped_column(ForeignKey("fiches.id"), index=True)
    licence: Mapped[str | None]
    edition: Mapped[date]
    """Day of the file that last brought, changed or confirmed it."""
    empreinte: Mapped[str]
    """Digest of what was kept of its line."""
    import_id: Mapped[int]
    """The import that last brought, changed or confirmed it."""
    absente_le: Mapped[datetime | None]
    """When its source's file stopped naming it."""
    fusionnee: Mapped[bool] = mapped_column(server_default=text("false"))
    """An agent merged its listing into another, which it no longer writes."""

    __table_args__ = (Index("ix_provenances_source_cle", "source", "cle", unique=True),)


class Doublon(CommercesBase):
    """Two listings that may be one shop, and what an agent decided of them."""

    __tablename__ = "doublons"

    id: Mapped[int] = mapped_column(primary_key=True)
    fiche_a: Mapped[int] = mapped_column(ForeignKey("fiches.id"))
    """The older of the two."""
    fiche_b: Mapped[int] = mapped_column(ForeignKey("fiches.id"), index=True)
    score: Mapped[float]
    """From 0 to 1."""
    raisons: Mapped[dict[str, Any]]
    etat: Mapped[str]
    """propose | non_doublon | fusion."""
    decide_par: Mapped[str | None]
    decide_le: Mapped[datetime | None]
    motif: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        CheckConstraint("fiche_a < fiche_b", name="ordre"),
        Index("uq_doublons_fiches", "fiche_a", "fiche_b", unique=True),
        Index("ix_doublons_proposes", "score", "id", postgresql_where=text("etat = 'propose'")),
    )
