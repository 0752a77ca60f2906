"""Where we agree to go when a partner tells us where it answers."""

import json

import pytest

from services.bornes.ocpi import jetons, partenaires
from services.bornes.ocpi.erreurs import ErreurOcpi
from services.bornes.ocpi.partenaires import Partenaire
from tests.ocpi import TOKEN_B, partner

LOOPBACK = frozenset({"127.0.0.1"})


def test_a_partner_is_met_by_the_guarded_way_out():
    """What that refuses (tests/shared/test_outbound.py) is told in OCPI's words."""
    private = Partenaire(TOKEN_B, hotes=frozenset(), resolve=lambda _host, _port: ["10.0.0.1"])
    with pytest.raises(ErreurOcpi, match="privée") as refusal:
        private.endpoints("https://exemple.fr/", "2.2.1")
    assert refusal.value.code == 3001


def test_the_versions_may_lead_to_no_private_address_either():
    with partner() as theirs:
        theirs.answer("/versions", [{"version": "2.2.1", "url": "https://localhost:1/detail"}])
        with pytest.raises(ErreurOcpi, match="privée"):
            Partenaire(TOKEN_B, hotes=LOOPBACK).endpoints(theirs.versions, "2.2.1")


def test_an_answer_without_end_is_not_read_to_its_end():
    with partner() as theirs:
        theirs.answers["/versions"] = (200, b" " * (partenaires.ANSWER_MAX + 1))
        with pytest.raises(ErreurOcpi, match="interrompue, ou trop longue"):
            Partenaire(TOKEN_B, hotes=LOOPBACK).endpoints(theirs.versions, "2.2.1")


def test_unknown_fields_are_tolerated():
    with partner() as theirs:
        listed = [{"version": "2.2.1", "url": f"{theirs.root}/2.2.1", "extra": 1}]
        theirs.answers["/versions"] = (
            200,
            json.dumps(
                {"data": listed, "status_code": 1000, "timestamp": "2026-01-01T00:00:00", "x": 1}
            ).encode(),
        )
        assert Partenaire(TOKEN_B, hotes=LOOPBACK).endpoints(theirs.versions, "2.2.1")


def ask(theirs):
    return Partenaire(TOKEN_B, hotes=LOOPBACK).endpoints(theirs.versions, "2.2.1")


ENDPOINT = {"identifier": "credentials", "role": "SENDER", "url": "https://exemple.fr/c"}


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        ({**ENDPOINT, "role": "BOTH"}, "data.endpoints.0.role : Une de ces valeurs est attendue"),
        ({**ENDPOINT, "url": "/c"}, "data.endpoints.0.url : Une adresse http ou https"),
        ({"identifier": "credentials"}, "data.endpoints.0.role : Valeur obligatoire"),
    ],
)
def test_what_is_wrong_in_an_answer_is_told(endpoint, told):
    with partner() as theirs:
        theirs.answer("/2.2.1", {"version": "2.2.1", "endpoints": [endpoint]})
        with pytest.raises(ErreurOcpi, match=told) as refused:
            ask(theirs)
    assert "ne répond pas comme prévu" in refused.value.message
    assert ".." not in refused.value.message


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (200, b"<html>", "Ce n'est pas du JSON valide"),
        (200, b'{"data": [], "status_code": 1000}', "timestamp : Valeur obligatoire"),
        (302, b"", "HTTP 302, et aucune redirection n'est suivie"),
        (401, b"", "HTTP 401"),
    ],
)
def test_what_is_no_answer_is_told(status, body, told):
    with partner() as theirs:
        theirs.answers["/versions"] = (status, body)
        with pytest.raises(ErreurOcpi, match=told):
            ask(theirs)


def test_the_detail_of_another_version_is_refused():
    with partner() as theirs:
        theirs.answer("/2.2.1", {"version": "2.1.1", "endpoints": [ENDPOINT]})
        with pytest.raises(ErreurOcpi, match=r"détail de la version 2\.1\.1"):
            ask(theirs)


def test_a_compressed_answer_is_told_so():
    with partner() as theirs:
        theirs.headers["Content-Encoding"] = "gzip"
        with pytest.raises(ErreurOcpi, match=r"compressée \(gzip\)"):
            ask(theirs)


def test_a_byte_order_mark_is_no_fault():
    with partner() as theirs:
        status, body = theirs.answers["/versions"]
        theirs.answers["/versions"] = (status, b"\xef\xbb\xbf" + body)
        assert ask(theirs)


def test_tokens():
    token = jetons.new_token()
    assert len(token) == 43
    assert jetons.PRINTABLE.fullmatch(token)
    assert token != jetons.new_token()
    scheme, value = jetons.header(token).split()
    assert scheme == "Token"
    assert token in jetons.presented(value)
    assert jetons.presented("é b") == []
    assert jetons.presented("a" * 65) == []
    sealed = jetons.seal(token, "s" * 32)
    assert token not in sealed
    assert jetons.seal(token, "s" * 32) != sealed
    assert jetons.unseal(sealed, "s" * 32) == token
    assert jetons.unseal("x", "s" * 32) is None
