"""What the whole suite stands on: no network, and a database each test leaves as it was."""

import socket
import urllib.request

import pytest
from sqlalchemy import text


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("data.gouv.fr", 80)])
def test_the_network_ends_at_loopback(address):
    with pytest.raises(pytest.fail.Exception, match="loopback"):
        socket.create_connection(address, timeout=1)


def test_a_client_cannot_swallow_the_refusal():
    with pytest.raises(pytest.fail.Exception, match="loopback"):
        urllib.request.urlopen("http://data.gouv.fr/", timeout=1)


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1])).close()


@pytest.mark.parametrize("_turn", [1, 2])
def test_a_session_leaves_nothing(session, _turn):
    session.execute(text("CREATE TABLE public.trace (id int)"))
    session.commit()


def test_clones_are_apart(clone_database):
    assert clone_database() != clone_database()


def test_real_files_mark_their_tests(donnees_reelles, request):
    assert donnees_reelles.is_dir()
    assert request.node.get_closest_marker("donnees_reelles")
