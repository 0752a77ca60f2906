"""Queries on duplicates: candidates to compare, and pairs that await a decision."""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, and_, func, or_, select, text
from sqlalchemy.orm import Session

from services.commerces.doublons.regles import Candidat, candidat
from services.commerces.models import Doublon, Exploitation, Fiche, Lieu
from shared.db import hold

_CANDIDATS = text(
    """
    SELECT f.id, f.nom, e.siret, l.lon, l.lat, f.contacts, f.categories[1] AS categorie
    FROM commerces.fiches AS f
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.lieux AS l ON l.id = e.lieu_id
    WHERE f.statut IN ('brouillon', 'en_attente', 'publiee', 'suspendue')
    """
)


def candidats(session: Session) -> list[Candidat]:
    """Every listing that lives."""
    return [
        candidat(
            row.id,
            row.nom,
            row.siret,
            lon=row.lon,
            lat=row.lat,
            contacts=row.contacts,
            categorie=row.categorie,
        )
        for row in session.execute(_CANDIDATS)
    ]


def hold_pairs(session: Session) -> None:
    """Let one transaction at a time write pairs: a merge and a search each write many of them."""
    hold(session, "commerces.doublons")


def find_doublon(session: Session, number: int, *, lock: bool = False) -> Doublon | None:
    """A pair; `lock` keeps others from changing any before this transaction ends."""
    if lock:
        hold_pairs(session)
    return session.get(Doublon, number, with_for_update=lock or None)


def list_doublons(
    session: Session,
    *,
    codes: Sequence[str] | None,
    etat: str,
    score_min: float,
    after: tuple[float, int] | None,
    limit: int,
) -> Sequence[Doublon]:
    """Pairs from the likeliest, both of whose shops are in some communes, or all (None)."""
    statement = (
        select(Doublon)
        .where(Doublon.etat == etat, Doublon.score >= score_min)
        .order_by(Doublon.score.desc(), Doublon.id)
        .limit(limit)
    )
    if after is not None:
        score, number = after
        later = and_(Doublon.score == score, Doublon.id > number)
        statement = statement.where(or_(Doublon.score < score, later))
    if codes is not None:
        here = or_(Lieu.code_commune.in_(codes), Lieu.code_arrondissement.in_(codes))
        placed = select(Fiche.id).join(Exploitation).join(Lieu).where(here)
        statement = statement.where(Doublon.fiche_a.in_(placed), Doublon.fiche_b.in_(placed))
    return session.scalars(statement).all()


def fiches_of(session: Session, pairs: Sequence[Doublon]) -> Sequence[Fiche]:
    """The listings of some pairs."""
    numbers = {number for pair in pairs for number in (pair.fiche_a, pair.fiche_b)}
    return session.scalars(select(Fiche).where(Fiche.id.in_(numbers))).all()


_MERGED = text(
    """
    SELECT id, fusionnee_dans FROM commerces.fiches WHERE fusionnee_dans IS NOT NULL
    """
)
_SOME_MERGED = text(f"{_MERGED.text} AND id = ANY(:ids)")


def merged(connection: Connection, ids: Sequence[int] | None = None) -> Iterator[tuple[int, bytes]]:
    """Merged listings, all or some, each with the one that took it in."""
    if ids is None:
        rows = connection.execute(_MERGED)
    else:
        rows = connection.execute(_SOME_MERGED, {"ids": list(ids)})
    return ((row.id, b"%d" % row.fusionnee_dans) for row in rows)


def count_proposed(session: Session) -> int:
    """How many pairs wait for a decision."""
    statement = select(func.count()).select_from(Doublon).where(Doublon.etat == "propose")
    return session.scalar(statement) or 0
