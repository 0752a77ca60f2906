"""Mailed links: who asks for one, what following one does and gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces import queries as lectures
from services.commerces import statuts
from services.commerces.contribution import jetons, queries, regles, saisies, textes
from services.commerces.contribution.commands import (
    COMMERCANT,
    answer,
    ask,
    locked,
    pass_to,
    version,
)
from services.commerces.contribution.ecarts import Ecarts
from services.commerces.contribution.models import Inscription, Jeton, Proposition, Titulaire
from services.commerces.courrier import commands as courrier
from services.commerces.models import Fiche
from services.commerces.origines import commands as origines
from shared import anonymat, clock
from shared.problems import Gone, InvalidBody, NotFound, Problem
from shared.schemas.commerces_contribution import (
    DemandeAcces,
    EtatProposition,
    GenreProposition,
    InscriptionNouvelle,
    LienSuivi,
    ObjetLien,
)
from shared.schemas.commerces_valeurs import StatutFiche

COURRIELS_PAR_HEURE: Final = 5
"""Links sent to one address: nobody may have another's mailbox filled."""
PERDU: Final = "Ce lien n'est pas valable : il a déjà servi, il a expiré, ou il est incomplet."
SERVI: Final = "Ce lien a déjà servi : ce qu'il confirmait est enregistré."


def register(session: Session, demande: InscriptionNouvelle, *, adresse: str) -> datetime:
    """Keep what is asked until the link that is mailed is followed; when that ends."""
    saisie = numero = nom = None
    if demande.fiche is not None:
        saisie = saisies.wanted(demande.fiche, pointer="#/fiche")
    elif demande.fiche_id is not None:
        claimed = _published(session, demande.fiche_id)
        numero, nom = claimed.id, claimed.nom
    _limit_mail(session, demande.courriel)
    asked = Inscription(
        courriel=demande.courriel,
        fiche_id=numero,
        siret=demande.siret if demande.fiche is None else demande.fiche.siret,
        saisie=saisie,
        message=anonymat.masquer(demande.message or "") or None,
    )
    session.add(asked)
    session.flush()
    jeton, expire_le = give(session, ObjetLien.INSCRIPTION, inscription_id=asked.id)
    texte = textes.inscription(nom, textes.link(adresse, jeton))
    courrier.post(session, demande.courriel, "inscription", texte)
    return expire_le


def _published(session: Session, number: int) -> Fiche:
    fiche = lectures.find_published(session, number)
    if fiche is None:
        raise InvalidBody.at("#/fiche_id", f"Aucune fiche publiée ne porte l'identifiant {number}.")
    return fiche


def ask_access(session: Session, demande: DemandeAcces, *, adresse: str) -> None:
    """Mail a link to the listing, if this address is one of its holders'.

    Who was refused as its holder gets one to its own data, as long as it is kept.
    """
    _limit_mail(session, demande.courriel)
    fiche_id = lectures.replacement(session, demande.fiche_id) or demande.fiche_id
    for titulaire in queries.holders_of(session, fiche_id, demande.courriel)[:1]:
        refused = titulaire.ecarte_le is not None
        objet = ObjetLien.DONNEES if refused else ObjetLien.ACCES
        jeton, _ = give(session, objet, titulaire_id=titulaire.id)
        told = textes.donnees if refused else textes.acces
        nom = session.get_one(Fiche, titulaire.fiche_id).nom
        texte = told(nom, textes.link(adresse, jeton))
        courrier.post(session, demande.courriel, "acces", texte, titulaire_id=titulaire.id)


def _limit_mail(session: Session, courriel: str) -> None:
    origines.limit(
        session,
        origines.address_fingerprint(session, courriel),
        "courriel",
        per_hour=COURRIELS_PAR_HEURE,
        refus=f"Au plus {COURRIELS_PAR_HEURE} liens par heure vers une même adresse électronique.",
    )


def give(session: Session, objet: str, **whose: int) -> tuple[str, datetime]:
    """A new token, told once, and until when it may be used."""
    jeton = jetons.draw()
    expire_le = clock.now(session) + jetons.DUREES[objet]
    session.add(Jeton(empreinte=jetons.digest(jeton), objet=objet, expire_le=expire_le, **whose))
    session.flush()
    return jeton, expire_le


