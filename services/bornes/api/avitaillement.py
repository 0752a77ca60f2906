"""Refuelling stations: public searches, map, schema; operators' files and announcements."""

from typing import Annotated

from fastapi import Path, Query, Response
from fastapi.responses import StreamingResponse

from services.bornes.api.imports import (
    CONSTATS,
    UNE_PLACE,
    ArriveeDep,
    FichierDep,
    Importateur,
    prefixes,
)
from services.bornes.api.stations import nearest_first, page, places, reads
from services.bornes.avitaillement.commands import annoncer
from services.bornes.avitaillement.filtres import search
from services.bornes.avitaillement.schema import PUBLIE
from services.bornes.avitaillement.vitrine import GENRE
from services.bornes.models import PointAvitaillement
from services.bornes.tuiles import tile_without_clusters
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch
from shared.db import SessionDep
from shared.hot.reads import Answer, VueDep
from shared.http.bodies import CorpsDeListe
from shared.http.media import CSV, CSV_DOCUMENT, GEOJSON, JSON
from shared.http.responses import answer
from shared.maps import mvt
from shared.maps.tiles import X, Y, Z, check_tile
from shared.memory.neighbours import nearest
from shared.parameters import RienDautre
from shared.problems import NotFound
from shared.routing import service_router
from shared.schemas.bornes_avitaillement import (
    AnnoncesAvitaillement,
    CriteresAvitaillement,
    EnvoiAvitaillement,
    RechercheAvitaillement,
    RechercheAvitaillementProche,
    ResultatAnnonce,
    StationAvitaillement,
    StationsAvitaillement,
    StationsAvitaillementProches,
    SuitesAnnonces,
)
from shared.schemas.bornes_imports import EssaiFichier, Import, SchemaDonnees
from shared.schemas.geo import Feature
from shared.transfers.uploads import answers, file_body

router = service_router("/avitaillement")
annonces_router = service_router("/avitaillement", route_class=CorpsDeListe)
SCHEMA_JSON = PUBLIE.decode()
FICHIER = file_body("Le fichier des points d'avitaillement, en CSV, compressé ou non.")
IdAvitaillement = Annotated[
    str,
    Path(
        max_length=64,
        description="Tel que rendu par les recherches.",
        examples=["FRZZZ-AVI-04"],
    ),
]


@reads.get("/avitaillement/stations", model=StationsAvitaillement, media_type=GEOJSON)
def stations_avitaillement(
    vue: VueDep, recherche: Annotated[RechercheAvitaillement, Query()]
) -> Answer:
    """Stations d'hydrogène et de gaz d'un rectangle, d'une commune ou d'un territoire.

    Chaque station vient avec ses points : énergie, pression, état, prix au kilogramme.
    """
    version = vue.autres[GENRE]
    rows = version.select(search(recherche, places(recherche)), recherche.bbox)
    return page(version, rows, recherche, lambda kept: version.texts("resume", kept))


@reads.get(
    "/avitaillement/stations/proches", model=StationsAvitaillementProches, media_type=GEOJSON
)
def stations_avitaillement_proches(
    vue: VueDep, recherche: Annotated[RechercheAvitaillementProche, Query()]
) -> Answer:
    """Stations d'hydrogène et de gaz les plus proches d'un lieu, la plus proche d'abord."""
    version = vue.autres[GENRE]
    rows, metres = nearest(
        version,
        (recherche.lon, recherche.lat),
        metres=recherche.rayon_m,
        most=recherche.limite,
        search=search(recherche, places(recherche)),
        box=recherche.bbox,
    )
    return nearest_first(version.each_text("resume", rows), metres.tolist())


@reads.get("/avitaillement/stations/{id}", model=Feature[StationAvitaillement], media_type=GEOJSON)
def station_avitaillement(vue: VueDep, id: IdAvitaillement) -> Answer:
    """Une station d'hydrogène ou de gaz et ses points."""
    found = vue.autres[GENRE].find(id)
    if found is None:
        raise NotFound(f"Aucune station d'avitaillement ne porte l'identifiant {id}.")
    segment, row = found
    return Answer(bytes(segment.table.texts["resume"][row][:-1]))


