"""`relance worker`, and `relance travaux` for what it gave up."""

import httpx
import pytest

from shared.db import make_engine
from tests.e2e.conftest import free_port
from tests.gateway.conftest import relance


def test_work_given_up_is_seen_and_taken_up_again(url):
    assert relance("travaux", "lister").stdout == "Aucun travail abandonné.\n"
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO commerces.travaux (genre, corps, du_le, essais, erreur, abandonne_le)"
            " SELECT genre, '{}', now(), 10, E'panne : non\nla trace', now()"
            " FROM unnest('{courrier.envoyer,autre,autre}'::text[]) AS genre"
        )
    listed = relance("travaux", "lister").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["commerces"] * 3
    assert listed[0].endswith("courrier.envoyer  panne : non")
    number = listed[0].split()[1]
    assert relance("travaux", "reprendre", "commerces", number).stdout == "Repris : 1.\n"
    again = relance("travaux", "reprendre", "commerces", number)
    assert again.exit_code == 1
    assert f"Aucun travail abandonné de « commerces » ne porte le numéro {number}" in again.output
    assert len(relance("travaux", "lister").stdout.splitlines()) == 2
    assert relance("travaux", "reprendre", "commerces", "--tous").stdout == "Repris : 2.\n"
    with engine.begin() as connection:
        due = connection.exec_driver_sql(
            "SELECT count(*) FROM commerces.travaux WHERE abandonne_le IS NULL AND essais = 0"
        )
        assert due.scalar() == 3
    engine.dispose()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rien", "1"), "au choix : bornes, commerces"),
        (("commerces",), "Un numéro est attendu"),
        (("commerces", "1", "--tous"), "Un numéro est attendu"),
    ],
)
def test_which_work_to_take_up_again_must_be_said(url, arguments, words):
    refused = relance("travaux", "reprendre", *arguments)
    assert refused.exit_code == 2
    assert words in refused.output


def test_the_worker_is_measured(url, monkeypatch):
    port = free_port()
    monkeypatch.setenv("RELANCE_METRIQUES_PORT", str(port))
    told = []

    def work(_engine, *, stop, **_of_its_service):
        stop.set()
        told.append(httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text)

    monkeypatch.setattr("shared.worker._do_due_work", work)
    relance("worker")
    assert "# TYPE relance_travaux_abandonnes gauge" in told[0]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.timeout(60)
def test_a_worker_whose_work_ends_by_itself_ends_with_an_error(url, monkeypatch):
    def work(*_, **__):
        raise SystemExit

    monkeypatch.setattr("shared.worker._do_due_work", work)
    answer = relance("worker")
    assert answer.exit_code == 1
    assert "s'est arrêté de lui-même" in answer.output
