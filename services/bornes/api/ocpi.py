"""OCPI Sender: versions, credentials, Locations and Tariffs, for registered partners."""

from datetime import datetime, timedelta
from threading import BoundedSemaphore
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Path, Query, Request, Response

from services.bornes.api.ocpi_protocole import (
    ERRORS,
    NOT_ALLOWED,
    PAYS,
    InscriteDep,
    PartieDep,
    RouteOcpi,
    credentials_body,
    known_version,
    read,
    success,
)
from services.bornes.ocpi import commands, locations, queries, tarifs
from services.bornes.ocpi.ecriture import moment
from services.bornes.ocpi.erreurs import not_allowed, not_found
from services.bornes.ocpi.locations import Station
from services.bornes.ocpi.partenaires import Partenaire
from services.bornes.ocpi.partie import Partie
from services.bornes.ocpi.queries import PAGE_MAX, Fenetre
from shared.contract_schemas import schema_of
from shared.db import SessionDep
from shared.http.addresses import asked_path, service_url
from shared.pages import decode_cursor, encode_cursor, link_header
from shared.problems import InvalidParameter, Unavailable
from shared.routing import service_router
from shared.schemas.formes import SANS_ESPACE
from shared.schemas.ocpi import (
    Connector,
    Credentials,
    EnveloppeOcpi,
    Evse,
    Location,
    RechercheLocations,
    RechercheOcpi,
    Tariff,
    VersionDetail,
    VersionOcpi,
    VersionPubliee,
)

NOM: Final = "Métropole du Grand Paris"
_INVITED: Final = "GET, POST"
_REGISTERED: Final = "GET, PUT, DELETE"
MODULES: Final = ("credentials", "locations", "tariffs")
HANDSHAKES_MAX: Final = 4
"""Partners asked at one time: a thread that all requests share waits for each, 16 s at most."""
_HANDSHAKES: Final = BoundedSemaphore(HANDSHAKES_MAX)

router = service_router("/ocpi", route_class=RouteOcpi)
par_version = service_router(
    "/ocpi/{version}", route_class=RouteOcpi, dependencies=[Depends(known_version)]
)
Version = Annotated[VersionOcpi, Depends(known_version)]
Identifiant = Annotated[
    str,
    Path(
        min_length=1,
        max_length=36,
        pattern=SANS_ESPACE,
        description="Identifiant OCPI, tel que rendu par la liste.",
    ),
]
Corps = Annotated[Credentials, Depends(credentials_body)]
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "Vos `credentials` : votre jeton B et l'adresse de vos versions.",
        "content": {"application/json": {"schema": schema_of(Credentials)}},
    }
}
"""Read by hand, so that nothing is read of a caller without a token."""


class Lecture:
    """A registered partner's read: in one version, in one session."""

    def __init__(
        self, request: Request, session: SessionDep, _partie: InscriteDep, version: Version
    ) -> None:
        self.request = request
        self.session = session
        self.version = version
        self.editeur = _editeur(request)
        seconds: int = request.app.state.settings.bornes_peremption_s
        self.peremption = timedelta(seconds=seconds)

    def location(self, station: Station) -> dict[str, Any]:
        return locations.location(station, version=self.version, editeur=self.editeur)

    def find(self, identifiant: str) -> dict[str, Any]:
        """The Location that bears an id."""
        station = queries.find_station(self.session, identifiant, self.peremption)
        if station is None:
            raise not_found("Aucune Location ne porte cet identifiant.")
        return self.location(station)

    def answer(self, data: Any, headers: dict[str, str] | None = None) -> Response:
        return read(self.request, data, headers)


LectureDep = Annotated[Lecture, Depends()]


def _documented(model: Any) -> dict[int | str, dict[str, Any]]:
    return {200: {"model": EnveloppeOcpi[model], "description": "Code OCPI 1000."}, **ERRORS}


_PAGE: Final = {
    name: {"description": description, "schema": {"type": kind}}
    for name, description, kind in (
        ("X-Total-Count", "Objets de toute la liste.", "integer"),
        ("X-Limit", "Objets d'une page, au plus.", "integer"),
        ("Link", 'Adresse de la page suivante (`rel="next"`) ; absent de la dernière.', "string"),
    )
}


def _listed(model: Any) -> dict[int | str, dict[str, Any]]:
    """The same of a list that comes by pages."""
    documented = _documented(model)
    return {**documented, 200: {**documented[200], "headers": _PAGE}}


