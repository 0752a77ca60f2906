"""Erasure of personal data, on request or once it is no longer needed."""

from collections.abc import Container, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces import queries as lectures
from services.commerces.abonnements import commands as abonnements
from services.commerces.contribution import jetons, queries
from services.commerces.contribution.commands import COMMERCANT, pass_to
from services.commerces.contribution.models import Inscription, Jeton, Proposition, Titulaire
from services.commerces.contribution.regles import EN_COURS
from services.commerces.courrier import commands as courrier
from services.commerces.doublons import commands as doublons
from services.commerces.doublons.queries import hold_pairs
from services.commerces.models import IDEMPOTENCE, Exploitation, Fiche
from services.commerces.oubli import commands as oubli
from services.commerces.signalements import commands as signalements
from services.commerces.statuts import JAMAIS_VUES
from shared import clock, territoire
from shared.schemas.commerces_contribution import EtatProposition
from shared.schemas.commerces_valeurs import StatutFiche

EFFACEE: Final = "Effacée à la demande de son titulaire"
EFFACEMENT: Final = "effacement"
"""Where what is left of an erased listing comes from."""
NOM: Final = "Fiche effacée"
ADRESSE: Final = "Adresse effacée"
OUBLI_REFUS: Final = timedelta(days=60)
"""Time left to contest a refusal, then who was refused is forgotten."""
_VIDE: Final[dict[str, Any]] = {
    "nom": NOM,
    "description": None,
    "labels": [],
    "paiements": [],
    "accessibilites": [],
    "langues": [],
    "contacts": [],
    "horaires": None,
    "horaires_osm": None,
    "horaires_texte": None,
    "niveau_preuve": 0,
    "source": EFFACEMENT,
    "licence": None,
    "statut": StatutFiche.ARCHIVEE,
    "motif_statut": EFFACEE,
    "modalites": [],
}


def erase(session: Session, titulaire: Titulaire) -> None:
    """Forget a person and, when they were theirs, their listings; again, nothing changes.

    A person is a mail address that was confirmed: all that it holds, or asked to hold. Texts that
    people wrote are not in the journal, which nothing erases. It gets one entry more a listing,
    by which all its readers learn that it is gone.
    """
    courriel = session.scalar(select(Titulaire.courriel).where(Titulaire.id == titulaire.id))
    if courriel is None:
        return
    queries.hold_person(session, courriel)
    _forget_holders(session, func.lower(Titulaire.courriel) == courriel.lower(), is_asked=True)
    asked = func.lower(Inscription.courriel) == courriel.lower()
    session.execute(delete(Inscription).where(asked))
    courrier.erase_address(session, courriel)


def _forget_holders(session: Session, which: ColumnElement[bool], *, is_asked: bool) -> None:
    """Forget some holders, the listings that are theirs alone, their address in the others.

    Where it was made public, it is the shop's too: it stays there unless they ask.
    """
    hold_pairs(session)  # before the listings, as a merge does
    numbers = set(session.scalars(select(Titulaire.fiche_id).where(which)))
    # Listings first and in order, as every other change of them does.
    fiches = lectures.lock_fiches(session, numbers)
    statement = select(Titulaire).where(which).order_by(Titulaire.id).with_for_update()
    holders = session.scalars(statement, execution_options={"populate_existing": True}).all()
    own = [fiche for fiche in fiches if _is_their_own(session, fiche, holders)]
    now = clock.now(session)
    addresses = {(one.fiche_id, one.courriel.lower()) for one in holders if one.courriel}
    for titulaire in holders:
        _forget_words(session, titulaire)
        titulaire.courriel = titulaire.siret = None
        titulaire.ecarte_le = titulaire.ecarte_le or now
    for fiche in fiches:
        if fiche in own:
            empty(session, fiche)
        else:
            told = {address for number, address in addresses if number == fiche.id}
            _forget_contact(session, fiche, told, is_asked=is_asked)
    session.flush()


def _forget_contact(
    session: Session, fiche: Fiche, addresses: Container[str], *, is_asked: bool
) -> None:
    """Some addresses among the contacts of a listing that stays, and of those merged into it."""
    for one in _with_merged(session, fiche):
        kept = [
            contact
            for contact in one.contacts
            if str(contact["valeur"]).lower() not in addresses
            or (contact["public"] and not is_asked)
        ]
        if len(kept) < len(one.contacts):
            one.contacts = kept
            annuaire.record_change(session, one, "fiche.modifiee", COMMERCANT)


