"""Reports of imports forget what they received: it may be personal. Codes and counts stay."""

from collections.abc import Container
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from services.commerces.models import JOURNAL, ImportFichier
from shared import clock, journal
from shared.schemas.imports import EtatImport
from shared.transfers import imports

OUBLI: Final = "oubli"
"""Who forgets, in the journal."""
LOT: Final = 20
"""Reports of one pass: many that grow old together are forgotten in several."""
_NOTHING: Final = {"recu": None, "retenu": None}
_NO_VALUE: Final = """(
    SELECT coalesce(jsonb_agg(jsonb_build_array(c -> 0, c -> 1, NULL, NULL) ORDER BY rang), '[]')
    FROM jsonb_array_elements(l.constats) WITH ORDINALITY AS e (c, rang)
)"""
"""A finding keeps its code and its column."""
_FORGET_LINES: Final = text(
    f"""
    UPDATE commerces.import_lignes AS l
    SET nom = CASE WHEN l.statut = 'rejete' THEN NULL ELSE l.nom END, constats = {_NO_VALUE}
    WHERE l.import_id = :import_id AND l.constats <> '[]'
    RETURNING l.ligne
    """
)
_FORGET_LINES_OF: Final = text(
    f"""
    WITH RECURSIVE dites AS (
        SELECT import_id, ligne FROM commerces.import_lignes WHERE fiche_id = :fiche_id
        UNION
        SELECT o.import_id, o.ligne FROM dites AS d
        JOIN commerces.import_lignes AS o ON o.import_id = d.import_id AND o.statut = 'doublon'
        WHERE EXISTS (
            SELECT FROM jsonb_array_elements(o.constats) AS c WHERE c ->> 3 = 'ligne ' || d.ligne
        )
    )
    UPDATE commerces.import_lignes AS l SET nom = NULL, constats = {_NO_VALUE}
    FROM dites AS d WHERE l.import_id = d.import_id AND l.ligne = d.ligne
    RETURNING l.import_id, l.ligne
    """
)
"""Those that gave way to another of their file have no listing: they name the other."""


def forget_reports(session: Session, *, days: int) -> int:
    """Erase what old imports received, line by line; how many lines.

    A file that still waits for a confirmation is given up: it holds all.
    """
    old = (
        select(ImportFichier)
        .where(
            ImportFichier.instant < func.now() - timedelta(days=days),
            ImportFichier.bilan["oublie_le"].as_string().is_(None),
        )
        .order_by(ImportFichier.id)
        .limit(LOT)
        .with_for_update(skip_locked=True)
    )
    now = clock.now(session).isoformat()
    entries = []
    for recu in session.scalars(old).all():
        lines = len(session.execute(_FORGET_LINES, {"import_id": recu.id}).all())
        recu.bilan = {**_without_values(recu), "oublie_le": now}
        if recu.etat == EtatImport.EN_ATTENTE:
            imports.settle(recu, EtatImport.ABANDONNE)
        entries.append(("import.oublie", str(recu.id), OUBLI, {"lignes": lines}))
    journal.append(session, JOURNAL, entries)
    session.flush()
    return sum(int(body["lignes"]) for *_, body in entries)


def forget_lines_of(session: Session, fiche_id: int) -> None:
    """Erase what reports say of a listing: codes and counts stay."""
    found = session.execute(_FORGET_LINES_OF, {"fiche_id": fiche_id})
    lines: dict[int, set[int]] = {}
    for row in found:
        lines.setdefault(row.import_id, set()).add(row.ligne)
    told = select(ImportFichier).where(ImportFichier.id.in_(lines)).order_by(ImportFichier.id)
    for recu in session.scalars(told.with_for_update()).all():
        recu.bilan = _without_values(recu, lines[recu.id])


def _without_values(recu: ImportFichier, lines: Container[int] | None = None) -> dict[str, Any]:
    """The counts of an import, less the values of its examples, or of those of some lines."""

    def shown(one: dict[str, Any]) -> dict[str, Any]:
        return {**one, **_NOTHING} if lines is None or one["ligne"] in lines else one

    codes = [
        {**code, "exemples": [shown(one) for one in code["exemples"]]}
        for code in recu.bilan["codes"]
    ]
    return {**recu.bilan, "codes": codes}