@router.get("/versions", responses=_documented(list[VersionPubliee]))
def ocpi_versions(request: Request, _partie: PartieDep) -> Response:
    """Les versions d'OCPI que ce service parle."""
    root = _root(request)
    return read(request, [{"version": one, "url": f"{root}/{one}"} for one in locations.VERSIONS])


@par_version.get("", responses=_documented(VersionDetail))
def ocpi_version(request: Request, _partie: PartieDep, version: Version) -> Response:
    """Les modules d'une version et leurs adresses."""
    root = _root(request)
    endpoints = [
        {"identifier": module, "role": "SENDER", "url": f"{root}/{version}/{module}"}
        for module in MODULES
    ]
    return read(request, {"version": version, "endpoints": endpoints})


@par_version.get("/credentials", responses=_documented(Credentials))
def ocpi_credentials(request: Request, partie: PartieDep) -> Response:
    """Nos `credentials`, avec le jeton présenté."""
    return success(_credentials(request, partie.jeton))


@par_version.post(
    "/credentials", responses={**_documented(Credentials), **NOT_ALLOWED}, openapi_extra=_BODY
)
def ocpi_inscrire(
    request: Request, session: SessionDep, partie: PartieDep, version: Version, corps: Corps
) -> Response:
    """S'inscrire avec un jeton A : la réponse porte le jeton C.

    Le service lit d'abord vos versions et vos modules, avec votre jeton B. Si la réponse se perd,
    recommencez : A vaut encore pour cela jusqu'à ce que C serve, une heure au plus.
    """
    if partie.inscrite:
        message = "Vous êtes déjà inscrit : PUT renouvelle, DELETE désinscrit."
        raise not_allowed(message, allow=_REGISTERED)
    return _register(request, session, partie, version=version, corps=corps)


@par_version.put(
    "/credentials", responses={**_documented(Credentials), **NOT_ALLOWED}, openapi_extra=_BODY
)
def ocpi_renouveler(
    request: Request, session: SessionDep, partie: PartieDep, version: Version, corps: Corps
) -> Response:
    """Changer de jeton ou de version : la réponse porte un nouveau jeton C.

    Si elle se perd, recommencez avec l'ancien, qui vaut encore pour cela une heure au plus.
    """
    if not partie.inscrite:
        raise not_allowed("Vous n'êtes pas inscrit : POST d'abord.", allow=_INVITED)
    return _register(request, session, partie, version=version, corps=corps)


@par_version.delete("/credentials", responses={**_documented(None), **NOT_ALLOWED})
def ocpi_desinscrire(session: SessionDep, partie: PartieDep) -> Response:
    """Se désinscrire : les deux jetons sont oubliés."""
    if not partie.inscrite:
        raise not_allowed("Vous n'êtes pas inscrit : POST d'abord.", allow=_INVITED)
    commands.desinscrire(session, partie.empreinte)
    return success()


@par_version.get("/locations", responses=_listed(list[Location]))
def ocpi_locations(
    lecture: LectureDep, recherche: Annotated[RechercheLocations, Query()]
) -> Response:
    """Les stations, du changement le plus ancien au plus récent, avec les points retirés."""
    fenetre = Fenetre.of(recherche.date_from, recherche.date_to)
    limit = min(recherche.limit, PAGE_MAX)
    found = queries.stations(
        lecture.session,
        fenetre,
        offset=recherche.offset,
        limit=limit + 1,
        after=_after(recherche),
        peremption=lecture.peremption,
    )
    page = found[:limit]
    headers = _counted(queries.count_stations(lecture.session, fenetre, lecture.peremption))
    if len(found) > limit:
        headers["Link"] = _next(lecture.request, recherche, limit, place=page[-1])
    return lecture.answer([lecture.location(one) for one in page], headers)


@par_version.get("/locations/{location_id}", responses=_documented(Location))
def ocpi_location(lecture: LectureDep, location_id: Identifiant) -> Response:
    """Une station."""
    return lecture.answer(lecture.find(location_id))


@par_version.get("/locations/{location_id}/{evse_uid}", responses=_documented(Evse))
def ocpi_evse(lecture: LectureDep, location_id: Identifiant, evse_uid: Identifiant) -> Response:
    """Un point de charge."""
    return lecture.answer(_among(lecture.find(location_id)["evses"], "uid", evse_uid))


