"""Which status of a listing may follow which."""

import pytest

from services.commerces.statuts import FINIES, JAMAIS_VUES, SUIVANTS, check
from shared.problems import Conflict
from shared.schemas.commerces_valeurs import StatutFiche

SUITES = {
    "brouillon": "en_attente publiee archivee",
    "en_attente": "brouillon publiee archivee",
    "publiee": "suspendue fermee archivee",
    "suspendue": "publiee fermee archivee",
    "fermee": "publiee archivee",
    "archivee": "",
}


@pytest.mark.parametrize("current", StatutFiche)
@pytest.mark.parametrize("wanted", StatutFiche)
def test_what_may_follow(current, wanted):
    if wanted in SUITES[current].split():
        check(current, wanted)
    else:
        with pytest.raises(Conflict):
            check(current, wanted)


@pytest.mark.parametrize(
    ("current", "possible"), [("fermee", "publiée, archivée"), ("archivee", "aucun")]
)
def test_a_refusal_says_what_may_follow(current, possible):
    with pytest.raises(Conflict, match=f"Statuts possibles : {possible}\\."):
        check(StatutFiche(current), StatutFiche.BROUILLON)


def test_what_was_seen_is_never_unseen_again():
    seen = set(StatutFiche) - JAMAIS_VUES
    assert all(SUIVANTS[statut].isdisjoint(JAMAIS_VUES) for statut in seen)
    assert all(SUIVANTS[statut] <= {"publiee", "archivee"} for statut in FINIES)
