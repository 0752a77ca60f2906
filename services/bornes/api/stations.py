"""Public searches of stations and charging points, answered from the vitrine."""

from collections.abc import Callable, Iterable, Sequence
from typing import Annotated, TypeVar

from fastapi import Path, Query

from services.bornes import fiches
from services.bornes.facettes import count_facettes
from services.bornes.filtres import number_of, search
from services.bornes.irve import sans_separateurs
from services.bornes.statuts.etats import AUCUN, Etats
from shared.hot.reads import Answer, Reads, VueDep
from shared.http.media import GEOJSON, JSON
from shared.http.replies import Piece
from shared.memory import walk
from shared.memory.columns import Ints
from shared.memory.fragments import (
    each_resume,
    enclose,
    next_link,
    page_head,
    plain_box,
    resumes,
    with_distances,
)
from shared.memory.neighbours import nearby, nearest
from shared.memory.places import asked_places
from shared.memory.segments import Version
from shared.problems import NotFound
from shared.schemas.bornes import (
    CriteresLieu,
    PointDeChargeDetail,
    RechercheProches,
    RechercheStations,
    StationDetail,
    Stations,
)
from shared.schemas.bornes_avitaillement import CriteresAvitaillement, RechercheAvitaillement
from shared.schemas.bornes_carte import Facettes, RechercheFacettes, StationsProches
from shared.schemas.geo import Feature
from shared.vitrine import Vue

T = TypeVar("T")

reads = Reads(live=("disponible", "etats"))
IdStation = Annotated[
    str,
    Path(
        max_length=64,
        description="Tel que rendu par les recherches, ou avec les séparateurs qu'il a sur place.",
        examples=["FRZZZP000001"],
    ),
]
IdPoint = Annotated[
    str,
    Path(
        max_length=64,
        description="Tel que rendu par les recherches, ou avec les séparateurs qu'il a sur place "
        "(FR*ZZZ*E00000101).",
        examples=["FRZZZE00000101"],
    ),
]


@reads.get("/stations", model=Stations, media_type=GEOJSON)
def stations(vue: VueDep, recherche: Annotated[RechercheStations, Query()]) -> Answer:
    """Stations d'un rectangle, d'une commune, d'un territoire ou d'un opérateur, page par page.

    Tous les filtres se combinent. L'ordre est stable : suivre le lien `next` rend chaque station
    une fois, même si d'autres changent entre-temps.
    """
    version = vue.version
    if recherche.bbox is not None and recherche.model_fields_set <= {"bbox", "limite"}:
        plain = plain_box(version, recherche.bbox, limit=recherche.limite)
        if plain is not None:
            return Answer(plain)
    rows = version.select(search(recherche, places(recherche), etats_of(vue)), recherche.bbox)
    return page(version, rows, recherche, lambda kept: resumes(version, kept, recherche.champs))


def page(
    version: Version,
    rows: Ints,
    recherche: RechercheStations | RechercheAvitaillement,
    features: Callable[[Ints], Sequence[Piece]],
) -> Answer:
    """The page asked for of the stations found; `features` writes those it shows."""
    matched = rows.size
    rows, curseur = walk.page(version, rows, curseur=recherche.curseur, limit=recherche.limite)
    link, headers = next_link(recherche, curseur)
    return Answer(enclose(page_head(matched, rows.size, link), features(rows), b"]}"), headers)


@reads.get("/stations/proches", model=StationsProches, media_type=GEOJSON)
def stations_proches(vue: VueDep, recherche: Annotated[RechercheProches, Query()]) -> Answer:
    """Stations les plus proches d'un lieu, avec leur distance en mètres, la plus proche d'abord."""
    version = vue.version
    plain = recherche.model_fields_set <= {"lon", "lat", "rayon_m", "limite"}
    rows, metres = nearest(
        version,
        (recherche.lon, recherche.lat),
        metres=recherche.rayon_m,
        most=recherche.limite,
        search=nearby if plain else search(recherche, places(recherche), etats_of(vue)),
        box=recherche.bbox,
    )
    return nearest_first(each_resume(version, rows, recherche.champs), metres.tolist())


def nearest_first(features: Iterable[Piece], metres: Sequence[float]) -> Answer:
    """Features of stations, each with its distance."""
    beginning = b'{"type":"FeatureCollection","numberReturned":%d,"features":[' % len(metres)
    return Answer(enclose(beginning, with_distances(features, metres), b"]}"))


@reads.get("/stations/{id}", model=Feature[StationDetail], media_type=GEOJSON, live=True)
def station(vue: VueDep, id: IdStation) -> Answer:
    """Une station : tout ce que le registre en publie, avec ses points de charge."""
    found = written_either_way(vue.version.find, id)
    if found is None:
        raise NotFound(f"Aucune station en service ne porte l'identifiant {id}.")
    segment, row = found
    first, last = segment.bounds.item(row), segment.bounds.item(row + 1)
    points = segment.parts.texts["fiche"].cut([(part, part + 1) for part in range(first, last)])
    numbers = segment.parts.columns["numero"][first:last]
    states = list(map(etats_of(vue).of, numbers.tolist()))
    texts = segment.table.texts
    return Answer(
        fiches.detail(
            texts["resume"][row],
            texts["complement"][row],
            [(point, state.json) for point, state in zip(points, states, strict=True)],
            sum(state.libre for state in states),
        )
    )


@reads.get("/points-de-charge/{id}", model=PointDeChargeDetail, media_type=JSON, live=True)
def point_de_charge(vue: VueDep, id: IdPoint) -> Answer:
    """Un point de charge et sa station."""
    found = written_either_way(vue.version.find_part, id)
    if found is None:
        raise NotFound(f"Aucun point de charge en service ne porte l'identifiant {id}.")
    segment, row = found
    part = written_either_way(segment.parts.find, id)
    assert part is not None
    etat = etats_of(vue).of(segment.parts.columns["numero"].item(part)).json
    texts = segment.parts.texts["fiche"][part], segment.table.texts["resume"][row]
    return Answer(fiches.detail_pdc(texts[0], etat, texts[1]))


@reads.get("/facettes", model=Facettes, media_type=JSON)
def facettes(vue: VueDep, filtres: Annotated[RechercheFacettes, Query()]) -> Answer:
    """Combien de stations et de points de charge garderait chaque valeur de chaque filtre.

    Une valeur compte ce que rendraient les recherches avec elle, à la place de ce que la question
    demande pour ce filtre.
    """
    etats = etats_of(vue)
    found = count_facettes(
        vue.version,
        filtres,
        lambda asked: search(asked, places(asked), etats),
        etats,
        with_states=filtres.etats,
    )
    return Answer(found.model_dump_json().encode())


def written_either_way(find: Callable[[str], T | None], id: str) -> T | None:
    """What bears an identifier, as it is in the registry or as it is written on the bornes."""
    found = find(id)
    return find(sans_separateurs(id)) if found is None else found


def etats_of(vue: Vue) -> Etats:
    """The live states, in a read that depends on them."""
    return AUCUN if vue.direct is None else vue.direct


def places(filtres: CriteresLieu | CriteresAvitaillement) -> dict[str, int]:
    """Numbers of the commune and the EPT asked for, by station column."""
    wanted = asked_places(commune=filtres.commune, ept=filtres.ept)
    return {column: number_of(code) for column, code in wanted.items()}
