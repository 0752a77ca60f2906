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


_PIPES = {"/dev", "/dev/fd", "/proc/self/fd"}


def origin_of(fichier: Path, *, option: str) -> str:
    """Whom a file comes from when nobody says: its name without extensions, if that leaves any.

    What comes by a pipe has a name too (`stdin`, `63`), of nobody: `option` must say.
    """
    if str(fichier.absolute().parent) in _PIPES:
        raise typer.BadParameter(
            f"Dites d'où viennent les données ({option}) : {fichier} ne le dit pas."
        )
    return fichier.name.split(".", 1)[0] or fichier.name
