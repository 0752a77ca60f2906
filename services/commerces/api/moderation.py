"""The queues of agents: what merchants ask and what people report, decided once, with a reason."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces.api.agents import PARTOUT, agent, answers_for, auteur_of, within
from services.commerces.contribution import queries, vues
from services.commerces.contribution.commands import version
from services.commerces.contribution.models import Proposition
from services.commerces.models import Fiche
from services.commerces.moderation import commands
from services.commerces.signalements import commands as signalements
from services.commerces.signalements import queries as signales
from services.commerces.signalements import vues as vues_signalements
from services.commerces.signalements.models import SignalementFiche
from shared.auth import Acteur
from shared.conditional import UNCHANGED, IfMatch, IfNoneMatch, etag, require_match, unless_held
from shared.db import SessionDep
from shared.http.bodies import PetitCorps
from shared.pages import announce, passed
from shared.parameters import Numero, RienDautre
from shared.problems import Forbidden, NotFound
from shared.routing import service_router
from shared.schemas.commerces_contribution import (
    DecisionProposition,
    PropositionADecider,
    RecherchePropositions,
)
from shared.schemas.commerces_signalements import (
    DecisionSignalementFiche,
    RechercheSignalementsFiches,
    SignalementFicheSuivi,
)
from shared.schemas.commun import Page

router = service_router("/moderation", route_class=PetitCorps)
Moderateur = Annotated[Acteur, agent("commerces:moderer")]


@router.get("/propositions")
def lister_propositions(
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    recherche: Annotated[RecherchePropositions, Query()],
) -> Page[PropositionADecider]:
    """Les demandes des commerçants dont l'agent répond, de la plus ancienne à la plus récente.

    Une commune voit celles de son territoire ; la CCI et la Métropole les voient toutes.
    """
    rows = queries.queue(
        session,
        recherche,
        codes=within(acteur, recherche.commune),
        after=passed(recherche, int) or 0,
        limit=recherche.limite + 1,
    )
    shown = [_to_decide(session, row) for row in rows[: recherche.limite]]
    page = Page[PropositionADecider](elements=shown)
    response.headers.update(announce(page, recherche, rows, lambda row: (row.id,)))
    return page


@router.get("/propositions/{id}", responses=UNCHANGED)
def lire_proposition(
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> PropositionADecider:
    """Une demande, champ par champ, avec son histoire ; son `ETag` permet d'en décider."""
    row = _proposition(session, acteur, id)
    unless_held(if_none_match, {"ETag": version(row)})
    return _whole(response, session, row)


@router.post("/propositions/{id}/decision")
def decider_proposition(
    *,
    request: Request,
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    id: Numero,
    decision: DecisionProposition,
    _: RienDautre,
    if_match: IfMatch = None,
) -> PropositionADecider:
    """Accepter, refuser, demander une précision ou retirer un accès ; la raison est envoyée.

    Cite dans `If-Match` l'`ETag` de la demande lue : si la demande ou la fiche a changé depuis,
    il faut relire. La CCI et la Métropole peuvent accepter ce qui a été refusé, tant que qui l'a
    demandé n'est ni effacé ni oublié.
    """
    auteur = auteur_of(acteur)
    row = _proposition(session, acteur, id, lock=True)
    require_match(if_match, version(row))
    commands.decide(
        session,
        row,
        decision,
        auteur=auteur,
        overrides=acteur.role in PARTOUT,
        adresse=request.app.state.settings.adresse_publique,
    )
    # A merge may have given its author another listing than the one asked for.
    held = session.get_one(Fiche, row.titulaire.fiche_id)
    if not (answers_for(acteur, row.fiche) and answers_for(acteur, held)):
        raise Forbidden(
            "La clé présentée ne répond pas de la commune où est, ou irait, ce commerce."
        )
    return _whole(response, session, row)


@router.get("/signalements")
def lister_signalements(
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    recherche: Annotated[RechercheSignalementsFiches, Query()],
) -> Page[SignalementFicheSuivi]:
    """Ce que le public dit des fiches dont l'agent répond, du plus ancien au plus récent."""
    rows = signales.queue(
        session,
        recherche,
        codes=within(acteur, recherche.commune),
        after=passed(recherche, int) or 0,
        limit=recherche.limite + 1,
    )
    shown = list(map(vues_signalements.followed, rows[: recherche.limite]))
    page = Page[SignalementFicheSuivi](elements=shown)
    response.headers.update(announce(page, recherche, rows, lambda row: (row.id,)))
    return page


@router.get("/signalements/{id}", responses=UNCHANGED)
def lire_signalement(
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> SignalementFicheSuivi:
    """Un signalement et ses commentaires ; son `ETag` permet d'en décider."""
    row = _signalement(session, acteur, id)
    unless_held(if_none_match, {"ETag": _version_signalement(row)})
    return _whole_signalement(response, row)


@router.post("/signalements/{id}/decision")
def decider_signalement(
    *,
    response: Response,
    session: SessionDep,
    acteur: Moderateur,
    id: Numero,
    decision: DecisionSignalementFiche,
    _: RienDautre,
    if_match: IfMatch = None,
) -> SignalementFicheSuivi:
    """Dire un signalement traité ou rejeté, avec une raison ; la fiche se change à part.

    Cite dans `If-Match` l'`ETag` du signalement lu.
    """
    auteur = auteur_of(acteur)
    row = _signalement(session, acteur, id, lock=True)
    require_match(if_match, _version_signalement(row))
    signalements.decide(session, row, decision, auteur=auteur.organisation)
    return _whole_signalement(response, row)


def _proposition(
    session: Session, acteur: Acteur, number: int, *, lock: bool = False
) -> Proposition:
    """A proposition of the agent's ground; another's is not found."""
    row = queries.find_proposition(session, number, lock=lock)
    if row is None or not answers_for(acteur, row.fiche):
        raise NotFound(f"Aucune demande dont vous répondez ne porte le numéro {number}.")
    return row


def _to_decide(session: Session, row: Proposition) -> PropositionADecider:
    return vues.to_decide(
        row,
        same_siret=queries.same_siret(session, row.fiche),
        others=len(queries.other_holders(session, row.titulaire)),
    )


def _whole(response: Response, session: Session, row: Proposition) -> PropositionADecider:
    response.headers["ETag"] = version(row)
    return _to_decide(session, row)


def _signalement(
    session: Session, acteur: Acteur, number: int, *, lock: bool = False
) -> SignalementFiche:
    row = signales.find(session, number, lock=lock)
    if row is None or not answers_for(acteur, row.fiche):
        raise NotFound(f"Aucun signalement dont vous répondez ne porte le numéro {number}.")
    return row


def _version_signalement(row: SignalementFiche) -> str:
    return etag("signalement", row.id, row.version)


def _whole_signalement(response: Response, row: SignalementFiche) -> SignalementFicheSuivi:
    response.headers["ETag"] = _version_signalement(row)
    return vues_signalements.followed(row)
