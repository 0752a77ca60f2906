"""The map: clusters, tiles and opening hours, as a map client sees them."""

from itertools import product

import mapbox_vector_tile
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from services.bornes.filtres import search
from services.bornes.vitrine import segment
from shared.maps.clusters import ZOOM_ALONE, group
from shared.memory.segments import Version
from shared.schemas.bornes import Criteres
from shared.schemas.bornes_carte import Grappes
from tests.examples import tried_on

SLOW = tried_on(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
NEAR_PARIS = st.tuples(
    st.floats(2.0, 2.7, allow_nan=False).map(lambda value: round(value, 6)),
    st.floats(48.6, 49.1, allow_nan=False).map(lambda value: round(value, 6)),
)
TO_ALL = search(Criteres(), {})


@pytest.fixture
def stations(ligne):
    """Stations of one point each at these places."""

    def make(places):
        return [
            ligne(id=f"FRXXXE{n}", station_id=f"FRXXXP{n}", lon=lon, lat=lat)
            for n, (lon, lat) in enumerate(places)
        ]

    return make


@pytest.fixture
def client(ligne, ouvrir):
    """Two stations in one street, one of them twice as large; two on one spot; one far away."""
    return ouvrir(
        [
            ligne(id="FRXXXE1", station_id="FRXXXP1", lon=2.3500, lat=48.8500),
            ligne(id="FRXXXE2", station_id="FRXXXP2", lon=2.3450, lat=48.8500, gratuit=True),
            ligne(id="FRXXXE3", station_id="FRXXXP2", lon=2.3450, lat=48.8500),
            ligne(id="FRXXXE4", station_id="FRXXXP4", lon=2.5000, lat=48.9000),
            ligne(id="FRXXXE5", station_id="FRXXXP5", lon=2.5000, lat=48.9000),
            ligne(id="FRXXXE6", station_id="FRXXXP6", lon=2.1, lat=48.7, horaires="Mo 1:00-2:00"),
        ]
    )


def clusters(answer):
    features = answer.json()["features"]
    return {f["id"]: f["properties"] for f in features if "zoom_expansion" in f["properties"]}


def test_clusters_count_and_say_when_they_split(client) -> None:
    answer = client.get("/grappes?zoom=10")
    assert answer.status_code == 200, answer.text
    Grappes.model_validate(answer.json())
    assert (answer.json()["stations"], answer.json()["points_de_charge"]) == (5, 6)
    assert clusters(answer) == {
        "10-4149-2818": {"stations": 2, "points_de_charge": 3, "zoom_expansion": 13},
        "10-4152-2816": {"stations": 2, "points_de_charge": 2, "zoom_expansion": 14},
    }
    assert [f["id"] for f in answer.json()["features"][2:]] == ["FRXXXP6"]
    assert "10-4149-2818" in clusters(client.get("/grappes?zoom=10&bbox=2.35,48.85,2.3501,48.8501"))


def test_a_cluster_is_what_its_cell_holds_whatever_the_box_and_the_filters_keep(client) -> None:
    half = clusters(client.get("/grappes?zoom=10&bbox=2.3475,48.85,2.36,48.86"))
    assert half == {"10-4149-2818": {"stations": 2, "points_de_charge": 3, "zoom_expansion": 13}}
    free = client.get("/grappes?zoom=10&gratuit=true").json()
    assert [f["id"] for f in free["features"]] == ["FRXXXP2"]
    fields = client.get("/grappes?zoom=10&gratuit=true&champs=puissance_max").json()
    assert fields["features"][0]["properties"] == {"puissance_max": 22.0}


def test_the_centre_of_a_cluster_is_among_its_stations(client) -> None:
    (feature,) = client.get("/grappes?zoom=12&bbox=2.35,48.85,2.35,48.85").json()["features"]
    assert feature["geometry"]["coordinates"] == pytest.approx([2.3475, 48.85], abs=1e-5)


@pytest.mark.parametrize("query", ["", "zoom=-1", "zoom=21", "zoom=3.5", "zoom=5&champs=couleur"])
def test_bad_questions_about_clusters(client, query) -> None:
    answer = client.get(f"/grappes?{query}")
    assert answer.status_code == 400
    assert answer.json()["parametre"] == ("champs" if "champs" in query else "zoom")


def test_too_many_objects_are_refused(stations, ouvrir, monkeypatch) -> None:
    monkeypatch.setattr("shared.maps.clusters.OBJECTS_MAX", 2)
    client = ouvrir(stations([(2.1, 48.7), (2.3, 48.8), (2.5, 48.9)]))
    assert client.get("/grappes?zoom=3").status_code == 200
    assert client.get("/grappes?zoom=14").json()["parametre"] == "bbox"


@SLOW
@given(st.lists(NEAR_PARIS, min_size=1, max_size=40), st.data())
def test_clusters_nest_and_split_when_they_say(stations, places, data) -> None:
    """Compared with one cell after the other, by hand."""
    version = Version.of(segment(stations(places)))
    rows = version.select(TO_ALL, None)
    by_zoom = {zoom: group(version, rows, zoom) for zoom in range(ZOOM_ALONE + 1)}
    for alone, found in by_zoom.values():
        assert alone.size + sum(grappe.objects for grappe in found) == len(places)
        assert len({grappe.id for grappe in found}) == len(found)
    x, y = version.column("x", rows).tolist(), version.column("y", rows).tolist()

    def cells(zoom, members):
        return {(x[n] >> (29 - zoom), y[n] >> (29 - zoom)) for n in members}

    zoom = data.draw(st.integers(0, ZOOM_ALONE - 1))
    for grappe in by_zoom[zoom][1]:
        _, column, row = map(int, grappe.id.split("-"))
        members = [n for n in range(len(places)) if cells(zoom, [n]) == {(column, row)}]
        assert len(members) == grappe.objects
        assert grappe.x == sum(x[n] for n in members) / len(members)
        assert grappe.y == sum(y[n] for n in members) / len(members)
        splits = (z for z in range(zoom, ZOOM_ALONE) if len(cells(z, members)) > 1)
        assert grappe.zoom_expansion == next(splits, ZOOM_ALONE)


@SLOW
@given(st.lists(NEAR_PARIS, min_size=2, max_size=20), st.randoms(use_true_random=False))
def test_another_process_gives_the_same_clusters(stations, places, random) -> None:
    rows = stations(places)
    shuffled = random.sample(rows, len(rows))
    one, other = (Version.of(segment(points)) for points in (rows, shuffled))
    both = [group(version, version.select(TO_ALL, None), 9)[1] for version in (one, other)]
    assert both[0] == both[1]


def tile(client, z, x, y, query=""):
    answer = client.get(f"/tuiles/{z}/{x}/{y}.mvt?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    return mapbox_vector_tile.decode(answer.content, default_options={"y_coord_down": True})


def test_a_tile_shows_clusters_then_stations(client) -> None:
    seen = tile(client, 10, 518, 352)
    assert [f["properties"] for f in seen["grappes"]["features"]] == [
        {"id": "10-4149-2818", "stations": 2, "points_de_charge": 3, "zoom_expansion": 13}
    ]
    close = tile(client, 14, 8298, 5637)
    looks = {f["properties"]["id"]: f["properties"] for f in close["stations"]["features"]}
    assert looks["FRXXXP2"] == {
        "id": "FRXXXP2",
        "puissance_max": 22.0,
        "nbre_pdc_recenses": 2,
        "prises": "2",
        "condition_acces": "Accès libre",
        "station_deux_roues": False,
        "gratuit": True,
    }
    assert "gratuit" not in looks["FRXXXP1"]
    assert "grappes" not in close


def test_a_tile_takes_the_filters_of_the_searches(client) -> None:
    seen = tile(client, 10, 518, 352, "gratuit=true")
    assert [f["properties"]["id"] for f in seen["stations"]["features"]] == ["FRXXXP2"]
    assert client.get("/tuiles/10/518/352.mvt?bbox=2,48,3,49").json()["parametre"] == "bbox"


def test_a_tile_with_nothing_is_empty_and_valid(client) -> None:
    answer = client.get("/tuiles/10/0/0.mvt")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["etag"]
    assert mapbox_vector_tile.decode(b"") == {}


@pytest.mark.parametrize(
    ("path", "parametre"),
    [
        ("21/0/0", "z"),
        ("-1/0/0", "z"),
        ("a/0/0", "z"),
        ("3/8/0", "x"),
        ("3/0/8", "y"),
        ("0/0/1", "y"),
        ("3/-1/0", "x"),
        ("20/0/99999999999999999999", "y"),
    ],
)
def test_a_tile_that_no_map_has(client, path, parametre) -> None:
    answer = client.get(f"/tuiles/{path}.mvt")
    assert (answer.status_code, answer.json()["parametre"]) == (400, parametre)


def test_a_large_tile_is_compressed_when_asked(stations, ouvrir) -> None:
    client = ouvrir(stations([(2.35 + n / 1e5, 48.85) for n in range(60)]))
    answer = client.get("/tuiles/14/8298/5637.mvt", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    plain = client.get("/tuiles/14/8298/5637.mvt", headers={"accept-encoding": "identity"})
    assert plain.content == answer.content
    assert int(answer.headers["content-length"]) < len(plain.content) / 2


@SLOW
@given(st.lists(NEAR_PARIS, min_size=1, max_size=30), st.integers(0, 15))
def test_the_tiles_of_a_zoom_show_each_station_once(stations, ouvrir, places, z) -> None:
    client = ouvrir(stations(places))
    version = client.etalage.vue.version
    rows = version.select(TO_ALL, None)
    x, y = (version.column(name, rows) >> (32 - z) for name in ("x", "y"))
    count = 0
    for across, down in set(zip(x.tolist(), y.tolist(), strict=True)):
        layers = tile(client, z, across, down)
        for feature in layers.get("stations", {"features": []})["features"]:
            count += 1
            assert all(0 <= side < 4096 for side in feature["geometry"]["coordinates"])
        for feature in layers.get("grappes", {"features": []})["features"]:
            count += feature["properties"]["stations"]
    assert count == len(places)


def test_a_tile_and_the_search_for_clusters_agree(stations, ouvrir) -> None:
    spots = product((2.30, 2.31, 2.40), (48.80, 48.81, 48.90))
    client = ouvrir(stations(list(spots)))
    searched = clusters(client.get("/grappes?zoom=9"))
    tiles = [tile(client, 9, x, y).get("grappes") for x in (258, 259) for y in (175, 176)]
    drawn = [f["properties"] for layer in tiles if layer for f in layer["features"]]
    assert {look.pop("id"): look for look in drawn} == searched


@pytest.mark.parametrize(
    ("moment", "kept"),
    [
        ("2026-01-26T01:30:00%2B01:00", True),
        ("2026-01-26T01:30:00+01:00", True),
        ("2026-01-26T00:30:00Z", True),
        ("2026-01-26T01:30:00Z", False),
    ],
)
def test_only_stations_surely_open_are_kept(client, moment, kept) -> None:
    found = client.get(f"/stations?ouvert_a={moment}").json()["features"]
    assert ("FRXXXP6" in {feature["id"] for feature in found}) is kept
    assert "FRXXXP1" in {feature["id"] for feature in found}


@pytest.mark.parametrize(
    "moment",
    ["demain", "2026-01-26T01:30:00", "2026-01-26", "1700000000", "1999-12-31T00:00:00Z", ""],
)
def test_a_moment_that_is_none(client, moment) -> None:
    answer = client.get(f"/stations?ouvert_a={moment}")
    assert (answer.status_code, answer.json()["parametre"]) == (400, "ouvert_a")


def test_now_is_now(client, monkeypatch) -> None:
    answer = client.get("/stations?ouvert_a=maintenant")
    assert answer.status_code == 200
    tag = answer.headers["etag"]
    monkeypatch.setattr("shared.hot.answering.time.time", lambda: 4_000_000_000.0)
    later = client.get("/stations?ouvert_a=maintenant", headers={"if-none-match": tag})
    assert later.status_code == 200
    same = client.get(
        "/stations?ouvert_a=maintenant", headers={"if-none-match": later.headers["etag"]}
    )
    assert same.status_code == 304
    assert client.get("/stations").headers["etag"] != tag


def test_the_next_page_asks_about_the_same_moment(client) -> None:
    answer = client.get("/stations?ouvert_a=maintenant&limite=1")
    assert "ouvert_a=20" in answer.json()["links"][0]["href"]


@pytest.mark.parametrize(
    "path",
    ["/stations?bbox=2.3,48.8,2.4,48.9", "/stations/proches?lon=2.35&lat=48.85&rayon_m=100"],
)
def test_fields_may_be_chosen(client, path) -> None:
    features = client.get(f"{path}&champs=nom_station,prises&champs=gratuit").json()["features"]
    for feature in features:
        kept = set(feature["properties"]) - {"distance_m"}
        assert kept == {"nom_station", "prises", "gratuit"}
        assert feature["id"]
        assert feature["geometry"]
    assert features
    refused = client.get(f"{path}&champs=nom_station,couleur")
    assert (refused.status_code, refused.json()["parametre"]) == (400, "champs")
    assert client.get(f"{path}&champs=").status_code == 400
