"""Queries on webhooks: subscriptions, deliveries, and the listings to tell of."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import orjson
from prometheus_client import Gauge
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    cast,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from services.commerces import fiches, queries
from services.commerces.abonnements.messages import ESSAI
from services.commerces.abonnements.models import Abonnement, FicheAnnoncee, Livraison
from services.commerces.models import Exploitation, Fiche, Lieu
from shared.schemas.commerces_abonnements import EtatAbonnement, GenreMessage
from shared.schemas.commerces_valeurs import StatutFiche

ABONNEMENTS: Final = Gauge("relance_abonnements", "Webhook subscriptions by state", ("etat",))
_BY_STATE: Final = select(Abonnement.etat, func.count()).group_by(Abonnement.etat)


def measure(connection: Connection) -> None:
    """Tell Prometheus how many are called, asked not to be, and no longer answer."""
    found: dict[str, int] = dict(connection.execute(_BY_STATE).all())
    for etat in EtatAbonnement:
        ABONNEMENTS.labels(etat.value).set(found.get(etat, 0))


def of_organisation(session: Session, organisation: str) -> Sequence[Abonnement]:
    statement = select(Abonnement).where(Abonnement.organisation == organisation)
    return session.scalars(statement.order_by(Abonnement.id)).all()


def find(session: Session, id_: int, organisation: str, *, lock: bool = False) -> Abonnement | None:
    """A subscription of an organisation; `lock` keeps others from changing it meanwhile."""
    statement = select(Abonnement).where(
        Abonnement.id == id_, Abonnement.organisation == organisation
    )
    return session.scalar(statement.with_for_update() if lock else statement)


def livraisons(
    session: Session, abonnement_id: int, *, etat: str | None, before: int | None, limit: int
) -> Sequence[Livraison]:
    """Messages, the newest first."""
    statement = select(Livraison).where(Livraison.abonnement_id == abonnement_id)
    if etat is not None:
        statement = statement.where(Livraison.etat == etat)
    if before is not None:
        statement = statement.where(Livraison.id < before)
    return session.scalars(statement.order_by(Livraison.id.desc()).limit(limit)).all()


def find_livraison(session: Session, abonnement_id: int, id_: int) -> Livraison | None:
    statement = select(Livraison).where(
        Livraison.id == id_, Livraison.abonnement_id == abonnement_id
    )
    return session.scalar(statement.with_for_update())


def counts(session: Session) -> Sequence[Row[Abonnement, int, int]]:
    """Every subscription, with its messages that wait and those given up."""
    waiting = func.count().filter(Livraison.etat == "en_attente")
    given_up = func.count().filter(Livraison.etat == "abandonnee")
    return session.execute(
        select(Abonnement, waiting, given_up)
        .outerjoin(Livraison, Livraison.abonnement_id == Abonnement.id)
        .group_by(Abonnement.id)
        .order_by(Abonnement.id)
    ).all()


def is_here(territoires: Sequence[str], places: Iterable[str | None]) -> bool:
    """Whether a place, by the codes that hold it, is in one of the territories; none is all."""
    return not territoires or not set(territoires).isdisjoint(places)


def shown_ids(territoires: Sequence[str]) -> Select[int]:
    """Ids of the listings shown in some territories."""
    statement = select(Fiche.id).where(Fiche.statut == StatutFiche.PUBLIEE)
    if not territoires:
        return statement
    here = or_(
        Lieu.code_commune.in_(territoires),
        Lieu.code_arrondissement.in_(territoires),
        Lieu.territoire.in_(territoires),
    )
    placed = select(Exploitation.id).join(Lieu).where(here)
    return statement.where(Fiche.exploitation_id.in_(placed))


def told(session: Session, abonnement_id: int, ids: Sequence[int]) -> set[int]:
    """Those of some listings that a subscriber knows as shown."""
    statement = select(FicheAnnoncee.fiche_id).where(
        FicheAnnoncee.abonnement_id == abonnement_id, FicheAnnoncee.fiche_id.in_(ids)
    )
    return set(session.scalars(statement))


def still_true(abonnement: Abonnement) -> Sequence[ColumnElement[bool]]:
    """Which messages of a subscriber may be sent again: the last of each listing, while it is so.

    An older one, sent after it, would undo it; one that shows a listing withdrawn since would
    publish it anew.
    """
    later = aliased(Livraison)
    last = ~exists().where(
        later.abonnement_id == abonnement.id,
        later.sujet == Livraison.sujet,
        later.id > Livraison.id,
    )
    number = cast(func.nullif(Livraison.sujet, ESSAI), Integer)
    is_shown = shown_ids(abonnement.territoires).where(Fiche.id == number).exists()
    withdraws = Livraison.genre == GenreMessage.RETIREE
    agrees = or_(and_(withdraws, ~is_shown), and_(~withdraws, is_shown))
    return Livraison.corps.is_not(None), or_(Livraison.genre == ESSAI, and_(last, agrees))


def statuts(connection: Connection, ids: Sequence[int]) -> Mapping[int, str]:
    rows = connection.execute(select(Fiche.id, Fiche.statut).where(Fiche.id.in_(ids)))
    return {row.id: row.statut for row in rows}


def shown(
    connection: Connection, ids: Sequence[int], territoires: Sequence[str]
) -> dict[int, orjson.Fragment]:
    """Listings as the public sees them, those of some that are shown in some territories."""
    found: dict[int, orjson.Fragment] = {}
    for fiche, modalites in queries.published(connection, [str(one) for one in ids]):
        places = (fiche.code_commune, fiche.code_arrondissement, fiche.territoire)
        if is_here(territoires, places):
            ordered = fiches.in_order(modalites)
            public = fiches.contacts_publics(fiche)
            resume = fiches.resume(fiche, ordered, public)
            complement = fiches.complement(fiche, ordered, public)
            found[fiche.id] = orjson.Fragment(fiches.detail(resume, complement))
    return found
