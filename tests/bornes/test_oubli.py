"""Reports of old imports are not kept for ever; the last one of each producer is."""

import pytest
from sqlalchemy import func, select, text

from services.bornes import commands
from services.bornes.models import ImportAnomalie, ImportFichier
from services.bornes.taches import atelier
from shared.schemas.bornes_imports import Bilan
from shared.settings import Settings
from tests.factories import irve_row, irve_station

BAD = irve_row(raccordement="direct", nbre_pdc="2")


@pytest.fixture
def age(session):
    def age(days):
        session.execute(
            text("UPDATE bornes.imports SET instant = now() - make_interval(days => :days)"),
            {"days": days},
        )
        session.expire_all()

    return age


def findings(session):
    rows = session.execute(
        select(ImportAnomalie.import_id, func.count()).group_by(ImportAnomalie.import_id)
    )
    return {row[0]: row[1] for row in rows}


def forget(session, **settings):
    atelier(Settings(**settings)).taches["imports.oublier"].run(session, {})


def test_an_old_report_is_forgotten_and_its_counts_stay(session, send, age):
    old, last, other = send([BAD]).id, send([BAD]).id, send([BAD], producteur="autre").id
    counts = session.get_one(ImportFichier, old).bilan["codes"]
    tag = commands.version(session.get_one(ImportFichier, old))
    age(89)
    forget(session)
    assert findings(session).keys() == {old, last, other}
    age(91)
    forget(session)
    assert findings(session).keys() == {last, other}
    found = session.get_one(ImportFichier, old, populate_existing=True)
    assert Bilan.model_validate(found.bilan).oublie_le is not None
    assert found.bilan["codes"] == counts
    assert commands.version(found) != tag
    assert commands.forget_reports(session, days=90) == 0


def test_the_setting_says_how_long(session, send, age):
    send([BAD])
    send([BAD])
    age(8)
    forget(session, bornes_rapports_jours=7)
    assert len(findings(session)) == 1


def test_what_waits_and_what_is_public_keep_their_report(session, send, age):
    """The file that waits came last; the one before it still says what is public."""
    kept = send([BAD, *irve_station(3, "FRXXXP2")]).id
    held = send([BAD]).id
    age(1000)
    assert commands.forget_reports(session, days=90) == 0
    assert findings(session).keys() == {kept, held}


def test_a_report_that_found_nothing_has_nothing_to_forget(session, send, age):
    clean = send(irve_station(1, code_insee_commune="75104")).id
    send(irve_station(1, code_insee_commune="75104"))
    age(1000)
    assert commands.forget_reports(session, days=90) == 0
    assert session.get_one(ImportFichier, clean).bilan.get("oublie_le") is None
