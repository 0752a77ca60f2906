"""Tables of the registry (schema `bornes`)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    cast,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, column_property, mapped_column

from shared.db import Base, new_metadata
from shared.due_work import work_table
from shared.idempotency import idempotency_table
from shared.journal import Xid8, journal_table, numbered
from shared.transfers.imports import FichierRecu


class BornesBase(Base):
    __abstract__ = True
    metadata = new_metadata("bornes")


JOURNAL = journal_table(BornesBase.metadata)
IDEMPOTENCE = idempotency_table(BornesBase.metadata)
TRAVAUX = work_table(BornesBase.metadata)


class ImportFichier(FichierRecu, BornesBase):
    """A producer's file, received once, with what became of it."""

    __tablename__ = "imports"

    schema_donnees: Mapped[str] = mapped_column(server_default="irve-statique")
    """irve-statique | avitaillement: what the file describes."""
    producteur: Mapped[str] = mapped_column(index=True)
    prefixes: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    """Identifiers its sender answers for (None: any), whoever confirms it."""


class ImportAnomalie(BornesBase):
    """One finding about one cell or row of an import."""

    __tablename__ = "import_anomalies"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    """Of the import that writes it: a foreign key would double the cost of a report's row."""
    rang: Mapped[int] = mapped_column(primary_key=True)
    ligne: Mapped[int]
    """Line in the file, header = 1."""
    colonne: Mapped[str | None]
    code: Mapped[str]
    recu: Mapped[str | None]
    retenu: Mapped[str | None]


