"""Communes at a date, postcodes, positions and holidays."""

import csv
import json
from collections import Counter
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.schemas.commun import is_siren
from shared.territoire import (
    Lieu,
    communes,
    communes_of_postcode,
    holidays,
    is_holiday,
    locate,
    neighbours,
    resolve,
    territoires,
    within,
)
from shared.territoire.contours import _contours, _tiles
from shared.territoire.mesures import METRES_PER_DEGREE

HERE = Path(__file__).parent
MERGER = date(2025, 1, 1)
BEFORE = MERGER - timedelta(days=1)


def table(name: str) -> list[dict[str, str]]:
    with (HERE / "data" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


# Reference -----------------------------------------------------------------------------------


def test_131_communes_then_130():
    assert len(communes(BEFORE)) == 131
    assert len(communes(MERGER)) == len(communes()) == 130
    assert Counter(c.departement for c in communes(date(2020, 1, 1))) == {
        "75": 1, "91": 6, "92": 36, "93": 40, "94": 47, "95": 1,
    }  # fmt: skip
    assert Counter(c.territoire for c in communes(date(2020, 1, 1))) == {
        "T1": 1, "T2": 11, "T3": 8, "T4": 11, "T5": 7, "T6": 9, "T7": 8, "T8": 9, "T9": 14,
        "T10": 13, "T11": 16, "T12": 24,
    }  # fmt: skip


def test_the_reference_is_sound():
    in_2020 = communes(date(2020, 1, 1))
    assert sum(c.population_2017 or 0 for c in in_2020) == 7_057_905
    assert all(is_siren(c.siren) for c in (*in_2020, *communes(), *territoires()))
    assert [t.code for t in territoires()] == [f"T{n}" for n in range(1, 13)]
    assert {c.territoire for c in communes()} == {t.code for t in territoires()}
    assert [c.code for c in communes()] == sorted(c.code for c in communes())


@pytest.mark.parametrize(
    ("code", "on", "commune", "siren", "arrondissement"),
    [
        ("93066", BEFORE, "93066", "219300662", None),
        ("93066", MERGER, "93066", "929939411", None),
        ("93059", BEFORE, "93059", "219300597", None),
        ("93059", MERGER, "93066", "929939411", None),
        ("93059", None, "93066", "929939411", None),
        ("75056", None, "75056", "217500016", None),
        ("75101", date(2020, 6, 1), "75056", "217500016", "75101"),
        ("75120", None, "75056", "217500016", "75120"),
        ("92012", date(1990, 1, 1), "92012", "219200128", None),
    ],
)
def test_resolve(code: str, on: date | None, commune: str, siren: str, arrondissement: str | None):
    found = resolve(code, on)
    assert found is not None
    assert (found.commune.code, found.commune.siren) == (commune, siren)
    assert found.arrondissement == arrondissement


@pytest.mark.parametrize("code", ["", "75121", "75100", "69123", "78646", "93200", "x"])
def test_a_code_from_elsewhere_resolves_to_nothing(code: str):
    assert resolve(code) is None


@given(st.dates(date(2016, 1, 1), date(2100, 1, 1)))
def test_every_known_code_resolves_to_a_commune_of_that_day(on: date):
    existing = communes(on)
    for code in ("93059", "93066", "75056", "75116", "94080"):
        found = resolve(code, on)
        assert found is not None
        assert found.commune in existing
        assert found.commune.debut <= on
        assert found.commune.fin is None or on <= found.commune.fin


def test_postcodes_agree_with_the_published_table():
    expected: dict[str, set[str]] = {}
    for row in table("codes-postaux.csv"):
        expected.setdefault(row["code_postal"], set()).add(row["code_commune_2025"])
    assert len(expected) == 152
    for postcode, codes in expected.items():
        assert {c.code for c in communes_of_postcode(postcode)} == codes
    assert {c.code for c in communes_of_postcode("93380", BEFORE)} == {"93059"}
    assert communes_of_postcode("69001") == ()


# Contours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "lieu"),
    [
        (2.3522, 48.8566, Lieu("75056", "75104", "T1")),  # hôtel de ville de Paris
        (2.2945, 48.8584, Lieu("75056", "75107", "T1")),  # tour Eiffel
        (2.2400, 48.8353, Lieu("92012", None, "T3")),  # mairie de Boulogne-Billancourt
        (2.3544, 48.9358, Lieu("93066", None, "T6")),  # basilique de Saint-Denis
        (2.3610, 48.9660, Lieu("93066", None, "T6")),  # Pierrefitte-sur-Seine
        (2.2480, 48.9472, Lieu("95018", None, "T5")),  # mairie d'Argenteuil
        (2.4530, 48.7906, Lieu("94028", None, "T11")),  # préfecture, Créteil
    ],
)
def test_known_places(lon: float, lat: float, lieu: Lieu):
    assert locate(lon, lat) == lieu


