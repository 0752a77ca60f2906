"""The feed of changes: replayed from the beginning it is the registry, whoever writes meanwhile."""

import csv
import io
import json
import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.bornes.models import JOURNAL
from shared import journal
from shared.db import make_engine
from shared.pages import encode_cursor
from shared.schemas.bornes_changements import Changements
from shared.service import ServiceApp
from tests.factories import irve_station, take_irve
from tests.journal import catch_up

ABSENT = "Absent du dernier fichier du producteur"


class Registre:
    """The service over a database of its own; its vitrine moves when it is asked to."""

    def __init__(self, app: ServiceApp) -> None:
        self.app = app
        self.client = TestClient(self.app)
        self.engine = app.fastapi.state.engine
        self.app.vitrine.refresh()
        self.app.direct.refresh()

    def send(self, rows: Any, producteur: str = "essai") -> None:
        with Session(self.engine) as session, session.begin():
            take_irve(session, rows, producteur, seuil_perte=1)

    def page(self, **question: Any) -> dict[str, Any]:
        answer = self.client.get("/changements", params=question)
        assert answer.status_code == 200, answer.text
        Changements.model_validate(answer.json())
        return answer.json()

    def catch_up(self) -> None:
        catch_up(self.app.vitrine, self.engine, JOURNAL)


class Lecteur:
    """A reader that only ever applies what the feed says."""

    def __init__(self, registre: Registre, limite: int = 100) -> None:
        self.registre = registre
        self.limite = limite
        self.curseur: str | None = None
        self.stations: dict[str, Any] = {}
        self.natures: list[tuple[str, str]] = []

    def follow(self) -> None:
        """Read pages until there is nothing more."""
        while not self.read():
            pass

    def read(self) -> bool:
        depuis = {} if self.curseur is None else {"depuis": self.curseur}
        page = self.registre.page(limite=self.limite, **depuis)
        for one in page["elements"]:
            self.natures.append((one["id"], one["nature"]))
            if one["station"] is None:
                self.stations.pop(one["id"], None)
            else:
                self.stations[one["id"]] = one["station"]
        assert page["a_jour"] == (not page["liens"])
        self.curseur = page["curseur"]
        return page["a_jour"]


@pytest.fixture
def registre(app: ServiceApp) -> Registre:
    return Registre(app)


def without_states(station: dict[str, Any]) -> dict[str, Any]:
    """A station as GET gives it, less what is live."""
    properties = station["properties"]
    del properties["points_libres"]
    for point in properties["points_de_charge"]:
        del point["etat"]
    return station


def published(registre: Registre) -> dict[str, Any]:
    """All stations as GET gives them one by one."""
    client = registre.client
    export = client.get("/exports/stations.geojson").json()
    ids = [feature["id"] for feature in export["features"]]
    return {id_: without_states(client.get(f"/stations/{id_}").json()) for id_ in ids}


def exported(registre: Registre) -> set[tuple[str, str, str]]:
    rows = csv.DictReader(io.StringIO(registre.client.get("/exports/irve-statique.csv").text))
    return {
        (r["id_station_itinerance"], r["id_pdc_itinerance"], r["puissance_nominale"]) for r in rows
    }


def told(stations: dict[str, Any]) -> set[tuple[str, str, str]]:
    return {
        (
            station["properties"]["id_station_itinerance"],
            point["id_pdc_itinerance"],
            f"{point['puissance_nominale']:g}",
        )
        for station in stations.values()
        for point in station["properties"]["points_de_charge"]
    }


def test_an_empty_registry_has_an_empty_page_and_a_cursor_to_keep(registre):
    page = registre.page()
    assert (page["elements"], page["a_jour"], page["liens"]) == ([], True, [])
    registre.send(irve_station(1))
    registre.catch_up()
    (one,) = registre.page(depuis=page["curseur"])["elements"]
    assert (one["id"], one["nature"]) == ("FRXXXP1", "creation")