def _is_their_own(session: Session, fiche: Fiche, holders: Sequence[Titulaire]) -> bool:
    """Whether nobody else answers for a listing, nor did before they came."""
    recognised = queries.holders(session, fiche.id)
    if recognised:
        return all(one in holders for one in recognised)
    return fiche.statut in JAMAIS_VUES


def _forget_words(session: Session, titulaire: Titulaire) -> None:
    """Mails, links, answers kept for replay, and all that was written with propositions."""
    courrier.erase(session, titulaire.id)
    # What it presents itself with stays until it expires: asking again must answer the same.
    session.execute(
        delete(Jeton).where(Jeton.titulaire_id == titulaire.id, Jeton.objet != jetons.SESSION)
    )
    session.execute(delete(IDEMPOTENCE).where(IDEMPOTENCE.c.acteur == replay_actor(titulaire)))
    _forget_propositions(session, Proposition.titulaire_id == titulaire.id)


def _forget_propositions(session: Session, which: ColumnElement[bool]) -> None:
    """What was asked and what was said of it; nobody is to decide of it any more."""
    asked = select(Proposition).where(which).order_by(Proposition.id)
    for row in session.scalars(asked).all():
        if row.etat in EN_COURS:
            pass_to(session, row, EtatProposition.REMPLACEE, auteur=COMMERCANT.organisation)
        row.avant, row.apres = {}, {}
        for step in row.evenements:
            step.texte = None


def replay_actor(titulaire: Titulaire) -> str:
    """Under what name its idempotency keys are kept."""
    return f"titulaire:{titulaire.id}"


def empty(session: Session, fiche: Fiche) -> None:
    """Erase a listing, those merged into it, and what was kept about them."""
    for one in _with_merged(session, fiche):
        _empty(session, one)
        _forget_about(session, one)
        annuaire.record_change(session, one, "fiche.effacee", COMMERCANT)


def _with_merged(session: Session, fiche: Fiche) -> Iterator[Fiche]:
    """A listing and all that were merged into it."""
    waiting, done = [fiche], set[int]()
    while waiting:
        one = waiting.pop()
        if one.id in done:
            continue
        done.add(one.id)
        yield one
        merged = session.scalars(select(Fiche.id).where(Fiche.fusionnee_dans == one.id)).all()
        waiting += lectures.lock_fiches(session, merged)


def _forget_about(session: Session, fiche: Fiche) -> None:
    """What others wrote of an erased listing, or was sent of it.

    Where it came from stays: without it the next file of its source would bring it back.
    """
    abonnements.forget_listing(session, fiche.id)
    signalements.erase(session, fiche.id)
    doublons.erase(session, fiche.id)
    oubli.forget_lines_of(session, fiche.id)
    _forget_propositions(session, Proposition.fiche_id == fiche.id)


def _empty(session: Session, fiche: Fiche) -> None:
    """What stays of an erased listing: its number, its kind of shop, its commune."""
    for name, value in _VIDE.items():
        setattr(fiche, name, value)
    for exploitation in lectures.establishments(session, fiche):
        _empty_establishment(session, fiche, exploitation)


def _empty_establishment(session: Session, fiche: Fiche, exploitation: Exploitation) -> None:
    exploitation.siret = exploitation.enseigne = None
    exploitation.naf_rev2 = exploitation.naf_2025 = None
    lieu = exploitation.lieu
    shared = (
        select(Fiche.id)
        .join(Exploitation, Exploitation.id == Fiche.exploitation_id)
        .where(Exploitation.lieu_id == lieu.id, Fiche.id != fiche.id)
    )
    if session.scalar(shared.limit(1)) is None:
        commune = territoire.resolve(lieu.code_commune)
        assert commune is not None, "a listing stands in a commune of the Métropole"
        lieu.adresse, lieu.complement, lieu.cle_ban = ADRESSE, None, None
        lieu.lon, lieu.lat = commune.commune.lon, commune.commune.lat


def forget(session: Session) -> None:
    """Erase what has served its time: links, registrations never confirmed, people refused."""
    now = func.now()
    session.execute(
        delete(Inscription).where(Inscription.cree_le < now - jetons.DUREES["inscription"])
    )
    session.execute(delete(Jeton).where(Jeton.expire_le < now))
    refused = select(Titulaire).where(
        Titulaire.courriel.is_not(None), Titulaire.ecarte_le < now - OUBLI_REFUS
    )
    # Those alone: the same person may answer for another listing.
    for titulaire in session.scalars(refused.order_by(Titulaire.id)).all():
        _forget_holders(session, Titulaire.id == titulaire.id, is_asked=False)
