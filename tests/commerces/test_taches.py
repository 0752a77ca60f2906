"""The directory's due work: old keys are forgotten, and the day that passes is shown."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from services.commerces import commands
from services.commerces.commands import Auteur
from services.commerces.demonstration import shops
from services.commerces.models import IDEMPOTENCE, JOURNAL, Fiche
from services.commerces.taches import atelier
from shared import clock
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.settings import Settings


def test_expired_keys_are_forgotten(session):
    values = {"acteur": "t", "route": "r", "empreinte_requete": "e"}
    for cle, hours in (("vieille", -1), ("jeune", 1)):
        expire = datetime.now(UTC) + timedelta(hours=hours)
        session.execute(insert(IDEMPOTENCE).values(**values, cle=cle, expire_le=expire))
    atelier(Settings()).taches["idempotence.purger"].run(session, {})
    assert session.scalars(select(IDEMPOTENCE.c.cle)).all() == ["jeune"]


def published(session, told_until: date, **days: date) -> Fiche:
    """A listing with one modality, of which days were told up to one."""
    auteur = Auteur("essai", VerifiePar.CCI)
    shop = next(shops())
    shop["modalites"] = [{"genre": "drive", **days}]
    fiche = commands.create(session, FicheSaisie.model_validate(shop), auteur=auteur)
    commands.change_status(session, fiche, StatutFiche.PUBLIEE, auteur=auteur)
    (modalite,) = fiche.modalites
    modalite.annoncee_le = told_until
    session.flush()
    return fiche


def test_a_modality_that_begins_today_is_shown_today(session):
    today = clock.today(session)
    published(session, today - timedelta(days=1), du=today)
    for _ in range(2):
        atelier(Settings()).taches["modalites.renouveler"].run(session, {})
    entries = session.execute(select(JOURNAL.c.genre).order_by(JOURNAL.c.position)).scalars().all()
    assert entries == ["fiche.creee", "fiche.statut", "fiche.offre"]


def test_the_day_that_passes_is_journaled_once(session):
    day = date(2026, 11, 25)
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    for days in ({"du": day}, {"au": before}, {"au": day}):
        published(session, before, **days)
    told = [commands.journal_offers_of_today(session, today) for today in (day, day, after)]
    assert told == [2, 0, 1]


@pytest.mark.parametrize("days", [{"du": date(2026, 11, 25)}, {"au": date(2026, 11, 24)}])
def test_a_day_on_which_no_worker_came_by_is_journaled_when_one_does(session, days):
    published(session, date(2026, 11, 20), **days)
    passes = (date(2026, 11, 24), date(2026, 12, 9), date(2026, 12, 10))
    assert [commands.journal_offers_of_today(session, day) for day in passes] == [0, 1, 0]


def test_what_began_and_ended_before_it_was_written_is_not_journaled(session):
    today = clock.today(session)
    long_ago = today - timedelta(days=30)
    published(session, today, du=long_ago, au=long_ago)
    assert commands.journal_offers_of_today(session) == 0
