"""The merchants' pages over HTTP, with the scripts and the style sheet that they need."""

from functools import cache
from pathlib import Path as File
from typing import Annotated, Final

import numpy as np
from fastapi import Path, Query, Request, Response

from services.commerces import fiches, ordre
from services.commerces.api.fiches import question_of
from services.commerces.api.pages import (
    HTML,
    Documented,
    documented,
    lead_from_slash,
    refusals,
    refused_page,
    route_de_page,
    sent_file,
)
from services.commerces.espace import cadre, fiche, inscription
from services.commerces.espace.inscription import Trouvee
from shared import territoire
from shared.auth import PUBLIC
from shared.conditional import IfNoneMatch
from shared.hot.answering import shown
from shared.http import frame
from shared.http.media import TEXT
from shared.memory.columns import Ints
from shared.memory.ranks import ranked
from shared.memory.segments import Version
from shared.parameters import RienDautre
from shared.problems import NotFound, Problem
from shared.routing import add_routes, service_router
from shared.schemas.commerces import RechercheFiches
from shared.schemas.commerces_espace import DemandeEspace, RechercheEspace
from shared.vitrine import Vue

STATIC: Final = File(__file__).parents[1] / "espace" / "static"
PROPOSEES: Final = 8
"""Listings that are shown as maybe one's own."""
HEADERS: Final = {
    # Our own script and style sheet alone, which only writes texts; shown in no frame.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
PAGE: Final[Documented] = {
    200: {"content": {"text/html": TEXT}, "description": "La page"},
    **refusals({400: "Paramètre refusé", 404: "Fiche inconnue"}),
}


def _refused(_request: Request, problem: Problem) -> Response:
    told = [one["detail"] for one in problem.members.get("erreurs", ())] or [problem.detail]
    return refused_page(cadre.refus("Cette page n’existe pas", told), problem, HEADERS)


router = service_router(dependencies=[PUBLIC])
pages = service_router(dependencies=[PUBLIC], route_class=route_de_page(_refused, by_default=True))


@pages.get("/inscription", response_class=Response, responses=PAGE)
async def page_inscription(
    request: Request, recherche: Annotated[RechercheEspace, Query()]
) -> Response:
    """Vous êtes commerçant ? Inscrivez votre commerce, ou demandez à tenir sa fiche.

    Une page : elle cherche d'abord le commerce dans l'annuaire, puis envoie l'inscription à
    `POST /inscriptions`. Sans compte, sans cookie et sans tiers.
    """
    if recherche.fiche is not None:
        found = _found(shown(request.app.state.vitrine), recherche.fiche)
        return Response(inscription.revendication(found), headers=HEADERS, media_type=HTML)
    nom, code = recherche.nom or "", recherche.commune
    where = territoire.resolve(code) if code else None
    if where is None or not nom:
        refus = "Donnez le nom du commerce et sa commune." if nom or (code and not where) else None
        page = inscription.recherche(nom, where and where.code, refus=refus)
    else:
        vue = shown(request.app.state.vitrine)
        page = inscription.resultats(nom, where, _alike(vue, nom, where.code))
    return Response(page, headers=HEADERS, media_type=HTML)


@pages.get("/mon-commerce", response_class=Response, responses=PAGE)
async def page_mon_commerce(demande: Annotated[DemandeEspace, Query()]) -> Response:
    """Tenir la fiche de son commerce : services, horaires, zones de livraison, prix, fermetures.

    Une page, vide sans le jeton que donne le lien reçu par courriel ; elle ne le garde que dans
    l'onglet.
    """
    return Response(fiche.page(demande.fiche), headers=HEADERS, media_type=HTML)


lead_from_slash(pages, "/inscription", "/mon-commerce")
add_routes(pages, to=router)


@router.get("/espace/espace.css", response_class=Response, responses=documented("text/css"))
async def style_des_pages(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """La feuille de style des pages des commerçants."""
    return _sent("espace.css", "text/css; charset=utf-8", if_none_match)


@router.get("/espace/{module}.js", response_class=Response, responses=documented("text/javascript"))
async def script_des_pages(
    module: Annotated[str, Path(max_length=40, description="Son nom.", examples=["mon-commerce"])],
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Un module du script des pages des commerçants."""
    return _sent(f"{module}.js", "text/javascript; charset=utf-8", if_none_match)


def _sent(name: str, media_type: str, if_none_match: str | None) -> Response:
    content = _files().get(name)
    if content is None:
        raise NotFound("Aucun module de ce nom.")
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return sent_file(content, media_type, headers, if_none_match)


@cache
def _files() -> dict[str, bytes]:
    return frame.files(STATIC, style="espace.css")


def _alike(vue: Vue, nom: str, code: str) -> list[Trouvee]:
    """The listings of a place that a name finds, the likeliest first."""
    recherche = RechercheFiches(commune=code, q=nom[:100])
    question = question_of(recherche, vue)
    rows = vue.version.select(question.search, None)
    ranks = ordre.ranks_of(vue.version, rows, question, recherche)
    best = ranked(vue.version, rows, ranks, limit=PROPOSEES, past=None)
    return _read(vue.version, rows[best.places])


def _found(vue: Vue, numero: int) -> Trouvee:
    row = vue.version.row_of(str(numero))
    if row is None:
        raise NotFound(f"Aucune fiche publiée ne porte le numéro {numero}.")
    (found,) = _read(vue.version, np.array([row]))
    return found


def _read(version: Version, rows: Ints) -> list[Trouvee]:
    found = []
    for feature in fiches.features(version, rows):
        told = feature["properties"]
        names = ("nom", "adresse", "code_postal", "commune")
        found.append(Trouvee(feature["id"], *(told[name] for name in names)))
    return found
