"""OGC API Features: documents, pages, filters and links, as the standard has them."""

from datetime import date
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from services.bornes.vitrine import segment
from shared.schemas.bornes import StationResume
from shared.schemas.bornes_ogc import PointAvecStation
from shared.schemas.ogc import AccueilOgc, CollectionsOgc, ConformiteOgc, ObjetOgc, ObjetsOgc
from tests.examples import tried_on

STATIONS, POINTS = "/ogc/collections/stations/items", "/ogc/collections/points_de_charge/items"
HOST = "http://testserver"


@pytest.fixture
def lignes(ligne):
    """A slow and free station of two points in Paris, a fast one of one point in Saint-Denis."""
    return [
        ligne(id="FRXXXE2", date_maj=date(2024, 6, 1), gratuit=True, nom_enseigne="Réseau Bleu"),
        ligne(id="FRXXXE1", puissance_nominale=7.4, date_maj=date(2023, 1, 15)),
        ligne(
            id="FRYYY*E3",
            station_id="FRYYY*P2",
            lon=2.357,
            lat=48.936,
            code_commune="93066",
            puissance_nominale=150.0,
            nom_operateur="Rapide & Cie",
            implantation_station="Station dédiée à la recharge rapide",
            station_deux_roues=True,
            date_maj=date(2025, 2, 3),
        ),
    ]


@pytest.fixture
def client(lignes, ouvrir):
    return ouvrir(lignes)


def ids(answer) -> list[str]:
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["numberReturned"] == len(body["features"])
    return [feature["id"] for feature in body["features"]]


def links(document) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in document["links"]}


def test_everything_is_reached_from_the_door(client) -> None:
    door = client.get("/ogc").json()
    # Its own description has it at « / », under the address of the API.
    assert client.get("/ogc/").json() == door
    AccueilOgc.model_validate(door)
    assert set(links(door)) == {"self", "service-desc", "conformance", "data"}
    ConformiteOgc.model_validate(client.get(links(door)["conformance"]).json())
    known = client.get(links(door)["data"]).json()
    CollectionsOgc.model_validate(known)
    for collection in known["collections"]:
        assert client.get(links(collection)["self"]).json() == collection
        for feature in client.get(links(collection)["items"]).json()["features"]:
            path = f"{links(collection)['items']}/{feature['id']}"
            item = client.get(path).json()
            assert links(item)["collection"] == links(collection)["self"]
            assert client.get(links(item)["self"]).json() == item
            del item["links"]
            assert item == feature


def test_conformance_is_core_geojson_and_openapi_30(client) -> None:
    classes = client.get("/ogc/conformance").json()["conformsTo"]
    assert [name.rpartition("/")[2] for name in classes] == ["core", "geojson", "oas30"]


def test_collections_say_where_and_when(client) -> None:
    extent = client.get("/ogc/collections/stations").json()["extent"]
    assert extent["spatial"]["bbox"] == [[2.35, 48.85, 2.357, 48.936]]
    assert extent["temporal"]["interval"] == [["2024-06-01T00:00:00Z", "2025-02-03T00:00:00Z"]]


def test_an_empty_registry_has_collections_too(ouvrir) -> None:
    client = ouvrir([])
    CollectionsOgc.model_validate(client.get("/ogc/collections").json())
    assert ids(client.get(STATIONS)) == ids(client.get(POINTS)) == []


def test_items_are_what_the_contract_says(client) -> None:
    ObjetsOgc[StationResume].model_validate(client.get(STATIONS).json())
    ObjetsOgc[PointAvecStation].model_validate(client.get(POINTS).json())
    point = client.get(f"{POINTS}/FRYYY*E3").json()
    ObjetOgc[PointAvecStation].model_validate(point)
    assert (point["geometry"]["coordinates"], point["properties"]["station"]) == (
        [2.357, 48.936],
        "FRYYY*P2",
    )
    assert client.get(POINTS).headers["content-type"] == "application/geo+json"


