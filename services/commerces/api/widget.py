"""The widget over HTTP: the page of a commune, its script and its style sheet."""

import base64
import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache, lru_cache, partial
from pathlib import Path as File
from typing import Annotated, Final

import numpy as np
from fastapi import Path, Query, Request, Response

from services.commerces import fiches, limites, ordre, taxonomie
from services.commerces.api.fiches import question_of
from services.commerces.api.pages import (
    HTML,
    documented,
    lead_from_slash,
    refusals,
    refused_page,
    route_de_page,
    sent_file,
)
from services.commerces.etats import etats, offertes
from services.commerces.filtres import Question
from services.commerces.regimes.regles import Regime
from services.commerces.regimes.vitrine import regimes_of
from services.commerces.widget import couleur as couleurs
from services.commerces.widget.page import PAR_PAGE, Commerce, Liste, Style, page, refusal
from shared import territoire
from shared.auth import PUBLIC
from shared.conditional import IfNoneMatch, etag, unless_held
from shared.hot.answering import NOW_S, freshness, shown
from shared.memory.columns import Ints
from shared.memory.ranks import ranked
from shared.memory.segments import Version
from shared.parameters import RienDautre
from shared.problems import InvalidParameter, NotFound, Problem
from shared.routing import add_routes, service_router
from shared.schemas.commerces import RechercheFiches
from shared.schemas.commerces_widget import RechercheWidget, StyleWidget
from shared.schemas.commun import Ouverture
from shared.territoire import Resolution
from shared.vitrine import Vue

STATIC: Final = File(__file__).parents[1] / "widget" / "static"
FRESH_S: Final = 3_600
"""How long a browser keeps the script and the style sheet before it asks again."""
COMMON: Final = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Access-Control-Allow-Origin": "*",
}
PAGE_HEADERS: Final = {
    **COMMON,
    # Nothing runs, nothing comes from elsewhere; any site may show the page in a frame.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors *"
    ),
    "Referrer-Policy": "no-referrer",
}

router = service_router(dependencies=[PUBLIC])
Insee = Annotated[
    str, Path(max_length=20, description="Code INSEE, ancien ou actuel.", examples=["92012"])
]
NIVEAUX: Final = ("1", "2", "3", "4")
TITRES: Final = {404: "Commune introuvable"}
REFUSED: Final = refusals({400: "Paramètre refusé", 404: "Commune hors de la Métropole"})


def _refused(request: Request, problem: Problem) -> Response:
    told = [
        f"Le paramètre « {one['parametre']} » ne convient pas. {one['detail']}"
        for one in problem.members.get("erreurs", ())
    ]
    asked = request.query_params.get("niveau", "")
    content = refusal(
        TITRES.get(problem.status, "Cette liste ne peut pas être affichée"),
        told or [problem.detail],
        _style(None),
        niveau=int(asked) if asked in NIVEAUX else 1,
        back=None if problem.status == NotFound.status else "Voir toute la liste de la commune",
    )
    return refused_page(content, problem, PAGE_HEADERS)


pages = service_router(dependencies=[PUBLIC], route_class=route_de_page(_refused, by_default=True))


