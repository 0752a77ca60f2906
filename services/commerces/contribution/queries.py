"""Queries on contributions, for merchants and for the agents who decide."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from services.commerces import queries as lectures
from services.commerces.contribution import jetons, regles, saisies
from services.commerces.contribution.models import Inscription, Jeton, Proposition, Titulaire
from services.commerces.contribution.regles import EN_COURS, Etablissement
from services.commerces.models import Exploitation, Fiche, Lieu
from shared.db import hold
from shared.schemas.commerces_contribution import (
    EtatProposition,
    GenreProposition,
    ObjetLien,
    RecherchePropositions,
)
from shared.schemas.commerces_valeurs import StatutFiche

MEMES_MAX: Final = 20
_ENDED: Final = (StatutFiche.ARCHIVEE, StatutFiche.FERMEE)


def find_link(session: Session, jeton: str, *, lock: bool = False) -> Jeton | None:
    """A link that may be followed, or was just now and gives a token.

    `lock` keeps others from it, and from whom it is for.
    """
    if lock:
        _hold_person_of(session, jeton)
    again = and_(
        Jeton.objet.in_(jetons.OUVRENT),
        Jeton.utilise_le > func.now() - jetons.REPRISE,
        _just_given() < jetons.REPRISES_MAX,
    )
    statement = select(Jeton).where(
        Jeton.empreinte == jetons.digest(jeton),
        Jeton.objet != jetons.SESSION,
        or_(Jeton.utilise_le.is_(None), again),
        Jeton.expire_le > func.now(),
    )
    return session.scalar(statement.with_for_update() if lock else statement)


def _just_given() -> ColumnElement[int]:
    """How many tokens whom a link is for was given these last minutes."""
    given = aliased(Jeton)
    recent = given.expire_le > func.now() + (jetons.DUREES[jetons.SESSION] - jetons.REPRISE)
    whose = given.titulaire_id == Jeton.titulaire_id
    count = select(func.count()).where(whose, given.objet == jetons.SESSION, recent)
    return count.scalar_subquery()


def _hold_person_of(session: Session, jeton: str) -> None:
    """Whom a link was sent to comes first: an erasure deletes its links."""
    statement = (
        select(func.coalesce(Inscription.courriel, Titulaire.courriel))
        .select_from(Jeton)
        .outerjoin(Inscription, Inscription.id == Jeton.inscription_id)
        .outerjoin(Titulaire, Titulaire.id == Jeton.titulaire_id)
        .where(Jeton.empreinte == jetons.digest(jeton))
    )
    courriel = session.scalar(statement)
    if courriel is not None:
        hold_person(session, courriel)


def has_served(session: Session, jeton: str) -> bool:
    """Whether a link was followed, as long as it could have been."""
    statement = select(Jeton.empreinte).where(
        Jeton.empreinte == jetons.digest(jeton),
        Jeton.objet != jetons.SESSION,
        Jeton.utilise_le.is_not(None),
        Jeton.expire_le > func.now(),
    )
    return session.scalar(statement) is not None


def hold_person(session: Session, courriel: str) -> None:
    """Let one transaction at a time make of a mail address a holder, or forget it."""
    hold(session, f"commerces.personnes.{courriel.lower()}")


def find_holder(session: Session, jeton: str) -> Titulaire | None:
    """Whoever presents this token, set aside or not."""
    statement = (
        select(Titulaire)
        .join(Jeton, Jeton.titulaire_id == Titulaire.id)
        .where(
            Jeton.empreinte == jetons.digest(jeton),
            Jeton.objet == jetons.SESSION,
            Jeton.expire_le > func.now(),
        )
    )
    return session.scalar(statement)


def holders_of(session: Session, fiche_id: int, courriel: str) -> Sequence[Titulaire]:
    """The holders of a listing at this address, those that were refused last."""
    statement = select(Titulaire).where(
        Titulaire.fiche_id == fiche_id, func.lower(Titulaire.courriel) == courriel.lower()
    )
    refused = Titulaire.ecarte_le.is_not(None)
    return session.scalars(statement.order_by(refused, Titulaire.id)).all()


def declared_level(session: Session, fiche: Fiche, siret: str | None) -> int:
    """The proof level that declaring a SIRET for a listing gives by itself."""
    return regles.proof(
        siret=siret,
        nom=fiche.nom,
        code_commune=fiche.exploitation.lieu.code_commune,
        known=establishments(session, siret) if siret else [],
    )


def registered_before(
    session: Session, courriel: str, saisie: Mapping[str, Any]
) -> Proposition | None:
    """The registration of the same shop by the same person that still waits, locked.

    None too when an agent has written of that listing meanwhile.
    """
    statement = (
        select(Proposition.id, Fiche)
        .join(Fiche, Fiche.id == Proposition.fiche_id)
        .join(Titulaire, Titulaire.id == Proposition.titulaire_id)
        .where(
            func.lower(Titulaire.courriel) == courriel.lower(),
            Proposition.genre == GenreProposition.INSCRIPTION,
            Proposition.etat.in_(sorted(EN_COURS)),
        )
        .order_by(Proposition.id)
    )
    for number, fiche in session.execute(statement).all():
        if regles.is_same_shop(saisies.current(fiche), saisie):
            row = find_proposition(session, number, lock=True)
            unread = row is not None and row.version_fiche == row.fiche.version
            if row is not None and unread and row.etat in EN_COURS:
                return row
    return None


def holders(session: Session, fiche_id: int) -> Sequence[Titulaire]:
    """Those whom an agent recognised, and nothing set aside since."""
    statement = select(Titulaire).where(
        Titulaire.fiche_id == fiche_id,
        Titulaire.accepte_le.is_not(None),
        Titulaire.ecarte_le.is_(None),
    )
    return session.scalars(statement.order_by(Titulaire.id)).all()


def other_holders(session: Session, titulaire: Titulaire) -> list[Titulaire]:
    """Other people who answer for the listing of a holder."""
    found = holders(session, titulaire.fiche_id)
    return [one for one in found if not is_same_person(one, titulaire)]


def is_same_person(one: Titulaire, other: Titulaire) -> bool:
    return one.id == other.id or (one.courriel or "").lower() == (other.courriel or "").lower()


def same_person(session: Session, titulaire: Titulaire) -> Sequence[Titulaire]:
    """The other holders at the same address: it was confirmed each time."""
    statement = select(Titulaire).where(
        func.lower(Titulaire.courriel) == (titulaire.courriel or "").lower(),
        Titulaire.id != titulaire.id,
    )
    return session.scalars(statement.order_by(Titulaire.id)).all()


def establishments(session: Session, siret: str) -> list[Etablissement]:
    """What the directory knows of an open establishment with this SIRET."""
    statement = (
        select(
            Exploitation.siret,
            Fiche.nom,
            Exploitation.enseigne,
            Lieu.code_commune,
            Fiche.verifie_par,
        )
        .join(Fiche, Fiche.exploitation_id == Exploitation.id)
        .join(Lieu, Lieu.id == Exploitation.lieu_id)
        .where(Exploitation.siret == siret, Exploitation.au.is_(None), Fiche.statut.not_in(_ENDED))
    )
    return [Etablissement(*row) for row in session.execute(statement)]


def same_siret(session: Session, fiche: Fiche) -> Sequence[int]:
    """Other listings under way with the SIRET of this one, if it has one."""
    if fiche.exploitation.siret is None:
        return ()
    statement = (
        select(Fiche.id)
        .join(Exploitation, Exploitation.id == Fiche.exploitation_id)
        .where(
            Exploitation.siret == fiche.exploitation.siret,
            Fiche.id != fiche.id,
            Fiche.statut.not_in(_ENDED),
        )
        .order_by(Fiche.id)
        .limit(MEMES_MAX)
    )
    return session.scalars(statement).all()


def reads_all(session: Session, titulaire: Titulaire, fiche: Fiche) -> bool:
    """Whether a holder may read what of its listing is private.

    An agent recognised it; or the listing is as this holder registered it, so all is its own.
    """
    if titulaire.accepte_le is not None and titulaire.ecarte_le is None:
        return True
    own = select(Proposition.id).where(
        Proposition.titulaire_id == titulaire.id,
        Proposition.fiche_id == fiche.id,
        Proposition.genre == GenreProposition.INSCRIPTION,
        Proposition.version_fiche == fiche.version,
    )
    return session.scalar(own) is not None


def name_of(session: Session, link: Jeton) -> str | None:
    """The shop that a link is about; None when who it was for is set aside."""
    if link.inscription_id is not None:
        asked = session.get_one(Inscription, link.inscription_id)
        if asked.saisie is not None:
            return str(asked.saisie["nom"])
        return session.get_one(Fiche, asked.fiche_id).nom
    titulaire = session.get_one(Titulaire, link.titulaire_id)
    gone = titulaire.ecarte_le is not None and link.objet != ObjetLien.DONNEES
    return None if gone else session.get_one(Fiche, titulaire.fiche_id).nom


def question_of(session: Session, link: Jeton) -> str | None:
    """What an agent asked, for a link by which it is answered."""
    if link.proposition_id is None:
        return None
    row = session.get_one(Proposition, link.proposition_id)
    asked = [one.texte for one in row.evenements if one.etat == EtatProposition.A_PRECISER]
    return asked[-1]


def find_proposition(session: Session, number: int, *, lock: bool = False) -> Proposition | None:
    """A proposition; `lock` keeps others from deciding it, and its listing from changing."""
    if not lock:
        return session.get(Proposition, number)
    fiche_id = session.scalar(select(Proposition.fiche_id).where(Proposition.id == number))
    while fiche_id is not None:
        # The listing first, as every other change of it does.
        lectures.lock_fiches(session, [fiche_id])
        options = {"of": Proposition}
        row = session.get(Proposition, number, with_for_update=options, populate_existing=True)
        if row is None or row.fiche_id == fiche_id:
            return row
        fiche_id = row.fiche_id  # a merge gave it another listing meanwhile
    return None


def under_way(
    session: Session, titulaire_id: int, genre: GenreProposition | None = None
) -> Sequence[Proposition]:
    """What still waits of a holder, of one kind or of all."""
    statement = select(Proposition).where(
        Proposition.titulaire_id == titulaire_id, Proposition.etat.in_(sorted(EN_COURS))
    )
    if genre is not None:
        statement = statement.where(Proposition.genre == genre)
    return session.scalars(statement.order_by(Proposition.id)).all()


def of_holder(
    session: Session, titulaire_id: int, *, limit: int | None = None
) -> Sequence[Proposition]:
    """What a holder asked, the last first."""
    statement = select(Proposition).where(Proposition.titulaire_id == titulaire_id)
    return session.scalars(statement.order_by(Proposition.id.desc()).limit(limit)).all()


def queue(
    session: Session,
    recherche: RecherchePropositions,
    *,
    codes: Sequence[str] | None,
    after: int,
    limit: int,
) -> Sequence[Proposition]:
    """The propositions of some communes or arrondissements, or of all, the oldest first."""
    statement = select(Proposition).where(Proposition.id > after)
    if recherche.etat is not None:
        statement = statement.where(Proposition.etat == recherche.etat)
    if recherche.genre is not None:
        statement = statement.where(Proposition.genre == recherche.genre)
    if recherche.fiche is not None:
        # Those who came with a listing merged into it had asked for the other.
        theirs = select(Titulaire.id).where(Titulaire.fiche_id == recherche.fiche)
        asked = or_(Proposition.fiche_id == recherche.fiche, Proposition.titulaire_id.in_(theirs))
        statement = statement.where(asked)
    if codes is not None:
        statement = statement.where(Proposition.fiche_id.in_(placed(codes)))
    return session.scalars(statement.order_by(Proposition.id).limit(limit)).all()


def placed(codes: Sequence[str]) -> Select[int]:
    """The listings that stand in some communes or arrondissements."""
    here = or_(Lieu.code_commune.in_(codes), Lieu.code_arrondissement.in_(codes))
    return select(Fiche.id).join(Exploitation).join(Lieu).where(here)
