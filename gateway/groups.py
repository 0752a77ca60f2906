"""The services' own commands: each has its `cli`, imported when one of them is asked for.

Whoever types a command, or asks for help, waits for no service to load.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

import typer

import services

NOMS: Final = tuple(sorted(module.name for module in iter_modules(services.__path__)))


def commands_of(nom: str) -> typer.Typer:
    """The commands of a service."""
    app: typer.Typer = import_module(f"services.{nom}.cli").app
    return app
