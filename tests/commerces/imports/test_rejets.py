"""A rejected line leaves the shop it speaks of as it was."""

import pytest

from tests.commerces.imports.conftest import SHOP as LINE
from tests.commerces.imports.conftest import codes

SHOP = {**LINE, "telephone": "01 99 00 12 34"}
OTHER = {**SHOP, "nom": "Un autre", "adresse": "9 rue de la Paix", "telephone": "01 99 00 12 35"}


def done(found):
    fiches, lignes = found.bilan.fiches, found.bilan.lignes
    return lignes.rejete, fiches.creees, fiches.modifiees, fiches.suspendues


@pytest.mark.parametrize("nom", ["", "<Nul>", "\u200b"])
def test_a_numbered_shop_without_a_name_stays(take, shown, nom):
    shops = [{**SHOP, "identifiant": "R0"}, {**OTHER, "identifiant": "R1"}]
    take(*shops)
    assert done(take({**shops[0], "nom": nom}, shops[1])) == (1, 0, 0, 0)
    assert [fiche.statut for fiche, _ in shown().values()] == ["publiee"] * 2


@pytest.mark.parametrize("changes", [{"adresse": ""}, {"nom": ""}, {"position": "", "adresse": ""}])
def test_a_shop_of_which_the_line_lost_a_part_stays(take, shown, changes):
    take(SHOP, OTHER)
    assert done(take({**SHOP, **changes}, OTHER)) == (1, 0, 0, 0)
    assert [fiche.statut for fiche, _ in shown().values()] == ["publiee"] * 2


def test_a_line_that_could_be_of_two_shops_keeps_both(take):
    twin = {**SHOP, "adresse": "3 avenue Foch", "position": "48.74,2.56"}
    take(SHOP, twin)
    assert done(take({**SHOP, "adresse": ""}, twin)) == (1, 0, 0, 0)
    assert done(take({**SHOP, "adresse": ""}, OTHER)) == (1, 1, 0, 0)


def test_a_line_that_names_nothing_keeps_nothing(take):
    take(SHOP, OTHER)
    assert done(take({**SHOP, "nom": "", "adresse": ""}, OTHER)) == (1, 0, 0, 1)


def test_a_shop_that_another_line_brings_is_not_kept_twice(take):
    take(SHOP, OTHER)
    assert done(take({**SHOP, "adresse": ""}, {**SHOP, "description": "Neuf"}, OTHER)) == (
        1,
        0,
        1,
        0,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"categories": "Local vacant"},
        {"categories": "vacant"},  # of OpenStreetMap
        {"categories": "CELLULES COMMERCIALES VACANTES"},
        {"nom": "Local commercial vacant", "categories": ""},
    ],
)
def test_vacant_premises_are_no_shop_and_end_the_one_that_was_there(take, changes):
    take({**SHOP, "identifiant": "R0"}, OTHER)
    found = take({**SHOP, "identifiant": "R0", **changes}, OTHER)
    assert (done(found), codes(found)) == ((1, 0, 0, 1), {"VACA": 1, "RETI": 1})


@pytest.mark.parametrize(
    "said",
    [
        *("Non", "non, je préfère pas", "Je ne souhaite pas", "0", "❌", "Je m’y oppose"),
        *("Pas d’accord", "Ne souhaite pas", "ne pas diffuser", "Opposition"),
        *("N’accepte pas", "N’autorise pas la diffusion", "Pas de publication"),
        "Non, opposé à la diffusion",
        *("Oui sauf l’adresse", "Oui, mais pas mon adresse"),
    ],
)
def test_a_shop_that_refuses_to_be_published_is_not(take, said):
    take(SHOP, OTHER)
    found = take({**SHOP, "publication": said}, OTHER)
    assert (done(found), codes(found)) == ((1, 0, 0, 1), {"REFU": 1, "RETI": 1})


@pytest.mark.parametrize(
    "said",
    [
        *("Oui", "J’accepte", "2020-11-03", "", "Nonancourt", "Non renseigné", "non précisé"),
        *("Pas de problème", "Pas d’objection", "Ne s’oppose pas"),
        *("Je n’y vois pas d’inconvénient", "Je ne m’y oppose pas", "non, aucune objection"),
        *("Pas renseigné", "Pas de réponse", "Pas contre", "Pas de restriction", "Non-opposition"),
        *("Opposition : aucune", "Opposition : non", "Je ne suis pas contre"),
        *("Oui sauf l’adresse mail", "Oui, uniquement nom et adresse", "Accord partiel"),
    ],
)
def test_a_shop_that_does_not_refuse_is_published(take, said):
    assert done(take({**SHOP, "publication": said}))[:2] == (0, 1)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "Fermé",
            "Non",
            "fermée définitivement",
            "Fermeture temporaire",
            "0",
            "Fermé.",
            "F",
            "closed",
        ),
        *("Non, fermé jusqu’au 15 décembre", "Non (travaux)", "Fermé pour congés", "Radié"),
        *("N’existe plus", "N’est plus ouvert", "Liquidation judiciaire", "inactif", "vacant"),
        *("Fermé jusqu’au 15/12", "Fermé pour travaux jusqu’au 15/12", "Fermé jusqu’en janvier"),
        *("Temporairement fermé (jusqu’au 3/1)", "Actuellement fermé", "Fermé depuis le 3 mai"),
        *("Fermé suite à un incendie", "Fermé pour cause de travaux", "Closed until January"),
    ],
)
def test_a_shop_that_is_said_closed_is_not_published(take, said):
    take(SHOP, OTHER)
    found = take({**SHOP, "ouvert": said}, OTHER)
    assert (done(found), codes(found)) == ((1, 0, 0, 1), {"FERM": 1, "RETI": 1})


@pytest.mark.parametrize(
    "said",
    [
        *("Ouvert", "Oui", "Fermé le lundi", "9h-19h", "", "Non communiqué", "actif", "A"),
        *("Fermé du 1er au 15 août", "Fermé en août", "Fermé jusqu’à 14h", "Fermé dès 19h"),
    ],
)
def test_a_shop_that_is_not_said_closed_is_published(take, said):
    assert done(take({**SHOP, "ouvert": said}))[:2] == (0, 1)


@pytest.mark.parametrize(
    ("name", "closed"),
    [
        *[(f"Chez Paul{end}", True) for end in (" (FERMÉ)", " - fermé définitivement", " : Fermé")],
        ("Fermé définitivement", True),
        *[(f"Chez Paul{end}", False) for end in (" (fermé le lundi)", " à la Ferme", " Fermé")],
        ("Chez Paul (cessation d’activité)", True),
        ("Chez Paul (fermé jusqu’au 15/12)", True),
        ("La Ferme (produits fermiers)", False),
        ("La Ferme (F)", False),
        ("La Ferme - F", False),
        ("Jardin-Fermé", False),
    ],
)
def test_a_shop_whose_name_says_that_it_is_closed_is_not_published(take, name, closed):
    found = take({**SHOP, "nom": name}, OTHER)
    assert (found.bilan.fiches.creees, "FERM" in codes(found)) == (2 - closed, closed)


def test_a_shop_may_be_called_so_in_part(take):
    assert done(take({**SHOP, "nom": "Le Vacant", "categories": "Bar, local vacant"}))[:2] == (0, 1)
