"""The answer that carries a token may be lost: the partner asks again with the one before."""

import pytest
from sqlalchemy import text

from services.bornes.ocpi import commands, jetons
from tests.applications import SECRET
from tests.ocpi import authorization, data, partner, refused

PATH = "/ocpi/2.2.1/credentials"


def told(client, method, theirs, token, jeton_b="b"):
    """The token of an answer that came, or is lost by who ignores it."""
    body = theirs.credentials(jeton_b)
    return data(client.request(method, PATH, json=body, headers=authorization(token)))["token"]


def opens(client, token, path="/ocpi/versions"):
    return client.get(path, headers=authorization(token)).status_code == 200


def rewritten(database, **values):
    with database() as session, session.begin():
        for name, value in values.items():
            session.execute(text(f"UPDATE bornes.ocpi_parties SET {name} = {value}"))


def test_a_registration_whose_answer_was_lost_is_asked_again(client, token_a, database):
    with partner() as theirs:
        lost = told(client, "POST", theirs, token_a, "b1")
        again = told(client, "POST", theirs, token_a, "b2")
        assert not opens(client, lost)
        third = told(client, "POST", theirs, token_a, "b3")
    assert not opens(client, again)
    assert opens(client, third, "/ocpi/2.2.1/locations")
    with database() as session:
        (row,) = session.execute(text("SELECT * FROM bornes.ocpi_parties")).mappings()
    assert (row["precedente"], row["precedente_expire_le"]) == (None, None)
    assert jetons.unseal(row["jeton_b"], SECRET) == "b3"


def test_the_token_before_serves_no_more_once_the_new_one_was_presented(client, token_a):
    with partner() as theirs:
        first = told(client, "POST", theirs, token_a)
        assert opens(client, first)
        body = theirs.credentials()
        answer = client.post(PATH, json=body, headers=authorization(token_a))
        assert refused(answer, 401) == 2000
        lost = told(client, "PUT", theirs, first)
        renewed = told(client, "PUT", theirs, first)
        assert not opens(client, lost)
        assert opens(client, renewed)
        assert client.put(PATH, json=body, headers=authorization(first)).status_code == 401


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_the_token_before_serves_to_ask_again_and_for_nothing_else(client, token_a, method):
    with partner() as theirs:
        before = token_a
        if method == "PUT":
            before = told(client, "POST", theirs, token_a)
            opens(client, before)
        told(client, method, theirs, before)
        for path in ("/ocpi/versions", "/ocpi/2.2.1", PATH):
            assert opens(client, before, path)
        for path in ("locations", "tariffs"):
            assert not opens(client, before, f"/ocpi/2.2.1/{path}")
        other = {"POST": "PUT", "PUT": "POST"}[method]
        answer = client.request(
            other, PATH, json=theirs.credentials(), headers=authorization(before)
        )
        assert refused(answer, 405) == 2000


def test_it_serves_an_hour_at_most_however_often_it_is_asked_again(client, token_a, database):
    with partner() as theirs:
        told(client, "POST", theirs, token_a)
        rewritten(database, precedente_expire_le="now() + interval '1 second'")
        told(client, "POST", theirs, token_a)
        left = "SELECT precedente_expire_le - now() FROM bornes.ocpi_parties"
        with database() as session:
            assert session.scalar(text(left)) < commands.REPRISE / 2
        rewritten(database, precedente_expire_le="now()")
        assert not opens(client, token_a)


def test_an_invitation_is_not_longer_for_it(client, token_a, database):
    rewritten(database, expire_le="now() + interval '1 minute'")
    with partner() as theirs:
        told(client, "POST", theirs, token_a)
    left = "SELECT precedente_expire_le - now() FROM bornes.ocpi_parties"
    with database() as session:
        assert session.scalar(text(left)) < commands.REPRISE / 2


def test_an_answer_that_comes_after_that_to_the_second_try_changes_nothing(
    client, token_a, database
):
    """The first try still waits for the partner's API when the second one is answered."""
    with partner() as theirs:
        good, found = theirs.answers, []

        class Meanwhile(dict):
            def __missing__(self, key):
                theirs.answers = good
                found.append(told(client, "POST", theirs, token_a))
                return good[key]

        theirs.answers = Meanwhile()
        late = client.post(PATH, json=theirs.credentials(), headers=authorization(token_a))
    assert refused(late) == 3000
    assert "recommencez" in late.json()["status_message"]
    assert opens(client, found[0], "/ocpi/2.2.1/locations")


def test_a_partner_that_is_closed_asks_no_more(client, token_a, database):
    with partner() as theirs:
        told(client, "POST", theirs, token_a)
        with database() as session, session.begin():
            (number,) = session.scalars(text("SELECT id FROM bornes.ocpi_parties"))
            commands.revoquer(session, number)
        assert not opens(client, token_a)
