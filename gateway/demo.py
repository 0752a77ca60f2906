"""`relance demo`: PostgreSQL, schemas, fictive data, keys and every service, in one command."""

import asyncio
import errno
import fcntl
import logging
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session
from starlette.types import ASGIApp

from gateway import keys, serving
from gateway.embedded import TO_TRY, DemonstrationKey, demonstration_keys
from gateway.upstreams import Mount, fetch
from shared.db import open_engine
from shared.outages import Outage
from shared.output import say
from shared.postgres import Cluster, PostgresError, find_database_url, start_embedded
from shared.settings import Settings

logger = logging.getLogger(__name__)
LOOK_S: Final = 5.0
"""Between two looks at the embedded PostgreSQL."""
STARTING_LOOK_S: Final = 0.1
"""Between two looks at what is starting."""
LOCK: Final = "demonstration.verrou"
_NO_FOLDER: Final[Mapping[int | None, str]] = {
    errno.EEXIST: "c'est un fichier",
    errno.ENOTDIR: "il est dans un fichier",
    errno.EACCES: "ce compte n'a pas le droit d'y écrire",
    errno.EROFS: "ce disque n'accepte pas d'écriture",
    errno.ENOSPC: "ce disque est plein",
    errno.EDQUOT: "ce compte n'a plus de place sur ce disque",
}


def run(settings: Settings, told: threading.Event) -> None:
    """Serve the demonstration until a signal, such as Ctrl-C; data stay for the next time."""
    with alone(settings.dossier), serving.listening(settings) as taken:
        say("Démarrage de la base de données…")
        with _database(settings) as url:
            ready = serving.with_secret(settings.model_copy(update={"database_url": url}))
            held = prepare(ready)
            with serving.working(ready), serving.measured(ready):
                app = serving.gateway(ready)
                announce = partial(_announce, app, settings, held)
                serving.serve(app, taken, told, announce=announce)


@contextmanager
def alone(dossier: Path) -> Iterator[None]:
    """One demonstration at a time in a folder: the first to stop would stop its PostgreSQL."""
    try:
        dossier.mkdir(parents=True, exist_ok=True)
        lock = (dossier / LOCK).open("w")
    except OSError as error:
        why = _NO_FOLDER.get(error.errno, "il ne peut pas être créé")
        raise serving.ServingError(
            f"« {dossier} » ne peut pas être le dossier de la démonstration : {why}. "
            "RELANCE_DOSSIER en choisit un autre."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # let go however the process ends
        except BlockingIOError:
            raise serving.ServingError(
                f"Une démonstration tourne déjà dans « {dossier} » : arrêtez-la, ou choisissez un "
                "autre dossier avec RELANCE_DOSSIER."
            ) from None
        yield


def prepare(settings: Settings) -> list[str]:
    """Schemas up to date and fictive data where there were none; the demonstration's keys."""
    serving.migrate(settings)
    for service in serving.local_services(settings):
        if service.demonstration is not None:
            with open_engine(find_database_url(settings, service.nom)) as engine:
                service.demonstration(engine, settings)
    url = find_database_url(settings, "gateway")
    with open_engine(url) as engine, Session(engine) as session, session.begin():
        return [_key(session, one, settings.dossier) for one in demonstration_keys()]


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    if settings.database_url is not None:
        yield settings.database_url
        return
    cluster = start_embedded(settings.dossier)
    try:
        with kept_running(cluster):
            yield cluster.url
    finally:
        cluster.stop()


@contextmanager
def kept_running(cluster: Cluster) -> Iterator[None]:
    """A PostgreSQL that ends by itself (killed, its disk full for a while) is started again.

    Nobody else would: what starts services anew elsewhere is not there in a demonstration.
    """
    with serving.beside(partial(_watch, cluster), "postgres"):
        yield


def _watch(cluster: Cluster, stop: threading.Event) -> None:
    outage = Outage(logger, "PostgreSQL has ended and cannot be started", "PostgreSQL is started")
    wait = LOOK_S
    while not stop.wait(wait):
        wait = LOOK_S
        if cluster.answers:
            outage.ended()  # one that had crashed may need nobody, once there is room again
            continue
        try:
            cluster.start_again()
        except (PostgresError, OSError) as error:  # also of files: too many open, or unreadable
            wait = max(LOOK_S, outage.failed(error))
        else:
            logger.warning("PostgreSQL had ended: it was started again")
            outage.ended()


def _key(session: Session, wanted: DemonstrationKey, folder: Path) -> str:
    """The key of an earlier start while it is good, else a new one; only its owner may read it."""
    file = folder / wanted.fichier
    known = file.read_text().strip() if file.exists() else ""
    found = keys.find_valid(session, known)
    if found is not None and set(found.scopes) == wanted.droits:
        return known
    key = keys.create(
        session,
        organisation=wanted.organisation,
        role=wanted.role,
        scopes=wanted.droits,
        territoire=wanted.territoire,
        prefixes=wanted.prefixes,
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.write_text(key)
    return key


async def _announce(app: ASGIApp, settings: Settings, held: list[str]) -> None:
    """Say what to try, once all of it answers."""
    while (await fetch(Mount("", app), "/sante/pret"))[0] != HTTPStatus.OK:  # noqa: ASYNC110 a probe
        await asyncio.sleep(STARTING_LOOK_S)
    _tell(settings, held)


def _tell(settings: Settings, held: list[str]) -> None:
    base = settings.adresse_publique
    examples = "\n".join(f"  curl '{base}{path}'" for path in TO_TRY)
    keys_told = "\n\n".join(
        _told(base, one, key) for one, key in zip(demonstration_keys(), held, strict=True)
    )
    say(f"""
Grand Paris Relance répond sur {base} (Ctrl-C pour arrêter).
Les données de démonstration sont fictives.

  {base}/      accueil
  {base}/docs  documentation

{examples}

Clés de démonstration, fictives elles aussi, et ce qu'elles ouvrent :

{keys_told}

Dans un autre terminal, au même endroit : {sys.argv[0]} --help
""")


def _told(base: str, one: DemonstrationKey, key: str) -> str:
    asked = "\n".join(
        f"""  curl -H "Authorization: Bearer $CLE" '{base}{path}'""" for path in one.a_essayer
    )
    return f"  # {one.titre}\n  CLE={key}\n{asked}"
