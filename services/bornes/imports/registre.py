"""Imports an IRVE file: loads, examines, compares, and applies unless the gate closes."""

from collections.abc import Mapping
from typing import Any

import psycopg

from services.bornes.imports import comptes, ecartees, sql
from services.bornes.imports.chargement import charger
from services.bornes.imports.fichier import Fichier
from services.bornes.imports.lignes import Lecteur
from services.bornes.imports.prise import MOTIF, Envoi, Prise, objets

Cursor = psycopg.Cursor[Any]


def prendre(cursor: Cursor, fichier: Fichier, envoi: Envoi) -> Prise:
    """Take a file in this transaction."""
    charger(cursor, fichier, Lecteur(envoi.producteur), import_id=envoi.import_id)
    prefixes = envoi.prefixes
    parameters = {
        "import_id": envoi.import_id,
        "producteur": envoi.producteur,
        "acteur": envoi.acteur,
        "prefixes": None if prefixes is None else [f"{prefix}%" for prefix in sorted(prefixes)],
        "motif": MOTIF,
        "motif_depart": "Ses points de charge sont rattachés à une autre station",
    }
    perimeter = () if envoi.hors_perimetre else (ecartees.HORS_PERIMETRE,)
    for step in (sql.VERROU, *sql.EXAMINER, *perimeter, sql.CHANGEMENTS):
        cursor.execute(step, parameters)
    connus, perdus = cursor.execute(sql.BARRIERE, parameters).fetchone() or (0, 0)
    barriere = envoi.barriere(connus, perdus)
    cursor.execute(sql.TOUCHEES)
    if barriere.franchie:
        return Prise(_counts(cursor, comptes.COMPTER_LIGNES), objets({}), objets({}), barriere)
    for step in (*sql.APPLIQUER, comptes.OPERATEURS):
        cursor.execute(step, parameters)
    return Prise(
        lignes=_counts(cursor, comptes.COMPTER_LIGNES),
        points=objets(_counts(cursor, comptes.COMPTER_POINTS)),
        stations=objets(_counts(cursor, comptes.COMPTER_STATIONS)),
        barriere=barriere,
    )


def _counts(cursor: Cursor, statement: str) -> Mapping[str, int]:
    return dict(cursor.execute(statement).fetchall())
