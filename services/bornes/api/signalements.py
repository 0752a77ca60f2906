"""Reports of faulty points: sent by anyone, handled by agents and operators, shown to all."""

from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.bornes.api.agents import METROPOLE
from services.bornes.models import IDEMPOTENCE
from services.bornes.signalements import commands, fiche, queries
from services.bornes.signalements.queries import Connu
from services.bornes.signalements.regles import Portee
from shared.auth import PUBLIC, Acteur, require
from shared.conditional import (
    LOCATED,
    UNCHANGED,
    IfMatch,
    IfNoneMatch,
    etag,
    require_match,
    unless_held,
)
from shared.db import SessionDep
from shared.http.addresses import local
from shared.http.bodies import PetitCorps
from shared.http.media import GEOJSON, JSON, of_type
from shared.http.responses import answer, private
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import Numero, RienDautre
from shared.problems import NotFound
from shared.routing import service_router
from shared.schemas.bornes_signalements import (
    DecisionSignalement,
    EtatSignalement,
    RechercheSignalees,
    RechercheSignalements,
    Signalement,
    SignalementNouveau,
    SignalementSuivi,
    StationsSignalees,
)
from shared.schemas.commun import Page

router = service_router("/signalements", route_class=PetitCorps)
Traitant = Annotated[Acteur, require("bornes:signalements")]


@router.post(
    "",
    status_code=201,
    dependencies=[PUBLIC],
    response_class=Response,
    responses={201: {"model": Signalement, "headers": LOCATED}},
)
def signaler(
    *,
    request: Request,
    session: SessionDep,
    nouveau: SignalementNouveau,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Signaler un point de charge en défaut, sans compte.

    Les signalements d'un même point pour un même motif n'en font qu'un, qui les compte. Ni
    l'adresse ni l'identité de qui signale ne sont gardées.
    """
    empreinte = commands.fingerprint(session, request.client and request.client.host)
    per_hour: int = request.app.state.settings.bornes_signalements_par_heure

    def run() -> StoredAnswer:
        known = commands.report(session, nouveau, empreinte=empreinte, per_hour=per_hour)
        address = local(request.scope, f"/signalements/{known.signalement.id}")
        return StoredAnswer.of(fiche.public(known), 201, Location=address)

    content, robot = nouveau.model_dump_json(), bool(nouveau.site_web)
    return once.answer_anyone(IDEMPOTENCE, empreinte, content, est_robot=robot, run=run).to_http()


@router.get(
    "/publics",
    dependencies=[PUBLIC],
    response_class=of_type(GEOJSON),
    responses={200: {"model": StationsSignalees}, **UNCHANGED},
)
def lister_stations_signalees(
    session: SessionDep,
    recherche: Annotated[RechercheSignalees, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les stations qui ont un signalement en cours (GeoJSON), à poser sur une carte."""
    after = passed(recherche, str) or ""
    found = queries.reported_stations(session, recherche, after=after, limit=recherche.limite + 1)
    page = found[: recherche.limite]
    reports: dict[str, list[Connu]] = {place.id: [] for place in page}
    for known in queries.under_way(session, list(reports)):
        reports[known.station].append(known)
    # One reported between the two statements, or closed, is for the next question.
    features = [fiche.station(place, reports[place.id]) for place in page if reports[place.id]]
    stations = StationsSignalees(numberReturned=len(features), features=features)
    headers = announce(stations, recherche, found, lambda place: (place.id,))
    return answer(stations, if_none_match, media_type=GEOJSON, **headers)


@router.get(
    "", response_class=Response, responses={200: {"model": Page[SignalementSuivi]}, **UNCHANGED}
)
def lister_signalements(
    session: SessionDep,
    acteur: Traitant,
    recherche: Annotated[RechercheSignalements, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les signalements à traiter, du plus ancien au plus récent.

    Une commune voit ceux de son territoire, un opérateur ceux de ses préfixes, la Métropole tous.
    """
    portee = _portee(acteur)
    after = passed(recherche, int) or 0
    found = queries.queue(session, portee, recherche, after=after, limit=recherche.limite + 1)
    shown = _followed(session, portee, found[: recherche.limite])
    page = Page[SignalementSuivi](elements=shown)
    links = announce(page, recherche, found, lambda known: (known.signalement.id,))
    return private(page, if_none_match, **links)


@router.get(
    "/{id}", response_class=Response, responses={200: {"model": SignalementSuivi}, **UNCHANGED}
)
def lire_signalement(
    session: SessionDep,
    acteur: Traitant,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Un signalement et son histoire ; son `ETag` permet d'en décider."""
    portee = _portee(acteur)
    known = _visible(session, portee, id)
    unless_held(if_none_match, {"ETag": _version(known, portee)})
    return _whole(session, known, portee)


@router.post(
    "/{id}/decision", response_class=Response, responses={200: {"model": SignalementSuivi}}
)
def decider_signalement(
    *,
    session: SessionDep,
    acteur: Traitant,
    id: Numero,
    decision: DecisionSignalement,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Confirmer, rejeter ou clore un signalement, avec une raison ; publier un commentaire.

    Cite dans `If-Match` l'`ETag` du signalement lu : deux décisions ne peuvent pas s'ignorer.
    """
    portee = _portee(acteur)
    known = _visible(session, portee, id, lock=True)
    etat = EtatSignalement(decision.etat)
    portee.check_decides(known.ressort, etat, publishes=bool(decision.commentaire_public))
    require_match(if_match, _version(known, portee))
    commands.decide(session, known, decision, auteur=acteur.organisation)
    return _whole(session, known, portee)


def _portee(acteur: Acteur) -> Portee:
    return Portee(acteur.role == METROPOLE, acteur.territoire, acteur.prefixes)


def _visible(session: Session, portee: Portee, number: int, *, lock: bool = False) -> Connu:
    """A report its caller may know of; another's does not exist for it."""
    known = queries.find(session, number, lock=lock)
    if known is None or not portee.sees(known.ressort):
        raise NotFound(f"Aucun signalement ne porte le numéro {number}.")
    return known


def _version(known: Connu, portee: Portee) -> str:
    """Agents and operators do not read the same."""
    row = known.signalement
    return etag("signalement", row.id, row.version, portee.moderates(known.ressort))


def _whole(session: Session, known: Connu, portee: Portee) -> Response:
    (body,) = _followed(session, portee, [known])
    headers = {"ETag": _version(known, portee)}
    return Response(body.model_dump_json(), media_type=JSON, headers=headers)


def _followed(session: Session, portee: Portee, shown: list[Connu]) -> list[SignalementSuivi]:
    suites = queries.sequels(session, [known.signalement.id for known in shown])
    return [
        fiche.followed(
            known, suites[known.signalement.id], moderates=portee.moderates(known.ressort)
        )
        for known in shown
    ]
