"""Tells holders what an import did to their listings."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.commerces.contribution import textes
from services.commerces.courrier import commands as courrier
from services.commerces.imports.sql import MOTIF_FERMEE

_FERMEES: Final = text(
    """
    SELECT t.id, t.courriel, f.nom, e.siret
    FROM ecrites AS w
    JOIN commerces.fiches AS f ON f.id = w.fiche_id
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.titulaires AS t ON t.fiche_id = f.id
    WHERE w.genre = 'fiche.statut' AND f.motif_statut = :motif AND t.courriel IS NOT NULL
      AND t.accepte_le IS NOT NULL AND t.ecarte_le IS NULL
    ORDER BY t.id
    """
)


def tell_closed(session: Session) -> None:
    """Write to the holders of the listings that SIRENE has just suspended."""
    for holder in session.execute(_FERMEES, {"motif": MOTIF_FERMEE}).all():
        told = textes.fermeture(holder.nom, holder.siret)
        courrier.post(
            session,
            genre="fermeture",
            destinataire=holder.courriel,
            sujet=told.sujet,
            texte=told.texte,
            titulaire_id=holder.id,
        )
