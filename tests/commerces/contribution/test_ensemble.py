"""Two people who write of one shop at the same time: the second waits, then sees what is."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from orjson import dumps
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.commerces import commands, queries
from services.commerces.commands import Auteur
from services.commerces.contribution.queries import find_proposition
from services.commerces.doublons.commands import chercher, decide, version
from services.commerces.doublons.queries import find_doublon
from services.commerces.imports.commands import Expediteur, importer
from services.commerces.models import Doublon, Fiche
from shared.schemas.commerces_doublons import DecisionDoublon
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import VerifiePar
from tests.blocking import wait_for_a_blocked_session
from tests.commerces.conftest import LIGNE
from tests.commerces.contribution.conftest import FICHE

CCI = Auteur("cci", VerifiePar.CCI)
ELSEWHERE = {"lon": 2.5600, "lat": 48.7400}


def move(session, number):
    """Give a listing another establishment, in a transaction still to be committed."""
    fiche = queries.find_fiche(session, number, lock=True)
    moved = FicheSaisie.model_validate(FICHE | ELSEWHERE)
    commands.replace(session, fiche, moved, auteur=CCI)


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


def test_what_refers_to_a_listing_is_written_while_another_holds_it(publish, engine_of):
    number = publish()
    with Session(engine_of) as session, engine_of.connect() as other:
        queries.lock_fiches(session, [number])
        referred = text("SELECT id FROM commerces.fiches FOR KEY SHARE NOWAIT")
        assert other.scalars(referred).all() == [number]


def test_an_import_that_waits_for_a_listing_holds_none_of_a_higher_number(engine_of):
    lines = [{**LIGNE, "nom": f"Commerce {number}", "identifiant": number} for number in "12"]

    def take(*lines):
        with Session(engine_of) as session, session.begin():
            importer(
                session,
                BytesIO(dumps(lines)),
                nom="commerces.json",
                source="cci",
                expediteur=Expediteur("cci"),
            )

    take(*lines)
    take({**lines[0], "description": "Écrit après l'autre"}, lines[1])
    with ThreadPoolExecutor() as pool, Session(engine_of) as session:
        first, second = session.scalars(select(Fiche.id).order_by(Fiche.id))
        queries.lock_fiches(session, [first])
        waiting = pool.submit(take, *({**one, "description": "Neuf"} for one in lines))
        wait_for_a_blocked_session(engine_of)
        # Else each of the two would wait for the other.
        assert queries.find_fiche(session, second, lock=True) is not None
        session.commit()
        waiting.result()


def test_a_search_for_duplicates_waits_for_the_merge_under_way(publish, engine_of, meanwhile):
    pair = [publish(nom="Fromagerie Zigomar"), publish(nom="Fromagerie Zigomar")]
    with Session(engine_of) as session, session.begin():
        chercher(session)

    def merge(session):
        doublon = find_doublon(session, session.scalar(select(Doublon.id)), lock=True)
        decision = DecisionDoublon(decision="fusion", garde=pair[0])
        decide(session, doublon, decision, auteur=CCI, if_match=version(doublon))

    assert meanwhile(merge, chercher) == 0
