"""Writes of merchants: what they confirm of their listing, what they ask to change in it."""

from typing import Final

from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces import queries as lectures
from services.commerces import statuts
from services.commerces.commands import Auteur
from services.commerces.contribution import queries, regles, saisies
from services.commerces.contribution.ecarts import (
    Ecarts,
    applied,
    completed,
    differences,
    public_only,
)
from services.commerces.contribution.models import EvenementProposition, Proposition, Titulaire
from services.commerces.models import JOURNAL, Fiche
from shared import anonymat, journal
from shared.conditional import etag, require_match
from shared.problems import Conflict, Forbidden, InvalidBody
from shared.schemas.commerces_contribution import (
    EtatProposition,
    GenreProposition,
    PropositionNouvelle,
)
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar

COMMERCANT: Final = Auteur("commercant", VerifiePar.COMMERCANT)
"""No journal ever says which one."""


def confirm_own(session: Session, titulaire: Titulaire, *, if_match: str | None) -> Fiche:
    """A holder says that its listing is still true."""
    fiche = locked(session, titulaire.fiche_id)
    require_match(if_match, annuaire.version(fiche))
    if titulaire.accepte_le is None:
        raise Forbidden("Un agent doit d'abord vous reconnaître comme titulaire de cette fiche.")
    annuaire.confirm(session, fiche, auteur=COMMERCANT)
    return fiche


def locked(session: Session, fiche_id: int) -> Fiche:
    """A listing that nobody else changes before the end of this transaction."""
    fiche = lectures.find_fiche(session, fiche_id, lock=True)
    assert fiche is not None, "listings are never deleted"
    return fiche


def propose(
    session: Session,
    titulaire: Titulaire,
    nouvelle: PropositionNouvelle,
    *,
    if_match: str | None,
) -> Proposition:
    """Change at once what the holder may, and keep the rest for an agent to decide."""
    fiche = locked(session, titulaire.fiche_id)
    require_match(if_match, annuaire.version(fiche))
    if nouvelle.reouverture:
        return _propose_opening(session, fiche, titulaire, nouvelle.message)
    statuts.check_living(StatutFiche(fiche.statut))
    if nouvelle.fiche is None:
        return _propose_closing(session, fiche, titulaire, nouvelle.message)
    now = saisies.current(fiche)
    if not queries.reads_all(session, titulaire, fiche):
        now = public_only(now)
    found = differences(now, saisies.wanted(nouvelle.fiche, pointer="#/fiche"))
    if not found.apres:
        raise InvalidBody.at("#/fiche", "Rien ne change : la fiche dit déjà cela.")
    free = regles.free(found.apres, titulaire.niveau, reconnu=titulaire.accepte_le is not None)
    if free:
        apply(session, fiche, found.only(free), auteur=COMMERCANT)
    waiting = found.only(champ for champ in found.apres if champ not in free)
    return ask(
        session,
        fiche,
        titulaire,
        GenreProposition.MODIFICATION,
        waiting,
        appliques=free,
        message=nouvelle.message,
    )


def _propose_closing(
    session: Session, fiche: Fiche, titulaire: Titulaire, message: str | None
) -> Proposition:
    statuts.check(StatutFiche(fiche.statut), StatutFiche.FERMEE)
    fermeture = regles.FERMETURE
    free = regles.free([fermeture], titulaire.niveau, reconnu=titulaire.accepte_le is not None)
    if free:
        annuaire.change_status(
            session, fiche, StatutFiche.FERMEE, "Dit par son titulaire", auteur=COMMERCANT
        )
    waiting = Ecarts({}, {}) if free else Ecarts({fermeture: False}, {fermeture: True})
    return ask(
        session,
        fiche,
        titulaire,
        GenreProposition.FERMETURE,
        waiting,
        appliques=free,
        message=message,
    )


def _propose_opening(
    session: Session, fiche: Fiche, titulaire: Titulaire, message: str | None
) -> Proposition:
    """Whoever closed it, an agent decides: it may have had its reasons."""
    statuts.check_closed(StatutFiche(fiche.statut))
    waiting = Ecarts({regles.FERMETURE: True}, {regles.FERMETURE: False})
    genre = GenreProposition.REOUVERTURE
    return ask(session, fiche, titulaire, genre, waiting, message=message)


def apply(session: Session, fiche: Fiche, asked: Ecarts, *, auteur: Auteur) -> None:
    """Change these fields of a listing and no other."""
    now = saisies.current(fiche)
    described = saisies.read(applied(now, completed(asked, now)))
    known = {name: getattr(fiche, name) for name in ("source", "licence")}
    saisie = saisies.whole(described, **known)
    annuaire.replace(session, fiche, saisie, auteur=auteur)


def ask(
    session: Session,
    fiche: Fiche,
    titulaire: Titulaire,
    genre: GenreProposition,
    waiting: Ecarts,
    *,
    appliques: list[str] | None = None,
    message: str | None = None,
) -> Proposition:
    """Record what was asked; what the same holder had asked before gives way to it."""
    done = not waiting.apres and bool(appliques)
    etat = EtatProposition.APPLIQUEE if done else EtatProposition.EN_ATTENTE
    if not done:
        for former in queries.under_way(session, titulaire.id, genre):
            pass_to(session, former, EtatProposition.REMPLACEE, auteur=COMMERCANT.organisation)
    row = Proposition(
        fiche=fiche,
        titulaire=titulaire,
        genre=genre,
        etat=etat,
        version_fiche=fiche.version,
        avant=waiting.avant,
        apres=waiting.apres,
        appliques=appliques or [],
    )
    session.add(row)
    session.flush()
    record(session, row, auteur=COMMERCANT.organisation, texte=message)
    return row


def version(row: Proposition) -> str:
    """The strong ETag of a proposition and of the listing it is compared with."""
    return etag("proposition", row.id, row.version, row.fiche.version)


def answer(session: Session, row: Proposition, message: str, *, if_match: str | None) -> None:
    """What a merchant says to an agent who asked; the proposition waits again."""
    require_match(if_match, version(row))
    if row.etat != EtatProposition.A_PRECISER:
        raise Conflict("Aucune précision n'est demandée sur cette demande.")
    auteur = COMMERCANT.organisation
    pass_to(session, row, EtatProposition.EN_ATTENTE, auteur=auteur, texte=message)


def pass_to(
    session: Session,
    row: Proposition,
    etat: EtatProposition,
    *,
    auteur: str,
    texte: str | None = None,
) -> None:
    """Another state of a proposition, with its place in its history."""
    row.etat, row.version = etat, row.version + 1
    session.flush()
    record(session, row, auteur=auteur, texte=texte)


def record(session: Session, row: Proposition, *, auteur: str, texte: str | None) -> None:
    """Texts stay in the history, where they can be forgotten; the journal has none."""
    masked = anonymat.masquer(texte or "") or None
    row.evenements.append(EvenementProposition(etat=row.etat, auteur=auteur, texte=masked))
    session.flush()
    body = {"proposition": row.id, "genre": row.genre, "etat": row.etat}
    entry = (f"proposition.{row.etat}", str(row.fiche_id), auteur, body)
    journal.append(session, JOURNAL, [entry])
