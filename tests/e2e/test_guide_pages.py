"""The pages and the scripts of the mobile guide, in a real browser, from another origin."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.e2e.pages import visiting
from tests.e2e.test_guides import HERE, MOBILE, ROOT

pytestmark = [
    pytest.mark.navigateur,
    # What a browser is told is the same in the two shapes, as other tests show.
    pytest.mark.parametrize("suite", ["un-processus"], indirect=True),
]

LIBRARY = re.compile(r"https://unpkg\.com/maplibre-gl@5\.\d+\.\d+/dist/")
PROBE = Path(__file__).with_name("sonde.js").read_text()


def blocks(language):
    text = (ROOT / MOBILE).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def probed(page, client, probe):
    """A page of ours with its library beside it, our address, and what reports on it."""
    page, count = LIBRARY.subn("", page)
    assert count == 2
    page = page.replace(HERE, str(client.base_url).rstrip("/"))
    head, meta, rest = page.partition('<meta charset="utf-8">')
    rest = rest.replace("</html>", f"<script>{probe}</script></html>")
    return f"{head}{meta}<script>{PROBE}</script>{rest}"


def tell(client, cle, points, occupation):
    """Send the state of some points."""
    now = datetime.now(UTC).isoformat()
    common = {"etat_pdc": "en_service", "occupation_pdc": occupation, "horodatage": now}
    statuts = [{"id_pdc_itinerance": point, **common} for point in points]
    answer = client.post("/v1/bornes/statuts", json={"statuts": statuts}, headers=cle)
    assert answer.json()["refuses"] == 0, answer.text


def test_the_map_of_the_guide_is_drawn(tools, client, tmp_path):
    (page,) = blocks("html")
    with visiting(tools, probed(page, client, "surveiller();"), tmp_path) as visit:
        seen = visit.told()
    assert seen["erreurs"] == []
    assert len(seen["grappes"]) > 5
    assert len(seen["stations"]) > 5


def test_the_map_of_the_example_follows_a_state(tools, client, cle, tmp_path):
    """It is drawn with what is known, turns with the stream alone, and tells of a station."""
    around = {"lon": 2.35, "lat": 48.86, "limite": 1, "rayon_m": 20_000, "operateur": "FRZZZ"}
    station = client.get("/v1/bornes/stations/proches", params=around).json()["features"][0]
    detail = client.get(f"/v1/bornes/stations/{station['id']}").json()["properties"]
    points = [point["id_pdc_itinerance"] for point in detail["points_de_charge"]]
    lon, lat = station["geometry"]["coordinates"]
    tell(client, cle, points, "libre")
    page = (ROOT / "docs/exemples/carte-en-direct.html").read_text()
    page = probed(page, client, f"suivreStation({station['id']!r}, [{lon}, {lat}]);")
    with visiting(tools, page, tmp_path, f"?api={client.base_url}#16/{lat}/{lon}") as visit:
        seen = visit.told()
        assert seen["erreurs"] == []
        assert seen["etat"] == "libre"
        assert station["id"] in seen["stations"]
        assert "libres à l'écran" in seen["bandeau"]
        tell(client, cle, points, "occupe")
        seen = visit.told()
        assert seen["etat"] == "pris"
        assert seen["relevés"] == 1, "told by the stream, not by another reading"
        seen = visit.told()
    assert station["properties"]["nom_station"] in seen["fiche"]
    assert seen["fiche"].count("occupe") == len(points)


def test_the_scripts_of_the_guide_read_every_station(tools, client, tmp_path):
    script = "\n".join(blocks("js")).replace(HERE, str(client.base_url).rstrip("/"))
    page = f"<!doctype html><script>{PROBE}\n{script}\ncopier();</script>"
    with visiting(tools, page, tmp_path) as visit:
        told = visit.told()
    export = client.get("/v1/bornes/exports/stations.geojson").json()["features"]
    known = sorted(feature["id"] for feature in export)
    assert len(known) > 500
    assert sorted(told["pages"]) == known
    assert sorted(told["copie"]) == known
    assert told["curseur"] == told["repris"], "nothing new, the same place"
