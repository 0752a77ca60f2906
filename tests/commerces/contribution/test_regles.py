"""Proof levels, rights by field, and which decisions may follow which states."""

import pytest

from services.commerces.contribution.regles import (
    FERMETURE,
    Etablissement,
    check_decidable,
    free,
    free_fields,
    is_same_shop,
    level,
    proof,
    same_company,
)
from shared.problems import Conflict
from shared.schemas.commerces_contribution import EtatProposition
from shared.schemas.commerces_gestion import FicheDecrite

EVERYDAY = {"horaires", "contacts", "description", "labels", "paiements", "langues"}
NAMES = {"nom", "enseigne", "categories", "naf", FERMETURE}
PLACE = {"siret", "du", "adresse", "complement", "code_postal", "lon", "lat", "cle_ban"}


@pytest.mark.parametrize(
    ("niveau", "allowed"),
    [(1, set()), (2, EVERYDAY), (3, EVERYDAY | NAMES)],
)
def test_what_each_level_changes_at_once(niveau, allowed):
    everything = EVERYDAY | NAMES | PLACE
    assert set(free(everything, niveau, reconnu=True)) == allowed
    assert free(everything, niveau, reconnu=False) == []


def test_every_field_has_its_level():
    assert set(NAMES | PLACE) - {FERMETURE} <= set(FicheDecrite.model_fields)
    assert level("modalites/livraison") == 2
    assert PLACE.isdisjoint(free_fields(3, reconnu=True))


KNOWN = Etablissement("73282932000074", "AU BON LAIT", "CRÈMERIE DU PARC", "94048", "sirene")


@pytest.mark.parametrize(
    ("changes", "niveau"),
    [
        ({}, 2),
        ({"nom": "La cremerie"}, 2),
        ({"nom": "Boucherie"}, 1),
        ({"siret": None}, 1),
        ({"siret": "21750001600019"}, 1),
        ({"code_commune": "92012"}, 1),
        ({"known": []}, 1),
        ({"known": [KNOWN._replace(verifie_par="import")]}, 1),
        ({"known": [KNOWN._replace(verifie_par="commercant")]}, 1),
        ({"known": [KNOWN._replace(siret=None)], "siret": None}, 1),
    ],
)
def test_a_declaration_proves_itself_by_what_is_known(changes, niveau):
    asked = {"siret": KNOWN.siret, "nom": "Au bon lait", "code_commune": "94048", "known": [KNOWN]}
    assert proof(**asked | changes) == niveau


@pytest.mark.parametrize("decision", ["accepter", "refuser", "demander"])
@pytest.mark.parametrize("etat", EtatProposition)
@pytest.mark.parametrize("overrides", [False, True])
@pytest.mark.parametrize("forgotten", [False, True])
def test_what_may_be_decided(etat, decision, overrides, forgotten):
    waits = etat in {"en_attente", "a_preciser"}
    undone = overrides and not forgotten and etat == "refusee" and decision == "accepter"
    asked = {"overrides": overrides, "forgotten": forgotten}
    if waits or undone:
        check_decidable(etat, decision, **asked)
    else:
        with pytest.raises(Conflict):
            check_decidable(etat, decision, **asked)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("73282932000074", "73282932012345", True),
        ("73282932000074", "73282931000074", False),
        ("73282932000074", None, True),
        (None, "73282932000074", True),
        (None, None, True),
    ],
)
def test_a_company_is_told_by_the_first_nine_digits(one, other, same):
    assert same_company(one, other) == same


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({}, True),
        ({"nom": "AU BONS LAITS", "adresse": "1, Rue du Four"}, True),
        ({"nom": "Au bon pain"}, False),
        ({"adresse": "2 rue du Four"}, False),
        ({"siret": None}, True),
        ({"siret": "73282932000017"}, False),
    ],
)
def test_two_registrations_of_one_shop(changes, same):
    shop = {"nom": "Au bon lait", "adresse": "1 rue du Four", "siret": "73282932000074"}
    assert is_same_shop(shop, shop | changes) == is_same_shop(shop | changes, shop) == same
