"""The `relance` command."""

import errno
import json
import re
import socket
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from gateway import demo, serving
from gateway.embedded import SERVICES, demonstration_keys
from gateway.serving import ServingError
from gateway.upstreams import RemoteService
from shared.db import open_engine
from shared.settings import Settings
from tests.e2e.conftest import free_port
from tests.gateway.conftest import relance
from tests.gateway.conftest import serving as answering


def test_help_names_our_commands_and_those_of_the_services():
    text = relance("--help").stdout
    for command in (
        "demo",
        "serve",
        "worker",
        "travaux",
        "db",
        "cles",
        "etat",
        "openapi",
        *SERVICES,
    ):
        assert re.search(rf"\b{command}\b", text)
    for name in SERVICES:
        assert relance(name, "--help").exit_code == 0


def test_an_unknown_command_is_refused():
    assert relance("rien").exit_code == 2


def test_a_problem_is_told_in_one_sentence(url):
    answer = relance("cles", "revoquer", "inconnue")
    assert answer.exit_code == 1
    assert answer.output.startswith("relance : Ressource introuvable.")


def test_without_a_database_the_command_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.delenv("RELANCE_DATABASE_URL", raising=False)
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    answer = relance("cles", "lister")
    assert answer.exit_code == 1
    assert "RELANCE_DATABASE_URL" in answer.output


def test_migrating_twice_changes_nothing(url):
    assert relance("db", "migrer").exit_code == 0
    assert relance("db", "migrer").stdout == "Les tables sont à jour.\n"


def test_what_was_not_migrated_is_told(url, monkeypatch):
    """« à jour » would be false: the service's commands go on saying to migrate."""
    monkeypatch.setenv("RELANCE_BORNES_URL", "http://bornes:8000")
    told = relance("db", "migrer").stdout
    assert "« bornes »" in told
    assert "RELANCE_BORNES_URL" in told
    assert "« commerces »" not in told


def test_the_contract_needs_no_database(monkeypatch):
    monkeypatch.delenv("RELANCE_DATABASE_URL", raising=False)
    document = json.loads(relance("openapi").stdout)
    assert "/v1/bornes/stations" in document["paths"]
    assert "/sante/pret" in document["paths"]


@pytest.mark.parametrize(
    ("hote", "address"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("::1", "[::1]")],
)
def test_the_state_of_what_does_not_run(monkeypatch, hote, address):
    monkeypatch.setenv("RELANCE_HOTE", hote)
    monkeypatch.setenv("RELANCE_PORT", "1")
    answer = relance("etat")
    assert answer.exit_code == 1
    assert f"http://{address}:1/sante/pret" in answer.output


@pytest.mark.parametrize(
    ("told", "says", "code"),
    [
        ({"etat": "pret", "base_de_donnees": "joignable"}, "service : pret", 0),
        (
            {"etat": "en_chargement", "base_de_donnees": "autre_revision"},
            "service : en_chargement, tables d'une autre version",
            1,
        ),
        ({"status": "UP"}, "Rien ne répond comme prévu", 1),
        (["a"], "Rien ne répond comme prévu", 1),
        (None, "Rien ne répond comme prévu", 1),
    ],
)
def test_the_state_of_a_service_alone_and_of_what_is_not_ours(monkeypatch, told, says, code):
    async def probe(_request):
        return JSONResponse(told)

    with answering(Starlette(routes=[Route("/sante/pret", probe)])) as port:
        monkeypatch.setenv("RELANCE_PORT", str(port))
        answer = relance("etat")
    assert (answer.exit_code, says in answer.output) == (code, True), answer.output


def test_a_port_already_taken(monkeypatch, tmp_path):
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("RELANCE_PORT", str(taken.getsockname()[1]))
        for command in (("demo",), ("serve", "gateway")):
            answer = relance(*command)
            assert answer.exit_code == 1
            assert "un autre programme s'y trouve déjà" in answer.output


def test_one_demonstration_at_a_time_in_a_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    monkeypatch.setenv("RELANCE_PORT", str(free_port()))
    with demo.alone(tmp_path):
        answer = relance("demo")
    assert answer.exit_code == 1
    assert answer.output.startswith("relance : Une démonstration tourne déjà dans")
    with demo.alone(tmp_path):
        """The folder is free again."""


@pytest.mark.parametrize(
    ("dossier", "words"),
    [("fichier", "c'est un fichier"), ("fichier/dessous", "fichier"), ("/proc/x", "créé")],
)
def test_a_folder_that_cannot_be_one(monkeypatch, tmp_path, dossier, words):
    (tmp_path / "fichier").touch()
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path / dossier))
    monkeypatch.setenv("RELANCE_PORT", str(free_port()))
    answer = relance("demo")
    assert answer.exit_code == 1
    assert words in answer.output
    assert answer.output.count("\n") == 1


