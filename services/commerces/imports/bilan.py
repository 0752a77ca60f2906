"""What an import found and did, counted."""

from typing import Any, Final

import psycopg

from services.commerces.imports.attendus import attendu
from services.commerces.imports.constats import CODES
from services.commerces.imports.fichier import Fichier
from shared.schemas.commerces_imports import BilanCommerces, BilanFiches
from shared.schemas.imports import Barriere, BilanLignes
from shared.transfers.imports import counted

Cursor = psycopg.Cursor[Any]

_A_MASQUER: Final = """
    SELECT count(*) FROM commerces.fiches AS f
    WHERE f.statut = 'publiee' AND f.verifie_le <= now() - make_interval(days => %(masquage)s)
      AND EXISTS (
        SELECT FROM commerces.provenances AS p
        WHERE p.fiche_id = f.id AND p.source = %(source)s AND p.absente_le IS NULL
      )
"""
_LIGNES: Final = "SELECT statut, count(*) FROM lignes_lues GROUP BY statut"
_FICHES: Final = "SELECT genre, count(*) FROM ecrites GROUP BY genre"
_EXEMPLES: Final = """
    SELECT code, nombre, ligne, colonne, recu, retenu
    FROM (
        SELECT c.constat ->> 0 AS code, count(*) OVER code AS nombre,
               row_number() OVER (code ORDER BY ligne) AS place, ligne,
               c.constat ->> 1 AS colonne, c.constat ->> 2 AS recu, c.constat ->> 3 AS retenu
        FROM lignes_lues, jsonb_array_elements(constats::jsonb) AS c (constat)
        WHERE constats <> '[]'
        WINDOW code AS (PARTITION BY c.constat ->> 0)
    ) AS constats
    WHERE place <= 3
    ORDER BY code, ligne
"""
"""Each code with its number and its first three findings."""


def bilan_of(
    cursor: Cursor,
    fichier: Fichier,
    barriere: Barriere,
    *,
    source: str,
    masquage: int,
) -> BilanCommerces:
    """Counts; `masquage`: days before old listings are hidden."""
    old = _too_old(cursor, source, masquage)
    lines = dict.fromkeys(("accepte", "repare", "rejete", "doublon"), 0)
    lines |= dict(cursor.execute(_LIGNES).fetchall())
    done: dict[str, int] = dict(cursor.execute(_FICHES).fetchall())
    return BilanCommerces.model_validate(
        {
            "forme": fichier.forme,
            "sirene": fichier.sirene,
            "encodage": fichier.encodage,
            "separateur": fichier.separateur,
            "colonnes_ignorees": list(fichier.ignorees),
            "lignes": BilanLignes(lues=sum(lines.values()), **lines),
            "fiches": BilanFiches(
                creees=done.get("fiche.creee", 0),
                modifiees=done.get("fiche.modifiee", 0),
                confirmees=done.get("fiche.confirmee", 0),
                suspendues=done.get("fiche.statut", 0),
                a_masquer=old,
            ),
            "barriere": barriere,
            "codes": counted(cursor.execute(_EXEMPLES), CODES, attendu),
            "avis": [_avis(old, masquage)] if old else [],
        }
    )


def _too_old(cursor: Cursor, source: str, masquage: int) -> int:
    """Published listings of a source that the next pass of the worker hides."""
    found = cursor.execute(_A_MASQUER, {"source": source, "masquage": masquage}).fetchone()
    return found[0] if found else 0


def _avis(count: int, days: int) -> str:
    """What becomes of information that is too old, and what the sender may do about it."""
    many = count > 1
    subject = f"{count} fiches publiées de cette source" if many else "Une fiche publiée"
    return (
        f"{subject} {'disent' if many else 'dit'} une information de plus de {days} jours : "
        f"{'elles seront cachées' if many else 'elle sera cachée'} dans le quart d’heure par "
        "`relance worker`. Pour l’éviter, donnez l’édition réelle du fichier (`edition`) ou la "
        "date de vérification de chaque ligne (colonne `verifie_le`), ou un fichier plus récent ; "
        "ensuite, une fiche cachée revient dès que son titulaire, un agent ou un import d’une "
        "édition plus récente la confirme."
    )
