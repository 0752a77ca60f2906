"""Decision on a proposition: its effect on the listing, its history, the mail that tells."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces import statuts
from services.commerces.commands import Auteur
from services.commerces.contribution import commands as contribution
from services.commerces.contribution import regles, textes
from services.commerces.contribution.ecarts import Ecarts
from services.commerces.contribution.models import Proposition
from services.commerces.courrier import commands as courrier
from services.commerces.liens import commands as liens
from services.commerces.retraits.commands import turn_away
from services.commerces.titulaires import commands as titulaires
from shared import clock
from shared.problems import InvalidBody
from shared.schemas.commerces_contribution import (
    DecisionProposition,
    EtatProposition,
    GenreProposition,
    ObjetLien,
)
from shared.schemas.commerces_valeurs import StatutFiche

ACCEPTEE = "Demande d'un commerçant acceptée"
"""What the listing says of its status; reasons stay with the proposition."""
REFUSEE = "Inscription refusée"
DEVIENT: Final[Mapping[GenreProposition, StatutFiche]] = {
    GenreProposition.INSCRIPTION: StatutFiche.PUBLIEE,
    GenreProposition.FERMETURE: StatutFiche.FERMEE,
    GenreProposition.REOUVERTURE: StatutFiche.PUBLIEE,
}
"""The status that a listing is asked to have; an agent may have given it already."""


def decide(
    session: Session,
    row: Proposition,
    decision: DecisionProposition,
    *,
    auteur: Auteur,
    overrides: bool,
    adresse: str,
) -> None:
    """What an agent decides of a proposition that this transaction has locked."""
    etat = EtatProposition(row.etat)
    if decision.decision == "retirer":
        regles.check_holding(etat, row.genre, still=row.titulaire.ecarte_le is None)
    else:
        regles.check_decidable(
            etat,
            decision.decision,
            overrides=overrides,
            forgotten=row.titulaire.courriel is None,
        )
    if decision.remplace and row.genre not in regles.OUVRENT:
        detail = "Seul un titulaire prend la place d'autres : acceptez sa revendication."
        raise InvalidBody.at("#/remplace", detail)
    if decision.decision == "accepter":
        _accept(session, row, auteur, vouched=decision.atteste)
        if decision.remplace:
            titulaires.set_others_aside(session, row.titulaire, auteur=auteur.organisation)
    elif decision.decision == "refuser" and row.genre in regles.OUVRENT:
        turn_away(session, row, auteur=auteur, motif=REFUSEE)
    elif decision.decision == "retirer":
        titulaires.shut_out(session, row.titulaire, auteur=auteur.organisation)
    etat = regles.SUIVANTS[decision.decision]
    contribution.pass_to(session, row, etat, auteur=auteur.organisation, texte=decision.raison)
    _tell(session, row, decision, adresse)


def _accept(session: Session, row: Proposition, auteur: Auteur, *, vouched: bool) -> None:
    fiche, titulaire, genre = row.fiche, row.titulaire, GenreProposition(row.genre)
    if genre is GenreProposition.MODIFICATION or fiche.statut == StatutFiche.ARCHIVEE:
        statuts.check_living(StatutFiche(fiche.statut))
    if vouched:
        titulaire.niveau = regles.ATTESTE
    if genre in regles.OUVRENT:
        titulaire.accepte_le = titulaire.accepte_le or clock.now(session)
        titulaire.ecarte_le = None
    if genre is GenreProposition.MODIFICATION:
        _modify(session, row, auteur)
    elif genre in DEVIENT and fiche.statut != DEVIENT[genre]:
        annuaire.change_status(session, fiche, DEVIENT[genre], ACCEPTEE, auteur=auteur)
    else:
        annuaire.record_change(session, fiche, "fiche.modifiee", auteur)
    if titulaire.accepte_le is not None:
        fiche.niveau_preuve = max(fiche.niveau_preuve, titulaire.niveau)


def _modify(session: Session, row: Proposition, auteur: Auteur) -> None:
    former = row.fiche.exploitation.siret
    contribution.apply(session, row.fiche, Ecarts(row.avant, row.apres), auteur=auteur)
    if "siret" in row.apres:
        organisation = auteur.organisation
        titulaires.set_former_aside(
            session, row.fiche, former, auteur=organisation, by=row.titulaire
        )


def _tell(session: Session, row: Proposition, decision: DecisionProposition, adresse: str) -> None:
    titulaire = row.titulaire
    if titulaire.courriel is not None:
        lien = None
        if row.etat == EtatProposition.A_PRECISER:
            asked = {"titulaire_id": titulaire.id, "proposition_id": row.id}
            jeton, _ = liens.give(session, ObjetLien.PRECISION, **asked)
            lien = textes.link(adresse, jeton)
        texte = textes.decision(
            row.fiche.nom,
            decision.decision,
            decision.raison,
            fiche=textes.page(adresse, row.fiche_id),
            lien=lien,
            ecarte=titulaire.ecarte_le is not None,
        )
        courrier.post(session, titulaire.courriel, "decision", texte, titulaire_id=titulaire.id)
