"""Positions as the files of charging points write them."""

import pytest

from services.bornes.irve import COLONNES, lire

XY = next(colonne for colonne in COLONNES if colonne.name == "coordonneesXY")


@pytest.mark.parametrize(
    ("recu", "valeur", "codes"),
    [
        ("[2.26765, 48.827423]", "[2.26765,48.827423]", []),
        ("[48.827423, 2.26765]", "[2.26765,48.827423]", ["COIN"]),
        ("2.26765,48.827423", "[2.26765,48.827423]", ["COEC"]),
        ("{'lon': 2.26, 'lat': 48.82}", "[2.26,48.82]", ["COEC", "COPR"]),
        ("{'lat': 48.82, 'lon': 2.26}", "[2.26,48.82]", ["COEC", "COPR"]),
        ("(48.82; 2.26)", "[2.26,48.82]", ["COIN", "COEC", "COPR"]),
        (
            '{"type":"Point","coordinates":[2.26,48.82]}',
            "[2.26,48.82]",
            ["COEC", "COPR"],
        ),
        (
            '{"coordinates":[2.26,48.82],"type":"Point"}',
            "[2.26,48.82]",
            ["COEC", "COPR"],
        ),
        ("POINT (2.26 48.82)", "[2.26,48.82]", ["COEC", "COPR"]),
        ("SRID=4326;POINT Z (2.26 48.82 35)", "[2.26,48.82]", ["COEC", "COPR"]),
        ("[2.26,48.82,35.0]", "[2.26,48.82]", ["COEC", "COPR"]),
        ("2,26 ; 48,82", "[2.26,48.82]", ["COEC", "COPR"]),
        ("[48,82 2,26]", "[2.26,48.82]", ["COIN", "COEC", "COPR"]),
        ("[+2.26, 48.82]", "[2.26,48.82]", ["COEC", "COPR"]),
        ("[02.26,048.82]", "[2.26,48.82]", ["COEC", "COPR"]),
        ("[48.82,+2.26]", "[2.26,48.82]", ["COIN", "COEC", "COPR"]),
        ("[2.26\N{NO-BREAK SPACE}, 48.82]", "[2.26,48.82]", ["COEC", "COPR"]),
        (
            "[2.26,\N{NARROW NO-BREAK SPACE}48.82]",
            "[2.26,48.82]",
            ["COEC", "COPR"],
        ),
        ("[2,26,48,82]", None, ["COOR"]),
        # COPR: hundreds of metres away, or eight kilometres.
        ("[2.265,48.82]", "[2.265,48.82]", []),
        ("[2.26,48.825]", "[2.26,48.825]", []),
        ("[2.2600,48.8]", "[2.26,48.8]", ["COPR"]),
        # The third number is no altitude.
        ("2.26, 48,82", None, ["COOR"]),
        ("48.82, 2, 26", None, ["COOR"]),
        ("2,48,82", None, ["COOR"]),
        ("[\N{FULLWIDTH DIGIT TWO}.35,48.85]", None, ["COOR"]),
        ("2.26-48.82", None, ["COOR"]),
        ("{'lat': '48,82', 'lon': '2,26'}", "[2.26,48.82]", ["COEC", "COPR"]),
        ("Latitude : 48,82 Longitude : 2,26", "[2.26,48.82]", ["COEC", "COPR"]),
        ("lat=48.82° lon=2.26°", "[2.26,48.82]", ["COEC", "COPR"]),
        ("lat=48°49'12 lon=2°15'36", None, ["COOR"]),
        ("lat: 48 49 12, lon: 2 15 36", None, ["COOR"]),
        ("lat: 48.82.5, lon: 2.26.1", None, ["COOR"]),
        ("[55.45,-20.88]", "[55.45,-20.88]", ["CRDF", "COPR"]),
        (
            "[45.16,-12.84]",
            "[45.16,-12.84]",
            ["CRDF", "COPR"],
        ),  # Mayotte stays right
        # CRDF's bounds, those of the published rule, and those of a pair in the other order.
        ("[-5,41]", "[-5,41]", ["COPR"]),
        ("[10,52]", "[10,52]", ["COPR"]),
        ("[-5.01,48]", "[-5.01,48]", ["CRDF", "COPR"]),
        ("[10.01,48]", "[10.01,48]", ["CRDF", "COPR"]),
        ("[2,40.99]", "[2,40.99]", ["CRDF", "COPR"]),
        ("[2,52.01]", "[2,52.01]", ["CRDF", "COPR"]),
        ("[41,-5.5]", "[-5.5,41]", ["COIN", "CRDF", "COPR"]),
        ("[51.5,9.7]", "[9.7,51.5]", ["COIN", "COPR"]),
        ("[40.99,2]", "[40.99,2]", ["CRDF", "COPR"]),
        ("[51.51,2]", "[51.51,2]", ["CRDF", "COPR"]),
        ("[48,-5.51]", "[48,-5.51]", ["CRDF", "COPR"]),
        ("[48,9.71]", "[48,9.71]", ["CRDF", "COPR"]),
        ("[200,48]", None, ["COOR"]),
        ("à définir", None, ["COOR"]),
        # Read in one pass: a pattern that comes back on its steps would take hours.
        ("lon" * 300_000, None, ["COOR"]),
        ("9?9'9.9\"E 48", None, ["COOR"]),
    ],
)
def test_positions(recu, valeur, codes):
    found = lire(XY, recu)
    assert (found.valeur, [constat.code for constat in found.constats]) == (valeur, codes)
