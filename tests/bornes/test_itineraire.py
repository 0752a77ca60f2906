"""Stations along a route: distances and places checked one by one, refusals by pointer."""

from itertools import pairwise
from math import cos, hypot, radians

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from services.bornes.itineraire import Route
from shared.schemas.bornes_carte import StationsItineraire
from shared.territoire.mesures import METRES_PER_DEGREE
from tests.examples import tried_on

DEGREE_E = METRES_PER_DEGREE * cos(radians(48.85))
"""Metres in a degree of longitude where the tests are."""
PLACES = st.tuples(
    st.floats(2.2, 2.5).map(lambda value: round(value, 6)),
    st.floats(48.8, 48.9).map(lambda value: round(value, 6)),
)
EASTWARDS = [(2.30, 48.85), (2.35, 48.85), (2.40, 48.85)]


@pytest.fixture
def client(ligne, ouvrir):
    """On the route at its middle, beside its beginning, past its end, and far to the north."""
    places = [(2.35, 48.85), (2.31, 48.852), (2.402, 48.85), (2.35, 48.95)]
    return ouvrir(
        ligne(
            id=f"FRXXXE{n}",
            station_id=f"FRXXXP{n}",
            lon=lon,
            lat=lat,
            puissance_nominale=50.0 * n or 22.0,
        )
        for n, (lon, lat) in enumerate(places)
    )


def ask(client, coordinates=EASTWARDS, **more):
    trace = {"type": "LineString", "coordinates": coordinates}
    return client.post("/stations/itineraire", json={"trace": trace, **more})


def test_stations_come_in_the_order_they_are_met(client) -> None:
    answer = ask(client, corridor_m=500)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    body = answer.json()
    StationsItineraire.model_validate(body)
    assert (body["numberMatched"], body["numberReturned"]) == (3, 3)
    assert body["longueur_m"] == pytest.approx(0.1 * DEGREE_E, rel=1e-4)
    found = [
        (f["id"], f["properties"]["distance_m"], f["properties"]["abscisse_m"])
        for f in body["features"]
    ]
    assert found == [
        ("FRXXXP1", pytest.approx(222.4, abs=0.2), pytest.approx(0.01 * DEGREE_E, rel=1e-3)),
        ("FRXXXP0", 0.0, pytest.approx(0.05 * DEGREE_E, rel=1e-3)),
        ("FRXXXP2", pytest.approx(0.002 * DEGREE_E, abs=0.2), body["longueur_m"]),
    ]


def test_the_way_back_meets_them_backwards(client) -> None:
    features = ask(client, EASTWARDS[::-1]).json()["features"]
    assert [f["id"] for f in features] == ["FRXXXP2", "FRXXXP0", "FRXXXP1"]


def test_filters_fields_and_pages(client) -> None:
    fast = ask(client, puissance_min=40, champs=["puissance_max"]).json()
    assert [f["id"] for f in fast["features"]] == ["FRXXXP1", "FRXXXP2"]
    assert set(fast["features"][0]["properties"]) == {"puissance_max", "distance_m", "abscisse_m"}
    first = ask(client, limite=1).json()
    assert (first["numberMatched"], first["numberReturned"]) == (3, 1)
    place = first["features"][0]["properties"]["abscisse_m"]
    following = ask(client, abscisse_min_m=place + 1).json()
    assert [f["id"] for f in following["features"]] == ["FRXXXP0", "FRXXXP2"]
    assert ask(client, corridor_m=100).json()["numberMatched"] == 1
    assert ask(client, commune="93066").json()["features"] == []
    assert ask(client, prise=["ef", "2"]).json()["numberMatched"] == 3
    assert ask(client, prise=None, champs=None, gratuit=None).json()["numberMatched"] == 3


