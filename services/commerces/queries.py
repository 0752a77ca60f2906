"""Queries of the directory."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, or_, select, text
from sqlalchemy.orm import Session

from services.commerces.fiches import LigneFiche, LigneModalite
from services.commerces.indicateurs import Comptes
from services.commerces.models import JOURNAL, Exploitation, Fiche, Lieu
from shared.db import reads_one_state
from shared.memory.spatial import BAND, DEGREE
from shared.schemas.commerces_valeurs import StatutFiche

Publiee = tuple[LigneFiche, list[LigneModalite]]

_CHUNK = 5_000
_PLACED = {
    **dict.fromkeys(("siret", "naf_rev2", "naf_2025"), "e"),
    **dict.fromkeys(LigneFiche._fields[LigneFiche._fields.index("adresse") :], "l"),
}
_AS_TEXT = {"contacts", "horaires", "zone", "minimum", "frais", "franco"}


def _columns(names: Sequence[str], table: str) -> str:
    """The columns of a row, what is not read being left as PostgreSQL writes it."""
    found = (f"{_PLACED.get(name, table) if table == 'f' else table}.{name}" for name in names)
    return ", ".join(
        f"{column}::text" if column.partition(".")[2] in _AS_TEXT else column for column in found
    )


# The order of the vitrine (shared.memory.segments.place_order), which then moves nothing.
_LAT, _LON = (f"round(l.{side} * {DEGREE})" for side in ("lat", "lon"))
_ORDER = f'floor(({_LAT} + {90 * DEGREE}) / {BAND}), {_LON}, {_LAT}, f.id::text COLLATE "C"'
_FICHES = f"""
    SELECT {_columns(LigneFiche._fields, "f")}
    FROM commerces.fiches AS f
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.lieux AS l ON l.id = e.lieu_id
    WHERE f.statut = 'publiee'%s
    ORDER BY {_ORDER}
"""
_MODALITES = f"""
    SELECT {_columns(LigneModalite._fields, "m")}
    FROM commerces.modalites AS m
    JOIN commerces.fiches AS f ON f.id = m.fiche_id
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.lieux AS l ON l.id = e.lieu_id
    WHERE f.statut = 'publiee'%s
    ORDER BY {_ORDER}
"""
_SOME = " AND f.id = ANY(%(ids)s)"


def published(connection: Connection, ids: Sequence[str] | None = None) -> Iterator[Publiee]:
    """Published listings, all or some, each with its modalities.

    They are merged by order, which takes a connection whose statements all see one state: a
    listing that moved between the two would take the modalities of those that follow it.
    """
    condition, parameters = ("", None) if ids is None else (_SOME, {"ids": list(map(int, ids))})
    # The driver's own cursors: ORM rows would double the time of a load of 107,000 listings.
    driver = connection.connection.driver_connection
    assert driver is not None
    assert reads_one_state(connection), "two statements must read one state"
    with (
        driver.cursor(name="fiches", binary=True) as fiches,
        driver.cursor(name="modalites", binary=True) as modalites,
    ):
        fiches.execute(_FICHES % condition, parameters)
        modalites.execute(_MODALITES % condition, parameters)
        offered = map(LigneModalite._make, _rows(modalites))
        following = next(offered, None)
        for fiche in map(LigneFiche._make, _rows(fiches)):
            own = []
            while following is not None and following.fiche_id == fiche.id:
                own.append(following)
                following = next(offered, None)
            yield fiche, own
        assert following is None, "a modality whose listing was not read"


def _rows(cursor: Any) -> Iterator[Sequence[Any]]:
    """The rows of a cursor on the server's side, by thousands: one by one they cost more."""
    while rows := cursor.fetchmany(_CHUNK):
        yield from rows


def find_fiche(session: Session, fiche_id: int, *, lock: bool = False) -> Fiche | None:
    """A listing whatever its status; `lock` keeps others from changing it meanwhile."""
    if lock:
        found = lock_fiches(session, [fiche_id])
        return found[0] if found else None
    return session.get(Fiche, fiche_id)


def find_published(session: Session, fiche_id: int) -> Fiche | None:
    """A published listing by its number, or by that of one that was merged into it.

    It stays so until this transaction ends: a merge would not see what is being written of it.
    """
    number = None
    while (last := replacement(session, fiche_id) or fiche_id) != number:
        number = last
        held = select(Fiche.id).where(Fiche.id == number)
        session.execute(held.with_for_update(read=True))  # waits for a merge under way
    found = session.get(Fiche, number, populate_existing=True)
    return found if found is not None and found.statut == StatutFiche.PUBLIEE else None


def lock_fiches(session: Session, numbers: Collection[int]) -> Sequence[Fiche]:
    """Listings that nobody else changes before this transaction ends, by number.

    Locked in this order by all, then read. One statement that locked them joined to their
    establishment would find nothing where another had just given them the next one. Rows that
    refer to them (reports, pairs) are written meanwhile: else who writes many would wait too.
    """
    these = Fiche.id.in_(numbers)
    rows = select(Fiche.id).where(these).order_by(Fiche.id)
    session.execute(rows.with_for_update(key_share=True))
    statement = select(Fiche).where(these).order_by(Fiche.id)
    return session.scalars(statement, execution_options={"populate_existing": True}).all()


def establishments(session: Session, fiche: Fiche) -> Sequence[Exploitation]:
    """The establishment of a listing, and those that it had before: a takeover or a move."""
    own = (
        select(Exploitation.id)
        .where(Exploitation.id == fiche.exploitation_id)
        .cte("exploitations_de_fiche", recursive=True)
    )
    own = own.union(select(Exploitation.id).join(own, Exploitation.successeur_id == own.c.id))
    every = select(Exploitation).where(Exploitation.id.in_(select(own.c.id)))
    return session.scalars(every.order_by(Exploitation.id)).all()