@pytest.mark.parametrize("written", ["FR*ZZZ*E1", "fr-zzz-e1", "FR ZZZ E1"])
def test_an_object_is_found_as_it_is_written_on_the_borne(ligne, ouvrir, written) -> None:
    """As the contract says of every identifier of a point or of a station."""
    client = ouvrir([ligne(id="FRZZZE1", station_id="FRZZZP1")])
    expected = client.get(f"{POINTS}/FRZZZE1")
    found = client.get(f"{POINTS}/{written}")
    assert (found.status_code, found.json()) == (200, expected.json())
    station = client.get(f"{STATIONS}/{written.upper().replace('E1', 'P1')}")
    assert station.json() == client.get(f"{STATIONS}/FRZZZP1").json()


@pytest.mark.parametrize("path", [f"{STATIONS}/X", f"{POINTS}/FRXXXP1", "/ogc/collections/velos"])
def test_what_is_not_there(client, path) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("query", "stations", "points"),
    [
        ("", "P1 P2", "E1 E2 E3"),
        ("bbox=2.3,48.8,2.4,48.9", "P1", "E1 E2"),
        ("bbox=2.3,48.8,0,2.4,48.9,100", "P1", "E1 E2"),
        ("bbox=-180,-90,180,90", "P1 P2", "E1 E2 E3"),
        ("bbox=2.355,-90,-179,90", "P2", "E3"),
        ("bbox=170,-90,2.355,90", "P1", "E1 E2"),
        ("bbox=170,-90,-170,90", "", ""),
        ("datetime=2025-02-03T10:00:00Z", "P2", "E3"),
        ("datetime=2025-02-03", "P2", "E3"),
        # A day as GDAL writes it, a filter on a date handed over.
        ("datetime=2025-02-03T", "P2", "E3"),
        ("datetime=2024-01-01T/..", "P1 P2", "E2 E3"),
        ("datetime=2024-01-01T00:00:00Z/..", "P1 P2", "E2 E3"),
        ("datetime=/2024-12-31T00:00:00Z", "P1", "E1 E2"),
        ("datetime=../2023-12-31T00:00:00Z", "", "E1"),
        ("datetime=../..", "P1 P2", "E1 E2 E3"),
        ("nom_enseigne=réseau bleu", "P1", "E1 E2"),
        ("nom_operateur=Rapide %26 Cie", "P2", "E3"),
        ("nom_operateur=Personne", "", ""),
        ("implantation_station=Voirie", "P1", "E1 E2"),
        ("implantation_station=Voirie,Station dédiée à la recharge rapide", "P1 P2", "E1 E2 E3"),
        ("station_deux_roues=true", "P2", "E3"),
        ("gratuit=true", "P1", "E2"),
        ("puissance_min=22&commune=75056", "P1", "E2"),
        ("ouvert_a=2026-01-26T00:00:00Z", "P1 P2", "E1 E2 E3"),
        ("limit=5000", "P1 P2", "E1 E2 E3"),
    ],
)
def test_filters(client, query, stations, points) -> None:
    found = ids(client.get(f"{STATIONS}?{query}"))
    assert " ".join(key[-2:] for key in found) == stations
    found = ids(client.get(f"{POINTS}?{query}"))
    assert " ".join(key[-2:] for key in found) == points


def test_a_power_is_a_point_s(client) -> None:
    assert ids(client.get(f"{POINTS}?puissance_nominale=7.4")) == ["FRXXXE1"]
    answer = client.get(f"{STATIONS}?puissance_nominale=7.4")
    assert (answer.status_code, answer.json()["parametre"]) == (400, "puissance_nominale")


