"""The services' own commands, each imported when it is asked for.

Apart from `embedded`: whoever types one, or asks for help, waits for no service to load.
"""

from collections.abc import Callable
from typing import Final

import typer


def _bornes() -> typer.Typer:
    from services.bornes.cli import app

    return app


def _commerces() -> typer.Typer:
    from services.commerces.cli import app

    return app


GROUPS: Final[dict[str, Callable[[], typer.Typer]]] = {"bornes": _bornes, "commerces": _commerces}