def follow(session: Session, jeton: str, message: str | None = None) -> LienSuivi:
    """Do what a link confirms, once, and give its token; `message` answers an agent who asked."""
    link = queries.find_link(session, jeton, lock=True)
    if link is None:
        raise useless(session, jeton)
    link.utilise_le = link.utilise_le or clock.now(session)
    objet = ObjetLien(link.objet)
    if link.inscription_id is not None:
        return _confirm_registration(session, link)
    titulaire = _holder_of(session, link)
    if objet is ObjetLien.PRECISION:
        return _answer_by_link(session, link, message)
    if objet in jetons.OUVRENT:
        return _opened(session, objet, titulaire)
    fiche = locked(session, titulaire.fiche_id)
    annuaire.confirm(session, fiche, auteur=COMMERCANT)
    return LienSuivi(objet=objet, fiche_id=fiche.id, nom=fiche.nom)


def useless(session: Session, jeton: str) -> Problem:
    """Why a link cannot be followed: most often a second click follows the first."""
    return Gone(SERVI) if queries.has_served(session, jeton) else NotFound(PERDU)


def _answer_by_link(session: Session, link: Jeton, message: str | None) -> LienSuivi:
    if message is None:
        raise InvalidBody.at("#/message", "Écrivez votre réponse.")
    row = queries.find_proposition(session, link.proposition_id or 0, lock=True)
    assert row is not None, "propositions are never deleted"
    answer(session, row, message, if_match=version(row))
    return LienSuivi(objet=ObjetLien.PRECISION, fiche_id=row.fiche_id, nom=row.fiche.nom)


def _holder_of(session: Session, link: Jeton) -> Titulaire:
    titulaire = session.get(Titulaire, link.titulaire_id)
    refused = titulaire is None or titulaire.ecarte_le is not None
    if titulaire is None or (refused and link.objet != ObjetLien.DONNEES):
        raise NotFound(PERDU)
    return titulaire


def _confirm_registration(session: Session, link: Jeton) -> LienSuivi:
    asked = session.get_one(Inscription, link.inscription_id)
    if asked.saisie is None:
        fiche = locked(session, asked.fiche_id or 0)
        statuts.check_living(StatutFiche(fiche.statut))
        genre = GenreProposition.REVENDICATION
    elif former := queries.registered_before(session, asked.courriel, asked.saisie):
        return _registered(session, link, asked, _register_again(session, former, asked))
    else:
        fiche = _new_listing(session, asked.saisie)
        genre = GenreProposition.INSCRIPTION
    titulaire = Titulaire(
        fiche_id=fiche.id,
        courriel=asked.courriel,
        siret=asked.siret,
        niveau=queries.declared_level(session, fiche, asked.siret),
    )
    session.add(titulaire)
    session.flush()
    ask(session, fiche, titulaire, genre, Ecarts({}, {}), message=asked.message)
    return _registered(session, link, asked, titulaire)


def _registered(session: Session, link: Jeton, asked: Inscription, who: Titulaire) -> LienSuivi:
    """What was asked is its holder's now, with the link: it is known to have served."""
    link.inscription_id, link.titulaire_id = None, who.id
    session.flush()
    session.delete(asked)
    return _opened(session, ObjetLien.INSCRIPTION, who)


def _register_again(session: Session, row: Proposition, asked: Inscription) -> Titulaire:
    """The last registration of a shop, whose first link was thought lost, replaces the other."""
    fiche, titulaire = row.fiche, row.titulaire
    described = saisies.read(dict(asked.saisie or {}))
    saisie = saisies.whole(described, niveau_preuve=fiche.niveau_preuve)
    annuaire.replace(session, fiche, saisie, auteur=COMMERCANT)
    titulaire.siret = asked.siret
    titulaire.niveau = queries.declared_level(session, fiche, asked.siret)
    row.version_fiche = fiche.version
    etat = EtatProposition.EN_ATTENTE
    pass_to(session, row, etat, auteur=COMMERCANT.organisation, texte=asked.message)
    return titulaire


def _new_listing(session: Session, saisie: Mapping[str, Any]) -> Fiche:
    described = saisies.read(dict(saisie))
    fiche = annuaire.create(
        session,
        saisies.whole(described, niveau_preuve=regles.DECLARE),
        auteur=COMMERCANT,
    )
    annuaire.change_status(session, fiche, StatutFiche.EN_ATTENTE, auteur=COMMERCANT)
    return fiche


def _opened(session: Session, objet: ObjetLien, titulaire: Titulaire) -> LienSuivi:
    jeton, expire_le = give(session, jetons.SESSION, titulaire_id=titulaire.id)
    fiche = session.get_one(Fiche, titulaire.fiche_id)
    return LienSuivi(
        objet=objet, fiche_id=fiche.id, nom=fiche.nom, jeton=jeton, expire_le=expire_le
    )
