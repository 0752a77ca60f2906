"""What files bring of people is not kept in reports for ever."""

import pytest
from sqlalchemy import select, text

from services.commerces.imports import queries
from services.commerces.imports.commands import version
from services.commerces.models import JOURNAL, ImportFichier
from services.commerces.oubli.commands import forget_reports
from services.commerces.taches import atelier
from shared.schemas.commerces_imports import BilanCommerces
from shared.settings import Settings
from tests.commerces.conftest import LIGNE as SHOP

BAD = {**SHOP, "nom": "Jeanne Personne", "position": "", "site": "jeanne@personne.example"}
MAIL = {**SHOP, "courriel": "jeanne@personne", "site": "prive@personne.example"}
PERSONAL = ("jeanne", "Jeanne", "prive@")


@pytest.fixture
def age(session):
    def age(days):
        session.execute(
            text("UPDATE commerces.imports SET instant = now() - make_interval(days => :days)"),
            {"days": days},
        )
        session.expire_all()

    return age


def kept(session):
    """All that is kept of imports, as text."""
    statement = "SELECT {0}::text FROM commerces.{0} AS {0}"
    tables = ("imports", "import_lignes")
    return "".join(
        row for table in tables for row in session.scalars(text(statement.format(table)))
    )


def journal(session):
    rows = session.execute(select(JOURNAL.c.genre, JOURNAL.c.sujet, JOURNAL.c.corps))
    return [tuple(row) for row in rows if row.genre.startswith("import.")]


def test_an_old_report_keeps_its_codes_and_no_value(session, take, age):
    number = take(MAIL, BAD).id
    found = session.get(ImportFichier, number)
    assert all(word in kept(session) for word in PERSONAL)
    before = [
        (one.ligne, one.statut, [(c.code, c.colonne) for c in one.constats])
        for one in queries.report(session, number)
    ]
    counts = [(one["code"], one["nombre"]) for one in found.bilan["codes"]]
    tag = version(found)
    age(89)
    atelier(Settings()).taches["imports.oublier"].run(session, {})
    assert all(word in kept(session) for word in PERSONAL)
    age(91)
    atelier(Settings()).taches["imports.oublier"].run(session, {})
    assert not any(word in kept(session) for word in PERSONAL)
    lines = list(queries.report(session, number))
    after = [(one.ligne, one.statut, [(c.code, c.colonne) for c in one.constats]) for one in lines]
    assert after == before
    assert [one.nom for one in lines] == [SHOP["nom"], None]
    assert [(one["code"], one["nombre"]) for one in found.bilan["codes"]] == counts
    assert BilanCommerces.model_validate(found.bilan).oublie_le is not None
    assert version(found) != tag
    assert journal(session) == [("import.oublie", str(number), {"lignes": 2})]
    assert forget_reports(session, days=90) == 0
    assert len(journal(session)) == 1


def test_the_setting_says_how_long(session, take, age):
    take(BAD)
    age(8)
    atelier(Settings(commerces_rapports_jours=7)).taches["imports.oublier"].run(session, {})
    assert not any(word in kept(session) for word in PERSONAL)


def test_a_file_that_still_waits_is_given_up(session, take, age):
    take(SHOP)
    held = take({**BAD, "position": "48.7375,2.5553"}, seuil_perte=0)
    assert held.etat == "en_attente"
    age(91)
    forget_reports(session, days=90)
    found = session.get(ImportFichier, held.id)
    assert (found.etat, found.contenu) == ("abandonne", None)
    assert "personne.example" not in kept(session)
