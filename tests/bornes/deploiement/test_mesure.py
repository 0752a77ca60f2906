"""The figures of a day, counted by hand on a registry small enough to be read."""

from datetime import date

import pytest

from services.bornes import programmes
from services.bornes.deploiement.mesure import detail, progress, without_station
from services.bornes.deploiement.presences import Presence
from services.bornes.deploiement.releve import Releve
from services.bornes.sites.regles import Fait, Site
from shared import territoire
from shared.schemas.bornes_deploiement import Unite
from shared.schemas.bornes_sites import EtatSite

NEUILLY, ATHIS, SAINT_DENIS, PIERREFITTE, PARIS = "92051", "91027", "93066", "93059", "75056"
POINTS = [
    # point, station, commune, operator, band, first day, first day without it
    ("FRMGPE1", "FRMGPP1", NEUILLY, "METROPOLIS", 0, "2021-01-01", None),
    ("FRMGPE1CCS", "FRMGPP1", NEUILLY, "Métropolis", 0, "2021-02-01", None),
    ("FRMGPE2", "FRMGPP1", NEUILLY, "Métropolis", 1, "2022-06-30", None),
    ("FRMGPE3", "FRMGPP1", NEUILLY, "Métropolis", 1, "2022-07-01", None),
    ("FRAAAE1", "FRAAAP1", NEUILLY, "Aaa", 2, "2022-01-01", None),
    ("FRAAAE2", "FRAAAP1", NEUILLY, "Aaa", 2, "2020-01-01", "2022-06-30"),
    ("FRAAAE3", "FRAAAP2", ATHIS, "Aaa", 3, "2021-03-01", None),
    ("FRAAAE4", "FRAAAP2", ATHIS, "Aaa", 3, None, None),
    ("FRAAAE5", "FRAAAP2", ATHIS, "Aaa", 3, "2021-03-01", None),
    ("FRMGPE8", "FRMGPP2", ATHIS, "Métropolis", 0, "2021-08-01", "2022-06-01"),
    ("FRMGPE4", "FRMGPP2", ATHIS, "Métropolis", 0, None, "2022-01-01"),
    ("COUR-1", "COUR", ATHIS, "Garage", 0, "2022-02-01", None),
    ("FRMGPE5", "FRMGPP3", PARIS, "Métropolis", 0, "2021-01-01", None),
    ("FRBBBE1", "FRBBBP1", PARIS, "Bbb", 1, "2021-01-01", None),
    ("FRBBBE2", "FRBBBP1", PARIS, "Bbb", 1, "2022-07-01", None),
    ("FRMGPE6", "FRMGPP4", None, "Métropolis", 0, "2021-01-01", None),
]
SITES = [
    # prefix, commune, points by band, bornes, places, in service since
    ("FRMGP", NEUILLY, (0, 4, 0, 0), 2, 5, "2021-03-15"),
    ("FRZZZ", PIERREFITTE, (1, 0, 0, 0), None, None, "2022-05-31"),
    ("FRAAA", NEUILLY, (0, 0, 2, 0), 1, 2, None),
]


def _day(text):
    return text and date.fromisoformat(text)


def _site(number, *planned, opened):
    days = {EtatSite.IDENTIFIE: date(2021, 3, 1), EtatSite.EN_SERVICE: _day(opened)}
    faits = [Fait(statut, day, None, recu_le=day) for statut, day in days.items() if day]
    return Site(number, *planned, None, faits)


def releve(au="2022-06-30"):
    """The registry above, asked about the day before one point opens and the day another left."""
    programme = programmes.find("AIP-2019")
    points = [Presence(*of, _day(debut), _day(fin)) for *of, debut, fin in POINTS]
    sites = [_site(n, *planned, opened=day) for n, (*planned, day) in enumerate(SITES)]
    return Releve(programme, points, sites, _day(au))


def constats(unite, au="2022-06-30"):
    found = progress(releve(au), unite, None).constate
    return found.reseau_retenu, found.tous_operateurs


def test_points_are_those_of_the_perimeter_that_day_and_paris_is_apart():
    ours, everyone = constats(Unite.PDC)
    assert (ours.valeur, ours.points_de_charge, ours.stations) == (3, 3, 1)
    assert (everyone.valeur, everyone.points_de_charge, everyone.stations) == (7, 7, 4)
    assert (ours.hors_perimetre.valeur, everyone.hors_perimetre.valeur) == (1, 2)
    assert (ours.points_redeclares, everyone.points_redeclares) == (1, 1), "E1 and its connector"


