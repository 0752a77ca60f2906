"""Positions, postcodes and days of a line."""

import json
import math
import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.commerces.imports import lambert, metres, positions
from services.commerces.imports.dates import ILLISIBLE, premier_jour, verifie
from services.commerces.imports.positions import position
from services.commerces.imports.situations import situer

TODAY = date(2026, 11, 25)
POINT = {"type": "Point", "coordinates": [2.3522, 48.8566]}
RING = [[[2.352, 48.8565], [2.3524, 48.8565], [2.3524, 48.8567], [2.352, 48.8565]]]
OUTLINE = {"geometrie": {"type": "Polygon", "coordinates": RING}}
"""As a shop that fills its building is drawn in OpenStreetMap."""


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"position": "48.8566,2.3522"}, (2.3522, 48.8566, None)),
        ({"position": "48.8566, 2.3522"}, (2.3522, 48.8566, None)),
        ({"position": "48,8566 / 2,3522"}, (2.3522, 48.8566, None)),
        ({"position": "lat : 48.8566, lon : 2.3522"}, (2.3522, 48.8566, None)),
        ({"position": "longitude=2.3522 latitude=48.8566"}, (2.3522, 48.8566, "COIN")),
        ({"position": "48°51'23.76\"N 2°21'07.92\"E"}, (2.3522, 48.8566, None)),
        ({"position": "48° 51’ 23,76’’ N, 2° 21’ 7,92’’ E"}, (2.3522, 48.8566, None)),
        ({"position": "48°51'23.76\"N 2°21'07.92\"W"}, None),
        ({"position": "48°51'N"}, None),
        ({"position": "2.3522,48.8566"}, (2.3522, 48.8566, None)),
        ({"position": [48.8566, 2.3522]}, (2.3522, 48.8566, None)),
        ({"position": {"lon": 2.3522, "lat": 48.8566}}, (2.3522, 48.8566, None)),
        ({"position": {"latitude": "48.8566", "lng": 2.3522}}, (2.3522, 48.8566, None)),
        ({"position": "{'lon': 2.3522, 'lat': 48.8566}"}, (2.3522, 48.8566, None)),
        ({"position": [48.8566, 2.3522, 35]}, (2.3522, 48.8566, None)),
        ({"position": POINT}, (2.3522, 48.8566, None)),
        ({"position": json.dumps(POINT)}, (2.3522, 48.8566, None)),
        ({"geometrie": {"type": "Feature", "geometry": POINT}}, (2.3522, 48.8566, None)),
        (
            {"geometrie": {"type": "MultiPoint", "coordinates": [[2.3522, 48.8566]]}},
            (2.3522, 48.8566, None),
        ),
        ({"longitude": "2.3522E+00", "latitude": "'+48.8566"}, (2.3522, 48.8566, None)),
        ({"geometrie": {"type": "MultiPoint", "coordinates": [[2.3, 48.8], [2.4, 48.9]]}}, None),
        ({"geometrie": {"type": ["Point"], "coordinates": [2.3, 48.8]}}, None),
        ({"geometrie": {"type": "Polygon", "coordinates": [[2.3, 48.8]]}}, None),
        (OUTLINE, (2.3522, 48.8566, "POSC")),
        ({"geometrie": {"type": "MultiPolygon", "coordinates": [RING]}}, (2.3522, 48.8566, "POSC")),
        ({"geometrie": {"type": "Polygon", "coordinates": [[*RING[0], [2.36, 48.8566]]]}}, None),
        ({"geometrie": {"type": "Polygon", "coordinates": [[*RING[0], "x"]]}}, None),
        ({"geometrie": {"type": "MultiPolygon", "coordinates": RING}}, None),
        ({"geometrie": {"type": "Polygon"}}, None),
        (
            {"geometrie": {"type": "Point", "coordinates": [652469.02, 6862035.26]}},
            (2.3522, 48.8566, "POSM"),
        ),
        (
            {"geometrie": {"type": "Point", "coordinates": [261845.71, 6250564.35]}},
            (2.3522, 48.8566, "POSM"),
        ),
        ({"longitude": "261 845,71", "latitude": "6250564.35"}, (2.3522, 48.8566, "POSM")),
        ({"longitude": "652469.02", "latitude": "6862035.26"}, (2.3522, 48.8566, "POSM")),
        (
            {"geometrie": "SRID=3857;POINT(261845.71 6250564.35)"},
            (2.3522, 48.8566, "POSM"),
        ),
        ({"geometrie": "POINT (652469.02 6862035.26)"}, (2.3522, 48.8566, "POSM")),
        ({"longitude": "261845.71", "latitude": "5250564.35"}, None),
        ({"position": "{'lon': 2.3522"}, None),
        ({"longitude": "2,3522", "latitude": "48,8566"}, (2.3522, 48.8566, None)),
        ({"longitude": 48.8566, "latitude": 2.3522}, (2.3522, 48.8566, "COIN")),
        (
            {"geometrie": '{"type": "Point", "coordinates": [2.3522, 48.8566]}'},
            (2.3522, 48.8566, None),
        ),
        (
            {"position": "?", "geometrie": {"type": "Point", "coordinates": [2.3522, 48.8566]}},
            (2.3522, 48.8566, None),
        ),
        (
            {"lambert_x": "652 469,02", "lambert_y": "6\u00a0862\u202f035,26"},
            (2.3522, 48.8566, None),
        ),
        ({"position": "48.8566" + " " * 300 + "2.3522"}, None),
        ({"geometrie": "POINT(2.3522" + " " * 300 + "48.8566)"}, None),
        ({"longitude": "2.3522" + "0" * 300, "latitude": "48.8566"}, None),
        ({"lambert_x": "652469.02", "lambert_y": "6862035.26"}, (2.3522, 48.8566, None)),
        ({"lambert_x": "[ND]", "lambert_y": "[ND]"}, None),
        ({"geometrie": {"type": "Polygon", "coordinates": []}}, None),
        ({"geometrie": {"type": "Point", "coordinates": [True]}}, None),
        ({"geometrie": "{"}, None),
        ({"longitude": "200", "latitude": "48"}, None),
        ({"longitude": "2.35"}, None),
        ({"position": "0,0"}, None),
        ({}, None),
    ],
)
def test_positions(values, expected):
    found = position(values)
    if expected is None:
        assert found is None
    elif values.get("position") == "2.3522,48.8566":
        assert found[:2] == expected[:2]
    else:
        assert found == expected