@pytest.mark.parametrize(
    ("lon", "lat"),
    [
        (2.1301, 48.8049),  # Versailles
        (4.8357, 45.7640),  # Lyon
        (48.8566, 2.3522),  # swapped
        (0.0, 0.0),
        (float("nan"), 48.8),
        (2.3, float("inf")),
    ],
)
def test_outside_the_metropole(lon: float, lat: float):
    assert locate(lon, lat) is None
    assert not within("75056", lon, lat, 1000)


def test_each_commune_holds_its_own_point():
    for commune in communes():
        lieu = locate(commune.lon, commune.lat)
        assert lieu is not None
        assert (lieu.code_commune, lieu.territoire) == (commune.code, commune.territoire)


def test_contours_tile_the_ground():
    """Every edge belongs to two contours, or to one and to the Métropole's own limit."""
    shared_by = Counter(frozenset(edge) for contour in _tiles() for edge in pairwise(contour.ring))
    assert set(shared_by.values()) == {1, 2}
    outer = {edge for edge, times in shared_by.items() if times == 1}
    assert len(ring_from(outer)) == len(outer), "the Métropole has one limit, without hole"
    paris = {frozenset(edge) for edge in pairwise(_contours()["75056"].ring)}
    arrondissements = Counter(
        frozenset(edge)
        for contour in _tiles()
        if contour.lieu.code_arrondissement
        for edge in pairwise(contour.ring)
    )
    assert {edge for edge, times in arrondissements.items() if times == 1} == paris


def ring_from(edges: set[frozenset[tuple[float, float]]]) -> list[tuple[float, float]]:
    """The closed walk along these edges that starts from the westernmost."""
    neighbours: dict[tuple[float, float], list[tuple[float, float]]] = {}
    for a, b in edges:
        neighbours.setdefault(a, []).append(b)
        neighbours.setdefault(b, []).append(a)
    walk, previous = [min(neighbours)], None
    while len(walk) == 1 or walk[-1] != walk[0]:
        ahead = next(point for point in neighbours[walk[-1]] if point != previous)
        previous = walk[-1]
        walk.append(ahead)
    return walk[1:]


def test_contours_have_the_area_of_their_communes():
    for commune in communes():
        ring = _contours()[commune.code].ring
        square_degrees = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)) / 2
        hectares = square_degrees * METRES_PER_DEGREE**2 * cos(radians(commune.lat)) / 10_000
        assert hectares == pytest.approx(commune.surface_ha, rel=0.08), commune.nom


@cache
def vertices() -> list[tuple[float, float]]:
    return sorted({point for contour in _tiles() for point in contour.ring})


@given(st.floats(2.14, 2.62), st.floats(48.68, 49.02))
def test_a_position_is_in_one_contour_at_most(lon: float, lat: float):
    lieux = [contour.lieu for contour in _tiles() if contour.contains(lon, lat)]
    assert lieux == ([locate(lon, lat)] if lieux else [])


@given(st.data())
def test_a_vertex_is_in_one_contour_at_most(data: st.DataObject):
    lon, lat = data.draw(st.sampled_from(vertices()))
    lieux = [contour.lieu for contour in _tiles() if contour.contains(lon, lat)]
    assert lieux == ([locate(lon, lat)] if lieux else [])


