"""Streams the lines of a file into PostgreSQL with COPY."""

from itertools import islice
from typing import Any, Final

import psycopg

from services.commerces.imports import sql
from services.commerces.imports.fichier import Fichier
from services.commerces.imports.lignes import Lecteur
from shared.memory.collector import uncollected

BATCH: Final = 500
"""Lines a message: enough to make its cost vanish, little enough to stay flat."""


def charger(cursor: psycopg.Cursor[Any], fichier: Fichier, lecteur: Lecteur) -> None:
    """Fill `lignes_lues` from a file."""
    for statement in sql.PREPARER:
        cursor.execute(statement)
    with uncollected(), cursor.copy(sql.COPIER_LIGNES) as copy:
        lines = map(lecteur.lire, fichier.enregistrements())
        while batch := list(islice(lines, BATCH)):
            copy.write("\n".join(batch) + "\n")
    cursor.execute(sql.COMPTER_LUES)
