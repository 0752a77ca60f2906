"""The registry as GDAL reads it, with its own OGC API Features driver, through the public door."""

import json
import os
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


@pytest.fixture
def source(client) -> str:
    return f"OAPIF:{client.base_url}/v1/bornes/ogc"


def test_ogrinfo_counts_every_object(client, source):
    counted = client.get("/v1/bornes/facettes").json()
    told = gdal("ogrinfo", "-ro", "-so", "-al", source)
    assert "Layer name: stations\n" in told
    assert f"Feature Count: {counted['stations']}\n" in told
    assert f"Feature Count: {counted['points_de_charge']}\n" in told


@pytest.mark.parametrize(
    ("layer", "counted"), [("stations", "stations"), ("points_de_charge", "points_de_charge")]
)
def test_ogr2ogr_copies_every_object(client, source, tmp_path, layer, counted):
    """A page after the other: there are more objects than a page holds."""
    expected = client.get("/v1/bornes/facettes").json()[counted]
    file = tmp_path / "copie.geojson"
    gdal("ogr2ogr", "-oo", "PAGE_SIZE=250", "-f", "GeoJSON", str(file), source, layer)
    features = json.loads(file.read_text())["features"]
    assert expected > 250
    assert len(features) == len({f["properties"]["id"] for f in features}) == expected
    item = f"/v1/bornes/ogc/collections/{layer}/items/{features[0]['properties']['id']}"
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
    told = gdal("ogrinfo", "-ro", "-so", *box, "-where", where, source, "stations")
    assert expected > 0
    assert f"Feature Count: {expected}\n" in told
