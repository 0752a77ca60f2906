"""Positions and boxes as clients write them."""

import re
from typing import Annotated

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.schemas.geo import Bbox, Feature, FeatureCollection, Point, Position, is_turned

BBOX = TypeAdapter(Bbox)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("2.25,48.81,2.42,48.91", (2.25, 48.81, 2.42, 48.91)),
        ("-180,-90,180,90", (-180, -90, 180, 90)),
        ("2,48,2,48", (2, 48, 2, 48)),
        ("-0.5,-0,0.0000001,1.50", (-0.5, 0, 1e-7, 1.5)),
    ],
)
def test_bbox(text: str, box: tuple[float, ...]):
    assert Bbox.parse(text) == box
    assert BBOX.validate_python(text) == box


@pytest.mark.parametrize(
    "text",
    [
        *("", "1,2,3", "1,2,3,4,5", "1,2,3,4,", "a,b,c,d", "1;2;3;4", "1,2,3,nan", "1,2,3,inf"),
        *("1,2,3,1e400", "1e0,2,3,4", "1,2,3,1_0", "+1,2,3,4", " 1,2,3,4", "1,2,3,4\n", "٣,4,5,6"),
        *("2.42,48.81,2.25,48.91", "2.25,48.91,2.42,48.81", "-181,1,2,3", "1,-91,2,3", "1,2,3,91"),
        "1,2,3," + "4" * 400,
    ],
)
def test_not_a_bbox(text: str):
    with pytest.raises(ValueError, match=r"attendus|ordonné"):
        Bbox.parse(text)
    with pytest.raises(ValidationError):
        BBOX.validate_python(text)


@pytest.mark.parametrize(
    ("text", "turned"),
    [
        ("48.81,2.25,48.91,2.42", "2.25,48.81,2.42,48.91"),
        ("48,2,48,2", "2.0,48.0,2.0,48.0"),
    ],
)
def test_latitude_first_is_told_the_other_way_round(text: str, turned: str):
    with pytest.raises(ValueError, match=f"longitude d'abord, latitude ensuite : {turned}"):
        Bbox.parse(text)


@pytest.mark.parametrize("text", ["41,2,48.9,2.4", "48.8,-2,48.9,2.4", "45.04,-12.9,45.3,-12.6"])
def test_a_box_that_goes_beyond_is_meant_so(text: str):
    """The last is around Mayotte."""
    assert Bbox.parse(text) == tuple(map(float, text.split(",")))


@pytest.mark.parametrize("value", [None, 3, [1, 2, 3, 4], ["1,2,3,4", "1,2,3,4"], {}])
def test_not_even_a_text(value: object):
    with pytest.raises(ValidationError):
        BBOX.validate_python(value)


@given(st.text(max_size=60) | st.text("0123456789.,-e+nai ", max_size=60))
def test_any_text_is_a_bbox_or_a_value_error(text: str):
    try:
        box = Bbox.parse(text)
    except ValueError:
        return
    assert -180 <= box.lon_min <= box.lon_max <= 180
    assert -90 <= box.lat_min <= box.lat_max <= 90


@given(st.tuples(*[st.integers(-1800000, 1800000), st.integers(-900000, 900000)] * 2))
def test_bbox_goes_round(values: tuple[int, ...]):
    lons, lats = sorted(values[::2]), sorted(values[1::2])
    box = Bbox(*(value / 10000 for value in (lons[0], lats[0], lons[1], lats[1])))
    assume(not (is_turned(*box[:2]) and is_turned(*box[2:])))
    text = f"{box.lon_min:.4f},{box.lat_min:.4f},{box.lon_max:.4f},{box.lat_max:.4f}"
    assert Bbox.parse(text) == box
    assert BBOX.validate_json(BBOX.dump_json(Bbox.parse(text))) == box


def test_size_in_degrees():
    box = Bbox.parse("2.25,48.81,2.42,48.91")
    assert box.width == pytest.approx(0.17)
    assert box.height == pytest.approx(0.10)


class Filters(BaseModel):
    bbox: Bbox
    autre: Bbox | None = None


def test_bbox_in_a_query():
    app = FastAPI()

    @app.get("/")
    async def read(filtres: Annotated[Filters, Query()]) -> float:
        return filtres.bbox.lon_max

    client = TestClient(app)
    assert client.get("/?bbox=1,2,3,4").json() == 3
    assert client.get("/?bbox=1,2,3,4&autre=1,2,3,4").json() == 3
    assert client.get("/?bbox=1,2,nan,4").status_code == 422
    assert client.get("/?bbox=1,2,3,4&bbox=1,2,3,4").status_code == 422
    parameter, _ = client.get("/openapi.json").json()["paths"]["/"]["get"]["parameters"]
    schema = parameter["schema"]
    assert schema["type"] == "string"
    assert all(re.search(schema["pattern"], example) for example in schema["examples"])
    assert not re.search(schema["pattern"], "1,2,3,nan")


@pytest.mark.parametrize("lon", [float("nan"), float("inf"), 180.1, -181])
def test_a_position_is_on_earth(lon: float):
    with pytest.raises(ValidationError):
        Position(lon=lon, lat=48)


def test_geojson():
    class Nom(BaseModel):
        nom: str

    feature = Feature[Nom](
        id="a", geometry=Point(coordinates=(2.3, 48.8)), properties=Nom(nom="Mairie")
    )
    assert FeatureCollection[Nom](features=[feature]).model_dump() == {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": "a",
                "geometry": {"type": "Point", "coordinates": (2.3, 48.8)},
                "properties": {"nom": "Mairie"},
            }
        ],
    }
