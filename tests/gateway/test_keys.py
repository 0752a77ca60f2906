"""The life of an access key, from its creation to its revocation."""

import asyncio
import re
import threading
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from gateway import keys
from gateway.app import create_gateway
from gateway.keys import REMEMBERED_S, KeyRing
from gateway.models import Cle
from shared.auth import Acteur, verify
from shared.db import make_engine, open_engine
from shared.observability import CAME, REQUESTS
from shared.problems import NotFound, Unauthorized, Unavailable

SECRET = "s" * 32
UNKNOWN = f"rgp_{'0' * 12}_{'0' * 64}"


@pytest.fixture
def engine(clone_database):
    with open_engine(clone_database()) as engine:
        yield engine


@pytest.fixture
def ring(engine):
    return KeyRing(engine, SECRET)


@pytest.fixture
def clock(monkeypatch):
    """Time that passes only when told."""
    now = [1000.0]
    monkeypatch.setattr("gateway.keys.time.monotonic", lambda: now[0])
    return now


def create(engine, **changes):
    with Session(engine) as session, session.begin():
        values = {"organisation": "IZI", "role": "operateur", "scopes": ["bornes:importer"]}
        return keys.create(session, **{**values, **changes})


def exchange(ring, key, service="bornes"):
    return asyncio.run(ring.exchange(f"Bearer {key}".encode(), service))


def test_a_key_is_shown_once_and_kept_nowhere(engine):
    key = create(engine)
    assert re.fullmatch(r"rgp_[0-9a-f]{12}_[0-9a-f]{64}", key)
    with Session(engine) as session:
        (row,) = keys.list_all(session)
        secret = key.rpartition("_")[2]
        stored = [getattr(row, column.name) for column in Cle.__table__.columns]
    assert secret not in str(stored)
    assert bytes.fromhex(secret) not in stored
    assert key != create(engine)


def test_a_key_becomes_the_token_of_one_service(engine, ring):
    key = create(engine, territoire=["93066"], prefixes=["FRIZI"])
    token = exchange(ring, key)
    assert verify(token, service="bornes", secret=SECRET) == Acteur(
        organisation="IZI",
        role="operateur",
        scopes=frozenset({"bornes:importer"}),
        territoire=frozenset({"93066"}),
        prefixes=frozenset({"FRIZI"}),
        cle=key.split("_")[1],
    )
    assert exchange(ring, key) == token
    with pytest.raises(Unauthorized):
        verify(exchange(ring, key, "audits"), service="bornes", secret=SECRET)


def test_its_use_is_noted(engine, ring):
    exchange(ring, create(engine))
    with Session(engine) as session:
        used = keys.list_all(session)[0].derniere_utilisation
    assert abs(datetime.now(UTC) - used) < timedelta(minutes=1)


def test_the_end_of_the_keys_in_use_is_measured(engine, ring, clock):
    end = datetime.now(UTC) + timedelta(days=20)
    key = create(engine, expire_le=end)
    labels = {"cle": key.split("_")[1], "organisation": "IZI"}
    assert REGISTRY.get_sample_value("relance_cle_expire_secondes", labels) is None
    exchange(ring, key)
    with pytest.raises(Unauthorized):
        exchange(ring, f"{key[:-1]}{'0' if key[-1] != '0' else '1'}")
    assert REGISTRY.get_sample_value("relance_cle_expire_secondes", labels) == end.timestamp()
    with Session(engine) as session, session.begin():
        keys.revoke(session, labels["cle"])
    clock[0] += REMEMBERED_S
    with pytest.raises(Unauthorized):
        exchange(ring, key)
    assert REGISTRY.get_sample_value("relance_cle_expire_secondes", labels) is None


def test_a_key_opens_what_is_read_while_the_database_takes_no_writes(engine, ring):
    """As where its disk is full: the use is not noted, and nobody is shut out for it."""
    key = create(engine)
    name = engine.url.database
    with engine.begin() as connection:
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    engine.dispose()
    assert exchange(ring, key) is not None
    with pytest.raises(Unauthorized):
        exchange(ring, UNKNOWN)


def test_a_good_secret_under_another_identifier_is_refused(engine, ring):
    key = create(engine)
    with pytest.raises(Unauthorized):
        exchange(ring, f"rgp_{'0' * 12}_{key.rpartition('_')[2]}")


@pytest.mark.parametrize("key", [UNKNOWN, "rgp_", "rgp_x_y", UNKNOWN + "0", UNKNOWN.upper()])
def test_an_unknown_key_is_refused(ring, key):
    if not key.startswith("rgp_"):
        assert exchange(ring, key) is None
        return
    with pytest.raises(Unauthorized):
        exchange(ring, key)


def test_a_revocation_takes_effect_within_ten_seconds(engine, ring, clock):
    key = create(engine)
    exchange(ring, key)
    with Session(engine) as session, session.begin():
        keys.revoke(session, key.split("_")[1])
    clock[0] += 9.9
    assert exchange(ring, key)
    clock[0] += 0.1
    with pytest.raises(Unauthorized):
        exchange(ring, key)


def test_an_expiry_takes_effect_at_once(engine, ring, clock):
    key = create(engine, expire_le=datetime.now(UTC) + timedelta(seconds=5))
    exchange(ring, key)
    clock[0] += 5
    with Session(engine) as session, session.begin():
        session.get(Cle, key.split("_")[1]).expire_le = datetime.now(UTC)
    with pytest.raises(Unauthorized):
        exchange(ring, key)


