"""Changes of the registry: the feed, page by page."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from services.bornes.api.reponses import JSON, UNCHANGED, IfNoneMatch
from services.bornes.changements import changement
from services.bornes.models import JOURNAL
from shared.auth import PUBLIC
from shared.changes import Feed
from shared.schemas.bornes_changements import Changements
from shared.schemas.changements import QuestionChangements

router = APIRouter(dependencies=[PUBLIC])
FEED = Feed("bornes", JOURNAL, changement)


@router.get(
    "/changements",
    response_class=Response,
    responses={200: {"model": Changements, "content": {JSON: {}}}, **UNCHANGED},
)
def lister_changements(
    request: Request,
    question: Annotated[QuestionChangements, Query()],
    if_none_match: IfNoneMatch = None,
    accept_encoding: Annotated[str, Header(include_in_schema=False)] = "",
) -> Response:
    """Ce qui a changé depuis un curseur : créations, modifications, retraits avec leur motif.

    Sans `depuis`, l'histoire commence au premier changement : la rejouer redonne le registre.
    Suivre `next` jusqu'à `a_jour`, garder `curseur`, revenir quand on veut : rien n'est jamais
    sauté. Une station change autant de fois qu'elle a changé, mais toujours montrée telle qu'elle
    est à la lecture.
    """
    return FEED.answer(request, question, if_none_match, accept_encoding)
