"""Vector tiles, read back by an independent library."""

import mapbox_vector_tile
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.maps.mvt import EXTENT, Layer

VALUES = st.one_of(
    st.text(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
)
POINTS = st.lists(
    st.tuples(
        st.integers(0, EXTENT - 1),
        st.integers(0, EXTENT - 1),
        st.dictionaries(st.text(min_size=1), VALUES, max_size=5),
    ),
    max_size=8,
)


def encoded(name, points) -> bytes:
    layer = Layer(name)
    for x, y, properties in points:
        layer.add(x, y, layer.tags(properties))
    return layer.encode()


def decoded(content: bytes):
    return mapbox_vector_tile.decode(content, default_options={"y_coord_down": True})


def test_a_tile_says_what_was_put_in_it() -> None:
    looks = {"nom": "Café", "kw": 22.5, "points": 3, "libre": True, "un": 1, "froid": -4}
    tile = decoded(encoded("stations", [(0, 1, looks), (4095, 4095, {"nom": "Café"})]))
    layer = tile["stations"]
    assert (layer["extent"], layer["version"]) == (4096, 2)
    first, second = layer["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [0, 1]}
    assert first["properties"] == looks
    assert {name: type(value) for name, value in first["properties"].items()} == {
        name: type(value) for name, value in looks.items()
    }
    assert (second["geometry"]["coordinates"], second["properties"]) == (
        [4095, 4095],
        {"nom": "Café"},
    )


@pytest.mark.parametrize("number", [63, 64, -64, -65, 8191, 8192, -8192, -8193])
def test_a_number_that_needs_one_more_byte_is_read_back(number) -> None:
    """Seven bits a byte, the sign being one of them."""
    (feature,) = decoded(encoded("l", [(64, 63, {"n": number})]))["l"]["features"]
    assert (feature["geometry"]["coordinates"], feature["properties"]["n"]) == ([64, 63], number)


def test_what_comes_again_is_written_once() -> None:
    layer = Layer("l")
    tags = layer.tags({"nom": "une seule fois"})
    assert tags == layer.tags({"nom": "une seule fois"})
    for x in range(100):
        layer.add(x, x, tags)
    assert layer.encode().count(b"une seule fois") == 1


def test_layers_end_to_end_are_a_tile() -> None:
    tile = decoded(encoded("a", [(1, 2, {})]) + encoded("vide", []) + encoded("b", [(3, 4, {})]))
    assert list(tile) == ["a", "b"]
    assert encoded("vide", []) == b""


@given(st.text(min_size=1), POINTS)
def test_any_points_are_read_back(name, points) -> None:
    content = encoded(name, points)
    if not points:
        assert content == b""
        return
    features = decoded(content)[name]["features"]
    assert [
        (*feature["geometry"]["coordinates"], feature["properties"]) for feature in features
    ] == [(x, y, pytest.approx(properties)) for x, y, properties in points]
