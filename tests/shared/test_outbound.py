"""The guarded way out: which addresses, how long, how much."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from shared import outbound
from shared.outbound import CallError, Sortie, is_public, look

LOOPBACK = frozenset({"127.0.0.1", "exemple.test"})
PUBLIC = "192.0.43.10"


@contextmanager
def answering(*pieces: bytes, pause_s: float = 0.0):
    """A server that reads one request, then says these pieces; gives its port and what it read."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            try:
                with server.accept()[0] as connection:
                    asked = b""
                    while not asked.endswith(b"bonjour"):
                        asked += connection.recv(65_536)
                    seen.append(asked)
                    for piece in pieces:
                        connection.sendall(piece)
                        time.sleep(pause_s)
            except OSError:
                pass

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield server.getsockname()[1], seen
    thread.join(10)


@contextmanager
def taking_nothing(host: str, port: int):
    """An address whose machine neither takes a connection nor refuses it: its queue is full."""
    with socket.socket() as silent, socket.socket() as first, socket.socket() as second:
        silent.bind((host, port))
        silent.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex((host, port))
        yield


def call(url, *, hotes=LOOPBACK, found=("127.0.0.1",), resolve=None, deadline_s=5.0):
    resolve = resolve or (lambda _host, _port: list(found))
    sortie = Sortie(hotes=hotes, deadline_s=deadline_s, body_max=1_000, resolve=resolve)
    return sortie.exchange("POST", url, headers={"X-Essai": "1"}, content=b"bonjour")


def test_an_answer_is_read_whole():
    with answering(b"HTTP/1.1 418 Theiere\r\nContent-Length: 3\r\n\r\nthe") as (port, seen):
        found = call(f"http://exemple.test:{port}/ici?a=b")
    assert (found.statut, found.corps, found.est_entiere) == (418, b"the", True)
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /ici?a=b HTTP/1.1")
    assert b"host: exemple.test:%d" % port in head.lower()
    assert body == b"bonjour"


@pytest.mark.parametrize("dead", ["127.0.0.2", "127.0.0.3"], ids=["refusing", "silent"])
def test_any_address_of_a_name_will_do(dead):
    """Else a receiver with one machine gone would hear nothing, however often it is tried."""
    answer = b"HTTP/1.1 204 No Content\r\n\r\n"
    with answering(answer) as (port, seen), taking_nothing("127.0.0.3", port):
        found = call(f"http://exemple.test:{port}/", found=(dead, "127.0.0.1"), deadline_s=3.0)
    assert found.statut == 204
    assert len(seen) == 1


def test_what_was_sent_is_not_sent_to_another_address():
    with answering() as (port, seen), socket.create_server(("127.0.0.2", port)) as other:
        other.settimeout(0.1)
        with pytest.raises(CallError):
            call(f"http://exemple.test:{port}/", found=("127.0.0.1", "127.0.0.2"))
        with pytest.raises(TimeoutError):
            other.accept()
    assert len(seen) == 1


def test_an_endless_answer_is_cut():
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with answering(head, *[b"400\r\n" + b"x" * 1024 + b"\r\n"] * 50) as (port, _):
        found = call(f"http://127.0.0.1:{port}/")
    assert (found.statut, len(found.corps), found.est_entiere) == (200, 1_000, False)


@pytest.mark.parametrize("pieces", [[], [b"H", b"T", b"T", b"P"] * 3], ids=["silent", "drops"])
def test_a_slow_head_ends_at_the_deadline(pieces):
    """Each piece comes in time, the whole never does."""
    with (
        answering(*pieces, *[b"x"] * 20, pause_s=0.05) as (port, _),
        pytest.raises(CallError),
    ):
        call(f"http://127.0.0.1:{port}/", deadline_s=0.3)


def test_a_slow_body_leaves_the_status():
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with answering(head, *[b"x"] * 20, pause_s=0.05) as (port, _):
        found = call(f"http://127.0.0.1:{port}/", deadline_s=0.4)
    assert found.statut == 200
    assert not found.est_entiere


def test_a_redirection_is_an_answer_like_another():
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with answering(head) as (port, _):
        assert call(f"http://127.0.0.1:{port}/").statut == 302


