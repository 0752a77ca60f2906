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
_DEJA_LA: Final = """
    SELECT autre.source, count(DISTINCT e.fiche_id)
    FROM ecrites AS e
    JOIN commerces.provenances AS p ON p.fiche_id = e.fiche_id AND p.source = %(source)s
    JOIN commerces.provenances AS autre ON autre.source <> p.source
     AND (autre.nom_cle, autre.lieu_cle) = (p.nom_cle, p.lieu_cle)
     AND autre.fiche_id <> p.fiche_id AND autre.absente_le IS NULL
    WHERE e.genre = 'fiche.creee'
    GROUP BY autre.source ORDER BY 2 DESC, 1 LIMIT 1
"""
"""The other source that has most of the new listings too: of it, the file may be an edition."""
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
            "avis": [_too_old_said(old, masquage)] * bool(old) + _already_there(cursor, source),
        }
    )


def _too_old(cursor: Cursor, source: str, masquage: int) -> int:
    """Published listings of a source that the next pass of the worker hides."""
    found = cursor.execute(_A_MASQUER, {"source": source, "masquage": masquage}).fetchone()
    return found[0] if found else 0


def _already_there(cursor: Cursor, source: str) -> list[str]:
    """What is said of shops that another source names alike: they now are there twice."""
    found = cursor.execute(_DEJA_LA, {"source": source}).fetchone()
    if found is None:
        return []
    other, count = found
    many = count > 1
    subject = f"{count} des fiches créées ont" if many else "Une des fiches créées a"
    twice = "ces commerces sont" if many else "ce commerce est"
    proposed = "seront proposés comme doublons" if many else "sera proposé comme doublon"
    said = (
        f"{subject} le nom et l’adresse d’une fiche de la source « {other} » : {twice} deux fois "
        f"dans l’annuaire, et {proposed}. Si ce fichier est une autre édition de « {other} », "
        "donnez-lui cette source (`source`, `--source`) : ses lignes y retrouvent leurs fiches."
    )
    return [said]


def _too_old_said(count: int, days: int) -> str:
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