def shares_premises(session: Session, exploitation: Exploitation) -> bool:
    """Whether another establishment is, or was, where one is."""
    others = select(Exploitation.id).where(
        Exploitation.lieu_id == exploitation.lieu_id, Exploitation.id != exploitation.id
    )
    return session.scalar(others.limit(1)) is not None


def managed(
    session: Session,
    *,
    codes: Sequence[str] | None,
    statut: str | None,
    after: int,
    limit: int,
) -> Sequence[Fiche]:
    """Listings by number, of some communes or arrondissements, or of all (`codes` None)."""
    statement = select(Fiche).where(Fiche.id > after).order_by(Fiche.id).limit(limit)
    if statut is not None:
        statement = statement.where(Fiche.statut == statut)
    if codes is not None:
        here = or_(Lieu.code_commune.in_(codes), Lieu.code_arrondissement.in_(codes))
        placed = select(Exploitation.id).join(Lieu).where(here)
        statement = statement.where(Fiche.exploitation_id.in_(placed))
    return session.scalars(statement).all()


def counts_by_status(session: Session) -> dict[str, int]:
    """How many listings have each status."""
    statement = select(Fiche.statut, func.count().label("number")).group_by(Fiche.statut)
    return {row.statut: row.number for row in session.execute(statement)}


_ICI = "(l.code_commune = :code OR l.code_arrondissement = :code)"
"""Two equalities, for two indexes: IN over columns can use none."""
_PUBLIEES = f"""
    FROM commerces.fiches AS f
    JOIN commerces.exploitations AS e ON e.id = f.exploitation_id
    JOIN commerces.lieux AS l ON l.id = e.lieu_id
    WHERE f.statut = 'publiee' AND {_ICI}
"""
_OFFERTES = """
    FROM commerces.modalites AS m
    WHERE m.fiche_id = f.id AND coalesce(m.du <= :today, true) AND coalesce(m.au >= :today, true)
"""
_FICHES_ICI = text(
    f"""
    SELECT f.categories[1] AS categorie,
           CAST(:today AS date) - (f.verifie_le AT TIME ZONE 'Europe/Paris')::date AS age,
           ARRAY(SELECT m.genre {_OFFERTES}) AS genres,
           EXISTS (
               SELECT {_OFFERTES} AND (
                   m.horaires IS NOT NULL OR (m.horaires_texte IS NULL AND f.horaires IS NOT NULL)
               )
           ) AS horaires
    {_PUBLIEES}
    """
)
# An establishment whose only listing was never shown is no one's business yet, nor is the one where
# a closed shop is to open again. That of a merged listing is the other one's, told twice; one put
# away without having closed may never have been.
_MOUVEMENTS = text(
    f"""
    SELECT count(*) FILTER (WHERE e.du BETWEEN :du AND :au) AS ouvertures,
           count(*) FILTER (WHERE e.au BETWEEN :du AND :au) AS fermetures,
           count(*) FILTER (WHERE e.du IS NULL AND e.au IS NULL) AS sans_date
    FROM commerces.exploitations AS e
    JOIN commerces.lieux AS l ON l.id = e.lieu_id
    WHERE {_ICI} AND NOT EXISTS (
        SELECT FROM commerces.fiches AS f
        WHERE f.exploitation_id = e.id AND (
            f.statut IN ('brouillon', 'en_attente') OR f.fusionnee_dans IS NOT NULL
            OR (f.statut IN ('fermee', 'archivee') AND e.au IS NULL)
        )
    )
    """
)


def counted(session: Session, code: str, *, du: date, au: date, today: date) -> Comptes:
    """What the indicators of a commune or an arrondissement are made of."""
    fiches = session.execute(_FICHES_ICI, {"code": code, "today": today}).all()
    moves = session.execute(_MOUVEMENTS, {"code": code, "du": du, "au": au}).one()
    return Comptes(
        ages=[max(row.age, 0) for row in fiches],
        horaires_connus=sum(row.horaires for row in fiches),
        modalites=Counter(genre for row in fiches for genre in row.genres),
        categories=Counter(row.categorie for row in fiches),
        ouvertures=moves.ouvertures,
        fermetures=moves.fermetures,
        sans_date=moves.sans_date,
    )


_OF_FICHE = ("fiche", "proposition", "signalement", "rappel", "titulaire")
"""Kinds of entries whose subject is the number of a listing."""


def history(session: Session, fiche_id: int, *, before: int | None, limit: int) -> Sequence[Any]:
    """Entries of the journal about a listing, the last first; before one of them if it is given."""
    about = func.split_part(JOURNAL.c.genre, ".", 1).in_(_OF_FICHE)
    statement = select(JOURNAL).where(JOURNAL.c.sujet == str(fiche_id), about)
    if before is not None:
        statement = statement.where(JOURNAL.c.position < before)
    return session.execute(statement.order_by(JOURNAL.c.position.desc()).limit(limit)).all()


_LAST = text(
    """
    WITH RECURSIVE suite AS (
        SELECT id, fusionnee_dans, 1 AS rang FROM commerces.fiches WHERE id = :id
        UNION ALL
        SELECT f.id, f.fusionnee_dans, s.rang + 1
        FROM suite AS s JOIN commerces.fiches AS f ON f.id = s.fusionnee_dans WHERE s.rang < 50
    )
    SELECT id FROM suite WHERE fusionnee_dans IS NULL AND rang > 1
    """
)


def replacement(session: Session, fiche_id: int) -> int | None:
    """The listing that a merged one is now part of."""
    found: int | None = session.scalar(_LAST, {"id": fiche_id})
    return found