def test_a_folder_whose_disk_takes_no_writes(monkeypatch, tmp_path):
    def refuse(*_arguments, **_options):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "open", refuse)
    refused = pytest.raises(ServingError, match="ce disque n'accepte pas d'écriture")
    with refused, demo.alone(tmp_path):
        pass


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("RELANCE_PORT", "70000", "RELANCE_PORT : La valeur doit être au plus 65535."),
        ("RELANCE_DOSSIER", "", "RELANCE_DOSSIER : Un dossier est attendu."),
        (
            "RELANCE_COURRIER_SMTP",
            "http://a.fr",
            "RELANCE_COURRIER_SMTP : Une adresse est attendue",
        ),
        ("RELANCE_COURRIER_SMTP", "smtp://", "serveur[:port]"),
        ("RELANCE_COURRIER_SMTP", "a", "serveur[:port]"),
        ("RELANCE_COURRIER_SMTP", "smtp://a?tls=peut-etre", "serveur[:port]"),
        ("RELANCE_COURRIER_SMTP", "smtp://nom:se/cret@a.fr", "« / », « @ » et « % »"),
        ("RELANCE_COURRIER_DE", "Ville", "RELANCE_COURRIER_DE : Une adresse est attendue"),
        ("RELANCE_COURRIER_DE", "Ville, Paris <a@b.fr>", "et une seule"),
        ("RELANCE_COURRIER_DE", "", "et une seule"),
        ("RELANCE_DELAI_AMONT_S", "0", "RELANCE_DELAI_AMONT_S : La valeur doit être au moins 1"),
        ("RELANCE_DELAI_AMONT_S", "nan", "RELANCE_DELAI_AMONT_S : "),
        ("RELANCE_TAILLE_MAX_CORPS", "-1", "RELANCE_TAILLE_MAX_CORPS : La valeur doit être"),
        ("RELANCE_HOTE", "", "RELANCE_HOTE : "),
        ("RELANCE_PORT", "abc", "RELANCE_PORT : Un nombre entier est attendu."),
        ("RELANCE_PORT", "", "RELANCE_PORT : Un nombre entier est attendu."),
        ("RELANCE_HOTE", "nulle.part.invalid", "aucune machine ne porte ce nom"),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(monkeypatch, tmp_path, variable, value, words):
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    monkeypatch.setenv(variable, value)
    for command in (("demo",), ("serve", "gateway")):
        answer = relance(*command)
        assert answer.exit_code == 1
        assert words in answer.output
        assert answer.output.count("\n") == 1


def nowhere(*_arguments, **_options):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://x@127.0.0.1:1/x", "La base de données ne répond pas"),
        ("n'importe quoi", "postgresql://… est attendue"),
        ("postgresql://relance:sec/ret@127.0.0.1/x", "ne se lit pas ; dans un mot de passe"),
        ("postgresql://relance:sec%ret@127.0.0.1/x", "ne se lit pas ; dans un mot de passe"),
        ("postgresql://x@127.0.0.1:1,127.0.0.1:2/x", "La base de données ne répond pas"),
    ],
)
@pytest.mark.parametrize("command", [("bornes", "imports", "lister"), ("db", "migrer")])
def test_a_database_out_of_reach_is_told_in_one_sentence(monkeypatch, command, url, words):
    monkeypatch.setenv("RELANCE_DATABASE_URL", url)
    answer = relance(*command)
    assert answer.exit_code == 1
    assert words in answer.output
    assert "ret" not in answer.output
    assert answer.output.count("\n") == 1


def test_tables_of_another_role_are_told_in_one_sentence(url, monkeypatch):
    """A backup was restored where the roles had not been made."""
    role = f"sans_droit_{uuid4().hex[:8]}"
    with open_engine(url) as engine:
        with engine.begin() as connection:
            connection.execute(text(f"CREATE ROLE {role} LOGIN PASSWORD 'x'"))
        try:
            own = engine.url.set(username=role, password="x")
            monkeypatch.setenv("RELANCE_DATABASE_URL", own.render_as_string(hide_password=False))
            answer = relance("db", "migrer")
            assert answer.exit_code == 1
            assert "deploy/roles.sql" in answer.output
            assert answer.output.count("\n") == 1
        finally:
            with engine.begin() as connection:
                connection.execute(text(f"DROP ROLE {role}"))


def test_an_empty_database_is_told_in_one_sentence(url):
    with open_engine(url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("DROP SCHEMA gateway CASCADE")
    answer = relance("cles", "lister")
    assert answer.exit_code == 1
    assert answer.output == (
        "relance : Les tables manquent dans cette base : « relance db migrer » les crée.\n"
    )


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("absent/x.csv", "ce dossier, ou ce fichier, n’existe pas"),
        ("fichier/x.csv", "son dossier est un fichier"),
    ],
)
def test_a_place_where_nothing_can_be_written_is_told_in_one_sentence(url, tmp_path, place, why):
    (tmp_path / "fichier").touch()
    answer = relance("bornes", "exporter", str(tmp_path / place))
    assert answer.exit_code == 1
    assert answer.output == f"relance : « {tmp_path / place} » : {why}.\n"