@pages.get(
    "/widget/{insee}",
    response_class=Response,
    responses={**documented("text/html"), **REFUSED},
)
async def widget(
    request: Request,
    insee: Insee,
    recherche: Annotated[RechercheWidget, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """La liste des commerces d'une commune, en HTML, à montrer dans un cadre ou par un lien.

    Sans script, sans cookie et sans tiers. `widget.js` la montre dans une page de la commune.
    """
    style = _style(_readable(recherche.couleur))
    found = territoire.resolve(insee)
    if found is None:
        raise NotFound(
            "Cette adresse ne désigne aucune commune de la Métropole du Grand Paris : "
            "vérifiez le code INSEE à cinq chiffres."
        )
    vitrine = request.app.state.vitrine
    vue = shown(vitrine)
    minute = int(time.time()) // NOW_S * NOW_S
    tag = etag(vue.headers[0][1], request.url.path, request.url.query, minute, weak=True)
    headers = {
        **PAGE_HEADERS,
        **freshness(vitrine),
        "Cache-Control": f"public, max-age={NOW_S}",
        "ETag": tag,
    }
    unless_held(if_none_match, headers)
    liste = _liste(vue, found, recherche, datetime.fromtimestamp(minute, UTC))
    return Response(page(liste, style), headers=headers, media_type=HTML)


lead_from_slash(pages, "/widget/{insee}")
add_routes(pages, to=router)


@router.get("/widget.js", response_class=Response, responses=documented("text/javascript"))
async def widget_js(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Le script du widget : `<script src="…/widget.js" data-commune="92012" async></script>`."""
    return _static(_script(), "text/javascript; charset=utf-8", if_none_match)


@router.get("/widget.css", response_class=Response, responses=documented("text/css"))
async def widget_css(
    style: Annotated[StyleWidget, Query()], if_none_match: IfNoneMatch = None
) -> Response:
    """La feuille de style du widget, à la couleur de la commune."""
    content = _sheet(_readable(style.couleur))
    return _static(content, "text/css; charset=utf-8", if_none_match)


def _static(content: bytes, media_type: str, if_none_match: str | None) -> Response:
    headers = {**COMMON, "Cache-Control": f"public, max-age={FRESH_S}"}
    return sent_file(content, media_type, headers, if_none_match)


def _readable(asked: str | None) -> str | None:
    """The colour asked for, once it is known to be read on white."""
    if asked is not None and not couleurs.is_readable(asked):
        ratio = f"{couleurs.contrast_with_white(asked):.1f}".replace(".", ",")
        raise InvalidParameter(
            "couleur",
            f"Le contraste de #{asked} avec le blanc est de {ratio} : il en faut 4,5. "
            f"#{couleurs.darkened(asked)} convient.",
        )
    return None if asked is None else asked.lower()


@cache
def _script() -> bytes:
    return (STATIC / "widget.js").read_bytes()


@lru_cache(maxsize=256)
def _sheet(couleur: str | None) -> bytes:
    content = (STATIC / "widget.css").read_text()
    return content.replace(f"#{couleurs.DEFAUT}", f"#{couleur or couleurs.DEFAUT}").encode()


@lru_cache(maxsize=256)
def _style(couleur: str | None) -> Style:
    digest = base64.b64encode(hashlib.sha384(_sheet(couleur)).digest()).decode()
    query = f"?couleur={couleur}" if couleur else ""
    return Style(f"../widget.css{query}", f"sha384-{digest}")


def _liste(vue: Vue, where: Resolution, asked: RechercheWidget, now: datetime) -> Liste:
    version = vue.version
    recherche = _recherche(where.code, asked, now)
    question = question_of(recherche, vue)
    rows = version.select(question.search, None)
    first = (asked.page - 1) * PAR_PAGE
    some = rows[first : first + PAR_PAGE]
    if asked.q is not None:
        ranks = ordre.ranks_of(version, rows, question, recherche)
        best = ranked(version, rows, ranks, limit=first + PAR_PAGE, past=None)
        some = rows[best.places[first:]]
    commerces = _commerces(vue, some, asked, now) if some.size else []
    ecartes, regimes = _kept_out(version, rows, question)
    return Liste(where.code, where.nom, asked, rows.size, commerces, now, ecartes, regimes)


def _kept_out(version: Version, rows: Ints, asked: Question) -> tuple[int, Sequence[Regime]]:
    """How many shops crisis rules keep out of a list, and these rules."""
    if not asked.restricted:
        return 0, ()
    free = version.select(replace(asked, restrictions=None).search, None)
    out = np.setdiff1d(free, rows)
    return out.size, limites.limiting_of(version, out, asked)


def _recherche(code: str, asked: RechercheWidget, now: datetime) -> RechercheFiches:
    if asked.categorie is not None:
        taxonomie.asked(asked.categorie)
    return RechercheFiches(
        commune=code,
        q=asked.q,
        modalite=None if asked.modalite is None else [asked.modalite],
        categorie=None if asked.categorie is None else [asked.categorie],
        a=None if asked.ouverts is None else now,
    )


def _commerces(vue: Vue, rows: Ints, asked: RechercheWidget, now: datetime) -> list[Commerce]:
    features = fiches.features(vue.version, rows)
    wanted = None if asked.modalite is None else [asked.modalite]
    state = partial(etats, vue.version, modalites=wanted, regimes=regimes_of(vue))
    limits = limites.deciding_of(vue.version, rows, regimes_of(vue).at(now))
    services = offertes(vue.version, rows, moment=now, regimes=regimes_of(vue))
    found = []
    for row, feature, etat, offered, regimes in zip(
        rows.tolist(), features, state(rows, moment=now), services, limits, strict=True
    ):
        told = etat
        if etat.etat is Ouverture.FERME and etat.jusqu_a is not None:
            # Only an opening is told: what follows may be unknown.
            (then,) = state(np.array([row]), moment=etat.jusqu_a)
            if then.etat is not Ouverture.OUVERT:
                told = etat.model_copy(update={"jusqu_a": None})
        place = tuple(feature["geometry"]["coordinates"])
        found.append(Commerce(feature["properties"], told, place, offered, regimes))
    return found
