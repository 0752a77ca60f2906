"""What an import says of what follows it."""

from datetime import date, datetime, timedelta

import pytest

from services.commerces.cli import resume
from services.commerces.fraicheur.commands import hide
from services.commerces.models import Fiche
from shared.schemas.commun import PARIS
from tests.commerces.conftest import LIGNE as SHOP

OTHER = {**SHOP, "nom": "Librairie", "adresse": "2 rue de la Fontaine"}


def ago(days):
    return datetime.now(PARIS).date() - timedelta(days=days)


def test_an_old_edition_tells_what_will_be_hidden_and_why(session, take, shown):
    for essai in (True, False):
        found = take(SHOP, OTHER, edition=date(2020, 5, 1), essai=essai)
        assert found.bilan.fiches.a_masquer == 2
        (avis,) = found.bilan.avis
        assert avis.startswith("2 fiches publiées de cette source disent une information de plus")
        assert "verifie_le" in avis
        assert avis in list(resume(found))
    assert hide(session, adresse="http://x") == 2
    assert {fiche.statut for fiche, _ in shown().values()} == {"suspendue"}


def test_only_what_is_too_old_is_counted(session, take):
    old = {**OTHER, "verifie_le": ago(370).isoformat()}
    found = take({**SHOP, "verifie_le": ago(300).isoformat()}, old)
    assert found.bilan.fiches.a_masquer == 1
    assert found.bilan.avis[0].startswith("Une fiche publiée dit")
    assert hide(session, adresse="http://x") == 1


def test_a_fresh_file_says_nothing(take):
    for options in ({"edition": ago(100)}, {}):
        assert take(SHOP, OTHER, **options).bilan.avis == []


def test_an_edition_sent_under_another_name_is_told(take):
    """As the command line does when the name of the file has its date."""
    may, december = "liste_2020-05", "liste_2020-12"
    assert take(SHOP, OTHER, source=may).bilan.avis == []
    for essai in (True, False):
        (avis,) = take(SHOP, OTHER, source=december, essai=essai).bilan.avis
        assert avis.startswith("2 des fiches créées ont le nom et l’adresse d’une fiche de la")
        assert f"« {may} »" in avis
    assert take(SHOP, OTHER, source=december).bilan.avis == []
    third = {**SHOP, "nom": "Quincaillerie"}
    take(third, source="autre")
    (avis,) = take(SHOP, OTHER, third, source=december).bilan.avis
    assert avis.startswith("Une des fiches créées a")


def test_drafts_and_other_sources_are_not_counted(session, take):
    take(OTHER, source="autre", edition=date(2020, 5, 1))
    found = take(SHOP, edition=date(2020, 5, 1), publier=False)
    assert (found.bilan.fiches.a_masquer, found.bilan.avis) == (0, [])
    assert session.query(Fiche).count() == 2


@pytest.mark.parametrize(
    "hours", ["Su[1] 09:00-12:00", "week 1-53/2 Mo 09:00-12:00", "Mo-Fr 09:00-12:00; SH off"]
)
def test_hours_beyond_the_subset_are_kept_as_a_text(take, shown, hours):
    found = take({**SHOP, "horaires": hours, "livraison_horaires": hours, "livraison": "oui"})
    assert {one.code: one.nombre for one in found.bilan.codes} == {"HORT": 2}
    ((fiche, _),) = shown().values()
    assert (fiche.horaires, fiche.horaires_texte) == (None, hours)
    assert [(one.horaires, one.horaires_texte) for one in fiche.modalites] == [(None, hours)]
