"""What a site or its event may not say, whatever the database knows."""

import pytest
from pydantic import ValidationError

from shared.schemas.bornes_sites import Evenement, EvenementNouveau, PdcParBande, SiteNouveau
from tests.factories import SITE

EVENT = {"statut": "en_travaux", "date_reelle": "2021-09-01"}


def refused(model, values):
    """Where the values are wrong."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(values)
    return [error["loc"] for error in caught.value.errors()]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"nom": "   "}, ("nom",)),
        ({"adresse": "\t"}, ("adresse",)),
        ({"pdc": {}}, ("pdc",)),
        ({"pdc": {"7.4-22": 0}}, ("pdc",)),
        ({"pdc": {"7.4-22": True}}, ("pdc", "7.4-22")),
        ({"pdc": {"normale": 4}}, ("pdc", "normale")),
        ({"bornes": True}, ("bornes",)),
        ({"places": True}, ("places",)),
        ({"publics": ["artisans", "artisans"]}, ("publics",)),
    ],
)
def test_a_site_says_nothing_empty_twice_or_of_another_kind(changes, where):
    SiteNouveau.model_validate(SITE)
    assert refused(SiteNouveau, SITE | changes) == [where]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"pdc": {}}, ("pdc",)),
        ({"pdc": {"0-7.4": 0}}, ("pdc",)),
        ({"pdc": {"7.4-22": True}}, ("pdc", "7.4-22")),
        ({"pdc": {"lente": 1}}, ("pdc", "lente")),
        ({"bornes": False}, ("bornes",)),
    ],
)
def test_an_event_leaves_a_site_at_least_one_point(changes, where):
    EvenementNouveau.model_validate(EVENT)
    assert refused(EvenementNouveau, EVENT | changes) == [where]


def test_an_event_received_before_this_rule_is_still_shown():
    """Events are never rewritten: one without any point may be in the registry."""
    empty = PdcParBande.of([0, 0, 0, 0])
    told = Evenement(
        statut="en_service",
        date_reelle="2021-09-01",
        pdc=empty,
        auteur="essai",
        instant="2021-09-01T08:00:00Z",
    )
    assert told.pdc == empty
