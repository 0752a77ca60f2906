"""How reports end by themselves: a status, time, a withdrawal; and what is then forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from services.bornes.models import TRAVAUX
from services.bornes.signalements.commands import close_on_status
from services.bornes.taches import atelier
from shared.due_work import schedule
from shared.settings import Settings
from shared.worker import run_due
from tests.bornes.signalements.conftest import NEUILLY, PARIS, metropole, rows
from tests.factories import irve_station

LATER = timedelta(minutes=1)


@pytest.fixture
def close(engine_of):
    """Tell that points are back in service, at an instant; how many reports that ends."""

    def close(points, horodatage):
        with Session(engine_of) as session, session.begin():
            return close_on_status(session, dict.fromkeys(points, horodatage))

    return close


@pytest.fixture
def work(engine_of):
    """Do the due work of one kind."""

    def work(genre):
        with engine_of.begin() as connection:
            schedule(connection, TRAVAUX, genre, cle=genre)
            connection.execute(text("UPDATE bornes.travaux SET du_le = now()"))
        assert run_due(engine_of, atelier(Settings())) == 1
        with engine_of.begin() as connection:
            assert connection.scalar(text("SELECT max(erreur) FROM bornes.travaux")) is None
            connection.execute(text("DELETE FROM bornes.travaux"))

    return work


def age(engine, days, tables=("signalements",)):
    columns = {
        "signalements": ("premier_le", "dernier_le", "fini_le"),
        "signalements_recus": ("recu_le",),
        "signalements_sels": ("jour",),
    }
    with engine.begin() as connection:
        for table in tables:
            moved = ", ".join(
                f"{name} = {name} - {days}" if name == "jour" else f"{name} = {name} - :old"
                for name in columns[table]
            )
            old = {} if table == "signalements_sels" else {"old": timedelta(days=days)}
            connection.execute(text(f"UPDATE bornes.{table} SET {moved}"), old)


def states(client):
    elements = client.get("/signalements", headers=metropole()).json()["elements"]
    return {(e["id_pdc_itinerance"], e["motif"]): (e["etat"], e["cause"]) for e in elements}


def test_a_point_back_in_service_closes_what_was_said_of_it_before(
    client, signaler, close, engine_of
):
    signaler(PARIS)
    signaler(PARIS, "donnees_erronees")
    signaler("FRABCE101")
    signaler(NEUILLY)
    now = datetime.now(UTC)
    assert close([PARIS, NEUILLY], now - LATER) == 0, "reported since"
    ((last,),) = rows(engine_of, "SELECT max(dernier_le) FROM bornes.signalements")
    assert close([NEUILLY], last) == 0, "reported at that very instant"
    assert close([], now + LATER) == 0
    assert close([PARIS, "FRABCE101", "INCONNU"], now + LATER) == 2
    assert states(client) == {
        (PARIS, "hors_service"): ("clos", "statut"),
        (PARIS, "donnees_erronees"): ("ouvert", None),
        ("FRABCE101", "hors_service"): ("clos", "statut"),
        (NEUILLY, "hors_service"): ("ouvert", None),
    }
    assert close([PARIS], now + LATER) == 0, "once"


def test_a_closing_is_in_the_history_and_in_the_journal(client, signaler, close, engine_of):
    number = signaler(PARIS).json()["id"]
    close([PARIS], datetime.now(UTC) + LATER)
    body = client.get(f"/signalements/{number}", headers=metropole()).json()
    last = body["evenements"][-1]
    assert (last["etat"], last["cause"], last["auteur"]) == ("clos", "statut", "statut")
    assert last["instant"] == body["fini_le"]
    genres = "SELECT genre, sujet FROM bornes.journal WHERE genre LIKE 'signalement%'"
    assert rows(engine_of, genres) == [
        ("signalement.recu", "FRABCP1"),
        ("signalement.clos", "FRABCP1"),
    ]
    assert signaler(PARIS).json()["id"] != number, "it broke again"


def test_each_point_answers_for_itself(client, signaler, engine_of):
    signaler(PARIS)
    signaler("FRABCE101")
    now = datetime.now(UTC)
    with Session(engine_of) as session, session.begin():
        assert close_on_status(session, {PARIS: now - LATER, "FRABCE101": now + LATER}) == 1
    assert states(client)[PARIS, "hors_service"] == ("ouvert", None)
    assert states(client)["FRABCE101", "hors_service"] == ("clos", "statut")


def test_many_points_are_asked_about_at_once(signaler, close):
    signaler(PARIS)
    points = [f"FRYYYE{number}" for number in range(10_000)]
    assert close([*points, PARIS], datetime.now(UTC) + LATER) == 1


def test_what_nobody_reports_any_more_expires(client, signaler, work, engine_of, monkeypatch):
    monkeypatch.setenv("RELANCE_BORNES_SIGNALEMENTS_JOURS", "7")
    signaler(PARIS)
    age(engine_of, 6)
    work("signalements.expirer")
    assert states(client) == {(PARIS, "hors_service"): ("ouvert", None)}
    age(engine_of, 2)
    signaler(NEUILLY)
    work("signalements.expirer")
    assert states(client) == {
        (PARIS, "hors_service"): ("clos", "expiration"),
        (NEUILLY, "hors_service"): ("ouvert", None),
    }


def test_a_report_said_again_lasts(client, signaler, work, engine_of):
    signaler(PARIS)
    age(engine_of, 29)
    signaler(PARIS, depuis="192.0.2.2")
    age(engine_of, 29)
    work("signalements.expirer")
    assert states(client) == {(PARIS, "hors_service"): ("ouvert", None)}


def test_the_report_of_a_withdrawn_point_ends_with_it(client, signaler, work, receive):
    signaler(PARIS)
    signaler(NEUILLY)
    receive(irve_station(3, "FRABCP9"), "paris", seuil_perte=1)
    work("signalements.retirer")
    assert states(client) == {
        (PARIS, "hors_service"): ("clos", "retrait"),
        (NEUILLY, "hors_service"): ("ouvert", None),
    }


def test_nothing_of_the_people_stays_longer_than_it_serves(signaler, work, engine_of, close):
    kept = "SELECT commentaire, empreinte IS NULL FROM bornes.signalements_recus ORDER BY id"
    signaler(PARIS, commentaire="Écran noir")
    signaler(NEUILLY)
    work("signalements.oublier")
    assert rows(engine_of, kept) == [("Écran noir", False), (None, False)]
    age(engine_of, 2, ("signalements_recus", "signalements_sels"))
    work("signalements.oublier")
    assert rows(engine_of, kept) == [("Écran noir", True)]
    assert rows(engine_of, "SELECT 1 FROM bornes.signalements_sels") == []
    close([PARIS], datetime.now(UTC) + LATER)
    work("signalements.oublier")
    assert rows(engine_of, kept) == [("Écran noir", True)]
    age(engine_of, 31)
    work("signalements.oublier")
    assert rows(engine_of, kept) == []
    assert rows(engine_of, "SELECT nombre FROM bornes.signalements ORDER BY id") == [(1,), (1,)]
