"""Sets the holders of a listing aside, and ends what their tokens open."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from services.commerces.contribution import jetons, queries, regles, textes
from services.commerces.contribution.commands import COMMERCANT, pass_to
from services.commerces.contribution.models import Inscription, Jeton, Titulaire
from services.commerces.courrier import commands as courrier
from services.commerces.models import JOURNAL, Fiche
from shared import clock, journal
from shared.schemas.commerces_contribution import EtatProposition


def set_others_aside(session: Session, titulaire: Titulaire, *, auteur: str) -> None:
    """A holder answers for its listing alone from now on."""
    for other in queries.other_holders(session, titulaire):
        _set_aside(session, other, auteur)


def set_former_aside(
    session: Session,
    fiche: Fiche,
    former: str | None,
    *,
    auteur: str,
    by: Titulaire | None = None,
) -> None:
    """What the SIRET of a listing, `former` until now, changes for who answers for it.

    Another company has other people: only the one who asked for it stays (`by`), and those who
    declared this company. What a level rested on, when it was the SIRET, is gone.
    """
    siret = fiche.exploitation.siret
    if by is not None:
        if siret != former and by.niveau == regles.SIRET_VERIFIE:
            by.niveau = regles.DECLARE
        by.siret = siret
    if regles.same_company(former, siret):
        return
    for other in queries.holders(session, fiche.id):
        declared = other.siret is not None and regles.same_company(other.siret, siret)
        if not declared and (by is None or not queries.is_same_person(other, by)):
            _set_aside(session, other, auteur)


def shut_out(session: Session, titulaire: Titulaire, *, auteur: str) -> None:
    """An address that an agent trusts no more answers for its listing no more, by any token."""
    theirs = queries.holders_of(session, titulaire.fiche_id, titulaire.courriel or "")
    for one in theirs:
        if one.ecarte_le is None:
            _part(session, one, auteur)
    _end_tokens(session, [one.id for one in theirs])


def disconnect(session: Session, titulaire: Titulaire, jeton: str) -> None:
    """End the token that a holder presents; a link that was followed gives it no other."""
    followed = (Jeton.objet.in_(jetons.OUVRENT), Jeton.utilise_le.is_not(None))
    session.execute(delete(Jeton).where(Jeton.titulaire_id == titulaire.id, *followed))
    session.execute(delete(Jeton).where(Jeton.empreinte == jetons.digest(jeton)))
    _tell_disconnected(session, [titulaire])


def disconnect_elsewhere(session: Session, titulaire: Titulaire, jeton: str) -> None:
    """End all other tokens of a person, and the links that would give some.

    With what those of them would register: followed later, they would make a holder more of it.
    """
    courriel = titulaire.courriel or ""
    queries.hold_person(session, courriel)
    session.execute(delete(Inscription).where(func.lower(Inscription.courriel) == courriel.lower()))
    people = [titulaire, *queries.same_person(session, titulaire)]
    ended = _end_tokens(session, [one.id for one in people], but=jetons.digest(jeton))
    _tell_disconnected(session, [one for one in people if one.id in ended])


def _end_tokens(session: Session, numbers: Collection[int], *, but: bytes = b"") -> set[int | None]:
    """Of some holders, and their links first: one that is being followed gives its token before.

    Those who had any.
    """
    theirs = Jeton.titulaire_id.in_(numbers)
    which = (Jeton.objet.in_(jetons.OUVRENT), Jeton.objet == jetons.SESSION)
    return {
        number
        for kind in which
        for number in session.scalars(
            delete(Jeton).where(theirs, kind, Jeton.empreinte != but).returning(Jeton.titulaire_id)
        )
    }


def _tell_disconnected(session: Session, people: Collection[Titulaire]) -> None:
    auteur, nothing = COMMERCANT.organisation, dict[str, Any]()
    numbers = sorted({one.fiche_id for one in people})
    entries = [("titulaire.deconnecte", str(number), auteur, nothing) for number in numbers]
    journal.append(session, JOURNAL, entries)


def _part(session: Session, titulaire: Titulaire, auteur: str) -> None:
    """Its tokens open its own data alone, until it is forgotten as who was refused is."""
    titulaire.ecarte_le = clock.now(session)
    for row in queries.under_way(session, titulaire.id):
        pass_to(session, row, EtatProposition.REMPLACEE, auteur=auteur)


def _set_aside(session: Session, titulaire: Titulaire, auteur: str) -> None:
    _part(session, titulaire, auteur)
    if titulaire.courriel is not None:
        texte = textes.remplacement(session.get_one(Fiche, titulaire.fiche_id).nom)
        courrier.post(session, titulaire.courriel, "remplacement", texte, titulaire_id=titulaire.id)
