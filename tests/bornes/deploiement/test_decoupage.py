"""Progress by operator: whose points count, and where."""

from tests.bornes.deploiement.test_api_deploiement import PLACE, ours, progress
from tests.factories import irve_station


def operators(client):
    rows = progress(client, par="operateur", unite="pdc")["lignes"]
    return [(row["code"], row["reseau_retenu"], row["tous_operateurs"]) for row in rows]


def test_operators_are_those_of_the_perimeter_on_that_day(client, receive):
    """Paris is out of it; who has withdrawn all its points is there no more."""
    paris = [*irve_station(4, "FRAAAP2"), *irve_station(1, "FRBBBP1")]
    receive([*ours(2, **PLACE), *paris])
    others = irve_station(9, "FRCCCP1", **PLACE)
    receive([*others, *irve_station(1, "FRAAAP1", **PLACE)], "autre")
    assert operators(client) == [("FRCCC", 0, 9), ("FRMGP", 2, 2), ("FRAAA", 0, 1)]
    receive(others, "autre")
    assert operators(client) == [("FRCCC", 0, 9), ("FRMGP", 2, 2)]
