"""Programmes of deployment and their progress, for elected officials and agents."""

from collections.abc import Callable, Hashable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final
from weakref import WeakKeyDictionary

from fastapi import Path, Query, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes import programmes, queries
from services.bornes.deploiement import mesure
from services.bornes.deploiement.kept import Kept
from services.bornes.deploiement.releve import Releve
from services.bornes.exports import sdirve
from services.bornes.sites.queries import as_site, site_rows
from shared import clock
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch
from shared.db import SessionDep
from shared.http.media import CSV, CSV_DOCUMENT
from shared.http.responses import answer
from shared.parameters import RienDautre
from shared.problems import InvalidParameter, NotFound
from shared.routing import service_router
from shared.schemas.bornes_deploiement import (
    Avancement,
    CommunesSansStation,
    Programme,
    ProgrammeDetail,
    Programmes,
    QuestionAvancement,
    QuestionSansStation,
    QuestionSdirve,
)

if TYPE_CHECKING:
    from services.bornes.deploiement.presences import Presence

ANSWERS_KEPT: Final = 100
router = service_router("/deploiement", dependencies=[PUBLIC])
Code = Annotated[str, Path(max_length=40, description="Code du programme.", examples=["AIP-2019"])]


@router.get("/programmes", response_model=Programmes, responses=UNCHANGED)
def lister_programmes(
    session: SessionDep, _: RienDautre, if_none_match: IfNoneMatch = None
) -> Response:
    """Les programmes de déploiement, leurs objectifs datés et leur périmètre."""
    today = clock.today(session)
    known = [mesure.detail(programme, today) for programme in programmes.programmes()]
    return answer(Programmes(programmes=known), if_none_match)


@router.get("/programmes/{code}", response_model=ProgrammeDetail, responses=UNCHANGED)
def lire_programme(
    session: SessionDep, code: Code, _: RienDautre, if_none_match: IfNoneMatch = None
) -> Response:
    """Un programme : ses objectifs successifs, chacun avec son unité, sa date et sa source."""
    return answer(mesure.detail(_named(code), clock.today(session)), if_none_match)


@router.get("/programmes/{code}/avancement", response_model=Avancement, responses=UNCHANGED)
def lire_avancement(
    session: SessionDep,
    code: Code,
    question: Annotated[QuestionAvancement, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Où en est un programme, aujourd'hui ou à une date passée.

    Ce qui est constaté (données IRVE) et ce qui est déclaré (sites) sont toujours distingués, pour
    le réseau retenu comme pour tous les opérateurs. Un objectif en bornes ne se compare pas à un
    nombre de points de charge : la réponse le dit au lieu de donner un taux.
    """
    programme, day = _named(code), asked_day(session, question.au)

    def make() -> str:
        releve = _releve(session, programme, day)
        return _json(mesure.progress(releve, question.unite, question.par))

    asked = ("avancement", programme.code, day, question.unite, question.par)
    return answer(_kept(session, asked, make), if_none_match)


@router.get("/communes-sans-station", response_model=CommunesSansStation, responses=UNCHANGED)
def lister_communes_sans_station(
    session: SessionDep,
    question: Annotated[QuestionSansStation, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les communes du périmètre où le réseau retenu n'a encore aucune station."""
    programme, day = asked_programme(question.programme), asked_day(session, question.au)

    def make() -> str:
        return _json(mesure.without_station(_releve(session, programme, day)))

    asked = ("communes-sans-station", programme.code, day)
    return answer(_kept(session, asked, make), if_none_match)


@router.get(
    "/exports/sdirve.csv",
    response_class=Response,
    responses={
        200: {
            **CSV_DOCUMENT,
            "headers": {
                "Relance-Colonnes-Sans-Donnee": {
                    "description": "Colonnes obligatoires que le registre ne peut pas renseigner : "
                    "elles valent 0, à remplacer avant toute publication.",
                    "schema": {"type": "string"},
                }
            },
        },
        **UNCHANGED,
    },
)
def sdirve_csv(
    session: SessionDep,
    question: Annotated[QuestionSdirve, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Le programme au schéma SDIRVE 0.1.0 : une ligne par commune du périmètre.

    L'existant compte les points de charge de tous les opérateurs ; l'objectif y ajoute ceux des
    sites projetés, sauf ceux dont la `station` est déjà dans l'existant. Ce que le registre ne sait
    pas (usage, disponibilité, parc de véhicules) vaut 0, comme le schéma l'impose, et l'en-tête
    `Relance-Colonnes-Sans-Donnee` nomme ces colonnes.
    """
    programme, day = asked_programme(question.programme), asked_day(session, question.au)
    known = programmes.known_on(programme.objectifs, day)
    if not known:
        raise InvalidParameter("au", "Aucun objectif n'était en vigueur ce jour-là.")
    adopte_le, echeance = question.adopte_le or known[-1].date_effet, known[-1].echeance
    if adopte_le > echeance:
        detail = f"Un schéma ne s'adopte pas après la date de ses objectifs ({echeance})."
        raise InvalidParameter("adopte_le", detail)
    url = question.url_sdirve or ""

    def make() -> str:
        releve = _releve(session, programme, day)
        return "".join(sdirve.sdirve(releve, adopte_le=adopte_le, echeance=echeance, url=url))

    return answer(
        _kept(session, ("sdirve", programme.code, day, adopte_le, url), make),
        if_none_match,
        media_type=CSV,
        Content_Disposition=f'attachment; filename="{sdirve.NOM}"',
        Relance_Colonnes_Sans_Donnee=", ".join(sdirve.SANS_DONNEE),
    )


def _named(code: str) -> Programme:
    found = programmes.find(code)
    if found is None:
        raise NotFound(f"Aucun programme ne porte le code {code}.")
    return found


def asked_programme(code: str) -> Programme:
    """The programme that a query parameter names."""
    found = programmes.find(code)
    if found is None:
        raise InvalidParameter("programme", f"Aucun programme ne porte le code {code}.")
    return found


def asked_day(session: Session, au: date | None) -> date:
    """The day asked about, today by default: nothing has been found on a day to come."""
    today = clock.today(session)
    if au is not None and au > today:
        raise InvalidParameter("au", "Cette date est à venir : rien n'y est encore constaté.")
    return au or today


class _Garde:
    """What one database is asked again and again: counting takes a third of a second."""

    def __init__(self) -> None:
        self.presences: Kept[list[Presence]] = Kept(1)
        self.answers: Kept[str] = Kept(ANSWERS_KEPT)


_GARDES: Final[WeakKeyDictionary[Engine, _Garde]] = WeakKeyDictionary()


def _garde(session: Session) -> _Garde:
    return _GARDES.setdefault(session.get_bind().engine, _Garde())


def _kept(session: Session, asked: Hashable, make: Callable[[], str]) -> str:
    """An answer, made anew when anything that it may tell has changed."""
    return _garde(session).answers.of(queries.deployment_state(session), asked, make)


def _releve(session: Session, programme: Programme, day: date) -> Releve:
    state = queries.deployment_state(session)
    presences = _garde(session).presences.of(state, None, lambda: queries.presences(session))
    sites = [as_site(*known) for known in site_rows(session, programme.code)]
    return Releve(programme, presences, sites, day)


def _json(content: BaseModel) -> str:
    return content.model_dump_json(by_alias=True)
