"""The closed lists: each word of the contract has its name, and its synonyms mean it alone."""

import pytest

from services.commerces import mots_admis
from services.commerces.mots import singulier
from shared.schemas.commerces_valeurs import (
    AccessibiliteCommerce,
    CanalCommande,
    LabelCommerce,
    Modalite,
    Paiement,
)

LISTES = {
    "modalites": Modalite,
    "labels": LabelCommerce,
    "paiements": Paiement,
    "accessibilites": AccessibiliteCommerce,
    "canaux": CanalCommande,
}


@pytest.mark.parametrize("liste", LISTES)
def test_each_word_is_named_in_the_order_of_the_contract(liste):
    assert [one.code for one in mots_admis.mots_admis()[liste]] == list(LISTES[liste])
    assert all(one.nom for one in mots_admis.mots_admis()[liste])


@pytest.mark.parametrize("liste", LISTES)
def test_a_name_means_one_word(liste):
    for one in mots_admis.mots_admis()[liste]:
        names = (one.code, one.nom, *one.synonymes)
        assert {mots_admis.of_name(liste, name) for name in names} == {one.code}
        keys = [singulier(name) for name in one.synonymes]
        assert len(set(keys)) == len(keys)


def test_what_nobody_knows_is_nothing():
    assert mots_admis.of_name("paiements", "troc") is None