@par_version.get(
    "/locations/{location_id}/{evse_uid}/{connector_id}", responses=_documented(Connector)
)
def ocpi_connector(
    lecture: LectureDep,
    location_id: Identifiant,
    evse_uid: Identifiant,
    connector_id: Identifiant,
) -> Response:
    """Une prise d'un point de charge."""
    evse = _among(lecture.find(location_id)["evses"], "uid", evse_uid)
    return lecture.answer(_among(evse["connectors"], "id", connector_id))


@par_version.get("/tariffs", responses=_listed(list[Tariff]))
def ocpi_tariffs(lecture: LectureDep, recherche: Annotated[RechercheOcpi, Query()]) -> Response:
    """Les tarifs déclarés dont chaque mot est compris ; les autres sont absents."""
    fenetre = Fenetre.of(recherche.date_from, recherche.date_to)
    first, last = moment(fenetre.debut), moment(fenetre.fin)
    limit = min(recherche.limit, PAGE_MAX)
    every = tarifs.tariffs(
        queries.priced(lecture.session), version=lecture.version, editeur=lecture.editeur
    )
    found = [one for one in every if first <= one["last_updated"] < last]
    headers = _counted(len(found))
    if recherche.offset + limit < len(found):
        headers["Link"] = _next(lecture.request, recherche, limit)
    return lecture.answer(found[recherche.offset : recherche.offset + limit], headers)


def _register(
    request: Request,
    session: SessionDep,
    partie: Partie,
    *,
    version: VersionOcpi,
    corps: Credentials,
) -> Response:
    settings = request.app.state.settings
    if settings.secret_interne is None:
        raise Unavailable("RELANCE_SECRET_INTERNE manque : aucun jeton ne peut être gardé.")
    partenaire = Partenaire(corps.token, hotes=settings.hotes_ocpi())
    if not _HANDSHAKES.acquire(blocking=False):
        raise Unavailable(
            "Trop d'inscriptions sont en cours ; réessayez dans une minute.",
            headers={"Retry-After": "60"},
        )
    try:
        # No transaction is open yet: the partner answers in its own time.
        endpoints = partenaire.endpoints(corps.url, version)
    finally:
        _HANDSHAKES.release()
    token = commands.inscrire(
        session,
        partie,
        corps,
        endpoints=endpoints,
        version=version,
        secret=settings.secret_interne,
    )
    return success(_credentials(request, token))


def _credentials(request: Request, token: str) -> dict[str, Any]:
    role = {
        "role": "NAP",
        "party_id": _editeur(request),
        "country_code": PAYS,
        "business_details": {"name": NOM},
    }
    return {"token": token, "url": f"{_root(request)}/versions", "roles": [role]}


def _root(request: Request) -> str:
    return f"{service_url(request.scope)}/ocpi"


def _editeur(request: Request) -> str:
    editeur: str = request.app.state.settings.bornes_ocpi_partie
    return editeur


def _counted(total: int) -> dict[str, str]:
    return {"X-Total-Count": str(total), "X-Limit": str(PAGE_MAX)}


def _among(objects: list[dict[str, Any]], key: str, value: str) -> dict[str, Any]:
    """The object of a list that bears an id, whose case does not count in OCPI."""
    for one in objects:
        if one[key].casefold() == value.casefold():
            return one
    raise not_found("La Location n'a pas cet objet.")


def _after(recherche: RechercheLocations) -> tuple[datetime, str] | None:
    if recherche.apres is None:
        return None
    microseconds, identifiant = decode_cursor(recherche.apres, (int, str), parametre="apres")
    if not 0 <= microseconds < (queries.END - queries.BEGINNING) // queries.MICROSECOND:
        raise InvalidParameter("apres", "Cette place n'a pas été donnée ici.")
    return queries.BEGINNING + microseconds * queries.MICROSECOND, identifiant


def _next(
    request: Request, recherche: RechercheOcpi, limit: int, *, place: Station | None = None
) -> str:
    """The address of the next page: the same filters, further on."""
    filters = {
        name: request.query_params[name]
        for name in ("date_from", "date_to")
        if name in request.query_params
    }
    values = {**filters, "offset": recherche.offset + limit, "limit": limit}
    if place is not None:
        since = place.modifiee_le - queries.BEGINNING
        values["apres"] = encode_cursor(since // queries.MICROSECOND, place.id)
    url = service_url(request.scope) + asked_path(request.scope)
    return link_header({"next": f"{url}?{urlencode(values)}"})
