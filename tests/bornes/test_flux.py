"""The live stream of the registry: what becomes public, to whom asked for that place."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from services.bornes.app import service
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.dynamique import lire
from shared.db import open_engine
from shared.pages import encode_cursor
from shared.schemas.bornes_changements import StatutFlux
from shared.service import ServiceApp
from shared.settings import Settings
from tests.applications import opened
from tests.factories import irve_station, take_irve
from tests.sse import Ecoute, eventually

Rows = Iterable[Mapping[str, str]]
SAINT_DENIS = {
    "coordonneesXY": "[2.3574,48.9362]",
    "adresse_station": "Place Victor Hugo 93200 Saint-Denis",
    "code_insee_commune": "93066",
}


def send(url: str, rows: Rows) -> None:
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        take_irve(session, rows, seuil_perte=1)


def tell(url: str, point: str, cells: Mapping[str, str]) -> None:
    status = {
        "id_pdc_itinerance": point,
        "etat_pdc": "en_service",
        "occupation_pdc": "libre",
        "horodatage": datetime.now(UTC).isoformat(),
        **cells,
    }
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        peremption = timedelta(minutes=10)
        verdicts = enregistrer(session, [lire(status)], prefixes=None, peremption=peremption)
    assert all(verdict.accepte for verdict in verdicts)


class Direct:
    """The service while it runs, and whoever listens to it."""

    def __init__(self, app: ServiceApp, url: str) -> None:
        self.app = app
        self.url = url
        self.listeners: list[Ecoute] = []

    async def listen(self, query: str = "", **headers: str) -> Ecoute:
        listener = Ecoute(self.app, query=query, **headers)
        self.listeners.append(listener)
        return await listener.begun()

    def shows(self, station: str) -> bool:
        """A station is public, and its creation was told."""
        vue = self.app.vitrine.vue
        return vue.version.find(station) is not None and self.app.flux.places[0] == vue.curseur

    async def tell(self, point: str, **cells: str) -> None:
        """A status of a point, now."""
        await asyncio.to_thread(tell, self.url, point, cells)

    async def send(self, rows: Rows) -> None:
        await asyncio.to_thread(send, self.url, list(rows))


@asynccontextmanager
async def direct(url: str) -> AsyncIterator[Direct]:
    with opened(service, Settings(database_url=url)) as app:
        async with app.lifespan():
            await eventually(lambda: app.flux.places is not None)
            running = Direct(app, url)
            try:
                yield running
            finally:
                for listener in running.listeners:
                    await listener.close()


@pytest.fixture
def database(clone_database: Callable[[], str]) -> str:
    url = clone_database()
    send(url, [*irve_station(2), *irve_station(1, "FRXXXP2", **SAINT_DENIS)])
    return url


def changed(listener: Ecoute) -> list[tuple[str, str]]:
    found = [json.loads(event.data) for event in listener.events if event.event == "changement"]
    return [(one["id"], one["nature"]) for one in found]


async def page(running: Direct, query: str) -> dict:
    answer = Ecoute(running.app, "/changements", query)
    await answer.until(lambda it: it.is_ended)
    return json.loads(answer.body)


async def test_a_change_is_told_as_the_feed_tells_it(database):
    async with direct(database) as running:
        listener = await running.listen()
        assert listener.status == 200
        before = listener.last_id
        await running.send([*irve_station(2, puissance_nominale="50")])
        await listener.until(lambda it: len(it.events) == 2)
        assert changed(listener) == [("FRXXXP1", "modification"), ("FRXXXP2", "retrait")]
        assert {event.event for event in listener.events} == {"changement"}
        feed = await page(running, f"depuis={before.split('.')[0]}")
        assert feed["elements"] == [json.loads(event.data) for event in listener.events]
        assert [one["curseur"] for one in feed["elements"]] == [
            event.id.split(".")[0] for event in listener.events
        ]


@pytest.mark.parametrize("limite", [1, 3])
async def test_from_any_cursor_the_stream_and_the_feed_agree(database, limite):
    async with direct(database) as running:
        await running.send(irve_station(1))
        await running.send([*irve_station(3), *irve_station(1, "FRXXXP3")])
        await eventually(lambda: running.shows("FRXXXP3"))
        first = await page(running, f"limite={limite}")
        rest = await page(running, f"depuis={first['curseur']}")
        listener = await running.listen(last_event_id=first["curseur"])
        await listener.until(lambda it: len(it.events) == len(rest["elements"]))
        assert [json.loads(event.data) for event in listener.events] == rest["elements"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"FRXXXP1", "FRXXXP2", "FRXXXP3"}),
        ("genre=changement", {"FRXXXP1", "FRXXXP2", "FRXXXP3"}),
        ("commune=93066", {"FRXXXP2", "FRXXXP3"}),
        ("commune=75056", {"FRXXXP1", "FRXXXP3"}),
        ("commune=75104", {"FRXXXP1", "FRXXXP3"}),
        ("ept=T6", {"FRXXXP2", "FRXXXP3"}),
        ("bbox=2.34,48.93,2.36,48.94", {"FRXXXP2", "FRXXXP3"}),
        ("bbox=2.34,48.93,2.36,48.94&commune=75056", set()),
        ("commune=94028", set()),
    ],
)
async def test_a_map_hears_of_what_is_in_it_and_of_what_leaves_it(database, query, expected):
    """P1 stays in Paris, P2 leaves Saint-Denis for good, P3 moves from there to Paris."""
    async with direct(database) as running:
        p1, p2 = irve_station(2), irve_station(1, "FRXXXP2", **SAINT_DENIS)
        await running.send([*p1, *p2, *irve_station(1, "FRXXXP3", **SAINT_DENIS)])
        await eventually(lambda: running.shows("FRXXXP3"))
        everything = await running.listen()
        listener = await running.listen(query)
        replayed = await running.listen(query, last_event_id=listener.last_id)
        later = irve_station(2, horaires="Mo-Fr 08:00-19:00")
        await running.send([*later, *irve_station(1, "FRXXXP3")])
        for one in (listener, replayed):
            await one.until(lambda it: set(dict(changed(it))) >= expected)
        await everything.until(lambda it: ("FRXXXP2", "retrait") in changed(it))
        assert set(dict(changed(listener))) == set(dict(changed(replayed))) == expected


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("depuis=x", "depuis"),
        ("commune=99999", "commune"),
        ("ept=T13", "ept"),
        ("bbox=1", "bbox"),
        ("genre=autre", "genre"),
        ("autre=1", "autre"),
    ],
)
async def test_a_bad_question_is_refused_by_name(database, query, name):
    async with direct(database) as running:
        refused = await running.listen(query)
        assert refused.status == 400
        assert json.loads(refused.body)["parametre"] == name


async def test_a_page_of_any_origin_may_listen_and_say_where_it_was(database):
    async with direct(database) as running:
        listener = await running.listen(origin="https://exemple.fr")
        assert listener.headers["access-control-allow-origin"] == "*"


async def test_states_are_told_too_and_share_the_id(database):
    async with direct(database) as running:
        everything, changes = await running.listen(), await running.listen("genre=changement")
        away = await running.listen("commune=93066")
        begun = everything.last_id
        await running.tell("FRXXXE100", occupation_pdc="occupe")
        await everything.until(lambda it: it.events)
        (state,) = everything.events
        assert state.event == "statut"
        told = StatutFlux.model_validate_json(state.data)
        assert (told.id, told.station, told.occupation_pdc) == (
            "FRXXXE100",
            "FRXXXP1",
            "occupe",
        )
        await running.send(irve_station(2, puissance_nominale="50"))
        for listener in (everything, changes, away):
            await listener.until(lambda it: ("FRXXXP2", "retrait") in changed(it))
        assert {event.event for event in (*changes.events, *away.events)} == {"changement"}
        again = await running.listen(last_event_id=begun)
        await again.until(lambda it: len(it.events) == 3)
        assert sorted(again.events, key=lambda it: it.data) == [
            event._replace(id=one.id)
            for event, one in zip(
                sorted(everything.events, key=lambda it: it.data),
                sorted(again.events, key=lambda it: it.data),
                strict=True,
            )
        ]
        after = await running.listen(last_event_id=state.id)
        await after.until(lambda it: len(it.events) == 2)
        assert {event.event for event in after.events} == {"changement"}


async def test_a_state_of_a_point_that_is_not_public_is_not_told(database):
    async with direct(database) as running:
        await running.tell("FRXXXE200")
        listener = await running.listen()
        begun = listener.last_id
        await running.send(irve_station(2))
        await listener.until(lambda it: ("FRXXXP2", "retrait") in changed(it))
        places = begun.split(".")
        old = f"{places[0]}.{encode_cursor('statuts', 0, 0)}"
        back = await running.listen(last_event_id=old)
        await back.until(lambda it: it.events)
        assert {event.event for event in back.events} == {"changement"}


@pytest.mark.parametrize(
    "state",
    [
        encode_cursor("autre", 0, 0),
        encode_cursor("statuts", -1, 0),
        encode_cursor("statuts", 2**60, 1),
    ],
)
async def test_a_place_among_states_that_was_never_one_is_refused(database, state):
    async with direct(database) as running:
        listener = await running.listen()
        place = listener.last_id.split(".")[0]
        refused = await running.listen(last_event_id=f"{place}.{state}")
        assert refused.status == 400
        assert json.loads(refused.body)["parametre"] == "Last-Event-ID"
