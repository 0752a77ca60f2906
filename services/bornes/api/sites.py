"""Sites of the deployment: shown to all, declared by their operator or the Métropole."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.bornes import programmes
from services.bornes.api.agents import METROPOLE
from services.bornes.api.deploiement import asked_day, asked_programme
from services.bornes.models import IDEMPOTENCE, EvenementSite, SiteDeploiement
from services.bornes.sites import commands, queries
from services.bornes.sites.fiche import detail, resume, territory
from services.bornes.sites.regles import Situation, situation
from shared import clock
from shared.auth import PUBLIC, Acteur, require
from shared.conditional import CREATED, UNCHANGED, IfMatch, IfNoneMatch, etag, require_match
from shared.db import SessionDep
from shared.http.addresses import local
from shared.http.bodies import PetitCorps
from shared.http.media import GEOJSON, of_type
from shared.http.responses import answer
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import NumeroObjet, RienDautre
from shared.problems import Forbidden, InvalidBody, NotFound
from shared.routing import service_router
from shared.schemas.bornes_sites import (
    EvenementNouveau,
    RechercheSites,
    SiteDetail,
    SiteNouveau,
    Sites,
)
from shared.schemas.geo import Feature

router = service_router("/deploiement/sites", route_class=PetitCorps)
Agent = Annotated[Acteur, require("bornes:deploiement")]
Row = tuple[SiteDeploiement, list[EvenementSite]]


@router.get(
    "",
    dependencies=[PUBLIC],
    response_class=of_type(GEOJSON),
    responses={200: {"model": Sites}, **UNCHANGED},
)
def lister_sites(
    session: SessionDep,
    recherche: Annotated[RechercheSites, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les sites d'un programme (GeoJSON), tels qu'ils étaient à la date demandée.

    `vue` est l'état dit au public : projeté, en travaux, en service, hors service ou abandonné.
    """
    programme = asked_programme(recherche.programme)
    day = asked_day(session, recherche.au)
    after = passed(recherche, int) or 0
    found = [
        (known, state)
        for known in queries.site_rows(session, programme.code)
        if (state := situation(queries.as_site(*known), day)) and _wanted(known, state, recherche)
    ]
    rest = [one for one in found if one[0][0].id > after]
    page = rest[: recherche.limite]
    sites = Sites(
        au=day,
        numberMatched=len(found),
        numberReturned=len(page),
        features=[resume(row, state) for (row, _), state in page],
    )
    headers = announce(sites, recherche, rest, lambda one: (one[0][0].id,))
    return answer(sites, if_none_match, media_type=GEOJSON, **headers)


@router.get(
    "/{id}",
    dependencies=[PUBLIC],
    response_class=of_type(GEOJSON),
    responses={200: {"model": Feature[SiteDetail]}, **UNCHANGED},
)
def lire_site(
    session: SessionDep,
    id: NumeroObjet,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Un site et tout ce qui lui est arrivé ; son `ETag` permet d'ajouter un événement."""
    known = _known(session, id)
    return answer(
        detail(*known, clock.today(session)),
        if_none_match,
        media_type=GEOJSON,
        tag=_version(known),
    )


@router.post(
    "",
    status_code=201,
    response_class=of_type(GEOJSON),
    responses={201: {"model": Feature[SiteDetail], "headers": CREATED}},
)
def declarer_site(
    *,
    request: Request,
    session: SessionDep,
    acteur: Agent,
    nouveau: SiteNouveau,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Déclarer un site ; un opérateur ne déclare que sous ses propres préfixes."""
    _check_own(acteur, nouveau.prefixe)
    _check_station(acteur, nouveau.station)

    def run() -> StoredAnswer:
        row = commands.declare_site(session, nouveau, auteur=acteur.organisation)
        address = local(request.scope, f"/deploiement/sites/{row.id}")
        return _changed(session, row.id, Location=address)

    content = nouveau.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur.organisation, content, run=run).to_http()


@router.post(
    "/{id}/evenements",
    status_code=201,
    response_class=of_type(GEOJSON),
    responses={201: {"model": Feature[SiteDetail]}},
)
def ajouter_evenement(
    *,
    session: SessionDep,
    acteur: Agent,
    id: NumeroObjet,
    nouveau: EvenementNouveau,
    _: RienDautre,
    if_match: IfMatch = None,
    once: OnceDep,
) -> Response:
    """Dire qu'un site a atteint un état, ou quand il doit l'atteindre. Rien ne s'efface.

    Cite dans `If-Match` l'`ETag` du site lu : deux événements ne peuvent pas s'ignorer.
    """
    known = _known(session, id, lock=True)
    _check_own(acteur, known[0].prefixe)
    _check_station(acteur, nouveau.station)

    def run() -> StoredAnswer:
        require_match(if_match, _version(known))
        commands.record_event(session, *known, nouveau, auteur=acteur.organisation)
        return _changed(session, id)

    content = nouveau.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur.organisation, content, run=run).to_http()


def _check_own(acteur: Acteur, prefixe: str) -> None:
    if not _answers_for(acteur, prefixe):
        raise Forbidden(f"La clé présentée ne répond pas du préfixe {prefixe}.")


def _check_station(acteur: Acteur, station: str | None) -> None:
    """A site becomes a station of its operator: the key answers for it, under any prefix of its."""
    if station is not None and not _answers_for(acteur, station):
        detail = f"La clé présentée ne répond pas du préfixe de la station {station}."
        raise InvalidBody.at("#/station", detail)


def _answers_for(acteur: Acteur, identifiant: str) -> bool:
    """Whether it has the prefix of an identifier; the Métropole, who sees all change, any."""
    return acteur.role == METROPOLE or any(map(identifiant.startswith, acteur.prefixes))


def _known(session: Session, site_id: int, *, lock: bool = False) -> Row:
    known = queries.find_site(session, site_id, lock=lock)
    if known is None:
        raise NotFound(f"Aucun site ne porte le numéro {site_id}.")
    return known


def _wanted(known: Row, state: Situation, recherche: RechercheSites) -> bool:
    commune = programmes.commune_today(known[0].code_commune)
    return (
        (recherche.vue is None or state.vue is recherche.vue)
        and (recherche.statut is None or state.statut is recherche.statut)
        and (recherche.ept is None or territory(commune) == recherche.ept)
        and (recherche.commune is None or commune == programmes.commune_today(recherche.commune))
    )


def _version(known: Row) -> str:
    """A site changes only by its events, which are never edited."""
    row, events = known
    return etag("site", row.id, events[-1].id)


def _changed(session: Session, site_id: int, **headers: str) -> StoredAnswer:
    known = _known(session, site_id)
    shown = detail(*known, clock.today(session))
    return StoredAnswer.of(shown, 201, GEOJSON, ETag=_version(known), **headers)