def test_lambert_93_of_a_known_point():
    """The origin of the projection: 3° E, 46.5° N (IGN)."""
    lon, lat = lambert.to_degrees(700_000, 6_600_000)
    assert lon == pytest.approx(3, abs=1e-7)
    assert lat == pytest.approx(46.5, abs=1e-7)


@given(st.floats(2.1, 2.7), st.floats(48.68, 49.02))
def test_metres_around_the_metropole_have_one_projection(lon, lat):
    """As a map of the Web shows them, to the centimetre; in Lambert 93 that is not France."""
    x = round(6_378_137 * math.radians(lon), 2)
    y = round(6_378_137 * math.asinh(math.tan(math.radians(lat))), 2)
    assert metres.to_degrees(x, y) == pytest.approx((lon, lat), abs=1e-6)
    elsewhere = lambert.to_degrees(x, y)
    assert elsewhere[0] < -1.78 or elsewhere[1] < 43.2  # west of Hendaye, or in Spain


@pytest.mark.parametrize(
    ("address", "postcode", "kept", "codes"),
    [
        ("1 rue de l'Essai", "75004", ("1 rue de l'Essai", "75004"), []),
        ("9 rue de l’Olive 75018", "75004", ("9 rue de l’Olive", "75004"), ["ADCP"]),
        ("9 rue de l’Olive, 75004 Paris", None, ("9 rue de l’Olive", "75004"), ["ADCP", "CPDE"]),
        ("1 rue de l'Essai", None, ("1 rue de l'Essai", "75004"), ["CPDE"]),
        ("1 rue de l'Essai", "750", ("1 rue de l'Essai", "75004"), ["CPDE"]),
        ("1 rue de l'Essai", "75 004", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "75004.0", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "75004 CEDEX", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "75004 Paris Cedex 4", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "75004 PARIS 04", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "75004 Paris 2020", ("1 rue de l'Essai", "75004"), ["CPDE"]),
        (
            "3 rue des Fêtes 75019 PARIS 19",
            None,
            ("3 rue des Fêtes", "75019"),
            ["ADCP", "CPDE"],
        ),
        (
            "3 rue des Fêtes, 75019 Paris 19ème",
            "75019",
            ("3 rue des Fêtes", "75019"),
            ["ADCP"],
        ),
        (
            "9 rue X 75004 Paris bâtiment 3",
            None,
            ("9 rue X 75004 Paris bâtiment 3", "75004"),
            ["CPDE"],
        ),
        ("9 rue X 75004 Paris Cedex 04", "75004", ("9 rue X", "75004"), ["ADCP"]),
        ("Lot 75019 Paris, 3 rue X", "75004", ("Lot 75019 Paris, 3 rue X", "75004"), []),
        ("1 rue de l'Essai", "75004 La Varenne", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "F-75004", ("1 rue de l'Essai", "75004"), ["CPRE"]),
        ("1 rue de l'Essai", "94440", ("1 rue de l'Essai", "94440"), ["CPOS"]),
        # Codes INSEE in the wrong column: its own is mended, another commune's is told.
        ("1 rue de l'Essai", "75104", ("1 rue de l'Essai", "75004"), ["CPDE"]),
        ("1 rue de l'Essai", "75056", ("1 rue de l'Essai", "75004"), ["CPDE"]),
        ("1 rue de l'Essai", "75105", ("1 rue de l'Essai", "75004"), ["CPDE", "CPOS"]),
        ("1 rue de l'Essai", "Paris 05", ("1 rue de l'Essai", "75004"), ["CPDE", "CPOS"]),
        ("1 rue de l'Essai", "93066", ("1 rue de l'Essai", "93066"), ["CPOS"]),
    ],
)
def test_addresses_and_postcodes(address, postcode, kept, codes):
    found = situer({"position": "48.8566,2.3522"}, address, postcode)
    assert (found.adresse, found.code_postal) == kept
    assert [one.code for one in found.constats] == codes


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        *[(name, []) for name in ("Paris", "PARIS 04", "Paris 4e Arrondissement", "", None)],
        ("Paris 1er", []),  # 100 metres away
        ("Lutèce", []),  # nobody knows
        *[(name, ["COMP"]) for name in ("Montreuil", "MONTREUIL (93)", "Paris 20e")],
    ],
)
def test_a_place_outside_the_commune_that_is_written_is_told(told, codes):
    """Where a file has no postcode, that of the position says the same, and nothing else would."""
    for postcode, deduced in (("75004", []), (None, ["CPDE"])):
        found = situer({"position": "48.8590,2.3480", "commune": told}, "1 rue X", postcode)
        assert [one.code for one in found.constats] == [*deduced, *codes]


