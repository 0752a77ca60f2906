"""Streams the lines of a file into PostgreSQL with COPY: the table `lignes_lues`."""

from itertools import islice
from typing import Any, Final

import psycopg

from services.commerces.imports.copie import LUES
from services.commerces.imports.fichier import Fichier
from services.commerces.imports.lignes import Lecteur
from shared.memory.collector import uncollected

BATCH: Final = 500
"""Lines a message: enough to make its cost vanish, little enough to stay flat."""
_TYPES: Final = {
    "ligne": "int",
    "lon": "double precision",
    "lat": "double precision",
    "du": "date",
    "verifie_le": "date",
    **dict.fromkeys(("categories", "labels", "paiements", "accessibilites", "langues"), "text[]"),
}
_PREPARER: Final = (
    "SET LOCAL work_mem = '64MB'",
    "SET LOCAL jit = off",  # compiling these statements costs more than running them
    "DROP TABLE IF EXISTS pg_temp.lignes_lues, pg_temp.libres, pg_temp.changements",
    "DROP TABLE IF EXISTS pg_temp.ecrites, pg_temp.retraits",
    f"""
    CREATE TEMP TABLE lignes_lues (
        {", ".join(f"{column} {_TYPES.get(column, 'text')}" for column in LUES)},
        provenance_id int, fiche_id int
    ) ON COMMIT DROP
    """,
    "CREATE TEMP TABLE ecrites (fiche_id int, genre text, reparait boolean) ON COMMIT DROP",
)
_COPIER: Final = f"COPY lignes_lues ({', '.join(LUES)}) FROM STDIN"
_COMPTER: Final = "ANALYZE lignes_lues (ligne, statut, action, cle, siret, nom_cle, lieu_cle)"
"""Without it a plan made for an empty table compares every line with every listing. No index: each
set is joined whole, and an index would double the cost of marking the lines that are known."""


def charger(cursor: psycopg.Cursor[Any], fichier: Fichier, lecteur: Lecteur) -> None:
    """Fill `lignes_lues` from a file."""
    for statement in _PREPARER:
        cursor.execute(statement)
    with uncollected(), cursor.copy(_COPIER) as copy:
        lines = map(lecteur.lire, fichier.enregistrements())
        while batch := list(islice(lines, BATCH)):
            copy.write("\n".join(batch) + "\n")
    cursor.execute(_COMPTER)