def test_what_follows_a_told_place_misses_nothing(client) -> None:
    """The place is told to the decimetre, rounded up as often as not."""
    for lon in (2.3601, 2.36011, 2.36012, 2.36013):
        line = [(lon, 48.85), (2.4, 48.85)]
        features = ask(client, line, corridor_m=5_000).json()["features"]
        last = features[-1]["properties"]["abscisse_m"]
        again = ask(client, line, corridor_m=5_000, abscisse_min_m=last).json()["features"]
        assert again[-1]["id"] == features[-1]["id"]


def test_a_line_may_say_its_box(client) -> None:
    line = {"type": "LineString", "coordinates": EASTWARDS}
    for more in ({}, {"bbox": [2.3, 48.85, 2.4, 48.85]}):
        answer = client.post("/stations/itineraire", json={"trace": line | more})
        assert answer.json()["numberMatched"] == 3


def test_pages_end_where_many_stations_share_a_place(ligne, ouvrir) -> None:
    client = ouvrir(
        ligne(id=f"FRXXXE{n}", station_id=f"FRXXXP{n:02}", lon=2.35, lat=48.85) for n in range(25)
    )
    asked, met = {"limite": 10}, []
    while asked:
        page = ask(client, **asked).json()
        assert StationsItineraire.model_validate(page).numberMatched == 25
        met += [feature["id"] for feature in page["features"]]
        following = page.get("curseur_suivant")
        asked = following and {"limite": 10, "curseur": following}
    assert met == [f"FRXXXP{n:02}" for n in range(25)]
    refused = ask(client, curseur="autre")
    assert (refused.status_code, refused.json()["erreurs"][0]["pointer"]) == (422, "#/curseur")


def test_nothing_is_asked_in_the_address(client) -> None:
    answer = client.post("/stations/itineraire?limite=1", json={"trace": {}})
    assert (answer.status_code, answer.json()["parametre"]) == (400, "limite")


def test_altitudes_and_stops_do_not_matter(client) -> None:
    still = [(*EASTWARDS[0], 35.0), (*EASTWARDS[0], 35.0), (*EASTWARDS[2], 40.0)]
    assert ask(client, still).json()["numberMatched"] == 3
    nowhere = ask(client, [(2.35, 48.85), (2.35, 48.85)]).json()
    assert (nowhere["longueur_m"], nowhere["numberMatched"]) == (0.0, 1)


def test_no_field_at_all_is_refused(client) -> None:
    answer = ask(client, champs=[])
    assert (answer.status_code, answer.json()["erreurs"][0]["pointer"]) == (422, "#/champs")


def test_a_position_has_two_or_three_numbers(client) -> None:
    (only,) = ask(client, [[2, 48, 30], [2, 48, 30, 1]]).json()["erreurs"]
    assert only == {
        "pointer": "#/trace/coordinates/1",
        "detail": "Une position est attendue : [lon, lat], ou [lon, lat, altitude].",
    }


