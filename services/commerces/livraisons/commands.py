"""Writes of webhook delivery: messages made from the journal, and the outcome of attempts.

A call lasts as long as its receiver likes, and a transaction that waited for it would hold the
whole journal back: its readers only read what no running transaction can precede. So a message is
taken in one transaction, sent in none, and its end is written in another. Who took it holds its
subscriber until a stated time, longer than any call: a worker that dies gives it back by then.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import BigInteger

from services.commerces.abonnements import commands, queries, reprises
from services.commerces.abonnements.messages import ESSAI, Message, genre_of, message
from services.commerces.abonnements.models import Abonnement, FicheAnnoncee, Livraison
from services.commerces.changements import MOTIFS
from services.commerces.models import JOURNAL
from shared import clock, journal
from shared.db import in_snapshots
from shared.journal import Curseur, Entree, Xid8
from shared.schemas.commerces_abonnements import EtatAbonnement, EtatLivraison
from shared.schemas.commerces_changements import MotifRetrait

LOT: Final = 500
"""Entries of the journal read at once for a subscriber."""
EN_ATTENTE_MAX: Final = 1_000
"""With so many messages to send, a subscriber's place in the journal waits."""
BAIL: Final = timedelta(seconds=60)
"""How long a subscriber is a worker's: far longer than a call may last."""
MARGE: Final = timedelta(seconds=30)
"""More than the beginnings of two transactions that look at the same subscriber are apart."""
ERREUR_MAX: Final = 500
_FICHE: Final = "fiche."
_HASARD: Final = SystemRandom()


@dataclass(frozen=True, slots=True)
class Envoi:
    """A message taken, with all it takes to send it."""

    livraison: int
    abonnement: int
    essais: int
    """This attempt included: whoever took it since has another number."""
    url: str
    secrets: Sequence[str]
    message: str
    corps: bytes
    maintenant: datetime


@dataclass(frozen=True, slots=True)
class Issue:
    """How an attempt ended."""

    statut: int | None
    erreur: str | None
    """None when it was accepted."""
    retry_after: str | None = None


_WAITING = Livraison.etat == EtatLivraison.EN_ATTENTE


