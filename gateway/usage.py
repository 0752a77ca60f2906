"""What Typer says itself of a command, or of a mistake in one, in French.

It knows no other language than its own: its words are replaced where it keeps them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import typer
from pydantic import ValidationError
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
_TYPES: Final = {
    "<str>": "<texte>",
    "<list[str]>": "<texte>...",
    "<int>": "<nombre>",
    "<int range>": "<nombre>",
    "<float range>": "<nombre>",
    "<file>": "<fichier>",
}
"""What is to be written in the place of an argument, or after an option."""
_SUBCOMMANDS: Final = "COMMANDE [ARGUMENTS]..."
_MISTAKES: Final = (
    ("No such command '{}'. Did you mean '{}'?", "« {} » n'existe pas ; « {} » ?"),
    ("No such command '{}'.", "La commande « {} » n'existe pas."),
    ("No such option: {} (Possible options: {})", "{} n'existe pas ; {} ?"),
    ("No such option: {}", "L'option {} n'existe pas."),
    ("Missing argument '{}'.", "Il manque « {} »."),
    ("Missing option '{}'.", "Il manque {}."),
    ("Missing argument '{}'. Choose from:{}", "Il manque « {} », au choix : {}."),
    ("Missing option '{}'. Choose from:{}", "Il manque {}, au choix : {}."),
    ("Got unexpected extra argument(s) ({})", "De trop : {}."),
    ("Option '{}' requires an argument.", "L'option {} attend une valeur."),
    ("Option '{}' does not take a value.", "L'option {} ne prend pas de valeur."),
    ("Invalid value for '{}': file '{}' does not exist.", "« {} » : « {} » n'existe pas."),
    ("Invalid value for '{}': file '{}' is a directory.", "« {} » : « {} » est un dossier."),
    ("Invalid value for '{}': file '{}' is not readable.", "« {} » : « {} » n'est pas lisible."),
    (
        "Invalid value for '{}': Value error, '{}' is not one of {}.",
        "« {} » : « {} » est inconnu ; au choix : {}.",
    ),
    ("Invalid value for '{}': {}", "« {} » : {}"),
    ("Invalid value: {}", "{}"),
)
"""Sentences of Typer, and ours with the same in the same places."""


class Mistake(typer.BadParameter):
    """A command that was not written as it is to be."""

    def format_message(self) -> str:
        return self.message


def in_french(command: Any, context: typer.Context) -> Any:
    """A command or a group of them, with what its help says of itself."""
    option = command.get_help_option(context)
    if option is not None:
        option.help = _HELP
    for param in command.get_params(context):
        shown = param.display_type(context)
        # A flag takes nothing: « <bool> » would have it written.
        told = "" if getattr(param, "is_flag", False) else _TYPES.get(shown, shown)
        param.display_type = partial(_shown, told)
    if isinstance(command, TyperGroup):
        command.subcommand_metavar = _SUBCOMMANDS
        for one in command.commands.values():
            in_french(one, context)
    command.format_help = partial(_help, command.format_help)
    return command


def _help(tell: Callable[..., None], *told: Any, **named: Any) -> None:
    _with_our_titles()
    tell(*told, **named)


def _with_our_titles() -> None:
    """Once something is to be shown: what shows it takes longer to load than all of Typer."""
    from typer import rich_utils

    for name, title in _TITLES.items():
        setattr(rich_utils, name, title)


def _shown(told: str, _context: typer.Context) -> str:
    return told


@contextmanager
def told_in_french() -> Iterator[None]:
    """Within it commands are read: help and mistakes are told in French."""
    try:
        yield
    except (EOFError, typer.Abort):
        _with_our_titles()
        raise
    except typer.TyperException as error:
        _with_our_titles()
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
    for sentence, told in _MISTAKES:
        if (parts := _parts(said, sentence)) is not None:
            return told.format(*(part.strip("\n\t'").replace("', '", ", ") for part in parts))
    return None


def _parts(said: str, sentence: str) -> list[str] | None:
    """What stands in the places of a sentence; None when it is not what was said."""
    begin, *others = sentence.split("{}")
    if not said.startswith(begin):
        return None
    found, rest = [], said.removeprefix(begin)
    for mark in others:
        part, seen, rest = rest.partition(mark) if mark else (rest, "", "")
        if seen != mark:
            return None
        found.append(part)
    return None if rest else found
