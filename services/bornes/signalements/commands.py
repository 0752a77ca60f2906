"""Writes of reports: made, merged, decided, closed, forgotten."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, DateTime, Text, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.bornes.irve import sans_separateurs
from services.bornes.models import JOURNAL, PointDeCharge
from services.bornes.signalements import queries
from services.bornes.signalements.models import (
    SELS,
    EvenementSignalementPoint,
    SignalementPoint,
    SignalementRecu,
)
from services.bornes.signalements.queries import UNDER_WAY, Connu
from services.bornes.signalements.regles import (
    EN_COURS,
    REPONDUS_PAR_LE_STATUT,
    check_follows,
)
from shared import anonymat, clock, journal, origins
from shared.origins import HEURE, check_rate, count_call, one_at_a_time
from shared.problems import InvalidBody
from shared.schemas.bornes_signalements import (
    CauseCloture,
    DecisionSignalement,
    EtatSignalement,
    SignalementNouveau,
)

GENRE = "signalement"
"""Beginning of the journal's kinds that are ours; the feed of stations takes `station.…` alone."""
PUBLIC = "public"
OUBLI_ORIGINE = timedelta(days=1)
"""After this, nothing ties two reports to one origin."""
OUBLI_COMMENTAIRE = timedelta(days=30)
"""From the end of a report until its comments are forgotten."""

_JOIN = (
    insert(SignalementPoint)
    .on_conflict_do_update(
        index_elements=["point_id", "motif"],
        index_where=text("etat IN ('ouvert', 'confirme')"),
        set_={"version": SignalementPoint.version + 1},
    )
    .returning(SignalementPoint.id)
)
"""The report under way of a point and motif, locked; a new one when there is none."""


def fingerprint(session: Session, hote: str | None) -> bytes:
    """The origin of a call, today."""
    return origins.fingerprint(session, SELS, hote)


def report(
    session: Session, nouveau: SignalementNouveau, *, empreinte: bytes, per_hour: int
) -> Connu:
    """Add a report to the one under way for its point and motif, or open it."""
    point = _point_in_service(session, nouveau.id_pdc_itinerance)
    one_at_a_time(session, SELS, empreinte)
    now = clock.now(session)
    _check_rate(session, empreinte, now, per_hour)
    values = {"point_id": point, "motif": nouveau.motif, "etat": EtatSignalement.OUVERT}
    number = session.scalars(_JOIN.values(**values, nombre=0, version=1)).one()
    known = queries.find(session, number, lock=True)
    assert known is not None
    _add_up(session, known.signalement, empreinte, now)
    session.add(
        SignalementRecu(
            signalement_id=number,
            empreinte=empreinte,
            commentaire=anonymat.masquer(nouveau.commentaire or "") or None,
        )
    )
    session.flush()
    _publish(session, known, "recu", PUBLIC)
    return known


def _point_in_service(session: Session, given: str) -> str:
    """The point of an identifier, written as on the bornes or as in the files."""
    row = session.execute(
        select(PointDeCharge.id, PointDeCharge.retire_le)
        .where(PointDeCharge.id.in_({given, sans_separateurs(given)}))
        .order_by(PointDeCharge.id != given)
        .limit(1)
    ).first()
    if row is None:
        detail = f"Aucun point de charge ne porte l'identifiant {given}."
    elif row.retire_le is not None:
        detail = f"Le point de charge {given} a été retiré du registre."
    else:
        point: str = row.id
        return point
    raise InvalidBody.at("#/id_pdc_itinerance", detail)


def _check_rate(session: Session, empreinte: bytes, now: datetime, per_hour: int) -> None:
    number, first = queries.received_since(session, empreinte, now - HEURE)
    refus = f"Au plus {per_hour} signalements par heure depuis une même adresse."
    check_rate(number=number, first=first, now=now, per_hour=per_hour, refus=refus)


def _add_up(session: Session, row: SignalementPoint, empreinte: bytes, now: datetime) -> None:
    if row.nombre == 0:
        session.add(
            EvenementSignalementPoint(
                signalement_id=row.id, etat=EtatSignalement.OUVERT, auteur=PUBLIC
            )
        )
    mine = select(SignalementRecu.id).where(
        SignalementRecu.signalement_id == row.id, SignalementRecu.empreinte == empreinte
    )
    count_call(row, now, already_counted=session.scalar(mine.limit(1)) is not None)


