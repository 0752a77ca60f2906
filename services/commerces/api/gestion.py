"""What agents write: the CCI and the Métropole everywhere, a commune on its own ground."""

from typing import Annotated, Any

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces import commands, queries
from services.commerces.api.agents import agent, answers_for, auteur_of, within
from services.commerces.fiche_geree import feature
from services.commerces.models import IDEMPOTENCE, Fiche
from services.commerces.titulaires import commands as titulaires
from shared.auth import Acteur
from shared.conditional import CREATED, UNCHANGED, IfMatch, IfNoneMatch, require_match, unless_held
from shared.db import SessionDep
from shared.http.addresses import local
from shared.http.bodies import CorpsDeListe
from shared.http.media import GEOJSON, of_type
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import NumeroObjet, RienDautre
from shared.problems import Forbidden, NotFound
from shared.routing import service_router
from shared.schemas.commerces_gestion import (
    ChangementStatut,
    EtapeFiche,
    FicheGeree,
    FicheSaisie,
    FichesGerees,
    RechercheGestion,
    RechercheHistorique,
)
from shared.schemas.commun import Page
from shared.schemas.geo import Feature

router = service_router("/gestion/fiches", route_class=CorpsDeListe)
Agent = Annotated[Acteur, agent("commerces:gerer")]
_FICHE = {"model": Feature[FicheGeree]}
_CREEE = {**_FICHE, "headers": CREATED}


@router.get(
    "",
    response_class=of_type(GEOJSON),
    responses={200: {"model": FichesGerees}},
)
def lister_fiches(
    session: SessionDep, acteur: Agent, recherche: Annotated[RechercheGestion, Query()]
) -> Response:
    """Les fiches dont l'agent répond, publiées ou non, de la plus ancienne à la plus récente."""
    codes = within(acteur, recherche.commune)
    found = queries.managed(
        session,
        codes=codes,
        statut=recherche.statut,
        after=passed(recherche, int) or 0,
        limit=recherche.limite + 1,
    )
    page = FichesGerees(features=[feature(fiche) for fiche in found[: recherche.limite]])
    headers = announce(page, recherche, found, lambda fiche: (fiche.id,))
    return Response(page.model_dump_json(), media_type=GEOJSON, headers=headers)


@router.get(
    "/{id}",
    response_class=of_type(GEOJSON),
    responses={200: _FICHE, **UNCHANGED},
)
def lire_fiche(
    session: SessionDep,
    acteur: Agent,
    id: NumeroObjet,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Une fiche, avec ses contacts privés ; son `ETag` permet de la modifier."""
    fiche = _managed(session, acteur, id)
    unless_held(if_none_match, {"ETag": commands.version(fiche)})
    return _answer(fiche).to_http()


@router.get("/{id}/historique")
def lire_historique(
    response: Response,
    session: SessionDep,
    acteur: Agent,
    id: NumeroObjet,
    recherche: Annotated[RechercheHistorique, Query()],
) -> Page[EtapeFiche]:
    """Ce qui est arrivé à une fiche, le plus récent d'abord : quand, par qui, et ce qu'elle devint.

    Les raisons et les textes se lisent où on peut les effacer : la fiche, les demandes, les
    signalements.
    """
    fiche = _managed(session, acteur, id)
    before = passed(recherche, int)
    found = queries.history(session, fiche.id, before=before, limit=recherche.limite + 1)
    page = Page[EtapeFiche](elements=list(map(_step, found[: recherche.limite])))
    response.headers.update(announce(page, recherche, found, lambda entry: (entry.position,)))
    return page


@router.post("", status_code=201, response_class=of_type(GEOJSON), responses={201: _CREEE})
def creer_fiche(
    *,
    request: Request,
    session: SessionDep,
    acteur: Agent,
    saisie: FicheSaisie,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Créer une fiche, en brouillon ; une commune ne crée que chez elle."""
    auteur = auteur_of(acteur)

    def run() -> StoredAnswer:
        fiche = commands.create(session, saisie, auteur=auteur)
        if not answers_for(acteur, fiche):
            raise Forbidden("La clé présentée ne répond pas de la commune où est ce commerce.")
        address = local(request.scope, f"/gestion/fiches/{fiche.id}")
        return _answer(fiche, 201, Location=address)

    content = saisie.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur.organisation, content, run=run).to_http()


@router.put("/{id}", response_class=of_type(GEOJSON), responses={200: _FICHE})
def remplacer_fiche(
    *,
    session: SessionDep,
    acteur: Agent,
    id: NumeroObjet,
    saisie: FicheSaisie,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Récrire une fiche entière ; une reprise ou un déménagement ouvre une autre exploitation.

    Ses titulaires ne le sont plus si le SIRET devient celui d'une autre entreprise.
    Cite dans `If-Match` l'`ETag` que rend `GET /gestion/fiches/{id}`. Écrire une fiche, c'est la
    confirmer.
    """
    fiche = _managed(session, acteur, id, lock=True)
    require_match(if_match, commands.version(fiche))
    former = fiche.exploitation.siret
    commands.replace(session, fiche, saisie, auteur=auteur_of(acteur))
    titulaires.set_former_aside(session, fiche, former, auteur=acteur.organisation)
    if not answers_for(acteur, fiche):
        raise Forbidden("La clé présentée ne répond pas de la commune où irait ce commerce.")
    return _answer(fiche).to_http()


@router.post("/{id}/statut", response_class=of_type(GEOJSON), responses={200: _FICHE})
def changer_statut(
    *,
    session: SessionDep,
    acteur: Agent,
    id: NumeroObjet,
    changement: ChangementStatut,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Publier, suspendre, fermer ou archiver une fiche, avec une raison.

    Cite dans `If-Match` l'`ETag` que rend `GET /gestion/fiches/{id}` : une fiche n'est pas décidée
    deux fois.
    """
    fiche = _managed(session, acteur, id, lock=True)
    require_match(if_match, commands.version(fiche))
    commands.change_status(
        session, fiche, changement.statut, changement.motif, auteur=auteur_of(acteur)
    )
    return _answer(fiche).to_http()


def _managed(session: Session, acteur: Acteur, fiche_id: int, *, lock: bool = False) -> Fiche:
    """A listing of the agent's ground; another's is not found, so that nothing is learnt of it."""
    fiche = queries.find_fiche(session, fiche_id, lock=lock)
    if fiche is None or not answers_for(acteur, fiche):
        raise NotFound(f"Aucune fiche dont vous répondez ne porte le numéro {fiche_id}.")
    return fiche


def _step(entry: Any) -> EtapeFiche:
    body = entry.corps
    return EtapeFiche(
        instant=entry.instant,
        genre=entry.genre,
        auteur=entry.acteur,
        statut=body.get("statut"),
        version=body.get("version"),
        numero_import=body.get("import"),
        proposition=body.get("proposition"),
        signalement=body.get("signalement"),
    )


def _answer(fiche: Fiche, status: int = 200, **headers: str) -> StoredAnswer:
    return StoredAnswer.of(feature(fiche), status, GEOJSON, ETag=commands.version(fiche), **headers)