def test_each_change_is_told_with_what_changed_and_why(registre):
    registre.send(irve_station(2))
    registre.send(irve_station(2, puissance_nominale="50"))
    registre.send(irve_station(1))
    registre.send(irve_station(1, "FRXXXP2"))
    registre.catch_up()
    page = registre.page()
    assert [(one["id"], one["nature"], one["motif"]) for one in page["elements"]] == [
        ("FRXXXP1", "creation", None),
        ("FRXXXP1", "modification", None),
        ("FRXXXP1", "modification", None),
        ("FRXXXP1", "retrait", ABSENT),
        ("FRXXXP2", "creation", None),
    ]
    created, powered, shrunk, withdrawn, _ = page["elements"]
    points = ["FRXXXE100", "FRXXXE101"]
    assert created["points_de_charge"] == [{"id": one, "nature": "creation"} for one in points]
    assert powered["champs"] == ["puissance_nominale"]
    assert {"id": points[1], "nature": "retrait", "motif": ABSENT} in shrunk["points_de_charge"]
    assert withdrawn["points_de_charge"] == [
        {"id": points[0], "nature": "retrait", "motif": ABSENT}
    ]
    # What is no longer in service has no state to show, at whatever change of it.
    assert [one["station"] is None for one in page["elements"]] == [True, True, True, True, False]
    assert page["elements"][4]["station"] == published(registre)["FRXXXP2"]


def test_a_point_that_moves_is_not_told_as_withdrawn(registre):
    registre.send([*irve_station(2), *irve_station(1, "FRXXXP2")])
    registre.catch_up()
    place = registre.page()["curseur"]
    rows = [*irve_station(2), *irve_station(1, "FRXXXP2")]
    rows[1]["id_station_itinerance"] = "FRXXXP2"
    registre.send(rows)
    registre.catch_up()
    natures = {
        one["id"]: one["points_de_charge"] for one in registre.page(depuis=place)["elements"]
    }
    assert natures["FRXXXP1"] == [{"id": "FRXXXE101", "nature": "depart"}]
    assert natures["FRXXXP2"] == [{"id": "FRXXXE101", "nature": "arrivee"}]


@pytest.mark.parametrize("limite", [1, 2, 3, 1000])
def test_pages_follow_each_other_to_the_last_one(registre, limite):
    registre.send([row for n in range(6) for row in irve_station(1, f"FRXXXP{n}")])
    registre.catch_up()
    lecteur = Lecteur(registre, limite)
    lecteur.follow()
    assert lecteur.natures == [(f"FRXXXP{n}", "creation") for n in range(6)]
    assert lecteur.stations == published(registre)
    again = registre.page(depuis=lecteur.curseur, limite=limite)
    assert (again["elements"], again["a_jour"]) == ([], True)
    assert again["curseur"] == lecteur.curseur


def test_the_link_leads_to_the_next_page(registre):
    registre.send([row for n in range(3) for row in irve_station(1, f"FRXXXP{n}")])
    registre.catch_up()
    answer = registre.client.get("/changements?limite=2")
    (link,) = answer.json()["liens"]
    assert (link["rel"], answer.links["next"]["url"]) == ("next", link["href"])
    following = registre.client.get(f"/changements{link['href']}").json()
    assert [one["id"] for one in following["elements"]] == ["FRXXXP2"]


def test_nothing_private_is_told(registre):
    registre.send(irve_station(1), producteur="essai")
    with registre.engine.begin() as connection:
        entry = ("dossier.interne", "secret", "agent", {"note": "secret"})
        journal.append(connection, JOURNAL, [entry])
    registre.catch_up()
    page = registre.page()
    assert "secret" not in json.dumps(page)
    (one,) = page["elements"]
    assert not {"acteur", "import", "avant"} & one.keys()
    # What is not told does not stop the reader either.
    assert registre.page(depuis=page["curseur"])["a_jour"]