def test_a_bug_keeps_its_traceback(monkeypatch):
    def broken(*_arguments, **_named):
        raise ZeroDivisionError

    monkeypatch.setattr(serving, "migrate", broken)
    assert isinstance(relance("db", "migrer").exception, ZeroDivisionError)


@pytest.mark.parametrize(
    ("hote", "adresse"),
    [
        ("127.0.0.1", "http://127.0.0.1:8773"),
        ("0.0.0.0", "http://127.0.0.1:8773"),
        ("::", "http://[::1]:8773"),
    ],
)
def test_the_public_address_is_by_default_where_the_process_listens(hote, adresse):
    assert Settings(hote=hote, port=8773).adresse_publique == adresse
    assert Settings(port=8773, adresse_publique="https://ici.fr").adresse_publique == (
        "https://ici.fr"
    )


def test_only_what_exists_is_served(monkeypatch):
    answer = relance("serve", "rien")
    assert answer.exit_code == 2
    assert "bornes" in answer.output


def test_a_short_secret_is_refused(monkeypatch):
    monkeypatch.setenv("RELANCE_SECRET_INTERNE", "court")
    answer = relance("serve", "gateway")
    assert answer.exit_code == 1
    assert "32 octets" in answer.output


def test_a_database_of_one_service_is_postgresql_too(monkeypatch):
    monkeypatch.setenv("RELANCE_BORNES_DATABASE_URL", "mysql://ici/base")
    answer = relance("serve", "bornes")
    assert answer.exit_code == 1
    told = "relance : RELANCE_BORNES_DATABASE_URL : une adresse postgresql://… est attendue"
    assert answer.output.startswith(told)


def test_a_service_may_run_elsewhere_even_one_unknown_here(url, monkeypatch):
    monkeypatch.setenv("RELANCE_BORNES_URL", "http://bornes:8000")
    monkeypatch.setenv("RELANCE_METEO_URL", "http://meteo:8000")
    found = serving.upstreams(Settings())
    assert set(found) == {*SERVICES, "meteo"}
    assert isinstance(found["bornes"], RemoteService)
    assert isinstance(found["meteo"], RemoteService)
    assert "bornes" not in {service.nom for service in serving.local_services(Settings())}


@pytest.mark.parametrize(
    "wrong",
    [
        "bornes:8000",
        "ftp://bornes",
        "http://",
        "http://:8000",
        "http://bornes:99999",
        "http://bornes:huit",
        "http://[bornes",
        "http://bornes:8000?a=1",
        "http://bornes :8000",
    ],
)
def test_where_a_service_runs_is_an_address(url, monkeypatch, wrong):
    monkeypatch.setenv("RELANCE_BORNES_URL", wrong)
    with pytest.raises(serving.ServingError, match="RELANCE_BORNES_URL"):
        serving.upstreams(Settings())


def test_a_gateway_alone_with_its_services_keeps_its_secret(monkeypatch, tmp_path):
    settings = Settings(secret_interne=None, dossier=tmp_path)
    drawn = serving.with_secret(settings).secret_interne
    assert len(drawn) >= 32
    assert serving.with_secret(settings).secret_interne == drawn
    monkeypatch.setenv("RELANCE_BORNES_URL", "http://bornes:8000")
    assert serving.with_secret(settings).secret_interne is None


def test_the_demonstration_keeps_its_keys_and_they_open_what_it_says(
    demonstrations, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv("RELANCE_DATABASE_URL", demonstrations())
    monkeypatch.setenv("RELANCE_DOSSIER", str(tmp_path))
    settings = serving.with_secret(Settings())
    first = demo.prepare(settings)
    assert demo.prepare(settings) == first
    held = demonstration_keys()
    assert {right.partition(":")[0] for right in held[0].droits} == {"bornes"}, "an operator's own"
    for one, key in zip(held, first, strict=True):
        file = tmp_path / one.fichier
        assert file.read_text() == key
        assert file.stat().st_mode & 0o077 == 0
    assert relance("cles", "revoquer", first[0].split("_")[1]).exit_code == 0
    second = demo.prepare(settings)
    assert second[0] != first[0]
    assert second[1:] == first[1:]
    assert (tmp_path / held[0].fichier).read_text() == second[0]
    demo._tell(settings, second)
    told = capsys.readouterr().out
    app = serving.gateway(settings)
    with TestClient(app) as client:
        for one, key in zip(held, second, strict=True):
            assert key in told
            for path in one.a_essayer:
                assert path in told
                answer = client.get(path, headers={"Authorization": f"Bearer {key}"})
                assert answer.status_code == 200, answer.text
                assert answer.json()["elements"] or "doublons" in path or "bornes" in path
