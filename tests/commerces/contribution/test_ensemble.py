"""Two people who write of one shop at the same time: the second waits, then sees what is."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.orm import Session

from services.commerces import commands, queries
from services.commerces.commands import Auteur
from services.commerces.contribution.queries import find_proposition
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import VerifiePar
from tests.blocking import wait_for_a_blocked_session
from tests.commerces.contribution.conftest import FICHE

CCI = Auteur("cci", VerifiePar.CCI)
ELSEWHERE = {"lon": 2.5600, "lat": 48.7400}


def move(session, number):
    """Give a listing another establishment, in a transaction still to be committed."""
    fiche = queries.find_fiche(session, number, lock=True)
    moved = FicheSaisie.model_validate(FICHE | ELSEWHERE)
    commands.replace(session, fiche, moved, auteur=CCI, if_match=commands.version(fiche))


@pytest.fixture
def meanwhile(engine_of):
    """What a second session reads once the first, which it waits for, has committed."""

    def meanwhile(first, second):
        def read():
            with Session(engine_of) as session, session.begin():
                return second(session)

        with ThreadPoolExecutor() as pool, Session(engine_of) as session:
            first(session)
            waiting = pool.submit(read)
            wait_for_a_blocked_session(engine_of)
            session.commit()
            return waiting.result()

    return meanwhile


def test_a_listing_that_moves_is_found_by_who_waited_for_it(publish, meanwhile):
    number = publish()

    def place(session):
        fiche = queries.find_fiche(session, number, lock=True)
        return fiche.version, fiche.exploitation.lieu.lon

    assert meanwhile(lambda session: move(session, number), place) == (3, ELSEWHERE["lon"])


def test_so_are_both_listings_of_a_pair(publish, meanwhile):
    pair = [publish(), publish(siret=None)]

    def locked(session):
        return [fiche.id for fiche in queries.lock_fiches(session, pair)]

    assert meanwhile(lambda session: move(session, pair[1]), locked) == pair


def test_a_proposition_given_to_another_listing_meanwhile_locks_that_one(
    publish, registered, queue, meanwhile
):
    pair = publish(), publish(siret=None)
    registered(fiche_id=pair[0])
    (asked,) = queue()

    def give(session):
        queries.lock_fiches(session, pair)
        row = find_proposition(session, asked["id"])
        row.fiche = queries.find_fiche(session, pair[1])
        session.flush()

    def found(session):
        return find_proposition(session, asked["id"], lock=True).fiche_id

    assert meanwhile(give, found) == pair[1]
