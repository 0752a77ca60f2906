"""The map in a real browser: MapLibre draws our tiles, from a page of another origin."""

from pathlib import Path

import pytest

from tests.e2e.pages import visiting

pytestmark = [
    pytest.mark.navigateur,
    # What a browser is told is the same in the two shapes, as other tests show.
    pytest.mark.parametrize("suite", ["un-processus"], indirect=True),
]


@pytest.fixture
def drawn(tools, client, tmp_path) -> dict:
    """What MapLibre has drawn at zoom 10, then at zoom 14."""
    tiles = f"{client.base_url}/v1/bornes/tuiles/{{z}}/{{x}}/{{y}}.mvt"
    page = Path(__file__).with_name("carte.html").read_text()
    with visiting(tools, page, tmp_path, f"?tuiles={tiles}") as visit:
        return visit.told()


def test_maplibre_draws_what_the_searches_find(client, drawn):
    assert drawn["errors"] == []
    far, near = drawn["far"], drawn["near"]
    known = client.get("/v1/bornes/grappes", params={"zoom": 10, "champs": "puissance_max"}).json()
    clusters = {
        f["id"]: f["properties"] for f in known["features"] if "zoom_expansion" in f["properties"]
    }
    assert len(far["grappes"]) > 10
    for seen in far["grappes"]:
        assert seen.pop("promoted") == seen["id"]
        assert clusters[seen.pop("id")] == seen
    assert near["grappes"] == []
    bbox = ",".join(f"{side:.7f}" for side in near["bbox"])
    there = client.get("/v1/bornes/stations", params={"bbox": bbox, "limite": 1000}).json()
    assert {seen["id"] for seen in near["stations"]} >= {f["id"] for f in there["features"]}
    assert there["features"]
