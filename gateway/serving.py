"""Builds the application of a process and serves it with uvicorn until told to stop."""

import asyncio
import errno
import logging
import os
import re
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn
from prometheus_client import start_http_server
from starlette.types import ASGIApp

from gateway.app import create_gateway
from gateway.embedded import SERVICES
from gateway.protocol import protocol_of
from gateway.refusals import answering_to_the_end
from gateway.upstreams import RemoteService
from shared import kept_secret
from shared.auth import SECRET_MIN_BYTES
from shared.feeds.streams import end_all
from shared.memory import collector
from shared.postgres import find_database_url
from shared.service import Service, ServiceApp
from shared.settings import Settings, misspelt
from shared.worker import run_forever

if TYPE_CHECKING:
    from shared.migrations import Tell

logger = logging.getLogger(__name__)

Announce = Callable[[], Coroutine[Any, Any, None]]
"""Tells people that a process answers."""

TURN_S = 0.001
"""How long a thread may keep the others waiting: one that takes in a file or a batch of statuses
would keep the event loop, and so every read, waiting for Python's 5 ms at each turn."""
GRACE_S = 10
"""Requests under way get this long to end when the process is told to stop."""

_REASONS = {
    errno.EADDRINUSE: "un autre programme s'y trouve déjà",
    errno.EACCES: "ce port est réservé à l'administrateur",
    errno.EADDRNOTAVAIL: "cette adresse n'est pas celle de cette machine",
    errno.EAFNOSUPPORT: "cette machine n'a pas d'adresses de ce genre",
    socket.EAI_NONAME: "aucune machine ne porte ce nom",
}
_EVERYWHERE = {"::": ("::", "0.0.0.0")}  # noqa: S104 what the setting asks
"""IPv4 apart: one socket for both would write its callers `::ffff:…`, which neither limits nor
FORWARDED_ALLOW_IPS take for the addresses that they are."""
_URL = re.compile(r"RELANCE_([A-Z0-9]+)_URL")
_NOT_SERVICES = frozenset({"database"})


class ServingError(Exception):
    """The process cannot serve; the text says to the user what to do."""


def read_settings() -> Settings:
    """The settings of a process that lasts; what looks like a misspelt one is told."""
    for variable, meant in misspelt():
        logger.warning("%s n'est pas un réglage : est-ce %s ?", variable, meant)
    return Settings()


def local_services(settings: Settings) -> list[Service]:
    """The services this process holds itself."""
    return [s for s in SERVICES.values() if settings.upstream_url(s.nom) is None]


def remote_services(settings: Settings) -> list[str]:
    """The names of those that RELANCE_<NAME>_URL says to run elsewhere."""
    return [nom for nom in SERVICES if settings.upstream_url(nom) is not None]


def migrate(settings: Settings, *, tell: "Tell" = logger.warning) -> None:
    """Bring the tables of the gateway and of the services of this process up to date."""
    from shared.migrations import upgrade  # Alembic: most processes migrate nothing

    upgrade(Path(__file__).parent, find_database_url(settings, "gateway"), tell=tell)
    for service in local_services(settings):
        upgrade(service.dossier, find_database_url(settings, service.nom), tell=tell)


def upstreams(settings: Settings) -> dict[str, ASGIApp]:
    """Each service by name: in this process, or elsewhere when RELANCE_<NAME>_URL says where."""
    named = (match[1].lower() for match in map(_URL.fullmatch, sorted(os.environ)) if match)
    names = [*SERVICES, *(n for n in named if n not in SERVICES and n not in _NOT_SERVICES)]
    return {name: _upstream(name, settings) for name in names}


def _upstream(name: str, settings: Settings) -> ASGIApp:
    url = settings.upstream_url(name)
    if url is None:
        return ServiceApp(SERVICES[name], settings)
    if not _is_address(url):
        raise ServingError(
            f"RELANCE_{name.upper()}_URL : une adresse http://… ou https://… est attendue, comme "
            "http://bornes:8000."
        )
    return RemoteService(url, timeout_s=settings.delai_amont_s)


