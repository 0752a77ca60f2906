"""What Typer says itself of a command, or of a mistake in one, in French.

It knows no other language than its own: its words are replaced where it keeps them.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import typer
from pydantic import ValidationError
from typer import rich_utils
from typer.core import TyperGroup

from shared.validation import errors_fr

_TITLES: Final = {
    "COMMANDS_PANEL_TITLE": "Commandes",
    "ERRORS_PANEL_TITLE": "Erreur",
    "DEFAULT_STRING": "[par défaut : {}]",
    "ENVVAR_STRING": "[variable : {}]",
    "REQUIRED_LONG_STRING": "[obligatoire]",
    "RICH_HELP": "[blue]{command_path} {help_option}[/] dit comment l'écrire.",
    "ABORTED_TEXT": "Interrompu.",
}
_HELP: Final = "Afficher cette aide."
_SUBCOMMANDS: Final = "COMMANDE [ARGUMENTS]..."
_MISTAKES: Final = tuple(
    (re.compile(said, re.DOTALL), told)
    for said, told in (
        (r"No such command '(.*)'\. Did you mean '(.*)'\?", "« {0} » n'existe pas ; « {1} » ?"),
        (r"No such command '(.*)'\.", "La commande « {0} » n'existe pas."),
        (r"No such option: (.*) \(Possible options: (.*)\)", "{0} n'existe pas ; {1} ?"),
        (r"No such option: (.*)", "L'option {0} n'existe pas."),
        (r"Missing (?:argument|option) (.*)\. Choose from:\s*(.*)", "Il manque {0} : {1}."),
        (r"Missing (?:argument|option) (.*)\.", "Il manque {0}."),
        (r"Got unexpected extra argument\(s\) \((.*)\)", "De trop : {0}."),
        (r"Option '(.*)' requires an argument\.", "L'option {0} attend une valeur."),
        (r"Option '(.*)' does not take a value\.", "L'option {0} ne prend pas de valeur."),
        (r"Invalid value for ('.*?'): \w+ ('.*') does not exist\.", "{0} : {1} n'existe pas."),
        (r"Invalid value for ('.*?'): \w+ ('.*') is a file\.", "{0} : {1} est un fichier."),
        (r"Invalid value for ('.*?'): \w+ ('.*') is a directory\.", "{0} : {1} est un dossier."),
        (
            r"Invalid value for ('.*?'): \w+ ('.*') is not (?:readable|writable)\.",
            "{0} : ce compte n'a pas accès à {1}.",
        ),
        (
            r"Invalid value for ('.*?'): Value error, ('.*') is not one of (.*)\.",
            "{0} : {1} est inconnu ; au choix : {2}.",
        ),
        (r"Invalid value for ('.*?'): (.*)", "{0} : {1}"),
        (r"Invalid value: (.*)", "{0}"),
    )
)
"""Sentences of Typer, and ours: the parts of the first are the places of the second."""


class Mistake(typer.BadParameter):
    """A command that was not written as it is to be."""

    def format_message(self) -> str:
        return self.message


def in_french(command: Any, context: typer.Context) -> Any:
    """A command or a group of them, with what its help says of itself."""
    option = command.get_help_option(context)
    if option is not None:
        option.help = _HELP
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = _SUBCOMMANDS
        for one in command.commands.values():
            in_french(one, context)
    return command


@contextmanager
def told_in_french() -> Iterator[None]:
    """Within it commands are read: help and mistakes are told in French."""
    for name, title in _TITLES.items():
        setattr(rich_utils, name, title)
    try:
        yield
    except typer.TyperException as error:
        told = _sentence(error)
        if told is None:
            raise
        raise Mistake(told, getattr(error, "ctx", None)) from error


def _sentence(error: typer.TyperException) -> str | None:
    """A mistake in French; None for what is none, as the help of a group asked for nothing."""
    said = error.format_message()
    cause = error.__cause__
    if isinstance(cause, ValidationError) and cause.errors()[0]["type"] != "value_error":
        said = said.replace(error.message, errors_fr(cause.errors())[0].detail)
    for pattern, told in _MISTAKES:
        if found := pattern.fullmatch(said):
            parts = (re.sub(r"'([^']*)'", r"« \1 »", part) for part in found.groups())
            return told.format(*parts)
    return None
