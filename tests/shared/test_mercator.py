"""Web Mercator cells: known tiles, nesting, and boxes that lose nothing."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.maps.mercator import BITS, SIDE, Cells, cells_of, project, unproject
from shared.memory.spatial import DEGREE

POSITIONS = st.tuples(
    st.integers(-180 * DEGREE, 180 * DEGREE), st.integers(-90 * DEGREE, 90 * DEGREE)
)


def projected(*positions: tuple[int, int]):
    lon, lat = np.array(positions, dtype=np.int64).T
    return project(lon.astype(np.int32), lat.astype(np.int32))


@pytest.mark.parametrize(
    ("lon", "lat", "zoom", "tile"),
    [
        (0, 0, 1, (1, 1)),
        (2.3522, 48.8566, 12, (2074, 1409)),
        (2.2945, 48.8584, 16, (33185, 22545)),
        (-180, 85.06, 3, (0, 0)),
        (180, -90, 3, (7, 7)),
    ],
)
def test_a_position_is_in_the_tile_that_web_maps_give_it(lon, lat, zoom, tile) -> None:
    x, y = projected((round(lon * DEGREE), round(lat * DEGREE)))
    assert (int(x[0]) >> (BITS - zoom), int(y[0]) >> (BITS - zoom)) == tile


@given(st.lists(POSITIONS, min_size=1))
def test_there_and_back(positions) -> None:
    x, y = projected(*positions)
    assert ((x >= 0) & (x < SIDE) & (y >= 0) & (y < SIDE)).all()
    lon, lat = unproject(x + 0.5, y + 0.5)
    for (meant_lon, meant_lat), lon_back, lat_back in zip(positions, lon, lat, strict=True):
        assert lon_back == pytest.approx(meant_lon / DEGREE, abs=2e-7)
        if abs(meant_lat) < 85 * DEGREE:
            assert lat_back == pytest.approx(meant_lat / DEGREE, abs=2e-7)


@pytest.mark.parametrize(
    ("cells", "box"),
    [
        (Cells(0, west=0, north=0, east=0, south=0), (-180, -90, 180, 90)),
        (Cells(1, west=1, north=0, east=1, south=0), (0, 0, 180, 90)),
        (Cells(1, west=0, north=1, east=0, south=1), (-180, -90, 0, 0)),
        (Cells(2, west=1, north=1, east=2, south=2), (-90, -66.51326, 90, 66.51326)),
    ],
)
def test_the_box_of_known_cells(cells, box) -> None:
    """What is drawn on an edge of the square counts: there the box goes on to the pole."""
    assert cells.box() == pytest.approx(box, abs=2e-6)
    assert -180 <= cells.box()[0] < cells.box()[2] <= 180


@given(POSITIONS, st.integers(0, 23))
@example((180 * DEGREE, -89 * DEGREE), 3)
@example((-180 * DEGREE, 89 * DEGREE), 3)
def test_a_cell_s_box_holds_what_the_cell_holds(position, level) -> None:
    x, y = projected(position)
    column, row = int(x[0]) >> (BITS - level), int(y[0]) >> (BITS - level)
    cells = Cells(level, west=column, north=row, east=column, south=row)
    assert cells.hold(x, y).all()
    west, south, east, north = cells.box()
    lon, lat = position[0] / DEGREE, position[1] / DEGREE
    assert west <= lon <= east
    assert south <= lat <= north


@given(POSITIONS, POSITIONS, st.integers(0, 17))
def test_the_cells_of_a_box_hold_its_corners(one, other, level) -> None:
    west, east = sorted((one[0], other[0]))
    south, north = sorted((one[1], other[1]))
    cells = cells_of((west / DEGREE, south / DEGREE, east / DEGREE, north / DEGREE), level)
    assert cells.hold(*projected((west, south), (east, north), (west, north))).all()