def test_only_points_still_there_are_said_to_lack_a_date():
    ours, everyone = constats(Unite.PDC)
    assert (ours.points_sans_date, everyone.points_sans_date) == (0, 1)


def test_the_pace_is_that_of_the_last_twelve_months_in_the_unit_asked():
    """A year before: 2 points of the network among 5, 1 station of it among 3."""
    assert [found.rythme_mensuel for found in constats(Unite.PDC)] == [0.1, 0.2]
    assert [found.rythme_mensuel for found in constats(Unite.STATION)] == [0.0, 0.1]
    assert [found.valeur for found in constats(Unite.STATION)] == [1, 4]
    assert [found.hors_perimetre.valeur for found in constats(Unite.STATION)] == [1, 2]


def test_each_count_is_set_against_the_target_in_its_unit():
    compared = [found.comparaison for found in constats(Unite.PDC)]
    assert [(found.taux_pct, found.reste) for found in compared] == [(0.1, 4997), (0.1, 4993)]
    for found in constats(Unite.STATION):
        assert "5000 points de charge" in found.comparaison.motif


@pytest.mark.parametrize("unite", [Unite.BORNE, Unite.PLACE])
def test_what_irve_does_not_count_has_no_figure_but_the_points_beside_it(unite):
    ours, everyone = constats(unite)
    assert ours.libelle == "Points de charge recensés : Métropolis (FRMGP)"
    assert everyone.libelle == "Points de charge recensés : tous les opérateurs"
    for found, points in ((ours, 3), (everyone, 7)):
        assert (found.valeur, found.rythme_mensuel, found.hors_perimetre.valeur) == (None,) * 3
        assert found.points_de_charge == points
        assert "IRVE ne permet pas" in found.comparaison.motif


@pytest.mark.parametrize(
    ("unite", "value", "silent"),
    [(Unite.PDC, 5, 0), (Unite.STATION, 2, 0), (Unite.BORNE, 2, 1), (Unite.PLACE, 5, 1)],
)
def test_declared_adds_up_the_sites_in_service(unite, value, silent):
    found = progress(releve(), unite, None).declare
    assert (found.valeur, found.sites_sans_valeur) == (value, silent)
    assert {vue: n for vue, n in found.sites_par_vue.items() if n} == {
        "en_service": 2,
        "projete": 1,
    }


def test_before_any_site_nothing_was_declared_which_is_not_0():
    found = progress(releve("2021-02-28"), Unite.PDC, None).declare
    assert (found.valeur, found.comparaison.motif) == (
        None,
        "Aucun site n'était déclaré ce jour-là.",
    )


@pytest.mark.parametrize(
    ("au", "before", "current"),
    [
        ("2020-05-14", [], None),
        ("2020-05-15", [], 3000),
        ("2020-12-15", [3000], 3084),
        ("2022-06-30", [3000, 3084], 5000),
    ],
)
def test_targets_are_those_known_that_day_the_one_in_force_apart(au, before, current):
    asked = progress(releve(au), Unite.PDC, None)
    assert [objectif.valeur for objectif in asked.objectifs_precedents] == before
    told = detail(programme := releve().programme, _day(au))
    assert told.objectifs == programme.objectifs
    for objectif in (asked.objectif, told.objectif_en_vigueur):
        assert (objectif and objectif.valeur) == current


def test_communes_without_the_network_say_who_else_is_there():
    """All but Neuilly, of 129: Athis-Mons has two stations of others, the rest none."""
    found = without_station(releve())
    assert (found.communes_perimetre, found.sans_reseau_retenu) == (129, 128)
    assert found.sans_aucune_station == 127
    others = {one.nom: one.stations_autres_operateurs for one in found.communes}
    assert {nom: n for nom, n in others.items() if n} == {"Athis-Mons": 2}
    assert others.keys().isdisjoint({"Neuilly-sur-Seine", "Paris"})
    inhabitants = {commune.nom: commune.population_2023 for commune in territoire.communes()}
    assert list(others) == sorted(others, key=lambda nom: -inhabitants[nom])
    earlier = without_station(releve("2022-05-31"))
    assert earlier.sans_reseau_retenu == 127, "the network was still in Athis-Mons"
