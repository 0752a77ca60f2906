"""Changes of the directory, page by page."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.commerces.changements import FEED
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch
from shared.pages import PAGED
from shared.routing import service_router
from shared.schemas.changements import QuestionChangements
from shared.schemas.commerces_changements import ChangementsFiches

router = service_router(dependencies=[PUBLIC])


@router.get(
    "/changements",
    response_class=Response,
    responses={200: {"model": ChangementsFiches, "headers": PAGED}, **UNCHANGED},
)
def lister_changements(
    request: Request,
    question: Annotated[QuestionChangements, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Ce qui a changé depuis un curseur : fiches publiées, modifiées, retirées avec leur motif.

    Sans `depuis`, l'histoire commence au premier changement : la rejouer redonne l'annuaire.
    Suivre `next` jusqu'à `a_jour`, garder `curseur`, revenir quand on veut : rien n'est jamais
    sauté. Une fiche vient autant de fois qu'elle a changé, toujours telle qu'elle est à la lecture.
    """
    return FEED.answer(request, question, if_none_match)