class ImportOperateur(BornesBase):
    """An operator's lines in an accepted import, and what was found in them."""

    __tablename__ = "imports_operateurs"

    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id"), primary_key=True)
    prefixe: Mapped[str] = mapped_column(primary_key=True)
    """AFIREV prefix of its points; NC for those without an identifier."""
    operateur: Mapped[str]
    """The most frequent name under that prefix."""
    lignes: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Lines of the file."""
    codes: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    """Counts by code, each with its first findings."""


class Station(BornesBase):
    """Charging points at one place under one id_station_itinerance (or one derived id)."""

    __tablename__ = "stations"
    # The order of OCPI lists: oldest change first.
    __table_args__ = (Index("ix_stations_modifiee_le_id", "modifiee_le", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    """id_station_itinerance, or NC + digest when it is « Non concerné »."""
    code_commune: Mapped[str | None] = mapped_column(index=True)
    """INSEE code of the commune where the station stands (Paris: 75056), None outside."""
    code_arrondissement: Mapped[str | None]
    territoire: Mapped[str | None]
    """T1 … T12, None outside the Métropole."""
    creee_le: Mapped[datetime] = mapped_column(server_default=func.now())
    modifiee_le: Mapped[datetime] = mapped_column(server_default=func.now())
    retiree_le: Mapped[datetime | None]
    motif_retrait: Mapped[str | None]


class PointDeCharge(BornesBase):
    """One row of IRVE statique 2.3.1: its 40 columns, typed, and where they come from."""

    __tablename__ = "points_de_charge"
    __table_args__ = (
        Index(
            "ix_points_de_charge_producteur_actifs",
            "producteur",
            postgresql_where=text("retire_le IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    """id_pdc_itinerance, or NC + digest when it is « Non concerné »."""
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), index=True)
    nom_amenageur: Mapped[str | None]
    siren_amenageur: Mapped[str | None]
    contact_amenageur: Mapped[str | None]
    nom_operateur: Mapped[str | None]
    contact_operateur: Mapped[str]
    telephone_operateur: Mapped[str | None]
    nom_enseigne: Mapped[str]
    id_station_itinerance: Mapped[str]
    id_station_local: Mapped[str | None]
    nom_station: Mapped[str]
    implantation_station: Mapped[str]
    adresse_station: Mapped[str]
    code_insee_commune: Mapped[str | None]
    lon: Mapped[float]
    """coordonneesXY, first number: degrees WGS 84."""
    lat: Mapped[float]
    nbre_pdc: Mapped[int]
    """As declared, of the whole station: never summed."""
    id_pdc_itinerance: Mapped[str]
    id_pdc_local: Mapped[str | None]
    puissance_nominale: Mapped[float]
    """kW."""
    prise_type_ef: Mapped[bool]
    prise_type_2: Mapped[bool]
    prise_type_combo_ccs: Mapped[bool]
    prise_type_chademo: Mapped[bool]
    prise_type_autre: Mapped[bool]
    gratuit: Mapped[bool | None]
    paiement_acte: Mapped[bool]
    paiement_cb: Mapped[bool | None]
    paiement_autre: Mapped[bool | None]
    tarification: Mapped[str | None]
    condition_acces: Mapped[str]
    reservation: Mapped[bool]
    horaires: Mapped[str]
    accessibilite_pmr: Mapped[str]
    restriction_gabarit: Mapped[str]
    station_deux_roues: Mapped[bool]
    raccordement: Mapped[str | None]
    num_pdl: Mapped[str | None]
    date_mise_en_service: Mapped[date | None]
    observations: Mapped[str | None]
    date_maj: Mapped[date]
    cable_t2_attache: Mapped[bool | None]
    code_commune: Mapped[str | None]
    """Commune of the position (Paris: 75056); `code_insee_commune` is the declared one."""
    code_arrondissement: Mapped[str | None]
    territoire: Mapped[str | None]
    recu: Mapped[dict[str, Any] | None]
    """Received text of each repaired column, by column name."""
    producteur: Mapped[str]
    import_id: Mapped[int]
    ligne: Mapped[int]
    empreinte: Mapped[UUID]
    """Digest of the accepted row: equal means nothing changed."""
    modifie_le: Mapped[datetime] = mapped_column(server_default=func.now())
    retire_le: Mapped[datetime | None]
    motif_retrait: Mapped[str | None]


class AbsencePoint(BornesBase):
    """A withdrawal that ended: a trigger keeps it when the point comes back."""

    __tablename__ = "absences"

    point_id: Mapped[str] = mapped_column(primary_key=True)
    du: Mapped[datetime] = mapped_column(primary_key=True)
    au: Mapped[datetime]


class DepartPoint(BornesBase):
    """A station that a point left for another one, and did not come back to: OCPI must tell it."""

    __tablename__ = "departs"

    point_id: Mapped[str] = mapped_column(ForeignKey("points_de_charge.id"), primary_key=True)
    station_id: Mapped[str] = mapped_column(ForeignKey("stations.id"), primary_key=True, index=True)
    parti_le: Mapped[datetime]
    """When it was withdrawn there, if it was before it went elsewhere."""


class DernierStatut(BornesBase):
    """The latest status accepted of a point (docs/adr/0013): written over, never journalled."""

    __tablename__ = "statuts"

    point_id: Mapped[str] = mapped_column(ForeignKey("points_de_charge.id"), primary_key=True)
    etat_pdc: Mapped[str]
    occupation_pdc: Mapped[str]
    horodatage: Mapped[datetime]
    etat_prise_type_2: Mapped[str | None]
    etat_prise_type_combo_ccs: Mapped[str | None]
    etat_prise_type_chademo: Mapped[str | None]
    etat_prise_type_ef: Mapped[str | None]
    depuis: Mapped[datetime]
    """Since when the same state is told without a gap."""
    vu_avant: Mapped[datetime | None]
    """When the state before was last told."""
    connu_avant: Mapped[str | None]
    """`etat_pdc` the last time it was known before this status: nobody looks for it in history."""
    change_le: Mapped[datetime]
    """When readers of this registry last saw another state, or none."""
    jour: Mapped[date]
    nombre: Mapped[int]
    """Statuses accepted on that day, in Paris."""
    recu_le: Mapped[datetime] = mapped_column(server_default=func.now())
    xid: Mapped[int] = mapped_column(Xid8, index=True, server_default=text("pg_current_xact_id()"))
    """The server's own, of the transaction that wrote it: readers ask for what their last
    snapshot did not see."""


HISTORIQUE = Table(
    "statuts_historique",
    BornesBase.metadata,
    Column(
        "position",
        BigInteger,
        nullable=False,
        server_default=text("nextval('bornes.statuts_historique_position')"),
    ),
    numbered(BornesBase.metadata),
    Column("recu_le", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("point_id", Text, nullable=False),
    Column("etat_pdc", Text, nullable=False),
    Column("occupation_pdc", Text, nullable=False),
    Column("horodatage", DateTime(timezone=True), nullable=False),
    Column("vu_avant", DateTime(timezone=True)),
    Index("ix_statuts_historique_xid_position", "xid", "position"),
    Index("ix_statuts_historique_point_id_horodatage", "point_id", "horodatage"),
    Index("ix_statuts_historique_recu_le", "recu_le"),
    postgresql_partition_by="RANGE (recu_le)",
)
"""Changes of state, one partition a month of reception (UTC): a state told again adds nothing.

