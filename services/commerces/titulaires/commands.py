"""Sets the holders of a listing aside: another took their place, or the shop changed hands."""

from sqlalchemy.orm import Session

from services.commerces.contribution import queries, regles, textes
from services.commerces.contribution.commands import pass_to
from services.commerces.contribution.models import Titulaire
from services.commerces.courrier import commands as courrier
from services.commerces.models import Fiche
from shared import clock
from shared.schemas.commerces_contribution import EtatProposition


def replaced_by(session: Session, titulaire: Titulaire, *, auteur: str) -> None:
    """A holder answers for its listing alone from now on."""
    for other in queries.other_holders(session, titulaire):
        _set_aside(session, other, auteur)


def taken_over(
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


def _set_aside(session: Session, titulaire: Titulaire, auteur: str) -> None:
    """Its tokens open its own data alone, until it is forgotten as who was refused is."""
    titulaire.ecarte_le = clock.now(session)
    for row in queries.under_way(session, titulaire.id):
        pass_to(session, row, EtatProposition.REMPLACEE, auteur=auteur)
    if titulaire.courriel is not None:
        texte = textes.remplacement(session.get_one(Fiche, titulaire.fiche_id).nom)
        courrier.post(session, titulaire.courriel, "remplacement", texte, titulaire_id=titulaire.id)