@given(st.floats(2.14, 2.62), st.floats(48.68, 49.02), st.floats(0, 5000))
def test_within_widens_with_the_distance(lon: float, lat: float, metres: float):
    lieu = locate(lon, lat)
    if lieu:
        assert within(lieu.code_commune, lon, lat, 0)
        assert within(lieu.code_arrondissement or lieu.code_commune, lon, lat, metres)
    for code in ("75056", "92012", "93066"):
        assert not within(code, lon, lat, metres) or within(code, lon, lat, metres + 1)


def test_within_measures_metres():
    """The Métropole's southernmost vertex: due south of it, nothing is nearer."""
    contour = min(_tiles(), key=lambda contour: contour.south)
    lon, lat = min(contour.ring, key=lambda point: point[1])
    code = contour.lieu.code_commune
    south = lat - 100 / METRES_PER_DEGREE
    assert not within(code, lon, south, 99)
    assert within(code, lon, south, 101)
    assert not within(code, lon, south - 0.01, 101)


def test_within_measures_metres_along_a_parallel():
    contour = min(_tiles(), key=lambda contour: contour.west)
    lon, lat = min(contour.ring)
    west = lon - 100 / (METRES_PER_DEGREE * cos(radians(lat)))
    assert not within(contour.lieu.code_commune, west, lat, 99)
    assert within(contour.lieu.code_commune, west, lat, 101)


def test_neighbours_share_an_edge():
    assert neighbours("94048") == ("94004", "94070", "94071", "94075")
    assert neighbours("75111") == ("75103", "75104", "75110", "75112", "75120")
    assert neighbours("94067") == ("75112", "75120", "93048", "94080")
    around_paris = neighbours("75056")
    assert len(around_paris) == 29
    assert not any(code.startswith("75") for code in around_paris)


def test_a_neighbour_has_its_neighbour_for_one():
    for code in (
        contour.lieu.code_arrondissement or contour.lieu.code_commune for contour in _tiles()
    ):
        assert all(code in neighbours(other) for other in neighbours(code))
        assert neighbours(code)


def test_within_takes_arrondissements_and_former_codes():
    assert within("75107", 2.2945, 48.8584, 0)
    assert not within("75104", 2.2945, 48.8584, 1000)
    assert within("75056", 2.2945, 48.8584, 0)
    assert within("93059", 2.3544, 48.9358, 0)
    assert not within("69123", 2.2945, 48.8584, 1e9)


def test_real_points_are_where_the_reference_says(donnees_reelles: Path):
    """6,173 charging points against a location made with other contours (finer, of 2018)."""
    with (donnees_reelles / "irve/grand_paris_provenance.csv").open(encoding="utf-8") as lines:
        expected = {
            row["id_pdc_itinerance"]: row["commune_par_polygone"] for row in csv.DictReader(lines)
        }
    agreed: dict[bool, list[bool]] = {True: [], False: []}
    with (donnees_reelles / "irve/grand_paris_irve_statique.csv").open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            lon, lat = json.loads(row["coordonneesXY"])
            there = resolve(expected[row["id_pdc_itinerance"]])
            lieu = locate(lon, lat)
            agreed[bool(row["code_insee_commune"])].append(
                there is not None
                and lieu is not None
                and lieu.code_commune == there.commune.code
                and there.arrondissement in (None, lieu.code_arrondissement)
            )
    without_code = agreed[False]
    assert len(without_code) == 1453
    assert sum(without_code) >= 1447
    everywhere = without_code + agreed[True]
    assert sum(everywhere) / len(everywhere) > 0.99


# Holidays ------------------------------------------------------------------------------------


def test_holidays_agree_with_the_published_ones():
    published = {date.fromisoformat(row["date"]): row["nom"] for row in table("jours-feries.csv")}
    ours = {day: name for year in range(2016, 2041) for day, name in holidays(year).items()}
    assert ours == published


@given(st.integers(1, 9999))
def test_eleven_days_a_year_with_easter_on_a_monday(year: int):
    # Ascension Thursday may fall on a fixed holiday (1 or 8 May).
    found = holidays(year)
    assert len(found) in (10, 11)
    assert list(found) == sorted(found)
    monday = next(day for day, name in found.items() if name == "Lundi de Pâques")
    assert monday.weekday() == 0
    assert date(year, 3, 23) <= monday <= date(year, 4, 26)
    assert all(is_holiday(day) for day in found)
    assert not is_holiday(date(year, 3, 1))
