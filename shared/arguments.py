"""Validation of command-line arguments shared by all commands."""

from pathlib import Path

import typer


def named(nom: str | None) -> str | None:
    """A name that says something, where one is given: for `callback=` of a parameter."""
    if nom is None:
        return None
    if not nom.strip():
        raise typer.BadParameter("Un nom est attendu.")
    return nom.strip()


def origin_of(fichier: Path) -> str:
    """Whom a file comes from when nobody says: its name without extensions, if that leaves any."""
    return fichier.name.split(".", 1)[0] or fichier.name
