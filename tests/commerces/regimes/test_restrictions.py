"""Rules asked in columns keep what the rules themselves allow."""

from datetime import timedelta

from hypothesis import given

from services.commerces import taxonomie
from services.commerces.desserte import BITS
from services.commerces.regimes.regles import grounds, permises
from services.commerces.regimes.restrictions import AUCUN, Regimes, Restrictions, secteur
from tests.commerces.conftest import fiche_of
from tests.commerces.regimes.conftest import DEBUT, FIN, applicables, regime_of
from tests.commerces.regimes.test_regles import CODES, RULES

PLACES = [(2.3522, 48.8566), (2.357, 48.936), (2.46, 48.79)]
FICHES = [
    fiche_of(1, categories=[code], lon=lon, lat=lat)[0] for code in CODES for lon, lat in PLACES
]
SECTEURS = [secteur(fiche) for fiche in FICHES]


@given(rules=RULES)
def test_columns_allow_what_rules_allow(rules):
    restrictions = Restrictions(rules)
    allowed = restrictions.allowed()
    for fiche, number in zip(FICHES, SECTEURS, strict=True):
        where = grounds(fiche.code_commune, fiche.code_arrondissement, fiche.territoire)
        found = permises(applicables(rules, fiche.categories[0], where))
        assert allowed[number] == sum(BITS[genre] for genre in found)
        assert permises(restrictions.deciding(number)) == found


def test_a_place_that_comes_later_is_restricted_too():
    restrictions = Restrictions([regime_of()])
    before = restrictions.allowed().size
    fiche, _ = fiche_of(1, lon=2.2569, lat=48.8397, code_postal="92100")
    number = secteur(fiche)
    assert restrictions.allowed()[number] == 0
    assert restrictions.allowed().size in {before, before + len(taxonomie.numbers())}


def test_what_is_in_force_changes_at_each_boundary():
    first, second = regime_of(), regime_of(debut=DEBUT + timedelta(days=9), fin=None)
    regimes = Regimes([first, second])
    assert regimes.at(DEBUT - timedelta(seconds=1)) is None
    assert regimes.at(DEBUT).regimes == [first]
    assert regimes.at(second.debut).regimes == [first, second]
    assert regimes.at(FIN).regimes == [second]
    assert regimes.at(FIN) is regimes.at(FIN + timedelta(days=1))
    assert AUCUN.now() is None
