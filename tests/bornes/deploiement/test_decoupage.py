"""Progress split by commune, territory, operator, month or band: whose points count, and where."""

from datetime import date
from itertools import groupby

import pytest

from services.bornes.deploiement.decoupage import month_ends, rows
from shared.schemas.bornes_deploiement import Decoupage, Unite
from tests.bornes.deploiement.test_api_deploiement import PLACE, ours, progress
from tests.bornes.deploiement.test_mesure import ATHIS, NEUILLY, PARIS, SAINT_DENIS, releve
from tests.factories import irve_station


def figures(par, unite=Unite.PDC, au="2022-06-30"):
    """Declared, network's and everyone's, by row."""
    return {
        row.code: (row.declare, row.reseau_retenu, row.tous_operateurs)
        for row in rows(releve(au), unite, par)
    }


@pytest.mark.parametrize(
    ("par", "there", "paris"),
    [
        (Decoupage.COMMUNE, {ATHIS: (0, 0, 3), NEUILLY: (4, 3, 4), SAINT_DENIS: (1, 0, 0)}, PARIS),
        (Decoupage.EPT, {"T4": (4, 3, 4), "T6": (1, 0, 0), "T12": (0, 0, 3)}, "T1"),
    ],
)
def test_places_add_up_and_paris_comes_last_apart(par, there, paris):
    """The site of Pierrefitte, since merged, is one of Saint-Denis."""
    found = figures(par)
    assert list(found)[-1] == paris
    assert found.pop(paris) == (0, 1, 2)
    assert {code: row for code, row in found.items() if any(row)} == there
    shown = {row.code: row.dans_perimetre for row in rows(releve(), Unite.PDC, par)}
    assert [code for code, inside in shown.items() if not inside] == [paris]


def test_stations_are_counted_and_bornes_are_not():
    communes = figures(Decoupage.COMMUNE, Unite.STATION)
    assert (communes[NEUILLY], communes[ATHIS]) == ((1, 1, 2), (0, 0, 2))
    assert figures(Decoupage.COMMUNE, Unite.BORNE)[NEUILLY] == (2, None, None)
    assert figures(Decoupage.MOIS, Unite.BORNE)["2022-06"] == (2, None, None)


def test_operators_are_named_as_most_of_their_points_name_them():
    found = rows(releve(), Unite.PDC, Decoupage.OPERATEUR)
    assert [(row.code, row.libelle) for row in found] == [
        ("FRAAA", "Aaa"),
        ("FRMGP", "Métropolis"),
        ("NC", "Sans préfixe d'opérateur"),
        ("FRZZZ", "FRZZZ"),
    ]
    assert all(row.dans_perimetre for row in found)
    assert list(figures(Decoupage.OPERATEUR).values()) == [
        (0, 0, 3),
        (4, 3, 3),
        (0, 0, 1),
        (1, 0, 0),
    ]


def test_operators_are_those_of_the_perimeter_on_that_day(client, receive):
    """Paris is out of it; who has withdrawn all its points is there no more."""
    paris = [*irve_station(4, "FRAAAP2"), *irve_station(1, "FRBBBP1")]
    receive([*ours(2, **PLACE), *paris])
    others = irve_station(9, "FRCCCP1", **PLACE)
    receive([*others, *irve_station(1, "FRAAAP1", **PLACE)], "autre")
    assert operators(client) == [("FRCCC", 0, 9), ("FRMGP", 2, 2), ("FRAAA", 0, 1)]
    receive(others, "autre")
    assert operators(client) == [("FRCCC", 0, 9), ("FRMGP", 2, 2)]


def operators(client):
    found = progress(client, par="operateur", unite="pdc")["lignes"]
    return [(row["code"], row["reseau_retenu"], row["tous_operateurs"]) for row in found]


def test_bands_count_the_perimeter_and_only_points_have_a_declared_band():
    assert figures(Decoupage.BANDE) == {
        "0-7.4": (1, 2, 3),
        "7.4-22": (4, 1, 1),
        "22-150": (0, 0, 1),
        "150-": (0, 0, 2),
    }
    assert all(row.dans_perimetre for row in rows(releve(), Unite.PDC, Decoupage.BANDE))
    stations = figures(Decoupage.BANDE, Unite.STATION)
    assert list(stations.values()) == [(None, 1, 2), (None, 1, 1), (None, 0, 1), (None, 0, 1)]


def test_months_tell_the_end_of_each_and_the_last_day_asked():
    found = figures(Decoupage.MOIS)
    months = [f"{year}-{month:02}" for year in range(2019, 2023) for month in range(1, 13)]
    assert list(found) == months[months.index("2019-07") : months.index("2022-06") + 1]
    steps = groupby(found.items(), key=lambda row: row[1])
    assert [(next(same)[0], told) for told, same in steps] == [
        ("2019-07", (0, 0, 0)),
        ("2020-01", (0, 0, 1)),
        ("2021-01", (0, 1, 2)),
        ("2021-02", (0, 2, 3)),
        ("2021-03", (4, 2, 5)),
        ("2021-08", (4, 3, 6)),
        ("2022-01", (4, 3, 7)),
        ("2022-02", (4, 3, 8)),
        ("2022-05", (5, 3, 8)),
        ("2022-06", (5, 3, 7)),
    ]
    first = rows(releve(), Unite.PDC, Decoupage.MOIS)[0]
    assert (first.libelle, first.dans_perimetre) == ("juillet 2019", True)


def test_a_list_of_months_ends_on_the_day_asked():
    ends = list(month_ends(date(2019, 11, 30), date(2020, 2, 29)))
    assert [f"{end:%d/%m}" for end in ends] == ["30/11", "31/12", "31/01", "29/02"]
    assert list(month_ends(date(2020, 2, 1), date(2020, 2, 1))) == [date(2020, 2, 1)]
    assert list(month_ends(date(2020, 1, 31), date(2020, 2, 1)))[-1] == date(2020, 2, 1)