def test_the_middle_of_an_outline_is_told():
    found = situer(OUTLINE, "1 rue de l'Essai", "75004")
    assert found.place[:2] == (2.3522, 48.8566)
    (said,) = found.constats
    assert (said.code, said.colonne, said.retenu) == ("POSC", "position", "2.3522,48.8566")


def test_a_place_outside_is_told():
    assert situer({"position": "43.3,5.4"}, "x", "75004").constats[0].code == "PERI"
    assert [one.code for one in situer({}, "x", None).constats] == ["POSA", "CPIL"]


OLD_PAIR = re.compile(r"[\s(\[]*(-?\d{1,3}(?:[.,]\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:[.,]\d+)?)[\s)\]]*")
OLD_WKT = re.compile(
    r"\s*(?:SRID=\d{4,6};)?\s*POINT\s*Z?\s*\(\s*(-?\d{1,7}(?:\.\d+)?)\s+(-?\d{1,7}(?:\.\d+)?)"
    r"(?:\s+-?\d{1,4}(?:\.\d+)?)?\s*\)\s*",
    re.IGNORECASE,
)


def groups(pattern, text):
    found = pattern.fullmatch(text)
    return found and found.groups()


@given(st.text("12.,; -([])", max_size=14))
@example("( 48.85 ; 2.35 )")
def test_pairs_are_read_as_they_were(text):
    assert groups(positions._PAIR, text) == groups(OLD_PAIR, text)


@given(
    st.lists(st.sampled_from(["SRID=4326;", "POINT", " ", "Z", "(", "1.5", "2", ")"]), max_size=14)
)
@example(["SRID=4326;", " ", "point", " ", "Z", " ", "(", "1.5", " ", "2", " ", "2", ")"])
def test_wkt_is_read_as_it_was(pieces):
    text = "".join(pieces)
    assert groups(positions._WKT, text) == groups(OLD_WKT, text)


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T10:00:00+01:00", "2026-01-31"),
        ("31/01/2026", "2026-01-31"),
        ("2019/10/01", "2019-10-01"),
        ("2019.10.01", "2019-10-01"),
        ("01-10-2019", "2019-10-01"),
        ("01.10.2019 08:30", "2019-10-01"),
        ("20191001", "2019-10-01"),
        ("43739", "2019-10-01"),
        ("43739.0", "2019-10-01"),
        ("2026-02-31", ILLISIBLE),
        ("2030-01-01", ILLISIBLE),
        ("1999-01-01", ILLISIBLE),
        ("01/10/19", ILLISIBLE),
        ("01/10-2019", ILLISIBLE),
        ("99999", ILLISIBLE),
        ("samedi 31 janvier 2026", "2026-01-31"),
        ("1er févr. 2026", "2026-02-01"),
        ("15-AOÛT-2026", "2026-08-15"),
        ("31 juil. 2026", "2026-07-31"),
        ("31 jui 2026", ILLISIBLE),
        ("30 février 2026", ILLISIBLE),
        ("1 mardi 2026", ILLISIBLE),
        ("31 janvier 26", ILLISIBLE),
        ("20", ILLISIBLE),
        ("hier", ILLISIBLE),
        ("", None),
    ],
)
def test_days_of_confirmation(received, kept):
    findings = []
    assert verifie(received, TODAY, findings) == kept
    assert [one.code for one in findings] == (["DATI"] if kept is ILLISIBLE else [])


def test_the_absence_of_a_day_is_no_bad_day():
    findings = []
    assert verifie("N/A", TODAY, findings) is premier_jour("-", TODAY, findings) is None
    assert [one.code for one in findings] == ["NULX", "NULX"]
    assert premier_jour("43739", TODAY, findings) is None  # only a date of Excel where dates are
    assert premier_jour("1912/04/01", TODAY, findings) == "1912-04-01"