def test_a_refusal_names_its_field_once(client) -> None:
    answer = ask(client, curseur="x").json()
    assert answer["detail"] == f"curseur : {answer['erreurs'][0]['detail']}"
    assert "curseur :" not in answer["erreurs"][0]["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/trace"),
        ({"trace": {"type": "Point", "coordinates": [2, 48]}}, "#/trace/type"),
        ({"trace": {"type": "LineString", "coordinates": [[2, 48]]}}, "#/trace/coordinates"),
        (
            {"trace": {"type": "LineString", "coordinates": [[2, 48]] * 2001}},
            "#/trace/coordinates",
        ),
        ({"trace": {"type": "LineString", "coordinates": [[2, 48], [9, 44], [0, 50]]}}, None),
        (
            {"trace": {"type": "LineString", "coordinates": [[2, 48], ["2", 48]]}},
            "#/trace/coordinates/1/0",
        ),
        (
            {"trace": {"type": "LineString", "coordinates": [[2, 48], [200, 48, 35]]}},
            "#/trace/coordinates/1/0",
        ),
        (
            {"trace": {"type": "LineString", "coordinates": [[2, 48], [2, 48, 3, 4]]}},
            "#/trace/coordinates/1",
        ),
        ({"trace": {"type": "LineString", "coordinates": [[-179, 0], [179, 0]]}}, "#/trace"),
        ({"trace": {"type": "LineString", "coordinates": [[48.86, 2.3], [49, 2.4]]}}, "#/trace"),
    ],
)
def test_a_line_that_is_none_is_refused_where_it_is_wrong(client, body, pointer) -> None:
    answer = client.post("/stations/itineraire", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "corps-invalide")
    assert answer.json()["erreurs"][0]["pointer"] == (pointer or "#/trace/coordinates")


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"corridor_m": 0}, "#/corridor_m"),
        ({"corridor_m": 5001}, "#/corridor_m"),
        ({"commune": "13055"}, "#/commune"),
        ({"ept": "T13"}, "#/ept"),
        ({"corridor_m": "500"}, "#/corridor_m"),
        ({"corridor_m": True}, "#/corridor_m"),
        ({"gratuit": "oui"}, "#/gratuit"),
        ({"gratuit": 1}, "#/gratuit"),
        ({"puissance_min": "22"}, "#/puissance_min"),
        ({"prise": [3]}, "#/prise/0"),
        ({"prise": "ef"}, "#/prise"),
        ({"prise": ["2"] * 6}, "#/prise"),
        ({"champs": ["couleur"]}, "#/champs/0"),
        ({"ouvert_a": "demain"}, "#/ouvert_a"),
        ({"bbox": "1,2,3,4"}, "#/bbox"),
        ({"limite": 1001}, "#/limite"),
    ],
)
def test_what_does_not_suit_is_pointed_at(client, more, pointer) -> None:
    answer = ask(client, **more)
    assert answer.status_code == 422, answer.text
    assert answer.json()["erreurs"][0]["pointer"] == pointer


def test_no_answer_before_the_first_load(client) -> None:
    client.etalage.vue = None
    assert ask(client).status_code == 503


def by_hand(line, place):
    """Distance to a line: the least over many places along it."""
    lon, lat = place
    east = METRES_PER_DEGREE * cos(radians(lat))
    return min(
        hypot(
            (a[0] + (b[0] - a[0]) * n / 400 - lon) * east,
            (a[1] + (b[1] - a[1]) * n / 400 - lat) * METRES_PER_DEGREE,
        )
        for a, b in pairwise(line)
        for n in range(401)
    )


@tried_on(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(PLACES, min_size=2, max_size=5),
    st.lists(PLACES, min_size=1, max_size=15),
    st.integers(1, 5_000),
)
def test_the_corridor_holds_what_is_near(ligne, ouvrir, line, places, metres) -> None:
    client = ouvrir(
        ligne(id=f"FRXXXE{n}", station_id=f"FRXXXP{n}", lon=lon, lat=lat)
        for n, (lon, lat) in enumerate(places)
    )
    features = ask(client, line, corridor_m=metres).json()["features"]
    found = {f["id"]: f["properties"] for f in features}
    length = Route.of(line).length
    slack = length / 400 + 1  # what places one step apart can miss
    for n, place in enumerate(places):
        away = by_hand(line, place)
        if away + 1 < metres:
            assert found[f"FRXXXP{n}"]["distance_m"] == pytest.approx(away, abs=slack)
        elif away - slack > metres:
            assert f"FRXXXP{n}" not in found
    order = [look["abscisse_m"] for look in found.values()]
    assert order == sorted(order)
    assert all(0 <= place <= length + 0.1 for place in order)


def test_the_longest_line_is_taken_and_a_longer_body_is_not_even_parsed(client) -> None:
    positions = [[2.123456789012345 + n / 1e6, 48.85123456789012, 35.123456] for n in range(2_000)]
    assert ask(client, positions).status_code == 200
    refused = client.post("/stations/itineraire", content=b"[" * 600_000)
    assert (refused.status_code, refused.json()["code"]) == (413, "trop-volumineux")
