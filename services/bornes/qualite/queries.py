"""Queries on the findings of imports: the latest ones, and their history."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from services.bornes.models import ImportAnomalie, ImportOperateur
from services.bornes.qualite.regles import ImportLu, OperateurLu
from shared.schemas.bornes_imports import Bilan

_CHUNK = 5_000


def findings(
    session: Session, import_id: int, *, code: str | None = None, prefixe: str | None = None
) -> Iterator[Row[int, str | None, str, str | None, str | None]]:
    """What an import found, in the order of the file's lines, streamed."""
    statement = (
        select(
            ImportAnomalie.ligne,
            ImportAnomalie.colonne,
            ImportAnomalie.code,
            ImportAnomalie.recu,
            ImportAnomalie.retenu,
        )
        .where(ImportAnomalie.import_id == import_id)
        .order_by(ImportAnomalie.ligne, ImportAnomalie.rang)
    )
    if code is not None:
        statement = statement.where(ImportAnomalie.code == code)
    if prefixe is not None:
        lignes = select(func.unnest(ImportOperateur.lignes)).where(
            ImportOperateur.import_id == import_id, ImportOperateur.prefixe == prefixe
        )
        statement = statement.where(ImportAnomalie.ligne.in_(lignes))
    yield from session.execute(statement.execution_options(yield_per=_CHUNK))


_IRVE = "schema_donnees = 'irve-statique' AND etat = 'accepte'"
"""The imports whose quality is followed."""
_OF = "(CAST(:producteur AS text) IS NULL OR producteur = :producteur)"
_ACCEPTED = text(
    f"""
    SELECT i.id, i.producteur, i.nom, i.instant, i.bilan
    FROM (
        SELECT DISTINCT producteur FROM bornes.imports
        WHERE {_IRVE} AND producteur > :after AND {_OF}
        ORDER BY producteur LIMIT :producers
    ) AS p CROSS JOIN LATERAL (
        SELECT id, producteur, nom, instant, bilan FROM bornes.imports
        WHERE {_IRVE} AND producteur = p.producteur ORDER BY id DESC LIMIT :history
    ) AS i
    ORDER BY i.producteur, i.id
    """
)
_LAST = f"""
    SELECT DISTINCT ON (producteur) id, producteur, bilan FROM bornes.imports
    WHERE {_IRVE} AND {_OF} ORDER BY producteur, id DESC
"""
_COUNTS_BY_RULE = text(
    f"""
    SELECT code ->> 'code', sum(CAST(code ->> 'nombre' AS bigint)), count(*)
    FROM ({_LAST}) AS derniers, jsonb_array_elements(bilan -> 'codes') AS code GROUP BY 1
    """
)
_LINES = text(f"SELECT sum(CAST(bilan #>> '{{lignes,lues}}' AS bigint)) FROM ({_LAST}) AS derniers")
_OPERATORS = text(
    f"""
    SELECT i.id, o.producteur, i.nom, i.instant, o.prefixe, i.operateur, i.lignes, i.codes
    FROM (
        SELECT producteur, prefixe, cardinality(lignes) AS lignes
        FROM ({_LAST}) AS derniers JOIN bornes.imports_operateurs AS o ON o.import_id = derniers.id
        WHERE (CAST(:prefixe AS text) IS NULL OR prefixe = :prefixe)
          AND (-cardinality(lignes), prefixe, producteur) > (:after, :after_prefix, :after_producer)
        ORDER BY 3 DESC, prefixe, producteur LIMIT :operators
    ) AS o CROSS JOIN LATERAL (
        SELECT id, nom, instant, operateur, cardinality(past.lignes) AS lignes, codes
        FROM bornes.imports JOIN bornes.imports_operateurs AS past ON past.import_id = id
        WHERE {_IRVE} AND producteur = o.producteur AND past.prefixe = o.prefixe
        ORDER BY id DESC LIMIT :history
    ) AS i
    ORDER BY o.lignes DESC, o.prefixe, o.producteur, i.id
    """
)


def accepted_imports(
    session: Session,
    *,
    producteur: str | None,
    after: str = "",
    producers: int = 1,
    history: int,
) -> dict[str, list[ImportLu]]:
    """The last accepted imports of each producer, from old to new, producers by name."""
    parameters = {
        "producteur": producteur,
        "after": after,
        "producers": producers,
        "history": history,
    }
    found: dict[str, list[ImportLu]] = {}
    for import_id, name, nom, instant, bilan in session.execute(_ACCEPTED, parameters):
        one = ImportLu(import_id, name, nom, instant, Bilan.model_validate(bilan))
        found.setdefault(name, []).append(one)
    return found


def counts_by_rule(
    session: Session, producteur: str | None
) -> tuple[list[tuple[str, int, int]], int]:
    """(code, findings, producers) over the last accepted imports, and the lines they read."""
    parameters = {"producteur": producteur}
    counts = [
        (code, int(number), producers)
        for code, number, producers in session.execute(_COUNTS_BY_RULE, parameters)
    ]
    return counts, int(session.scalar(_LINES, parameters) or 0)


class Rang(NamedTuple):
    """The place of an operator in the list: the most lines first."""

    lignes: int
    prefixe: str
    producteur: str


def operators(
    session: Session,
    *,
    producteur: str | None,
    prefixe: str | None,
    after: Rang | None,
    limit: int,
    history: int,
) -> dict[Rang, list[OperateurLu]]:
    """Each operator of each producer's last file, with that file and those before that name it."""
    place = after or Rang(_MOST, "", "")
    parameters = {
        "producteur": producteur,
        "prefixe": prefixe,
        "after": -place.lignes,
        "after_prefix": place.prefixe,
        "after_producer": place.producteur,
        "operators": limit,
        "history": history,
    }
    files: dict[tuple[str, str], list[OperateurLu]] = {}
    for row in session.execute(_OPERATORS, parameters):
        one = OperateurLu.of(row)
        files.setdefault((one.prefixe, one.producteur), []).append(one)
    return {Rang(past[-1].lignes, *key): past for key, past in files.items()}


_MOST = 2**31 - 1
"""More lines than any file has."""
