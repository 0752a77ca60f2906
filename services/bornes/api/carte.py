"""The map: clusters, vector tiles, stations along a route."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query, Request, Response

from services.bornes import fiches
from services.bornes.api.stations import etats_of, places, reads
from services.bornes.filtres import search
from services.bornes.grappes import free_points, group, libres, points_of
from services.bornes.itineraire import Route, along
from services.bornes.statuts.etats import AUCUN, Etats
from services.bornes.tuiles import tile
from shared.auth import PUBLIC
from shared.hot.answering import freshness, shown
from shared.hot.reads import Answer, VueDep
from shared.http.bodies import CorpsDeListe
from shared.http.media import GEOJSON, of_type
from shared.maps import mvt
from shared.maps.clusters import Cluster, check_count, feature, rows_around
from shared.maps.tiles import X, Y, Z, check_tile
from shared.memory.fragments import each_resume, enclose, resumes
from shared.memory.ranks import Marque, Ranked, ranked
from shared.memory.segments import Search
from shared.pages import decode_cursor, encode_cursor
from shared.parameters import RienDautre
from shared.problems import InvalidBody, InvalidParameter
from shared.routing import service_router
from shared.schemas.bornes_carte import (
    LONGUEUR_MAX_M,
    Grappes,
    RechercheGrappes,
    RechercheItineraire,
    RechercheTuile,
    StationsItineraire,
)

router = service_router(dependencies=[PUBLIC], route_class=CorpsDeListe)


@reads.get("/grappes", model=Grappes, media_type=GEOJSON)
def grappes(vue: VueDep, recherche: Annotated[RechercheGrappes, Query()]) -> Answer:
    """Stations regroupées pour une carte : des grappes avec leurs comptes, puis les isolées.

    Une grappe réunit les stations d'une maille de 64 pixels ; elle les compte toutes, même celles
    qui sortent du rectangle. Son identifiant ne dépend que du zoom et de la maille. Au zoom 14 et
    au-delà, chaque station est seule.
    """
    version = vue.version
    wanted = search(recherche, places(recherche), etats_of(vue))
    rows = rows_around(version, wanted, recherche.bbox, recherche.zoom)
    counted = etats_of(vue) if recherche.etats else None
    alone, found = group(version, rows, recherche.zoom, counted)
    returned = alone.size + len(found)
    check_count(returned)
    points = int(version.column("points", rows).sum())
    stations = resumes(version, alone, recherche.champs)
    free = b""
    if counted is not None:
        here = free_points(version, alone, counted).tolist()
        free = b'"points_libres":%d,' % (sum(here) + sum(map(libres, found)))
        each = each_resume(version, alone, recherche.champs)
        stations = list(map(fiches.with_free, each, here))
    beginning = (
        b'{"type":"FeatureCollection","numberReturned":%d,"stations":%d,"points_de_charge":%d,'
        b'%b"features":[' % (returned, rows.size, points, free)
    )
    clusters = [_feature(one, counted=counted is not None) for one in found]
    return Answer(enclose(beginning, [*clusters, *stations], b"]}"))


def _feature(grappe: Cluster, *, counted: bool) -> bytes:
    """A cluster as GeoJSON, closed by a comma."""
    free = b',"points_libres":%d' % libres(grappe) if counted else b""
    counts = b'"stations":%d,"points_de_charge":%d%b' % (grappe.objects, points_of(grappe), free)
    return feature(grappe, counts)


@reads.get("/tuiles/{z}/{x}/{y}.mvt", model=None, media_type=mvt.MEDIA_TYPE)
def tuile(vue: VueDep, z: Z, x: X, y: Y, criteres: Annotated[RechercheTuile, Query()]) -> Answer:
    """Tuile vectorielle (MVT 2.1) : calque `stations`, et `grappes` sous le zoom 14.

    Les grappes sont celles de `/grappes` au même zoom. Une tuile où il n'y a rien est vide, sans
    un octet : c'est une tuile valide.
    """
    check_tile(z, x, y)
    etats = etats_of(vue)
    wanted = search(criteres, places(criteres), etats)
    counted = etats if criteres.etats else None
    return Answer(tile(vue.version, wanted, z=z, x=x, y=y, etats=counted))


@router.post(
    "/stations/itineraire",
    responses={200: {"model": StationsItineraire}},
    response_class=of_type(GEOJSON),
)
def itineraire(request: Request, recherche: RechercheItineraire, _: RienDautre) -> Response:
    """Stations le long d'un itinéraire, dans l'ordre où on les rencontre.

    `distance_m` est la distance au tracé, `abscisse_m` la place le long du tracé. Les filtres sont
    ceux des autres recherches, écrits dans le corps. Pour la suite d'une longue liste, renvoyer le
    même corps avec `curseur`, tel que rendu par `curseur_suivant`.
    """
    vitrine = request.app.state.vitrine
    version = shown(vitrine).version
    direct = request.app.state.direct
    etats = AUCUN if direct is None or direct.vu is None else direct.vu
    route = Route.of(recherche.trace.coordinates)
    if route.length > LONGUEUR_MAX_M:
        raise InvalidBody.at(
            "#/trace/coordinates",
            f"L'itinéraire mesure {route.length / 1000:.0f} km, plus que 1 000.",
        )
    found = along(version, _search_of_body(recherche, etats), route, recherche.corridor_m)
    found = found.where(found.abscisses >= recherche.abscisse_min_m)
    past = _past(recherche.curseur)
    page = ranked(version, found.rows, found.ranks, limit=recherche.limite, past=past)
    here = found.where(page.places)
    features = [
        fiches.along(feature, away, abscisse)
        for feature, away, abscisse in zip(
            each_resume(version, here.rows, recherche.champs),
            here.distances.tolist(),
            here.abscisses.tolist(),
            strict=True,
        )
    ]
    head = _head(page, matched=found.rows.size, length=route.length)
    content = b"".join(enclose(head, features, b"]}"))
    return Response(content, media_type=GEOJSON, headers=freshness(vitrine))


def _head(page: Ranked, *, matched: int, length: float) -> bytes:
    """The beginning of a page of stations along a route, up to its features."""
    following = b""
    if page.marque is not None:
        following = b'"curseur_suivant":"%b",' % encode_cursor(*page.marque).encode()
    return (
        b'{"type":"FeatureCollection","numberMatched":%d,"numberReturned":%d,"longueur_m":%.1f,%b'
        b'"features":[' % (matched, page.places.size, length, following)
    )


@contextmanager
def _in_body() -> Iterator[None]:
    """What a parameter would be refused for, told as a field of the body."""
    try:
        yield
    except InvalidParameter as error:
        raise InvalidBody(
            error.detail,
            erreurs=[
                {"pointer": f"#/{one['parametre']}", "detail": one["detail"]}
                for one in error.members["erreurs"]
            ],
        ) from error


def _past(curseur: str | None) -> Marque | None:
    """Where the page before ended."""
    if curseur is None:
        return None
    with _in_body():
        rank, name = decode_cursor(curseur, (int, str))
    return rank, name


def _search_of_body(recherche: RechercheItineraire, etats: Etats) -> Search:
    with _in_body():
        return search(recherche, places(recherche), etats)
