"""The PostgreSQL of tests and benches: whichever is at hand, thrown away after them."""

import fcntl
import gc
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.postgres import (
    PostgresError,
    find_running,
    machine_binaries,
    start_embedded,
    wheel_binaries,
)

THROW_AWAY = "relance-jetable-"
MEMORY = Path("/dev/shm")
ROOM = 4_000_000_000
"""Bytes free, so that servers of several test processes fit."""
OWNER = "proprietaire"
"""In a throw-away folder, a file that its maker keeps locked."""
IMAGE = "postgres:17-alpine"


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