def test_what_is_not_http_or_answers_nothing_is_an_error():
    with answering(b"bonjour\r\n\r\n") as (port, _), pytest.raises(CallError, match="impossible"):
        call(f"http://127.0.0.1:{port}/")
    with pytest.raises(CallError, match="impossible"):
        call("http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.5.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::a9fe:a9fe",
        "ff02::1",
        "fec0::1",
        "::127.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b:1::7f00:1",
        "5f00::1",
    ],
)
def test_private_addresses_are_refused(address):
    assert not is_public(address)
    with pytest.raises(CallError, match="privée"):
        call("https://exemple.fr/", hotes=frozenset(), found=[PUBLIC, address])


@pytest.mark.parametrize("address", [PUBLIC, "2606:4700::1", "64:ff9b::c000:2b0a"])
def test_public_addresses_are_not(address):
    assert is_public(address)


def test_a_name_that_leads_nowhere_is_refused():
    with pytest.raises(CallError, match="privée"):
        call("https://exemple.fr/", hotes=frozenset(), found=[])

    def unknown(_host, _port):
        raise socket.gaierror

    with pytest.raises(CallError, match="impossible"):
        call("https://exemple.fr/", hotes=frozenset(), resolve=unknown)


def test_the_address_that_was_checked_is_the_one_that_is_met(monkeypatch):
    """A name that is resolved twice may lead elsewhere the second time."""
    asked_for = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def take() -> None:
            with server.accept()[0] as connection:
                asked_for.append(connection.recv(4096))

        hello = threading.Thread(target=take)
        hello.start()
        monkeypatch.setattr(outbound, "is_public", lambda _: True)
        with pytest.raises(CallError):
            call(f"https://partenaire.exemple.fr:{port}/", hotes=frozenset(), deadline_s=0.4)
        hello.join(5)
    # TLS began with the address, and asks for the certificate of the name.
    assert b"partenaire.exemple.fr" in asked_for[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://exemple.fr/",
        "ftp://exemple.fr/",
        "https://moi:secret@exemple.fr/",
        "https:///ici",
        "https://[::1/",
        "https://127.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://localhost/",
        "https://LOCALHOST:8443/",
        "https://exemple.localhost/",
        "https://localhost./",
        "https://exemple.fr:0/",
        "javascript:alert(1)",
        "",
        "https://ex emple.fr/",
        "https://exemple/",
        "https://exemple..fr/",
        "https://-exemple.fr/",
        "https://%65xemple.fr/",
        "https://2130706433/",
        "https://127.1/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://exemple.0x7f/",
        "https://xn--0/",
        "https://xn--a-ecp.fr/",
    ],
)
def test_other_addresses_are_refused_at_sight(url):
    with pytest.raises(CallError):
        look(url, hotes=frozenset())


@pytest.mark.parametrize(
    "url",
    [
        "https://exemple.fr./x",
        "https://été.exemple.fr:8443/",
        "https://a_b.xn--p1ai/",
        f"https://{PUBLIC}/",
        "https://[2606:4700::1]/",
    ],
)
def test_names_and_public_addresses_may_be_called(url):
    assert look(url, hotes=frozenset()).scheme == "https"


def test_a_named_host_may_be_private_and_plain():
    assert look("http://127.0.0.1:8080/x", hotes=frozenset({"127.0.0.1:8080"})).port == 8080
    with pytest.raises(CallError):
        look("http://127.0.0.1:8081/x", hotes=frozenset({"127.0.0.1:8080"}))


def test_a_silent_resolver_does_not_outlast_the_deadline():
    told = threading.Event()

    def silent(_host, _port):
        told.wait(60)
        return ["192.0.43.10"]

    try:
        with pytest.raises(CallError, match="pas de réponse"):
            call("https://exemple.fr/", hotes=frozenset(), deadline_s=0.2, resolve=silent)
        assert not told.is_set()  # the call ended while the resolver was still at work
        resolvers = [one for one in threading.enumerate() if one.name.startswith("resolution")]
        assert resolvers
    finally:
        told.set()