@reads.get("/avitaillement/tuiles/{z}/{x}/{y}.mvt", model=None, media_type=mvt.MEDIA_TYPE)
def tuile_avitaillement(
    vue: VueDep, z: Z, x: X, y: Y, criteres: Annotated[CriteresAvitaillement, Query()]
) -> Answer:
    """Tuile vectorielle (MVT 2.1) : calque `avitaillement`, une station par objet à tout zoom."""
    check_tile(z, x, y)
    wanted = search(criteres, places(criteres))
    return Answer(tile_without_clusters(GENRE, vue.autres[GENRE], wanted, z=z, x=x, y=y))


@router.get(
    "/schema.json",
    dependencies=[PUBLIC],
    response_class=Response,
    responses={200: {"content": {JSON: {"schema": {"type": "object"}}}}, **UNCHANGED},
)
def lire_schema_avitaillement(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Le schéma des fichiers d'avitaillement (Table Schema) : celui qui vérifie les imports."""
    return answer(SCHEMA_JSON, if_none_match)


@router.post(
    "/imports",
    status_code=201,
    response_model=Import,
    openapi_extra=FICHIER,
    dependencies=[UNE_PLACE],
    responses=answers(Import),
)
def importer_avitaillement(
    arrivee: ArriveeDep, envoi: Annotated[EnvoiAvitaillement, Query()]
) -> Response:
    """Importer les points d'avitaillement d'un producteur : toutes les lignes valables, ou aucune.

    Le fichier suit `/avitaillement/schema.json`. L'import se relit, se confirme et s'abandonne
    sous `/imports`, comme celui d'un fichier IRVE.
    """
    return arrivee.take(envoi, SchemaDonnees.AVITAILLEMENT)


@router.post(
    "/imports/essai.csv",
    response_class=StreamingResponse,
    openapi_extra=FICHIER,
    dependencies=[UNE_PLACE],
    responses={200: CSV_DOCUMENT},
)
def essayer_avitaillement(fichier: FichierDep, essai: Annotated[EssaiFichier, Query()]) -> Response:
    """Le rapport qu'aurait l'import d'un fichier : un constat par ligne. Rien n'en est gardé."""
    return fichier.report(essai, SchemaDonnees.AVITAILLEMENT, CSV)


@router.post(
    "/imports/essai.json",
    response_class=StreamingResponse,
    openapi_extra=FICHIER,
    dependencies=[UNE_PLACE],
    responses=CONSTATS,
)
def essayer_avitaillement_json(
    fichier: FichierDep, essai: Annotated[EssaiFichier, Query()]
) -> Response:
    """Le même rapport en JSON : la liste des constats. Rien n'en est gardé."""
    return fichier.report(essai, SchemaDonnees.AVITAILLEMENT, JSON)


@annonces_router.post("/etats")
def annoncer_etats_avitaillement(
    session: SessionDep,
    acteur: Importateur,
    annonces: AnnoncesAvitaillement,
    _: RienDautre,
) -> SuitesAnnonces:
    """Annoncer l'état et le prix de ses points ; chaque annonce a sa réponse.

    La plus récente l'emporte, par `horodatage` : répéter un appel ne change rien, dans quelque
    ordre qu'arrivent les appels.
    """
    mine = prefixes(acteur)

    def answers_for(point: PointAvitaillement) -> bool:
        return (
            mine is None
            or point.producteur == acteur.organisation
            or point.id_point.startswith(tuple(mine))
        )

    suites = annoncer(
        session, annonces.annonces, acteur=acteur.organisation, answers_for=answers_for
    )
    counts = dict.fromkeys(ResultatAnnonce, 0)
    for suite in suites:
        counts[suite.resultat] += 1
    return SuitesAnnonces(
        acceptes=counts[ResultatAnnonce.ACCEPTE],
        inchanges=counts[ResultatAnnonce.INCHANGE],
        refuses=counts[ResultatAnnonce.REFUSE],
        suites=suites,
    )
