"""Services over the databases of tests, without what each test would do again."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.auth import Acteur, sign
from shared.service import Service, ServiceApp
from shared.settings import Settings

SECRET = "un secret de test long de plus de trente-deux octets"
_FREE: dict[str, ServiceApp] = {}
"""By the service's name, one that no test uses."""


def bearer(acteur: Acteur, *, service: str) -> dict[str, str]:
    """The headers of a call that the gateway let through."""
    return {"Authorization": f"Bearer {sign(acteur, service=service, secret=SECRET)}"}


@contextmanager
def opened(service: Service, settings: Settings) -> Iterator[ServiceApp]:
    """A service over its database: everything is new but the framework and its routes.

    Laying routes out, at the first request, costs more than what most tests ask afterwards.
    """
    app = _FREE.pop(service.nom, None)
    if app is None:
        app = ServiceApp(service, settings)
    else:
        app.open(settings)
    try:
        yield app
    finally:
        app.close()
        _FREE[service.nom] = app