def test_a_page_that_did_not_change_is_not_sent_again(registre):
    registre.send(irve_station(1))
    registre.catch_up()
    first = registre.client.get("/changements")
    known = {"If-None-Match": first.headers["etag"]}
    again = registre.client.get("/changements", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert registre.client.get("/changements?limite=7", headers=known).status_code == 200
    registre.send(irve_station(2))
    registre.catch_up()
    assert registre.client.get("/changements", headers=known).status_code == 200


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
def test_a_long_page_is_compressed_as_asked(registre, coding):
    registre.send([row for n in range(4) for row in irve_station(1, f"FRXXXP{n}")])
    registre.catch_up()
    answer = registre.client.get("/changements", headers={"Accept-Encoding": coding})
    assert answer.headers.get("content-encoding", "identity") == coding
    assert len(answer.json()["elements"]) == 4


FOREIGN = [
    "",
    "x",
    "é",
    "a" * 1025,
    encode_cursor(0, 0),
    encode_cursor("bornes", 1),
    encode_cursor("bornes", -1, 2),
    encode_cursor("bornes", 3, 2),
    encode_cursor("commerces", 0, 0),
]


@pytest.mark.parametrize("depuis", FOREIGN)
def test_a_cursor_of_elsewhere_is_refused(registre, depuis):
    registre.send(irve_station(1))
    registre.catch_up()
    answer = registre.client.get("/changements", params={"depuis": depuis})
    assert answer.status_code == 400
    assert answer.json()["parametre"] == "depuis"


@pytest.mark.parametrize("question", ["limite=0", "limite=1001", "limite=x", "autre=1"])
def test_a_bad_question_is_refused_by_name(registre, question):
    answer = registre.client.get(f"/changements?{question}")
    assert answer.status_code == 400
    assert answer.json()["parametre"] == question.partition("=")[0]


def test_who_is_up_to_date_asks_nothing_of_the_database(registre):
    registre.send(irve_station(1))
    registre.catch_up()
    curseur = registre.page()["curseur"]
    registre.app.fastapi.state.engine.dispose()
    registre.app.fastapi.state.engine = make_engine("postgresql://relance@/x?host=/nowhere")
    assert registre.page(depuis=curseur)["a_jour"]
    assert registre.client.get("/changements").status_code == 503


def test_an_answer_of_an_old_vitrine_says_so(registre, monkeypatch):
    assert "relance-fraicheur" not in registre.client.get("/changements").headers
    monkeypatch.setattr("shared.vitrine.STALE_S", -1.0)
    old = registre.client.get("/changements").headers["relance-fraicheur"]
    assert old.startswith("perimee; depuis=")


def test_a_process_behind_another_gives_nothing_and_keeps_the_cursor(registre):
    """A reader may meet a process whose vitrine has not yet shown what another's has."""
    registre.send(irve_station(1))
    behind = registre.app.vitrine.vue
    registre.catch_up()
    curseur = registre.page()["curseur"]
    registre.app.vitrine.vue = behind
    page = registre.page(depuis=curseur)
    assert (page["elements"], page["curseur"], page["a_jour"]) == ([], curseur, True)


def test_a_slow_transaction_is_neither_lost_nor_told_too_early(registre):
    """The order of positions would lose it: it is shown once everything before it is."""
    lecteur = Lecteur(registre)
    registre.send([*irve_station(1), *irve_station(1, "FRXXXP2")])
    registre.catch_up()
    lecteur.follow()
    modified = ("station.modifiee", "FRXXXP1", "essai", {})
    with registre.engine.connect() as slow:
        journal.append(slow, JOURNAL, [modified])
        with registre.engine.begin() as fast:
            journal.append(fast, JOURNAL, [("station.modifiee", "FRXXXP2", "essai", {})])
        registre.app.vitrine.refresh()
        lecteur.follow()
        assert len(lecteur.natures) == 2
        slow.commit()
    registre.catch_up()
    lecteur.follow()
    assert lecteur.natures[2:] == [("FRXXXP1", "modification"), ("FRXXXP2", "modification")]


def write(registre: Registre, producer: int) -> None:
    """Some files of a producer, whose stations are also its neighbours'."""
    draw = random.Random(producer)
    for _ in range(12):
        stations = draw.sample(range(producer * 4, producer * 4 + 8), draw.randint(1, 8))
        rows = [
            row
            for n in stations
            for row in irve_station(
                draw.randint(1, 3),
                f"FRXXXP{n}",
                puissance_nominale=str(draw.choice([7, 22, 50])),
                date_maj=f"2024-01-{draw.randint(1, 28):02}",
            )
        ]
        registre.send(rows, f"producteur-{producer}")


def test_whoever_writes_meanwhile_the_reader_ends_with_the_registry(registre):
    """Producers import, change, withdraw and take over; readers of several paces follow."""
    lecteurs = [Lecteur(registre, limite) for limite in (1, 7, 1000)]
    with ThreadPoolExecutor() as threads:
        writers = [threads.submit(write, registre, producer) for producer in range(3)]
        while not all(writer.done() for writer in writers):
            registre.app.vitrine.refresh()
            for lecteur in lecteurs:
                lecteur.read()
        for writer in writers:
            writer.result()
    registre.catch_up()
    there = published(registre)
    fresh = Lecteur(registre)
    for lecteur in (*lecteurs, fresh):
        lecteur.follow()
        assert lecteur.stations == there
        assert told(lecteur.stations) == exported(registre)
        assert lecteur.natures == lecteurs[0].natures
    assert {"creation", "modification", "retrait"} == {nature for _, nature in fresh.natures}
