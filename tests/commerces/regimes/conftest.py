"""Crisis rules without a database, and the searches over them."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest

import services.commerces.api.regimes  # noqa: F401 declares its reads
from services.commerces.regimes.regles import TOUTES, Regime, decidants, par_territoire
from services.commerces.regimes.vitrine import GENRE, segment
from shared.memory.segments import Version
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_regimes import METROPOLE
from shared.schemas.commerces_valeurs import Modalite

DEBUT = datetime(2026, 11, 3, tzinfo=UTC)
FIN = datetime(2026, 12, 1, tzinfo=UTC)
NUMBERS = count(1)


def regime_of(*modalites, **changes):
    """A rule that leaves some modalities to all shops of the Métropole in November 2026."""
    values = {
        "nom": "Règle d'essai",
        "motif": "Pour essayer.",
        "source": None,
        "categories": (),
        "territoires": (METROPOLE,),
        "modalites": frozenset(map(Modalite, modalites)),
        "debut": DEBUT,
        "fin": FIN,
    }
    return Regime(**{"id": next(NUMBERS), **values, **changes})


def heures(de, a):
    return Heures(de=de, a=a)


def applicables(rules, categorie, where):
    """The rules that decide for a category on these grounds."""
    return decidants(par_territoire(rules), categorie, where)


def exception_of(*categories, **changes):
    """A rule that leaves everything to some categories."""
    return regime_of(*TOUTES, categories=categories, **changes)


@pytest.fixture
def sous_regimes(ouvrir):
    """A client of the public reads over some listings, under some rules."""

    def open_under(listings, *regimes):
        client = ouvrir(listings)
        etalage = client.etalage
        etalage.vue = replace(etalage.vue, autres={GENRE: Version.of(segment(regimes))})
        return client

    return open_under
