"""Turns expected failures (wrong setting, no database) into one French sentence for the CLI."""

from typing import Final

import psycopg
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from gateway.serving import ServingError
from shared.db import refuses_writes, sqlstate
from shared.postgres import PostgresError
from shared.problems import Problem, errors_fr
from shared.settings import Settings

_MISSING: Final = frozenset({"3F000", "42P01"})
"""A schema or a table that is not there."""
_CONSEQUENCE: Final = "default_factory_not_called"
"""A default that waits for a variable which is wrong: that one alone is told."""


def sentence(error: Exception) -> str | None:
    """The sentence; None when nobody knows what happened, and the traceback must say it."""
    told = None
    match error:
        case PostgresError() | ServingError():
            told = str(error)
        case Problem():
            told = f"{error.title}. {error.detail}"
        case ValidationError() if error.title == Settings.__name__:
            told = _wrong_settings(error)
        case psycopg.Error() | DBAPIError() if refuses_writes(error):
            told = (
                "La base de données n'accepte plus d'écriture (disque plein, ou relève en cours) : "
                "rien n'a été enregistré."
            )
        case psycopg.OperationalError():
            told = _away(error)
        case OperationalError():
            told = _away(error.orig)
        case ProgrammingError() if sqlstate(error) in _MISSING:
            told = "Les tables manquent dans cette base : « relance db migrer » les crée."
    return told


def _wrong_settings(error: ValidationError) -> str:
    wrong = [one for one in error.errors() if one["type"] != _CONSEQUENCE]
    # Without a place, it names its variable itself.
    return " ".join(
        f"RELANCE_{'_'.join(map(str, one.loc)).upper()} : {one.detail}" if one.loc else one.detail
        for one in errors_fr(wrong)
    )


def _away(error: BaseException | None) -> str:
    said = str(error).strip().partition("\n")[0]
    return (
        "La base de données ne répond pas, ou refuse la connexion ; RELANCE_DATABASE_URL dit où "
        f"elle est. Réponse reçue : « {said} »."
    )
