"""The registry as GDAL reads it, with its own OGC API Features driver, through the public door."""

import json
import os
import re
import shutil
import subprocess

import pytest

NEEDED = "RELANCE_GDAL_OBLIGATOIRE"
"""Set where these tests may not be skipped: continuous integration."""


def gdal(tool: str, *arguments: str) -> str:
    """What a tool of GDAL says; a warning is a failure too."""
    path = shutil.which(tool)
    if path is None:
        if os.environ.get(NEEDED):
            pytest.fail(f"{tool} is not installed: apt-get install gdal-bin")
        pytest.skip(f"{tool} is not installed: apt-get install gdal-bin")
    command = [path, *arguments]
    environment = {**os.environ, "NO_PROXY": "127.0.0.1", "GDAL_HTTP_TIMEOUT": "30"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


LAYERS = [
    ("bornes", "stations", "stations"),
    ("bornes", "points_de_charge", "points_de_charge"),
    ("commerces", "commerces", "fiches"),
]
"""Service, layer, and what its facets call the number of its objects."""


@pytest.fixture
def source(client):
    return lambda service: f"OAPIF:{client.base_url}/v1/{service}/ogc"


@pytest.mark.parametrize(("service", "layer", "counted"), LAYERS)
def test_ogrinfo_counts_every_object(client, source, service, layer, counted):
    expected = client.get(f"/v1/{service}/facettes").json()[counted]
    told = gdal("ogrinfo", "-ro", "-so", source(service), layer)
    assert f"Layer name: {layer}\n" in told
    assert f"Feature Count: {expected}\n" in told


@pytest.mark.parametrize(("service", "layer", "counted"), LAYERS)
def test_ogr2ogr_copies_every_object(client, source, tmp_path, service, layer, counted):  # noqa: PLR0917
    """A page after the other: there are more objects than a page holds."""
    expected = client.get(f"/v1/{service}/facettes").json()[counted]
    file = tmp_path / "copie.geojson"
    gdal("ogr2ogr", "-oo", "PAGE_SIZE=250", "-f", "GeoJSON", str(file), source(service), layer)
    features = json.loads(file.read_text())["features"]
    assert expected > 250
    assert len(features) == len({f["properties"]["id"] for f in features}) == expected
    item = f"/v1/{service}/ogc/collections/{layer}/items/{features[0]['properties']['id']}"
    own = client.get(item).json()
    assert features[0]["geometry"] == own["geometry"]
    assert features[0]["properties"].keys() - {"id"} == own["properties"].keys()


def test_gdal_hands_its_filters_over(client, source):
    name = client.get("/v1/bornes/stations?limite=1").json()["features"][0]["properties"][
        "nom_enseigne"
    ]
    asked = {"nom_enseigne": name, "bbox": "2.25,48.81,2.42,48.9", "limit": 1}
    answer = client.get("/v1/bornes/ogc/collections/stations/items", params=asked)
    expected = answer.json()["numberMatched"]
    where = f"nom_enseigne = '{name}'"
    box = ("-spat", "2.25", "48.81", "2.42", "48.9")
    told = gdal("ogrinfo", "-ro", "-so", *box, "-where", where, source("bornes"), "stations")
    assert expected > 0
    assert f"Feature Count: {expected}\n" in told


def test_gdal_hands_its_dates_over(client, source):
    """Without an hour, and with the T that comes before one: « 2025-02-03T/.. »."""
    items = "/v1/bornes/ogc/collections/stations/items"
    features = client.get(items, params={"limit": 1000}).json()["features"]
    dates = sorted(feature["properties"]["date_maj"] for feature in features)
    middle = dates[len(dates) // 2]
    counts = {
        "=": dates.count(middle),
        ">=": sum(day >= middle for day in dates),
        "<=": sum(day <= middle for day in dates),
    }
    for operator, expected in counts.items():
        where = f"date_maj {operator} '{middle.replace('-', '/')}'"
        told = gdal("ogrinfo", "-ro", "-so", "-where", where, source("bornes"), "stations")
        assert f"Feature Count: {expected}\n" in told, where


def test_gdal_filters_shops_by_what_their_properties_say(client, source):
    """Properties that are codes are handed over; those that are names stay GDAL's business."""
    items = "/v1/commerces/ogc/collections/commerces/items"
    first = client.get(items, params={"limit": 1}).json()["features"][0]["properties"]
    asked = {"code_commune": first["code_commune"], "limit": 1}
    expected = client.get(items, params=asked).json()["numberMatched"]
    for name in ("code_commune", "commune", "categorie", "nom"):
        value = first[name].replace("'", "''")
        told = gdal(
            "ogrinfo",
            "-ro",
            "-so",
            "-where",
            f"{name} = '{value}'",
            source("commerces"),
            "commerces",
        )
        assert re.search(r"Feature Count: [1-9]", told), name
        if name == "code_commune":
            assert f"Feature Count: {expected}\n" in told