def _is_address(url: str) -> bool:
    """Whether a URL says which host to ask; a path may follow, nothing else."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # refuses one that is none
    except ValueError:
        return False
    told = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return told and not (parts.query or parts.fragment or re.search(r"\s", url))


def gateway(settings: Settings) -> ASGIApp:
    """The gateway and every service that no other process serves."""
    return create_gateway(upstreams(settings), settings)


def with_secret(settings: Settings) -> Settings:
    """Settings with which keys work; a gateway alone with its services keeps its own secret."""
    secret = settings.secret_interne
    if secret is None and len(local_services(settings)) == len(SERVICES):
        secret = kept_secret.keep(settings.dossier)
        settings = settings.model_copy(update={"secret_interne": secret})
    if secret is None:
        logger.warning("RELANCE_SECRET_INTERNE absente : les clés d'accès ne serviront pas.")
    elif len(secret.encode()) < SECRET_MIN_BYTES:
        raise ServingError(f"RELANCE_SECRET_INTERNE compte moins de {SECRET_MIN_BYTES} octets.")
    return settings


@contextmanager
def listening(settings: Settings) -> Iterator[list[socket.socket]]:
    """The port, taken before anything slow starts, at each address that the settings name."""
    hosts = _EVERYWHERE.get(settings.hote, (settings.hote,))
    with ExitStack() as stack:
        yield [stack.enter_context(_taken(host, settings.port)) for host in hosts]


def _taken(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise _cannot_listen(error, host, port, "RELANCE_PORT") from error


@contextmanager
def measured(settings: Settings) -> Iterator[None]:
    """Prometheus may read what this process counts, where a port is set for it."""
    port = settings.metriques_port
    if port is None:
        yield
        return
    try:
        server, thread = start_http_server(port, settings.hote)
    except OSError as error:
        raise _cannot_listen(error, settings.hote, port, "RELANCE_METRIQUES_PORT") from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _cannot_listen(error: OSError, host: str, port: int, variable: str) -> ServingError:
    reason = _REASONS.get(error.errno or 0, str(error))
    return ServingError(
        f"Impossible d'écouter sur {f'[{host}]' if ':' in host else host}:{port} : {reason}. "
        f"{variable} choisit un autre port, RELANCE_HOTE une autre adresse."
    )


@contextmanager
def working(settings: Settings) -> Iterator[threading.Event]:
    """The due work of the services of this process is done, in threads of its own.

    What it gives is set once the work has ended, also by itself.
    """
    engines = [
        (service.engine(find_database_url(settings, service.nom)), service.atelier(settings))
        for service in local_services(settings)
    ]
    try:
        with beside(partial(run_forever, engines), "travaux") as ended:
            yield ended
    finally:
        for engine, _ in engines:
            engine.dispose()


@contextmanager
def beside(do: Callable[[threading.Event], None], name: str) -> Iterator[threading.Event]:
    """Something is done in a thread of its own, which is waited for.

    Setting the event that it is given ends it, and so does leaving.
    """
    stop = threading.Event()
    thread = threading.Thread(target=do, args=(stop,), name=name)
    try:
        thread.start()
        yield stop
    finally:
        stop.set()
        if thread.is_alive():  # not when a signal came before it was
            thread.join()


def serve(
    app: ASGIApp,
    on: list[socket.socket],
    told: threading.Event,
    *,
    announce: Announce | None = None,
) -> None:
    """Answer on sockets until a signal says to stop, as `told` says that one did already.

    `announce` runs beside once it answers.
    """
    config = uvicorn.Config(
        answering_to_the_end(app),
        loop="uvloop" if sys.platform != "win32" else "asyncio",
        http=protocol_of(app),
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config, told, announce)
    sys.setswitchinterval(TURN_S)
    with collector.serving():
        server.run(sockets=on)
    if not server.started:
        raise ServingError("Le démarrage a échoué : voir le journal ci-dessus.")


class _Server(uvicorn.Server):
    """uvicorn, which tells that it answers, and ends live streams when it stops."""

    def __init__(
        self, config: uvicorn.Config, told: threading.Event, announce: Announce | None
    ) -> None:
        super().__init__(config)
        self._told = told
        self._announce = announce
        self._telling: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        # By now uvicorn hears the signals, and loses none.
        self.should_exit |= self._told.is_set()
        collector.settled()
        if self.started and self._announce is not None:
            self._telling = asyncio.create_task(self._announce())

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self._telling is not None:
            self._telling.cancel()
        end_all()  # a stream never ends by itself, and would be waited for
        await super().shutdown(sockets=sockets)
        if self.force_exit:  # a second Ctrl-C waits for no request; what was opened is still closed
            await self.lifespan.shutdown()
