"""A creation under an Idempotency-Key happens once, whoever repeats it and whenever."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.schema import CreateSchema

from shared import problems
from shared.db import SessionDep, new_metadata, open_engine
from shared.idempotency import (
    CleIdempotence,
    StoredAnswer,
    digest,
    idempotency_table,
    purge,
    replay_or_run,
)
from shared.problems import NotFound, ReusedKey
from tests.blocking import wait_for_a_blocked_session

METADATA = new_metadata("essai")
CLES = idempotency_table(METADATA)


@pytest.fixture
def engine(clone_database: Callable[[], str]) -> Iterator[Engine]:
    with open_engine(clone_database()) as engine:
        with engine.begin() as connection:
            connection.execute(CreateSchema("essai"))
            METADATA.create_all(connection)
            connection.execute(text("CREATE TABLE essai.effets (nom text)"))
        yield engine


def create(session: Session, name: str = "a", cle: str | None = "k", **other: str) -> StoredAnswer:
    """A creation that counts how often it happens."""

    def run() -> StoredAnswer:
        session.execute(text("INSERT INTO essai.effets VALUES (:nom)"), {"nom": name})
        return StoredAnswer(201, {"Location": f"/effets/{name}"}, name.encode())

    known = {"acteur": "montreuil", "route": "POST /effets", "empreinte": digest(name)}
    return replay_or_run(session, CLES, cle=cle, run=run, **(known | other))


def create_and_commit(engine: Engine, *args, **kwargs) -> StoredAnswer:
    with Session(engine) as session, session.begin():
        return create(session, *args, **kwargs)


def effects(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(text("SELECT count(*) FROM essai.effets"))


def test_the_same_request_is_done_once_and_answered_twice(engine):
    first = create_and_commit(engine)
    second = create_and_commit(engine)
    assert first == StoredAnswer(201, {"Location": "/effets/a"}, b"a")
    assert second == first._replace(
        entetes={"Location": "/effets/a", "Idempotency-Replayed": "true"}
    )
    assert effects(engine) == 1


@pytest.mark.parametrize(
    "other", [{"name": "b"}, {"route": "POST /autres"}, {"empreinte": digest("b")}]
)
def test_another_request_under_the_same_key_is_a_conflict(engine, other):
    create_and_commit(engine)
    with pytest.raises(ReusedKey):
        create_and_commit(engine, **other)
    assert effects(engine) == 1


def test_an_answer_is_kept_for_24_hours(engine):
    with Session(engine) as session:
        create(session)
        assert session.scalar(select(CLES.c.expire_le - func.now())) == timedelta(hours=24)


def test_keys_belong_to_who_chose_them(engine):
    create_and_commit(engine)
    assert "Idempotency-Replayed" not in create_and_commit(engine, acteur="cci").entetes
    assert effects(engine) == 2


def test_without_a_key_nothing_is_remembered(engine):
    create_and_commit(engine, cle=None)
    create_and_commit(engine, cle=None)
    assert effects(engine) == 2
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(CLES)) == 0


def test_a_failure_leaves_the_key_free(engine):
    def fail() -> StoredAnswer:
        raise NotFound("rien")

    with pytest.raises(NotFound), Session(engine) as session, session.begin():
        replay_or_run(
            session, CLES, acteur="montreuil", cle="k", route="r", empreinte="e", run=fail
        )
    create_and_commit(engine)
    assert effects(engine) == 1


def test_the_key_and_the_effect_share_one_transaction(engine):
    with Session(engine) as session:
        create(session)
        session.rollback()
    assert effects(engine) == 0
    assert "Idempotency-Replayed" not in create_and_commit(engine).entetes


@pytest.mark.parametrize("first_commits", [True, False])
def test_a_request_waits_for_the_one_in_progress(engine, first_commits):
    answers: list[StoredAnswer] = []
    repeat = threading.Thread(target=lambda: answers.append(create_and_commit(engine)))
    with Session(engine) as session:
        create(session)
        repeat.start()
        wait_for_a_blocked_session(engine)
        assert answers == []
        session.commit() if first_commits else session.rollback()
    repeat.join()
    assert ("Idempotency-Replayed" in answers[0].entetes) is first_commits
    assert effects(engine) == 1


def test_a_key_may_serve_again_after_a_day(engine):
    create_and_commit(engine)
    with engine.begin() as connection:
        (expiry,) = connection.scalars(select(CLES.c.expire_le))
        assert expiry > datetime.now(UTC) + timedelta(hours=23)
        connection.execute(update(CLES).values(expire_le=func.now() - timedelta(seconds=1)))
    assert "Idempotency-Replayed" not in create_and_commit(engine, "b").entetes
    assert "Idempotency-Replayed" in create_and_commit(engine, "b").entetes


def test_a_purge_forgets_only_what_has_expired(engine):
    create_and_commit(engine, cle="ancienne")
    with engine.begin() as connection:
        connection.execute(update(CLES).values(expire_le=func.now() - timedelta(seconds=1)))
    create_and_commit(engine, cle="fraiche")
    with engine.begin() as connection:
        purge(connection, CLES)
        assert list(connection.scalars(select(CLES.c.cle))) == ["fraiche"]


def test_a_digest_tells_its_parts_apart():
    assert digest("a", b"b") == digest(b"a", "b")
    assert len({digest("ab"), digest("a", "b"), digest("", "ab"), digest("b", "a")}) == 4


def test_an_endpoint_replays_through_http(engine):
    app = FastAPI()
    app.state.engine = engine
    problems.install(app)

    @app.post("/effets")
    def endpoint(session: SessionDep, cle: CleIdempotence = None):
        return create(session, cle=cle).to_http()

    client = TestClient(app)
    first, second = (client.post("/effets", headers={"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status_code, first.content) == (second.status_code, second.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert second.headers["Location"] == first.headers["Location"] == "/effets/a"
    for bad in ("", "k" * 256, "deux mots", "été"):
        response = client.post("/effets", headers={"Idempotency-Key": bad.encode()})
        assert response.status_code == 400
        assert "Idempotency-Key" in response.text
