"""The commands of access keys: who each is for, what it opens, until when."""

import itertools
from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from gateway import keys
from gateway.embedded import scopes
from gateway.models import Cle
from shared.db import make_engine, open_engine
from tests.gateway.conftest import relance


def test_a_key_from_its_creation_to_its_revocation(url):
    right = min(scopes())
    assert relance("cles", "lister").stdout == "Aucune clé.\n"
    created = relance("cles", "creer", "IZI", "--role", "operateur", "--droit", right)
    assert created.exit_code == 0
    key = created.stdout.strip()
    engine = make_engine(url)
    with Session(engine) as session:
        found = keys.find_valid(session, key)
        assert (found.organisation, found.role, found.scopes) == ("IZI", "operateur", [right])
        assert found.expire_le is not None
    assert "valide" in relance("cles", "lister").stdout
    assert f"jusqu'au {found.expire_le.astimezone():%Y-%m-%d}" in created.stderr
    assert relance("cles", "revoquer", found.id).exit_code == 0
    listed = relance("cles", "lister").stdout
    assert "révoquée" in listed
    assert key.rpartition("_")[2] not in listed
    with Session(engine) as session, session.begin():
        assert keys.find_valid(session, key) is None
        key = session.get(Cle, found.id)
        key.revoquee_le, key.expire_le = None, key.cree_le
    assert "expirée" in relance("cles", "lister").stdout
    engine.dispose()


def test_an_unknown_right_is_refused(url):
    refused = relance("cles", "creer", "IZI", "--role", "operateur", "--droit", "bornes:tout")
    assert refused.exit_code == 2
    assert "bornes:importer" in refused.output


@pytest.mark.parametrize(
    ("option", "valeur", "words"),
    [
        ("--role", "zorro", "Rôle inconnu : « zorro »"),
        ("--commune", "99999", "Code INSEE d'aucune commune"),
    ],
)
def test_a_key_is_for_a_role_and_a_place_that_exist(url, option, valeur, words):
    given = {"--role": "commune", "--droit": min(scopes()), option: valeur}
    refused = relance("cles", "creer", "IZI", *itertools.chain(*given.items()))
    assert refused.exit_code == 2
    assert words in " ".join(refused.output.replace("│", " ").split())


def test_a_commune_s_key_says_which_commune(url):
    refused = relance("cles", "creer", "Ville", "--role", "commune", "--droit", "commerces:gerer")
    assert refused.exit_code == 2
    assert "De quelle commune ?" in " ".join(refused.output.replace("│", " ").split())


@pytest.mark.parametrize("role", ["cci", "metropole"])
def test_a_role_that_answers_for_all_is_not_limited_to_a_commune(url, role):
    given = ("--role", role, "--droit", "commerces:gerer", "--commune", "94048")
    refused = relance("cles", "creer", "CCI", *given)
    assert refused.exit_code == 2
    assert "toute la Métropole" in " ".join(refused.output.replace("│", " ").split())


@pytest.mark.parametrize("command", [("cles", "creer"), ("bornes", "ocpi", "inviter")])
def test_whoever_receives_a_secret_has_a_name(url, command):
    options = ("--role", "commune", "--droit", min(scopes())) if command[0] == "cles" else ()
    refused = relance(*command, " ", *options)
    assert refused.exit_code == 2
    assert "Un nom est attendu." in refused.output


def test_the_list_of_keys_says_until_when_they_hold_and_when_they_served(url):
    key = ("--role", "cci", "--droit", min(scopes()))
    for name, days in (("Longue", "365"), ("Courte", "20")):
        assert relance("cles", "creer", name, *key, "--jours", days).exit_code == 0
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        found = {row.organisation: row for row in keys.list_all(session)}
        found["Longue"].derniere_utilisation = datetime(2026, 11, 25, 12, tzinfo=UTC)
        until = {name: f"{row.expire_le.astimezone():%Y-%m-%d}" for name, row in found.items()}
    longue, courte = relance("cles", "lister").stdout.splitlines()
    assert f"valide     fin {until['Longue']}  usage 2026-11-25  cci  Longue" in longue
    assert f"à refaire  fin {until['Courte']}  usage ----------  cci  Courte" in courte


def test_the_list_of_keys_says_what_they_answer_for(url):
    right = min(scopes())
    operator = ("--role", "operateur", "--prefixe", "FRMGP", "--prefixe", "FRABC")
    town = ("--role", "commune", "--commune", "94048", "--commune", "93066")
    for name, options in (("IZI", operator), ("Ville", town), ("CCI", ("--role", "cci"))):
        assert relance("cles", "creer", name, *options, "--droit", right).exit_code == 0
    ends = {line.partition(right)[2] for line in relance("cles", "lister").stdout.splitlines()}
    assert ends == {"  préfixes FRABC FRMGP", "  communes 93066 94048", ""}


@pytest.mark.parametrize("prefixe", ["", "F", "%", "frmgp", "FRMGPE"])
def test_a_prefix_is_that_of_one_operator(url, prefixe):
    key = ("IZI", "--role", "operateur", "--droit", min(scopes()))
    refused = relance("cles", "creer", *key, "--prefixe", prefixe)
    assert refused.exit_code == 2
    assert "Préfixe AFIREV attendu" in refused.output
