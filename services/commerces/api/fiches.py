"""Public searches of shops, answered from the vitrine."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Final, NamedTuple

import orjson
from fastapi import Path, Query

from services.commerces import fiches as ecriture
from services.commerces import jsonld, limites, mots_admis, ordre, taxonomie
from services.commerces.doublons.vitrine import remplacante
from services.commerces.etats import etat_de_fiche, ouvertures, periodes_de_fiche
from services.commerces.facettes import count_facettes
from services.commerces.filtres import AILLEURS, MOTS, Question, question
from services.commerces.regimes.vitrine import regimes_of
from shared.hot.reads import Answer, Reads, UrlDep, VueDep
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
    with_members,
)
from shared.memory.places import asked_places
from shared.memory.ranks import ranked
from shared.memory.segments import Version
from shared.pages import decode_cursor, encode_cursor
from shared.problems import NotFound
from shared.schemas.commerces import (
    CriteresFiches,
    FacettesFiches,
    FicheDetail,
    FicheJsonLd,
    Fiches,
    FiltresFiches,
    RechercheFiches,
)
from shared.schemas.commerces_ouverture import (
    Disponibilites,
    LectureFiche,
    QuestionDisponibilites,
)
from shared.schemas.commerces_taxonomie import Taxonomie
from shared.schemas.commerces_valeurs import Tri
from shared.schemas.commun import NUMERO_OU_TEXTE
from shared.schemas.geo import Feature
from shared.vitrine import Vue

JSONLD: Final = "application/ld+json"

reads = Reads()
IdFiche = Annotated[
    str,
    Path(max_length=20, description="Tel que rendu par les recherches."),
    NUMERO_OU_TEXTE,
]


class Page(NamedTuple):
    """Rows of a page in order."""

    rows: Ints
    curseur: str | None
    """Of the next page."""
    ecarts: Ints | None
    """Their distances in millimetres, where these give the order."""


@reads.get("/", model=Fiches, media_type=GEOJSON, nom="racine")
@reads.get("/fiches", model=Fiches, media_type=GEOJSON)
def fiches(vue: VueDep, recherche: Annotated[RechercheFiches, Query()]) -> Answer:
    """Commerces qui desservent un lieu, par une modalité, à une heure ; et toute autre recherche.

    Tous les critères se combinent. Ceux d'une modalité (`livre_a`, `modalite`, `a`) valent
    ensemble pour une même modalité. Suivre le lien `next` rend chaque commerce une fois.
    """
    version = vue.version
    if recherche.bbox is not None and recherche.model_fields_set <= {"bbox", "limite"}:
        plain = plain_box(version, recherche.bbox, limit=recherche.limite)
        if plain is not None:
            return Answer(plain)
    asked = question_of(recherche, vue)
    found = _selected(version, asked, recherche)
    page = _page(version, found, asked, recherche)
    link, headers = next_link(recherche, page.curseur)
    features = _features(version, page, asked, recherche)
    tail = b"]}"
    if asked.restricted:
        free = _selected(version, replace(asked, restrictions=None), recherche)
        tail = b"]%b}" % limites.told(version, free, kept=found.size, question=asked)
    return Answer(enclose(page_head(found.size, page.rows.size, link), features, tail), headers)


def _selected(version: Version, asked: Question, recherche: RechercheFiches) -> Ints:
    rows = version.select(asked.search, ordre.box_of(recherche))
    return ordre.near_enough(version, rows, recherche)


def question_of(criteres: CriteresFiches, vue: Vue) -> Question:
    """The question that criteria ask; without an instant, modalities and rules are of now."""
    moment = criteres.a or datetime.now(UTC)
    wanted = asked_places(commune=criteres.commune, ept=criteres.ept)
    places = {column: _number(code) for column, code in wanted.items()}
    return question(criteres, vue.version, places=places, instant=moment, regimes=regimes_of(vue))


def _number(word: str) -> int:
    number = MOTS.find(word)
    return AILLEURS if number is None else number


def _page(version: Version, rows: Ints, asked: Question, recherche: RechercheFiches) -> Page:
    tri = ordre.tri_of(recherche)
    if tri is Tri.LIEU:
        return Page(
            *walk.page(version, rows, curseur=recherche.curseur, limit=recherche.limite), None
        )
    past = decode_cursor(recherche.curseur, (int, str)) if recherche.curseur else None
    ranks = ordre.ranks_of(version, rows, asked, recherche)
    page = ranked(version, rows, ranks, limit=recherche.limite, past=past and (past[0], past[1]))
    curseur = None if page.marque is None else encode_cursor(*page.marque)
    ecarts = ranks[page.places] if tri is Tri.DISTANCE else None
    return Page(rows[page.places], curseur, ecarts)


def _features(
    version: Version, page: Page, asked: Question, recherche: RechercheFiches
) -> Sequence[Piece]:
    """Listings, with their distance and whether they are open where that was asked."""
    here = ordre.origin(asked, recherche)
    if here is None and asked.moment is None and not asked.restricted:
        return resumes(version, page.rows, recherche.champs)
    features = each_resume(version, page.rows, recherche.champs)
    pieces: list[Piece] = []
    for feature, *members in zip(features, *_members(version, page, asked, here), strict=True):
        pieces += with_members(feature, b",".join(members))
    return pieces


def _members(
    version: Version, page: Page, asked: Question, here: tuple[float, float] | None
) -> Iterator[Iterable[bytes]]:
    """What a question adds to the properties of each listing, one column after the other."""
    rows, ecarts = page.rows, page.ecarts
    if here is not None:
        away = ordre.millimetres(version, rows, here) if ecarts is None else ecarts
        yield (b'"distance_m":%.1f' % (one / ordre.MILLIMETRES) for one in away.tolist())
    if asked.moment is not None:
        yield (b'"ouverture":' + state for state in ouvertures(version, rows, asked))
    if asked.restricted:
        yield limites.members(version, rows, asked)


MOVED: Final[Mapping[int | str, dict[str, Any]]] = {
    308: {
        "description": "Fiche fusionnée : `Location` dit celle qui la remplace.",
        "headers": {"Location": {"description": "Son adresse.", "schema": {"type": "string"}}},
    }
}


def moved_or_missing(vue: Vue, asked: str, location: bytes) -> Answer:
    """What answers for a listing that is not shown: the one it was merged into, or a refusal."""
    kept = remplacante(vue, asked)
    if kept is None:
        raise NotFound(f"Aucune fiche publiée ne porte l'identifiant {asked[:20]}.")
    return Answer(b"", ((b"location", location % kept.encode()),), status=308)


@reads.get("/fiches/{id}", model=Feature[FicheDetail], media_type=GEOJSON, autres=MOVED)
def fiche(
    vue: VueDep,
    id: IdFiche,
    lecture: Annotated[LectureFiche, Query()],
) -> Answer:
    """Un commerce : tout ce que l'annuaire en publie, avec ses modalités.

    Avec `a`, `ouverture` dit s'il est ouvert à cet instant, jusqu'à quand et pourquoi, dans
    l'ensemble et modalité par modalité.
    """
    row = vue.version.row_of(id)
    if row is None:
        return moved_or_missing(vue, id, b"%b")
    detail = _detail(vue.version, row)
    regime = limites.of_fiche(vue, row, lecture.a)
    if regime is not None:
        detail = b'%b,"regime":%b}}' % (detail[:-2], regime)
    if lecture.a is not None:
        etat = etat_de_fiche(vue.version, row, moment=lecture.a, regimes=regimes_of(vue))
        detail = b'%b,"ouverture":%b}}' % (detail[:-2], etat)
    return Answer(detail)


def _detail(version: Version, row: int) -> bytes:
    segment, place = version.locate(row)
    texts = segment.table.texts
    return ecriture.detail(texts["resume"][place], texts["complement"][place])


@reads.get("/fiches/{id}/disponibilites", model=Disponibilites, media_type=JSON, autres=MOVED)
def disponibilites(
    vue: VueDep,
    id: IdFiche,
    asked: Annotated[QuestionDisponibilites, Query()],
) -> Answer:
    """Quand un commerce est ouvert entre deux jours, modalité par modalité.

    Tout compte : jours fériés, congés, exceptions, premier et dernier jour de la modalité, règles
    de crise. Ce qui n'est pas su est `inconnu`, jamais fermé.
    """
    row = vue.version.row_of(id)
    if row is None:
        return moved_or_missing(vue, id, b"../%b/disponibilites")
    found = periodes_de_fiche(vue.version, row, asked.du, asked.fin, regimes_of(vue))
    return Answer(found.model_dump_json().encode())


@reads.get("/fiches/{id}/jsonld", model=FicheJsonLd, media_type=JSONLD, autres=MOVED)
def fiche_jsonld(vue: VueDep, id: IdFiche, url: UrlDep) -> Answer:
    """Un commerce en JSON-LD (schema.org), à placer tel quel dans une page.

    Rien de ce qu'il contient ne peut fermer la balise `<script>` qui l'entoure.
    """
    row = vue.version.row_of(id)
    if row is None:
        return moved_or_missing(vue, id, b"../%b/jsonld")
    feature = orjson.loads(_detail(vue.version, row))
    return Answer(jsonld.document(feature, f"{url}/fiches/{feature['id']}"))


@reads.get("/facettes", model=FacettesFiches, media_type=JSON)
def facettes(vue: VueDep, filtres: Annotated[FiltresFiches, Query()]) -> Answer:
    """Combien de commerces la recherche rendrait avec chaque valeur de chaque filtre.

    La valeur remplace celles que la question donne pour ce filtre ; tous les autres critères
    restent. Les valeurs d'`arrondissement` se demandent par `commune`.
    """
    asked = question_of(filtres, vue)
    return Answer(count_facettes(vue.version, asked, filtres.bbox))


@reads.get("/taxonomie", model=Taxonomie, media_type=JSON)
def lire_taxonomie(_vue: VueDep) -> Answer:
    """Les catégories de commerces, leurs synonymes et ce qu'elles sont ailleurs (OSM, NAF)."""
    found = Taxonomie(categories=list(taxonomie.categories().values()), **mots_admis.mots_admis())
    return Answer(found.model_dump_json().encode())
