"""What is kept of a state of the database: made once, forgotten with it, bounded."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import event
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.app import service
from services.bornes.deploiement.kept import Kept
from shared.settings import Settings
from tests.applications import SECRET, opened
from tests.bornes.deploiement.test_api_deploiement import PLACE, PROGRESS, declare, ours, progress
from tests.factories import take_irve


def receive(engine, rows):
    with Session(engine) as session, session.begin():
        take_irve(session, rows)


def test_a_value_is_made_once_of_a_state():
    made = []
    kept = Kept(2)

    def of(state, asked):
        return kept.of(state, asked, lambda: made.append((state, asked)) or len(made))

    assert [of(1, "a"), of(1, "b"), of(1, "a")] == [1, 2, 1]
    assert of(2, "a") == 3, "another state"
    assert [of(2, "b"), of(2, "c"), of(2, "b"), of(2, "a")] == [4, 5, 4, 6], "the oldest left"


def test_those_who_ask_together_make_it_once():
    made, together, kept = [], Barrier(4), Kept(1)

    def ask(_number):
        together.wait()
        return kept.of("state", None, lambda: made.append(1) or object())

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(ask, range(4)))) == 1
    assert made == [1]


def test_progress_is_counted_once_until_something_changes(clone_database):
    settings = Settings(database_url=clone_database(), secret_interne=SECRET)
    with opened(service, settings) as app:
        client, engine = TestClient(app), app.fastapi.state.engine
        loads = []

        def see(_connection, _cursor, statement, *_):
            if "FROM bornes.points_de_charge LEFT JOIN" in statement:
                loads.append(statement)

        receive(engine, ours(2, **PLACE))
        event.listen(engine, "before_cursor_execute", see)
        addresses = (
            PROGRESS,
            f"{PROGRESS}?unite=station&par=ept",
            f"{PROGRESS}?au=2022-01-01",
            "/deploiement/communes-sans-station?programme=AIP-2019",
            "/deploiement/exports/sdirve.csv?programme=AIP-2019",
        )

        def ask():
            return [client.get(address).text for address in addresses]

        first = ask()
        assert ask() == first
        assert len(set(first)) == len(addresses)
        assert len(loads) == 1
        receive(engine, ours(3, **PLACE))
        second = ask()
        assert progress(client)["constate"]["reseau_retenu"]["points_de_charge"] == 3
        assert all(one != other for one, other in zip(first[:3], second[:3], strict=True))
        assert declare(client).status_code == 201
        assert ask()[0] != second[0]
        assert len(loads) == 3
