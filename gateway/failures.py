"""Turns expected failures (wrong setting, no database) into one French sentence for the CLI."""

import errno
from collections.abc import Mapping
from typing import Final

import psycopg
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from gateway.serving import ServingError
from shared.db import is_interrupted, refuses_writes, sqlstate
from shared.postgres import PostgresError
from shared.problems import Problem
from shared.settings import Settings
from shared.shortages import lacks_room
from shared.validation import errors_fr

_MISSING: Final = frozenset({"3F000", "42P01"})
"""A schema or a table that is not there."""
_FOREIGN: Final = "42501"
"""What the role of the address may not touch."""
_READS_ONLY: Final = (
    "La base de données n'accepte plus d'écriture (disque plein, ou relève en cours) : "
    "rien n'a été enregistré."
)
_INTERRUPTED: Final = (
    "La base de données interrompt ce qui dure plus longtemps que son réglage ne le permet "
    "(statement_timeout) : rien n'a été enregistré."
)
_NO_ROOM: Final = (
    "Le disque est plein, là où va le résultat ou dans le dossier temporaire (TMPDIR) : "
    "il n’a pas pu y être écrit en entier."
)
_NO_PLACE: Final[Mapping[int | None, str]] = {
    errno.ENOENT: "ce dossier, ou ce fichier, n’existe pas",
    errno.ENOTDIR: "son dossier est un fichier",
    errno.EACCES: "ce compte n’y a pas accès",
    errno.EPERM: "ce compte n’y a pas accès",
    errno.EROFS: "ce disque n’accepte pas d’écriture",
}
"""Why a file that someone named cannot be opened."""
_CONSEQUENCE: Final = "default_factory_not_called"
"""A default that waits for a variable which is wrong: that one alone is told."""


def sentence(error: Exception) -> str | None:
    """The sentence; None when nobody knows what happened, and the traceback must say it."""
    match error:
        case PostgresError() | ServingError():
            return str(error)
        case Problem():
            return f"{error.title}. {error.detail}"
        case ValidationError() if error.title == Settings.__name__:
            return _wrong_settings(error)
        case OSError():
            return _of_machine(error)
        case psycopg.Error() | DBAPIError():
            return _of_database(error)
    return None


def _of_machine(error: OSError) -> str | None:
    if lacks_room(error):
        return _NO_ROOM
    why = _NO_PLACE.get(error.errno)
    return f"« {error.filename} » : {why}." if why and error.filename else None


def _of_database(error: psycopg.Error | DBAPIError) -> str | None:
    if refuses_writes(error):
        return _READS_ONLY
    if is_interrupted(error):
        return _INTERRUPTED
    match error:
        case psycopg.OperationalError():
            return _away(error)
        case OperationalError():
            return _away(error.orig)
        case ProgrammingError():
            return _of_tables(error)
    return None


def _of_tables(error: ProgrammingError) -> str | None:
    code = sqlstate(error)
    if code in _MISSING:
        return "Les tables manquent dans cette base : « relance db migrer » les crée."
    if code == _FOREIGN:
        said = str(error.orig).partition("\n")[0]
        return (
            f"PostgreSQL refuse au rôle de cette adresse ce qui lui est demandé (« {said} ») : "
            "deploy/roles.sql rend à chaque service ses tables, après une restauration aussi."
        )
    return None


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
        "elle est, ou RELANCE_<SERVICE>_DATABASE_URL celle d'un service. "
        f"Réponse reçue : « {said} »."
    )
