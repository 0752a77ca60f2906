"""Streams the lines of a file into PostgreSQL."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

import psycopg

from services.commerces.imports import sql
from services.commerces.imports.fichier import Fichier
from services.commerces.imports.lignes import Lecteur

BATCH: Final = 500
"""Lines a message: enough to make its cost vanish, little enough to stay flat."""


def charger(cursor: psycopg.Cursor[Any], fichier: Fichier, lecteur: Lecteur) -> None:
    """Fill `lignes_lues` from a file."""
    for statement in sql.PREPARER:
        cursor.execute(statement)
    with _without_collector(), cursor.copy(sql.COPIER_LIGNES) as copy:
        lines = map(lecteur.lire, fichier.enregistrements())
        while batch := list(islice(lines, BATCH)):
            copy.write("\n".join(batch) + "\n")
    cursor.execute(sql.COMPTER_LUES)


@contextmanager
def _without_collector() -> Iterator[None]:
    """Lines make no cycles: looking for some takes a good part of an import's time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
