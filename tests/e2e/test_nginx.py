"""The suite behind nginx, with the file that deploy/ gives for it."""

import gzip
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from shared.feeds.streams import HEARTBEAT_S
from shared.schemas.problemes import CATALOGUE, MEDIA_TYPE
from shared.settings import Settings
from tests.e2e.conftest import SECRET, free_port, running
from tests.sse import parse

CONF = Path(__file__).parents[2] / "deploy/nginx/relance.conf"
AROUND = """
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/relance.conf;
}}
"""
SERVER = "server {} max_fails=0;"
NOWHERE = "127.0.0.1:1"
"""Where a gateway is being restarted: no other test is given this port, as it may be a free one."""
STATIONS = "/v1/bornes/stations?limite=50"
BODY_MAX = 1_000_000
DEFAULTS = Settings()
SIGNALEMENTS = "/v1/bornes/signalements"


@pytest.fixture(scope="module")
def nginx() -> str:
    found = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("no nginx: apt-get install nginx-light")
        pytest.skip("no nginx: apt-get install nginx-light")
    return found


@contextmanager
def in_front(nginx: str, gateways: Sequence[str], folder: Path):
    """The address of nginx, once it listens, and of its port without TLS."""
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    key, certificate = folder / "privkey.pem", folder / "fullchain.pem"
    asked = ["-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate]
    subprocess.run(["openssl", "req", *asked, *names], check=True, capture_output=True)
    plain, tls = free_port(), free_port()
    conf = CONF.read_text()
    conf = re.sub(r".*listen \[::\].*\n", "", conf)
    for told, ours in (
        ("server 127.0.0.1:8000 max_fails=0;", "\n".join(map(SERVER.format, gateways))),
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443", f"listen 127.0.0.1:{tls}"),
        ("donnees.exemple.fr", "localhost"),
        ("/etc/ssl/relance", str(folder)),
        (f"client_max_body_size {DEFAULTS.taille_max_corps}", f"client_max_body_size {BODY_MAX}"),
    ):
        assert told in conf, told
        conf = conf.replace(told, ours)
    (folder / "relance.conf").write_text(conf)
    # Started by root, its workers would be of an account that may not enter the folder.
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    command = [nginx, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    told = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "[warn]" not in told.stderr
    process = subprocess.Popen(command)
    try:
        while process.poll() is None:
            try:
                socket.create_connection(("127.0.0.1", tls)).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"https://localhost:{tls}", f"http://localhost:{plain}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("nginx")


@pytest.fixture(scope="module")
def addresses(nginx, demo_database, folder):
    settings = {
        "RELANCE_DATABASE_URL": demo_database,
        "RELANCE_SECRET_INTERNE": SECRET,
        "RELANCE_TAILLE_MAX_CORPS": str(BODY_MAX),
        "RELANCE_BORNES_SIGNALEMENTS_PAR_HEURE": "1",
    }
    log = folder / "gateway.log"
    with (
        running("serve", "gateway", log=log, **settings) as gateway,
        in_front(nginx, [NOWHERE, gateway.removeprefix("http://")], folder) as found,
    ):
        yield found


def client_of(addresses, folder, **options) -> httpx.Client:
    trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
    transport = httpx.HTTPTransport(verify=trust, **options)
    return httpx.Client(base_url=addresses[0], transport=transport, timeout=60)


@pytest.fixture
def client(addresses, folder):
    with client_of(addresses, folder) as client:
        yield client


def problem_of(answer) -> dict:
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem = answer.json()
    kind = CATALOGUE[problem["code"]]
    assert answer.status_code == problem["status"] == kind.statut
    assert problem["title"] == kind.titre
    return problem


def test_everything_is_served_by_tls(addresses, client):
    answer = httpx.get(addresses[1] + STATIONS, trust_env=False)
    assert answer.status_code == 308
    assert answer.headers["location"].startswith("https://localhost/v1/bornes/stations")
    answer = client.get(STATIONS)
    assert answer.status_code == 200
    assert "max-age" in answer.headers["strict-transport-security"]
    assert f'"{addresses[0]}/v1/bornes/ogc' in client.get("/v1/bornes/ogc/collections").text


@pytest.mark.parametrize("coding", ["gzip", "br", "identity"])
def test_an_answer_is_compressed_once(client, coding):
    with client.stream("GET", STATIONS, headers={"Accept-Encoding": coding}) as answer:
        raw = b"".join(answer.iter_raw())
    told = answer.headers.get("content-encoding", "identity")
    assert told in {coding, "identity"}
    if coding == "gzip":
        assert told == "gzip"
        raw = gzip.decompress(raw)
    if told != "br":
        assert json.loads(raw)["features"]


def test_what_a_client_holds_is_not_sent_again(client):
    etag = client.get(STATIONS).headers["etag"]
    assert client.get(STATIONS, headers={"If-None-Match": etag}).status_code == 304


def test_a_stream_is_not_held_back(client):
    with client.stream("GET", "/v1/bornes/flux") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        content = b""
        for piece in answer.iter_raw():
            content += piece
            if b"battement" in content:
                break
    assert parse(content)[0] == []


def test_a_client_is_known_by_its_own_address(addresses, folder):
    """Addresses that no other test asks from: each may report once an hour."""

    def report(of, point, said):
        asked = {"id_pdc_itinerance": point, "motif": "hors_service"}
        return of.post(SIGNALEMENTS, json=asked, headers={"X-Forwarded-For": said}).status_code

    first, second = "FRZZZE00000101", "FRZZZE00000102"
    with client_of(addresses, folder, local_address="127.0.0.3") as client:
        assert report(client, first, "203.0.113.1") in {200, 201}
        assert report(client, second, "203.0.113.2") == 429
    with client_of(addresses, folder, local_address="127.0.0.2") as neighbour:
        assert report(neighbour, second, "203.0.113.1") in {200, 201}


@pytest.mark.parametrize("size", [BODY_MAX, BODY_MAX + 1])
@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_too_large_is_a_problem(client, size, is_announced):
    """The service's own bound is under the gateway's, which is that of nginx."""
    body = b" " * size
    answer = client.post(SIGNALEMENTS, content=body if is_announced else iter([body]))
    assert problem_of(answer)["code"] == "trop-volumineux"


def test_headers_too_large_are_a_problem(client):
    answer = client.get(STATIONS, headers={"X-Long": "x" * 100_000})
    assert problem_of(answer)["code"] == "en-tetes-trop-volumineux"
    answer = client.get("/v1/bornes/stations?q=" + "x" * 40_000)
    assert problem_of(answer)["code"] == "en-tetes-trop-volumineux"


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", b"GET \x01\r\n\r\n"])
def test_what_is_not_http_is_a_problem(addresses, folder, said):
    host, _, port = addresses[0].removeprefix("https://").partition(":")
    trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
    with ExitStack() as stack:
        plain = stack.enter_context(socket.create_connection(("127.0.0.1", int(port))))
        tls = stack.enter_context(trust.wrap_socket(plain, server_hostname=host))
        tls.sendall(said)
        answer = b""
        while piece := tls.recv(65_536):
            answer += piece
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b'"code": "requete-refusee"' in answer


def test_a_gateway_that_is_down_is_a_problem(nginx, tmp_path):
    with (
        in_front(nginx, [NOWHERE, NOWHERE], tmp_path) as addresses,
        client_of(addresses, tmp_path) as client,
    ):
        answer = client.get(STATIONS)
        assert problem_of(answer)["code"] == "amont-en-erreur"
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["access-control-allow-origin"] == "*"


def test_its_limits_go_with_ours():
    conf = CONF.read_text()
    assert f"client_max_body_size {DEFAULTS.taille_max_corps};" in conf
    (patience,) = re.findall(r"proxy_read_timeout (\d+)s;", conf)
    assert float(patience) > max(DEFAULTS.delai_amont_s, HEARTBEAT_S)
    problems = re.findall(r"return (\d+) '(.*)';", conf)
    for status, body in problems:
        problem = json.loads(body)
        kind = CATALOGUE[problem["code"]]
        assert (int(status), problem["title"]) == (kind.statut, kind.titre)
        assert int(status) == problem["status"]
    assert len(problems) == 5