@pytest.mark.parametrize(
    ("query", "parametre"),
    [
        ("bbox=1,2,3", "bbox"),
        ("bbox=2.3,48.9,2.4,48.8", "bbox"),
        ("bbox=2.3,48.8,2.4,95", "bbox"),
        ("bbox=a,b,c,d", "bbox"),
        ("datetime=hier", "datetime"),
        ("datetime=2024-02-30", "datetime"),
        ("datetime=2024-06-01/2024-01-01", "datetime"),
        ("datetime=2024/2025/2026", "datetime"),
        ("limit=0", "limit"),
        ("limit=dix", "limit"),
        ("curseur=abc", "curseur"),
        ("couleur=rouge", "couleur"),
        ("implantation=voirie&implantation_station=Voirie", "implantation_station"),
        ("commune=13055", "commune"),
    ],
)
@pytest.mark.parametrize("path", [STATIONS, POINTS])
def test_bad_questions_are_refused_by_name(client, path, query, parametre) -> None:
    answer = client.get(f"{path}?{query}")
    assert (answer.status_code, answer.json()["parametre"]) == (400, parametre), answer.text


def followed(client, path) -> list[str]:
    """The ids of every page, from link to link."""
    found: list[str] = []
    address: str | None = path
    while address is not None:
        answer = client.get(address)
        found += ids(answer)
        address = links(answer.json()).get("next")
        assert address is None or address.startswith(HOST)
        assert answer.links.get("next", {}).get("url") == address
    return found


@tried_on(20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 4)), max_size=10),
    st.integers(1, 6),
)
def test_the_pages_show_everything_once_in_one_order(ligne, ouvrir, sizes, limit) -> None:
    """Stations that share a few places, of one to four points."""
    client = ouvrir(
        ligne(id=f"FRXXXE{n}-{k}", station_id=f"FRXXXP{n}", lon=2.35 + place / 100)
        for n, (place, size) in enumerate(sizes)
        for k in range(size)
    )
    total = sum(size for _, size in sizes)
    for path, number in ((STATIONS, len(sizes)), (POINTS, total)):
        whole = ids(client.get(f"{path}?limit=1000"))
        assert len(set(whole)) == len(whole) == number
        assert followed(client, f"{path}?limit={limit}") == whole


def test_what_changes_between_two_pages_hides_nothing(client, lignes, ligne) -> None:
    """The station under way loses a point and gains another; one comes before, one after."""
    first = client.get(f"{POINTS}?limit=1").json()
    assert [f["id"] for f in first["features"]] == ["FRXXXE1"]
    renewed = [
        lignes[0],
        ligne(id="FRXXXE0"),
        ligne(id="FRAAAE1", station_id="FRAAAP1", lat=48.0),
        ligne(id="FRBBBE1", station_id="FRBBBP1", lat=49.0),
    ]
    version = client.etalage.vue.version
    client.etalage.show(version.apply(["FRXXXP1", "FRAAAP1", "FRBBBP1"], segment(renewed)))
    assert followed(client, links(first)["next"]) == ["FRXXXE2", "FRYYY*E3", "FRBBBE1"]


def test_links_are_those_of_the_door_the_client_came_through(client) -> None:
    behind = {
        "x-forwarded-host": "relance.example",
        "x-forwarded-proto": "https",
        "x-forwarded-prefix": "/v1/bornes",
    }
    page = client.get(f"{STATIONS}?limit=1", headers=behind).json()
    assert {urlsplit(href)[:2] for href in links(page).values()} == {("https", "relance.example")}
    assert links(page)["next"].startswith(f"https://relance.example/v1/bornes{STATIONS}?")
    assert links(client.get(f"{STATIONS}?limit=1").json())["self"].startswith(HOST)


def test_the_description_is_openapi_30_and_has_every_parameter(client) -> None:
    answer = client.get("/ogc/api")
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = answer.json()
    assert document["openapi"] == "3.0.3"
    assert document["servers"] == [{"url": f"{HOST}/ogc"}]
    operation = document["paths"]["/collections/stations/items"]["get"]
    asked = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert asked["limit"] == {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}
    assert asked["bbox"]["items"] == {"type": "number"}
    assert asked["prise"]["items"]["enum"] == ["ef", "2", "combo_ccs", "chademo", "autre"]
    assert asked["gratuit"] == {"type": "boolean"}
    text = answer.text
    assert all(word not in text for word in ('"anyOf"', '"null"', '"$defs"', '"const"', '"$ref"'))
