"""Reminds holders to confirm their listings, and hides those unconfirmed for a year."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.commerces.contribution import textes
from services.commerces.courrier import commands as courrier
from services.commerces.fraicheur.models import Echeance
from services.commerces.liens.commands import give
from services.commerces.models import JOURNAL
from services.commerces.statuts import A_CONFIRMER, MASQUAGE, NON_CONFIRMEE
from shared import clock, journal
from shared.schemas.commerces_contribution import ObjetLien
from shared.schemas.commerces_valeurs import StatutFiche

RAPPELS: Final = (A_CONFIRMER, 180)
"""Days after which a holder is asked whether all is still true."""
LOT: Final = 2_000
"""Listings of one pass: a whole directory that grows old does so in several."""
ACTEUR: Final = "fraicheur"

_TO_REMIND: Final = text(
    """
    SELECT f.id, f.nom, f.verifie_le, d.jours
    FROM commerces.fiches AS f
    CROSS JOIN LATERAL (
        SELECT max(palier) AS jours FROM unnest(CAST(:paliers AS int[])) AS palier
        WHERE f.verifie_le <= CAST(:now AS timestamptz) - make_interval(days => palier)
    ) AS d
    WHERE f.statut = 'publiee' AND d.jours IS NOT NULL
      AND f.verifie_le > CAST(:now AS timestamptz) - make_interval(days => :masquage)
      AND EXISTS (
        SELECT FROM commerces.titulaires AS t
        WHERE t.fiche_id = f.id AND t.accepte_le IS NOT NULL AND t.ecarte_le IS NULL
      )
      AND NOT EXISTS (
        SELECT FROM commerces.echeances AS e
        WHERE e.fiche_id = f.id AND e.verifie_le = f.verifie_le AND e.jours >= d.jours
      )
    ORDER BY f.id LIMIT :lot FOR UPDATE OF f SKIP LOCKED
    """
)
_HIDE: Final = text(
    """
    WITH dues AS (
        SELECT f.id FROM commerces.fiches AS f
        WHERE f.statut = 'publiee'
          AND f.verifie_le <= CAST(:now AS timestamptz) - make_interval(days => :masquage)
        ORDER BY f.id LIMIT :lot FOR UPDATE OF f SKIP LOCKED
    )
    UPDATE commerces.fiches AS f
    SET statut = :statut, motif_statut = :motif, version = f.version + 1, modifie_le = now()
    FROM dues WHERE f.id = dues.id
    RETURNING f.id, f.nom, f.verifie_le, CAST(:masquage AS int) AS jours, f.version
    """
)
_HOLDERS: Final = text(
    """
    SELECT id, fiche_id, courriel FROM commerces.titulaires
    WHERE fiche_id = ANY(:ids) AND courriel IS NOT NULL
      AND accepte_le IS NOT NULL AND ecarte_le IS NULL
    ORDER BY id
    """
)


def remind(session: Session, *, adresse: str, now: datetime | None = None) -> int:
    """Ask holders to confirm what is 90, then 180 days old, once each; how many listings."""
    found = session.execute(
        _TO_REMIND,
        {
            "now": now or clock.now(session),
            "paliers": list(RAPPELS),
            "masquage": MASQUAGE,
            "lot": LOT,
        },
    ).all()
    journal.append(
        session,
        JOURNAL,
        [("rappel.envoye", str(row.id), ACTEUR, {"jours": row.jours}) for row in found],
    )
    _tell(session, found, adresse)
    return len(found)


def hide(session: Session, *, adresse: str, now: datetime | None = None) -> int:
    """Stop showing what nobody confirmed for a year; how many listings."""
    found = session.execute(
        _HIDE,
        {
            "now": now or clock.now(session),
            "masquage": MASQUAGE,
            "lot": LOT,
            "statut": StatutFiche.SUSPENDUE,
            "motif": NON_CONFIRMEE,
        },
    ).all()
    entries = [
        (
            "fiche.statut",
            str(row.id),
            ACTEUR,
            {"statut": StatutFiche.SUSPENDUE, "version": row.version},
        )
        for row in found
    ]
    journal.append(session, JOURNAL, entries)
    _tell(session, found, adresse)
    return len(found)


def _tell(session: Session, found: Sequence[Row[Any]], adresse: str) -> None:
    """Remember what was done, and write to the holders."""
    if not found:
        return
    session.execute(
        insert(Echeance).on_conflict_do_nothing(),
        [{"fiche_id": row.id, "verifie_le": row.verifie_le, "jours": row.jours} for row in found],
    )
    by_id = {row.id: row for row in found}
    for holder in session.execute(_HOLDERS, {"ids": list(by_id)}).all():
        row = by_id[holder.fiche_id]
        jeton, _ = give(session, ObjetLien.CONFIRMATION, titulaire_id=holder.id)
        lien = textes.link(adresse, jeton)
        hidden = row.jours == MASQUAGE
        told = textes.masquage(row.nom, lien) if hidden else textes.rappel(row.nom, row.jours, lien)
        genre = "masquage" if hidden else "rappel"
        courrier.post(session, holder.courriel, genre, told, titulaire_id=holder.id)