def distribute(engine: Engine) -> int:
    """Make messages of what a subscriber has not heard of yet; how many entries were read."""
    with Session(engine) as session, session.begin():
        head, _ = journal.head(session.connection(), JOURNAL)
        behind = tuple_(Abonnement.curseur_xid, Abonnement.curseur_position) < tuple_(
            *head, types=[Xid8(), BigInteger()]
        )
        waiting = (
            select(func.count())
            .where(Livraison.abonnement_id == Abonnement.id, _WAITING)
            .scalar_subquery()
        )
        abonnement = session.scalar(
            select(Abonnement)
            .where(Abonnement.etat == EtatAbonnement.ACTIF, behind, waiting < EN_ATTENTE_MAX)
            .order_by(Abonnement.curseur_xid)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if abonnement is None:
            return 0
        after = Curseur(abonnement.curseur_xid, abonnement.curseur_position)
        entries = journal.read(session.connection(), JOURNAL, after=after, limit=LOT)
        if entries:
            # Begun after the entries were read: what it shows is never older than they are.
            with in_snapshots(engine).connect() as seen:
                _prepare(session, seen, abonnement, entries)
            abonnement.curseur_xid, abonnement.curseur_position = entries[-1].curseur
        return len(entries)


def _prepare(
    session: Session, seen: Connection, abonnement: Abonnement, entries: Sequence[Entree]
) -> None:
    """One message for each listing that changed: it tells the state, whatever led to it.

    `seen` reads listings, with their status and all that is theirs, at one instant.
    """
    last = {
        int(entry.sujet): entry
        for entry in entries
        if entry.genre.startswith(_FICHE) and entry.sujet.isdecimal()
    }
    if not last:
        return
    why = {int(one.sujet): MOTIFS[one.genre] for one in entries if one.genre in MOTIFS}
    for id_ in (id_ for id_, motif in why.items() if motif is MotifRetrait.EFFACEE):
        # Again: a message may have been made while the listing was being erased.
        commands.forget_listing(session, id_, abonnement.id)
    ids = list(last)
    shown = queries.shown(seen, ids, abonnement.territoires)
    told = queries.told(session, abonnement.id, ids)
    statuts = queries.statuts(seen, ids)
    messages = []
    for id_, entry in sorted(last.items(), key=lambda item: item[1].curseur):
        genre = genre_of(is_shown=id_ in shown, is_told=id_ in told)
        if genre is not None and genre in abonnement.genres:
            fiche = shown.get(id_)
            raison = why.get(id_) or statuts.get(id_)
            messages.append(message(abonnement.id, entry, genre, fiche=fiche, raison=raison))
    _remember(session, abonnement.id, new=shown.keys() - told, gone=told - shown.keys())
    _write(session, abonnement.id, messages)


def _remember(session: Session, abonnement_id: int, *, new: set[int], gone: set[int]) -> None:
    if new:
        rows = [{"abonnement_id": abonnement_id, "fiche_id": id_} for id_ in sorted(new)]
        session.execute(upsert(FicheAnnoncee).values(rows).on_conflict_do_nothing())
    if gone:
        mine = FicheAnnoncee.abonnement_id == abonnement_id
        session.execute(delete(FicheAnnoncee).where(mine, FicheAnnoncee.fiche_id.in_(gone)))


def _write(session: Session, abonnement_id: int, messages: Sequence[Message]) -> None:
    if messages:
        rows = [
            {
                "abonnement_id": abonnement_id,
                "message": one.id,
                "genre": one.genre,
                "sujet": one.sujet,
                "corps": one.corps,
            }
            for one in messages
        ]
        session.execute(insert(Livraison), rows)


def _over(until: Any, most: timedelta) -> ColumnElement[bool]:
    """Whether a wait is over: none lasts longer than `most`, unless a clock that ran ahead said so.

    Once it is put right, what it wrote would be waited for as long as it was wrong. What another
    wrote since this transaction began, of which now() is the beginning, is no such thing.
    """
    return or_(until.is_(None), until <= func.now(), until > func.now() + most + MARGE)


_OLDER = aliased(Livraison)
_DUE = (
    _WAITING,
    _over(Livraison.prochain_essai_le, reprises.RETRY_AFTER_MAX),
    ~exists().where(
        _OLDER.abonnement_id == Livraison.abonnement_id,
        _OLDER.sujet == Livraison.sujet,
        _OLDER.genre != ESSAI,  # it tells no state that a later one could undo
        _OLDER.etat == EtatLivraison.EN_ATTENTE,
        _OLDER.id < Livraison.id,
    ),
)
"""Due, and none about the same listing is to be sent before."""
_NEXT_SUBSCRIBER = (
    select(Abonnement)
    .where(
        Abonnement.etat == EtatAbonnement.ACTIF,
        _over(Abonnement.pris_jusqu_a, BAIL),
        _over(Abonnement.repos_jusqu_a, reprises.RETRY_AFTER_MAX),
        exists().where(Livraison.abonnement_id == Abonnement.id, *_DUE),
    )
    # Each in turn: one that has much to hear does not make the others wait.
    .order_by(Abonnement.pris_jusqu_a.asc().nulls_first())
    .limit(1)
    .with_for_update(skip_locked=True)
)


def waits(engine: Engine) -> bool:
    """Whether a message should have left by now."""
    due = select(Livraison.id).join(Abonnement, Abonnement.id == Livraison.abonnement_id)
    active = due.where(Abonnement.etat == EtatAbonnement.ACTIF, *_DUE)
    with Session(engine) as session:
        return session.scalar(active.limit(1)) is not None


def take(engine: Engine, cle: str) -> Envoi | None:
    """The next message to send; nobody else sends to its subscriber until its end is written."""
    with Session(engine) as session, session.begin():
        abonnement = session.scalar(_NEXT_SUBSCRIBER)
        if abonnement is None:
            return None
        livraison = session.scalar(
            select(Livraison)
            .where(Livraison.abonnement_id == abonnement.id, *_DUE)
            .order_by(Livraison.id)
            .limit(1)
            .with_for_update()
        )
        if livraison is None or livraison.corps is None:
            return None
        now = clock.now(session)
        abonnement.pris_jusqu_a = now + BAIL
        livraison.essais += 1
        return Envoi(
            livraison=livraison.id,
            abonnement=abonnement.id,
            essais=livraison.essais,
            url=abonnement.url,
            secrets=commands.live_secrets(abonnement, cle, now),
            message=livraison.message,
            corps=livraison.corps.encode(),
            maintenant=now,
        )


def finish(engine: Engine, envoi: Envoi, issue: Issue) -> None:
    """Write how an attempt ended, unless the message is no longer ours."""
    with Session(engine) as session, session.begin():
        # In the order of `take`: the subscriber, then the message.
        abonnement = session.get(Abonnement, envoi.abonnement, with_for_update=True)
        livraison = session.get(Livraison, envoi.livraison, with_for_update=True)
        if abonnement is None or livraison is None or livraison.essais != envoi.essais:
            return
        now = clock.now(session)
        abonnement.pris_jusqu_a = now
        livraison.statut_http = issue.statut
        livraison.erreur = None if issue.erreur is None else issue.erreur[:ERREUR_MAX]
        if issue.erreur is None:
            _succeed(session, abonnement, livraison, now)
        else:
            _fail(session, abonnement, livraison, issue, now)


def _succeed(session: Session, abonnement: Abonnement, livraison: Livraison, now: datetime) -> None:
    livraison.etat, livraison.terminee_le = EtatLivraison.LIVREE, now
    is_back = abonnement.echecs >= reprises.PANNE
    abonnement.echecs, abonnement.echec_depuis, abonnement.repos_jusqu_a = 0, None, None
    abonnement.dernier_succes_le = now
    if is_back:
        # What waited for it alone waits no longer.
        mine = Livraison.abonnement_id == abonnement.id
        session.execute(update(Livraison).where(mine, _WAITING).values(prochain_essai_le=now))


def _fail(
    session: Session, abonnement: Abonnement, livraison: Livraison, issue: Issue, now: datetime
) -> None:
    asked = reprises.retry_after(issue.retry_after, now)
    abonnement.echecs += 1
    abonnement.echec_depuis = abonnement.echec_depuis or now
    rest = reprises.attente(abonnement.echecs, _HASARD.random(), au_plus=reprises.ABONNE_MAX)
    abonnement.repos_jusqu_a = now + max(rest, asked)
    wait = reprises.attente(livraison.essais, _HASARD.random())
    livraison.prochain_essai_le = now + max(wait, asked)
    motif = reprises.motif_de_desactivation(issue.statut, abonnement.echec_depuis, now)
    if motif is not None:
        commands.disable(session, abonnement, motif)
    elif reprises.est_abandonnee(livraison.essais):
        livraison.etat, livraison.terminee_le = EtatLivraison.ABANDONNEE, now