def decide(session: Session, known: Connu, decision: DecisionSignalement, *, auteur: str) -> None:
    """What someone decides of a report that this transaction has locked."""
    etat = EtatSignalement(decision.etat)
    check_follows(EtatSignalement(known.signalement.etat), etat)
    if decision.commentaire_public:
        known.signalement.commentaire = anonymat.masquer(decision.commentaire_public)
    cause = CauseCloture.AGENT if etat is EtatSignalement.CLOS else None
    _pass_to(session, known, etat, auteur=auteur, cause=cause, raison=decision.raison)


# Each of the three that follow takes its locks in the order of the reports' numbers: call one of
# them once a transaction, or two transactions could wait for each other.


def close_on_status(session: Session, back: Mapping[str, datetime]) -> int:
    """Close what was last reported of points before each is told back in service; how many."""
    points, instants = list(back), list(back.values())
    told = func.unnest(
        literal(points, ARRAY(Text)), literal(instants, ARRAY(DateTime(timezone=True)))
    )
    each = told.table_valued("point_id", "horodatage").render_derived()
    return _close(
        session,
        select(each.c.point_id)
        .where(each.c.point_id == SignalementPoint.point_id)
        .where(each.c.horodatage > SignalementPoint.dernier_le)
        .exists(),
        SignalementPoint.motif.in_(sorted(REPONDUS_PAR_LE_STATUT)),
        cause=CauseCloture.STATUT,
        raison="L'opérateur a remis le point en service.",
    )


def expire(session: Session, *, days: int) -> int:
    """Close what nobody has reported again for so many days; how many."""
    return _close(
        session,
        SignalementPoint.dernier_le < func.now() - timedelta(days=days),
        cause=CauseCloture.EXPIRATION,
        raison=f"Plus signalé depuis {days} jours.",
    )


def close_withdrawn(session: Session) -> int:
    """Close what is about points that are gone; how many."""
    return _close(
        session,
        PointDeCharge.retire_le.is_not(None),
        cause=CauseCloture.RETRAIT,
        raison="Le point de charge a été retiré du registre.",
    )


def forget(session: Session) -> None:
    """Erase what is no longer needed of the people who reported."""
    old = SignalementRecu.recu_le < func.now() - OUBLI_ORIGINE
    origins.forget_salts(session, SELS)
    session.execute(delete(SignalementRecu).where(old, SignalementRecu.commentaire.is_(None)))
    session.execute(
        update(SignalementRecu)
        .where(old, SignalementRecu.empreinte.is_not(None))
        .values(empreinte=None)
    )
    ended = select(SignalementPoint.id).where(
        SignalementPoint.fini_le < func.now() - OUBLI_COMMENTAIRE
    )
    session.execute(
        delete(SignalementRecu).where(SignalementRecu.signalement_id.in_(ended)),
        execution_options={"synchronize_session": False},
    )


def _close(session: Session, *where: Any, cause: CauseCloture, raison: str) -> int:
    statement = (
        queries.CONNU.where(UNDER_WAY, *where)
        .order_by(SignalementPoint.id)  # one order of locks for all
        .with_for_update(of=SignalementPoint)
    )
    options = {"populate_existing": True}
    found = [Connu(*row) for row in session.execute(statement, execution_options=options)]
    for known in found:
        _pass_to(
            session, known, EtatSignalement.CLOS, auteur=cause.value, cause=cause, raison=raison
        )
    return len(found)


def _pass_to(
    session: Session,
    known: Connu,
    etat: EtatSignalement,
    *,
    auteur: str,
    cause: CauseCloture | None,
    raison: str,
) -> None:
    row = known.signalement
    row.etat, row.cause, row.version = etat, cause, row.version + 1
    if etat not in EN_COURS:
        row.fini_le = clock.now(session)
    session.add(
        EvenementSignalementPoint(
            signalement_id=row.id, etat=etat, cause=cause, raison=raison, auteur=auteur
        )
    )
    session.flush()
    _publish(session, known, etat, auteur)


def _publish(session: Session, known: Connu, what: str, auteur: str) -> None:
    """The journal's subjects are stations; who reported, and what they wrote, is not for it."""
    row = known.signalement
    body = {"signalement": row.id, "point": row.point_id, "motif": row.motif, "etat": row.etat}
    entry = (f"{GENRE}.{what}", known.station, auteur, body | {"nombre": row.nombre})
    journal.append(session, JOURNAL, [entry])
