"""Queries on the sites of the deployment."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.bornes.models import EvenementSite, SiteDeploiement
from services.bornes.sites.regles import Fait, Site
from shared.schemas.bornes_sites import EtatSite


def site_rows(
    session: Session, programme: str
) -> list[tuple[SiteDeploiement, list[EvenementSite]]]:
    """The sites of a programme, each with its events in the order of reception.

    Sites number in the thousands at most: they are folded to a day in memory.
    """
    rows = session.scalars(
        select(SiteDeploiement)
        .where(SiteDeploiement.programme == programme)
        .order_by(SiteDeploiement.id)
    ).all()
    events: dict[int, list[EvenementSite]] = {row.id: [] for row in rows}
    for event in session.scalars(
        select(EvenementSite)
        .join(SiteDeploiement, EvenementSite.site_id == SiteDeploiement.id)
        .where(SiteDeploiement.programme == programme)
        .order_by(EvenementSite.id)
    ):
        # A site declared between the two statements is for the next question.
        if event.site_id in events:
            events[event.site_id].append(event)
    return [(row, events[row.id]) for row in rows]


def find_site(
    session: Session, site_id: int, *, lock: bool = False
) -> tuple[SiteDeploiement, list[EvenementSite]] | None:
    """A site and its events; `lock` keeps others from adding one before this transaction ends."""
    statement = select(SiteDeploiement).where(SiteDeploiement.id == site_id)
    row = session.scalars(statement.with_for_update() if lock else statement).one_or_none()
    if row is None:
        return None
    events = select(EvenementSite).where(EvenementSite.site_id == site_id)
    return row, list(session.scalars(events.order_by(EvenementSite.id)))


def as_site(row: SiteDeploiement, events: Sequence[EvenementSite]) -> Site:
    """What the rules know of a site."""
    return Site(
        id=row.id,
        prefixe=row.prefixe,
        commune=row.code_commune,
        pdc=row.pdc,
        bornes=row.bornes,
        places=row.places,
        station=row.station,
        faits=[
            Fait(
                statut=EtatSite(event.statut),
                date_reelle=event.date_reelle,
                date_prevue=event.date_prevue,
                recu_le=event.jour,
                pdc=event.pdc,
                bornes=event.bornes,
                station=event.station,
            )
            for event in events
        ],
    )
