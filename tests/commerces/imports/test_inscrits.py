"""What an import makes of shops that somebody registered: nothing exists before an agent's word."""

import pytest

from services.commerces import commands as gestion
from services.commerces.contribution.commands import COMMERCANT
from services.commerces.doublons.commands import chercher
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche
from tests.commerces.imports.conftest import AGENT, SHOP

SIRET = "73282932000074"
ROW = {**SHOP, "siret": SIRET}
EN_ATTENTE, BROUILLON, PUBLIEE = StatutFiche.EN_ATTENTE, StatutFiche.BROUILLON, StatutFiche.PUBLIEE


@pytest.fixture
def declared(session):
    """A listing that somebody registered, or that an agent wrote, led to a status."""

    def declared(*statuts, auteur=COMMERCANT):
        saisie = FicheSaisie(
            nom="Inscrite",
            adresse="1 rue de la Fontaine",
            code_postal="94440",
            lon=2.5553,
            lat=48.7375,
            siret=SIRET,
            categories=["fromagerie"],
            modalites=[{"genre": "comptoir"}],
        )
        fiche = gestion.create(session, saisie, auteur=auteur)
        for statut in statuts:
            gestion.change_status(session, fiche, statut, auteur=AGENT)
        return fiche

    return declared


def outcome(found):
    fiches = found.bilan.fiches
    return {one.code for one in found.bilan.codes}, fiches.creees, fiches.modifiees


@pytest.mark.parametrize("statuts", [[EN_ATTENTE], [EN_ATTENTE, BROUILLON]])
def test_a_registration_without_an_accord_keeps_no_import_away(
    session, declared, take, shown, statuts
):
    waiting = declared(*statuts)
    assert outcome(take(ROW)) == (set(), 1, 0)
    imported, _ = shown()[SHOP["nom"]]
    assert (imported.statut, waiting.statut) == ("publiee", statuts[-1])
    assert chercher(session) == 1  # the agent sees that both are one establishment
    assert outcome(take({**ROW, "description": "Du neuf"})) == (set(), 0, 1)


@pytest.mark.parametrize(
    ("statuts", "auteur"),
    [([EN_ATTENTE, PUBLIEE], COMMERCANT), ([], AGENT), ([EN_ATTENTE], AGENT)],
)
def test_what_an_agent_wrote_or_accepted_is_the_shop(declared, take, shown, statuts, auteur):
    declared(*statuts, auteur=auteur)
    assert outcome(take(ROW)) == ({"TENU"}, 0, 0)
    assert list(shown()) == ["Inscrite"]


def test_of_two_listings_the_one_that_counts_is_known(declared, take, shown):
    declared(EN_ATTENTE)
    take(ROW)
    assert outcome(take(ROW, source="autre")) == ({"TENU"}, 0, 0)
    assert len(shown()) == 2