`vu_avant` says until when the state before was told: what follows it, up to `horodatage`, is
only known as long as a status holds.
"""


class PointAvitaillement(BornesBase):
    """One row of our own schema of refuelling stations, typed, and where it comes from."""

    __tablename__ = "points_avitaillement"

    id_point: Mapped[str] = mapped_column(primary_key=True)
    id_station: Mapped[str] = mapped_column(index=True)
    nom_amenageur: Mapped[str | None]
    siren_amenageur: Mapped[str | None]
    nom_operateur: Mapped[str]
    contact_operateur: Mapped[str]
    telephone_operateur: Mapped[str | None]
    nom_enseigne: Mapped[str]
    nom_station: Mapped[str]
    adresse_station: Mapped[str]
    code_insee_commune: Mapped[str | None]
    lon: Mapped[float]
    """coordonneesXY, first number: degrees WGS 84."""
    lat: Mapped[float]
    condition_acces: Mapped[str]
    horaires: Mapped[str]
    accessibilite_pmr: Mapped[str | None]
    restriction_gabarit: Mapped[str | None]
    type_vehicule: Mapped[str | None]
    paiement_acte: Mapped[bool | None]
    paiement_cb: Mapped[bool | None]
    date_mise_en_service: Mapped[date | None]
    observations: Mapped[str | None]
    energie: Mapped[str]
    pression_bar: Mapped[int | None]
    connecteur: Mapped[str | None]
    debit_kg_min: Mapped[float | None]
    capacite_kg_jour: Mapped[float | None]
    part_renouvelable_pct: Mapped[float | None]
    date_maj: Mapped[date]
    etat_point: Mapped[str] = mapped_column(server_default="inconnu")
    horodatage_etat: Mapped[datetime | None]
    etat_entendu_le: Mapped[datetime | None]
    """Of the last state heard, published or not: what is older comes too late."""
    prix_kg: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    """Euros."""
    horodatage_prix: Mapped[datetime | None]
    prix_entendu_le: Mapped[datetime | None]
    code_commune: Mapped[str | None]
    """Commune of the position (Paris: 75056); `code_insee_commune` is the declared one."""
    code_arrondissement: Mapped[str | None]
    territoire: Mapped[str | None]
    recu: Mapped[dict[str, Any] | None]
    """Received text of each repaired column, by column name."""
    producteur: Mapped[str] = mapped_column(index=True)
    import_id: Mapped[int]
    ligne: Mapped[int]
    modifie_le: Mapped[datetime] = mapped_column(server_default=func.now())
    retire_le: Mapped[datetime | None]
    motif_retrait: Mapped[str | None]


class SiteDeploiement(BornesBase):
    """Where a station is planned, as it was declared; what follows is in its events."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(index=True)
    prefixe: Mapped[str]
    nom: Mapped[str]
    adresse: Mapped[str]
    code_commune: Mapped[str]
    """As declared: the INSEE code of that day."""
    lon: Mapped[float]
    lat: Mapped[float]
    pdc: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    """Points planned, by power band."""
    bornes: Mapped[int | None]
    places: Mapped[int | None]
    publics: Mapped[list[str]]
    domaine: Mapped[str | None]
    gamme: Mapped[str | None]
    origine: Mapped[str | None]
    station: Mapped[str | None]
    auteur: Mapped[str]
    instant: Mapped[datetime] = mapped_column(server_default=func.now())


class EvenementSite(BornesBase):
    """A state reached or announced. Append-only: the database refuses any change."""

    __tablename__ = "evenements_site"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    statut: Mapped[str]
    date_reelle: Mapped[date | None]
    date_prevue: Mapped[date | None]
    preuve: Mapped[str]
    pdc: Mapped[list[int] | None] = mapped_column(ARRAY(Integer))
    bornes: Mapped[int | None]
    station: Mapped[str | None]
    commentaire: Mapped[str | None]
    auteur: Mapped[str]
    instant: Mapped[datetime] = mapped_column(server_default=func.now())
    jour: Mapped[date] = column_property(cast(func.timezone("Europe/Paris", instant), Date))
    """Day of reception, in Paris."""


class PartieOcpi(BornesBase):
    """A partner that reads the registry through OCPI: invited, then registered, then closed."""

    __tablename__ = "ocpi_parties"

    id: Mapped[int] = mapped_column(primary_key=True)
    nom: Mapped[str]
    empreinte: Mapped[bytes | None] = mapped_column(unique=True)
    """SHA-256 of the token it is to present: A until it registers, then C; None once closed."""
    precedente: Mapped[bytes | None]
    """SHA-256 of the token before, with which it may ask again for the one it never received.

    None as soon as it presents that one.
    """
    precedente_inscrite: Mapped[bool | None]
    """Whether that was a C; else an A."""
    precedente_expire_le: Mapped[datetime | None]
    expire_le: Mapped[datetime | None]
    """End of the invitation; None once registered."""
    jeton_b: Mapped[str | None]
    """The token it gave us, under seal (services.bornes.ocpi.jetons)."""
    version: Mapped[str | None]
    url: Mapped[str | None]
    """Where its versions are."""
    declaration: Mapped[dict[str, Any] | None]
    """Its roles and endpoints, as it told them."""
    creee_le: Mapped[datetime] = mapped_column(server_default=func.now())
    inscrite_le: Mapped[datetime | None]
    modifiee_le: Mapped[datetime] = mapped_column(server_default=func.now())
    close_le: Mapped[datetime | None]
