"""Validation of command-line arguments shared by all commands."""

import typer


def named(nom: str) -> str:
    """A name that says something: for `callback=` of an argument."""
    if not nom.strip():
        raise typer.BadParameter("Un nom est attendu.")
    return nom.strip()
