"""What an import found and did, counted."""

from typing import Any

import psycopg

from services.commerces.imports import sql
from services.commerces.imports.constats import CODES
from services.commerces.imports.fichier import Fichier
from shared.schemas.commerces_imports import (
    BarriereCommerces,
    BilanCommerces,
    BilanConstats,
    BilanFiches,
    BilanLignesCommerces,
    ExempleLigne,
)

Cursor = psycopg.Cursor[Any]


def bilan_of(
    cursor: Cursor, fichier: Fichier, gate: tuple[int, int, bool], seuil: float | None
) -> BilanCommerces:
    """Counts of lines, of listings and of findings; `gate` as the import found it."""
    lines = dict.fromkeys(("accepte", "repare", "rejete", "doublon"), 0)
    lines |= dict(cursor.execute(sql.COMPTER_LIGNES).fetchall())
    done: dict[str, int] = dict(cursor.execute(sql.COMPTER_FICHES).fetchall())
    connus, perdus, franchie = gate
    return BilanCommerces.model_validate(
        {
            "forme": fichier.forme,
            "sirene": fichier.sirene,
            "encodage": fichier.encodage,
            "separateur": fichier.separateur,
            "colonnes_ignorees": list(fichier.ignorees),
            "lignes": BilanLignesCommerces(lues=sum(lines.values()), **lines),
            "fiches": BilanFiches(
                creees=done.get("fiche.creee", 0),
                modifiees=done.get("fiche.modifiee", 0),
                suspendues=done.get("fiche.statut", 0),
            ),
            "barriere": BarriereCommerces(
                connus=connus,
                perdus=perdus,
                seuil=1.0 if seuil is None else seuil,
                franchie=franchie,
            ),
            "codes": _codes(cursor),
        }
    )


def _codes(cursor: Cursor) -> list[BilanConstats]:
    found: dict[str, BilanConstats] = {}
    for code, nombre, ligne, colonne, recu, retenu in cursor.execute(sql.EXEMPLES):
        kind = CODES[code]
        entry = found.get(code)
        if entry is None:
            entry = found[code] = BilanConstats.model_validate(
                {
                    "code": code,
                    "gravite": kind.gravite,
                    "libelle": kind.libelle,
                    "nombre": nombre,
                    "exemples": [],
                }
            )
        entry.exemples.append(ExempleLigne(ligne=ligne, colonne=colonne, recu=recu, retenu=retenu))
    return [found[code] for code in CODES if code in found]