def test_a_revoked_key_stays_so(engine):
    identifier = create(engine).split("_")[1]
    with Session(engine) as session, session.begin():
        keys.revoke(session, identifier)
        first = session.get(Cle, identifier).revoquee_le
        keys.revoke(session, identifier)
        assert session.get(Cle, identifier).revoquee_le == first
        with pytest.raises(NotFound):
            keys.revoke(session, "rien")


def test_a_key_is_found_while_it_opens_something(engine):
    key = create(engine)
    identifier = key.split("_")[1]
    with Session(engine) as session, session.begin():
        assert keys.find_valid(session, key).id == identifier
        assert keys.find_valid(session, "n'importe quoi") is None
        assert keys.find_valid(session, UNKNOWN) is None
        assert keys.find_valid(session, key.replace(identifier, "0" * 12)) is None
        keys.revoke(session, identifier)
        session.flush()
        assert keys.find_valid(session, key) is None


def test_what_was_seen_is_not_looked_up_again(engine, ring, clock, monkeypatch):
    looked_up = []
    use = keys._use
    monkeypatch.setattr(keys, "_use", lambda *a: (looked_up.append(a), use(*a))[1])
    key = create(engine)
    for _ in range(3):
        exchange(ring, key)
        with pytest.raises(Unauthorized):
            exchange(ring, UNKNOWN)
    assert len(looked_up) == 2
    clock[0] += 10
    exchange(ring, key)
    assert len(looked_up) == 3


def test_memory_does_not_grow_with_the_keys_tried(ring, monkeypatch):
    monkeypatch.setattr(keys, "REMEMBERED_MAX", 10)
    monkeypatch.setattr(keys, "_use", lambda *_: None)
    for n in range(50):
        with pytest.raises(Unauthorized):
            exchange(ring, f"rgp_{n:012x}_{n:064x}")
    assert len(ring._known) <= 10


def test_without_a_secret_no_token(engine):
    with pytest.raises(Unavailable):
        exchange(KeyRing(engine, None), create(engine))


def test_without_an_answering_database_keys_wait():
    with open_engine("postgresql://x@127.0.0.1:1/x") as engine, pytest.raises(Unavailable):
        exchange(KeyRing(engine, SECRET), UNKNOWN)


def test_that_keys_cannot_be_checked_is_told_once(engine, ring, monkeypatch, caplog):
    """Anyone may present what looks like a key, as often as it likes."""
    known = ring._engine
    ring._engine = make_engine("postgresql://relance@/postgres?host=/nowhere")
    for number in range(3):
        with pytest.raises(Unavailable):
            exchange(ring, f"rgp_{'0' * 12}_{number:064x}")
    ring._engine = known
    with pytest.raises(Unauthorized):
        exchange(ring, UNKNOWN)
    begin, end = caplog.messages
    assert begin.startswith("keys cannot be checked: ")
    assert end.startswith("keys are checked again, after ")


def test_a_database_that_says_nothing_makes_nobody_wait(engine, ring, monkeypatch, caplog):
    monkeypatch.setattr(keys, "PATIENCE_S", 0.1)
    monkeypatch.setattr(keys, "PROBED_S", 0.1)
    key = create(engine)

    async def ask(held):
        try:
            with pytest.raises(Unavailable):
                await ring.exchange(f"Bearer {key}".encode(), "bornes")
            return await ring.database()
        finally:
            held.rollback()  # the loop waits for its threads before it ends

    with engine.connect() as held:
        held.execute(text("LOCK TABLE gateway.cles"))
        assert asyncio.run(ask(held)) == "injoignable"
    assert caplog.messages == ["keys cannot be checked: TimeoutError"]
    assert exchange(ring, key)


def test_whether_keys_can_be_checked_is_told(engine, ring, clock):
    assert asyncio.run(ring.database()) == "joignable"
    ring._engine = make_engine("postgresql://x@127.0.0.1:1/x")
    assert asyncio.run(ring.database()) == "joignable", "asked a moment ago"
    clock[0] += keys.PROBED_S
    assert asyncio.run(ring.database()) == "injoignable"
    assert asyncio.run(KeyRing(None, None).database()) == "absente"


def test_through_the_door(engine, settings):
    seen = []

    async def bornes(scope, _receive, send):
        seen.append(dict(scope["headers"]).get(b"authorization"))
        # What its key took is in the duration that the log tells.
        assert (CAME in scope) == (seen[-1] is not None)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    url = engine.url.render_as_string(hide_password=False)
    gateway = create_gateway({"bornes": bornes}, settings.model_copy(update={"database_url": url}))
    key = create(engine)
    with TestClient(gateway) as client:
        bearer = {"Authorization": f"bearer {key}", "X_Authorization": "admin"}
        assert client.get("/v1/bornes/x", headers=bearer).status_code == 204
        scheme, _, token = seen[0].decode().partition(" ")
        assert scheme == "Bearer"
        assert verify(token, service="bornes", secret=SECRET).organisation == "IZI"
        assert client.get("/v1/bornes/x").status_code == 204
        assert seen[1] is None
        refused = client.get("/v1/bornes/x", headers={"Authorization": f"Bearer {UNKNOWN}"})
        assert refused.status_code == 401
        assert ("GET", 401) in REQUESTS.route("passerelle", "/v1/bornes/*").statuses
        assert len(seen) == 2
        # A bad key is no obstacle where no key is asked for.
        assert client.get("/", headers={"Authorization": f"Bearer {UNKNOWN}"}).status_code == 200
    assert threading.active_count() < 20
