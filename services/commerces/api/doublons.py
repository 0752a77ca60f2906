"""Listings that may be one shop: proposed to agents, who decide; and where merged ones went."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces.api.agents import agent, answers_for, auteur_of, within
from services.commerces.api.fiches import MOVED
from services.commerces.doublons import commands, queries
from services.commerces.fiche_geree import feature
from services.commerces.models import Doublon
from services.commerces.queries import replacement
from shared.auth import PUBLIC, Acteur
from shared.conditional import VERSIONED, IfMatch
from shared.db import SessionDep
from shared.http.addresses import local
from shared.http.bodies import PetitCorps
from shared.pages import announce, decode_cursor
from shared.parameters import Numero, NumeroObjet, RienDautre
from shared.problems import NotFound
from shared.routing import service_router
from shared.schemas.commerces_doublons import (
    DecisionDoublon,
    DoublonPropose,
    EtatDoublon,
    RaisonsDoublon,
    RechercheDoublons,
)
from shared.schemas.commun import Page

MILLE = 1_000
"""Scores have three decimals."""

router = service_router(route_class=PetitCorps)
Agent = Annotated[Acteur, agent("commerces:gerer")]


@router.get("/doublons")
def lister_doublons(
    response: Response,
    session: SessionDep,
    acteur: Agent,
    recherche: Annotated[RechercheDoublons, Query()],
) -> Page[DoublonPropose]:
    """Les fiches qui se ressemblent, par paires, de la plus probable à la moins probable.

    Une commune ne voit que les paires dont les deux commerces sont chez elle.
    """
    after = decode_cursor(recherche.curseur, (int, int)) if recherche.curseur else None
    codes = within(acteur, recherche.commune)
    found = queries.list_doublons(
        session,
        codes=codes,
        etat=recherche.etat,
        score_min=recherche.score_min,
        after=after and (after[0] / MILLE, after[1]),
        limit=recherche.limite + 1,
    )
    page = Page[DoublonPropose](elements=_shown(session, found[: recherche.limite]))
    response.headers.update(announce(page, recherche, found, _rank))
    return page


@router.get("/doublons/{id}", responses={200: {"headers": VERSIONED}})
def lire_doublon(
    response: Response,
    session: SessionDep,
    acteur: Agent,
    id: Numero,
    _: RienDautre,
) -> DoublonPropose:
    """Une paire ; son `ETag` permet d'en décider."""
    found = _visible(session, acteur, id)
    response.headers["ETag"] = commands.version(found)
    return _shown(session, [found])[0]


@router.post("/doublons/{id}/decision")
def decider_doublon(
    *,
    response: Response,
    session: SessionDep,
    acteur: Agent,
    id: Numero,
    decision: DecisionDoublon,
    _: RienDautre,
    if_match: IfMatch = None,
) -> DoublonPropose:
    """Dire que deux fiches sont deux commerces, ou les fusionner.

    Une fusion archive l'autre fiche, complète celle qui est gardée de ce qu'elle ne dit pas, et
    renvoie de l'une à l'autre. Cite dans `If-Match` l'`ETag` de la paire lue.
    """
    found = _visible(session, acteur, id, lock=True)
    commands.decide(session, found, decision, auteur=auteur_of(acteur), if_match=if_match)
    response.headers["ETag"] = commands.version(found)
    return _shown(session, [found])[0]


@router.get(
    "/redirections/{id}",
    dependencies=[PUBLIC],
    status_code=308,
    response_class=Response,
    responses={**MOVED},
)
def suivre_fusion(
    request: Request,
    session: SessionDep,
    id: NumeroObjet,
    _: RienDautre,
) -> Response:
    """La fiche qui remplace une fiche fusionnée."""
    kept = replacement(session, id)
    if kept is None:
        raise NotFound(f"La fiche {id} n'a été fusionnée avec aucune autre.")
    location = local(request.scope, f"/fiches/{kept}")
    return Response(status_code=308, headers={"Location": location})


def _visible(session: Session, acteur: Acteur, number: int, *, lock: bool = False) -> Doublon:
    """A pair both of whose shops the agent answers for; another's is not found."""
    found = queries.find_doublon(session, number, lock=lock)
    both = [] if found is None else queries.fiches_of(session, [found])
    if found is None or not all(answers_for(acteur, fiche) for fiche in both):
        raise NotFound(f"Aucune paire dont vous répondez ne porte le numéro {number}.")
    return found


def _rank(pair: Doublon) -> tuple[int, int]:
    """Where a pair stands in the list."""
    return round(pair.score * MILLE), pair.id


def _shown(session: Session, pairs: Sequence[Doublon]) -> list[DoublonPropose]:
    features = {fiche.id: feature(fiche) for fiche in queries.fiches_of(session, pairs)}
    return [
        DoublonPropose(
            id=pair.id,
            score=pair.score,
            raisons=RaisonsDoublon.model_validate(pair.raisons),
            etat=EtatDoublon(pair.etat),
            fiches=[features[pair.fiche_a], features[pair.fiche_b]],
            decide_par=pair.decide_par,
            decide_le=pair.decide_le,
            motif=pair.motif,
            version=pair.version,
        )
        for pair in pairs
    ]
