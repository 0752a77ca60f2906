"""Queries on imports: their list, and the line-by-line report of one."""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import partial
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.orm import Session

from services.commerces.imports.attendus import attendu
from services.commerces.imports.constats import CODES
from services.commerces.imports.sql import MOTIF_FERMEE
from services.commerces.models import ImportFichier, ImportLigne
from shared.schemas.commerces_imports import ConstatLigne, LigneRapport, StatutLigne
from shared.transfers import imports

_CHUNK = 5_000
_LAST_EDITION = text(
    """
    SELECT coalesce(
        CAST(options ->> 'edition' AS date), CAST(instant AT TIME ZONE 'Europe/Paris' AS date))
    FROM commerces.imports
    WHERE source = :source AND etat = 'accepte' AND id <> :but
    ORDER BY id DESC LIMIT 1
    """
)

_CLOSED: Final = text(
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


def closed_holders(session: Session) -> Sequence[Row[Any]]:
    """The holders of the listings that SIRENE suspends in this import, each with its shop."""
    return session.execute(_CLOSED, {"motif": MOTIF_FERMEE}).all()


def last_edition(session: Session, source: str, *, but: int) -> date | None:
    """The day of what the listings of a source say: that of the last import taken, but one."""
    found: date | None = session.scalar(_LAST_EDITION, {"source": source, "but": but})
    return found


list_imports = partial(imports.listed, kind=ImportFichier)
"""Imports from the latest to the oldest."""


def report(
    session: Session, import_id: int, *, limit: int | None = None, remarkable: bool = False
) -> Iterator[LigneRapport]:
    """The lines of an import in order, streamed; all, or those of which something is said."""
    statement = (
        select(
            ImportLigne.ligne,
            ImportLigne.statut,
            ImportLigne.nom,
            ImportLigne.fiche_id,
            ImportLigne.constats,
        )
        .where(ImportLigne.import_id == import_id)
        .order_by(ImportLigne.ligne)
        .limit(limit)
    )
    if remarkable:
        statement = statement.where(ImportLigne.constats != [])
    for row in session.execute(statement.execution_options(yield_per=_CHUNK)):
        yield LigneRapport(
            ligne=row.ligne,
            statut=StatutLigne(row.statut),
            nom=row.nom,
            fiche=row.fiche_id,
            constats=[_constat(*constat) for constat in row.constats],
        )


def _constat(code: str, colonne: str | None, recu: str | None, retenu: str | None) -> ConstatLigne:
    kind = CODES[code]
    return ConstatLigne.model_validate(
        {
            "code": code,
            "gravite": kind.gravite,
            "libelle": kind.libelle,
            "colonne": colonne,
            "recu": recu,
            "retenu": retenu,
            "attendu": attendu(code, colonne),
        }
    )
