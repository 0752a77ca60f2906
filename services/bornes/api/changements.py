"""Changes of the registry: the feed, page by page, and the live stream."""

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Header, Query, Request, Response

from services.bornes.changements import FEED
from services.bornes.ecoute import wanted
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch
from shared.memory.places import asked_places
from shared.pages import PAGED
from shared.routing import service_router
from shared.schemas.bornes_changements import Changements, RechercheFlux
from shared.schemas.changements import QuestionChangements

if TYPE_CHECKING:
    from shared.feeds.streams import Hub

router = service_router(dependencies=[PUBLIC])
_STREAM: dict[str, Any] = {
    "description": "Des événements (text/event-stream), sans fin : chacun a son `id:`, à rendre "
    "dans `Last-Event-ID`, son `event:` et ses `data:`.\n\n"
    "- `changement` : un `Changement`, tel que le rend `/changements`.\n"
    "- `statut` : un point de charge change d'état (`id`, `station`, `etat_pdc`, `occupation_pdc`, "
    "`horodatage`). Redire le même état n'est pas un événement ; `/etats` donne ceux du moment.\n"
    "- `interruption` : le client lit trop lentement ; le flux se ferme, à reprendre à son `id:`."
    " Qui ne lit plus rien pendant une minute est coupé sans ce message."
    "\n\nUn commentaire vient au moins toutes les 15 secondes, avec l'`id:` du moment.",
    "content": {
        "text/event-stream": {
            "schema": {"type": "string"},
            "example": "id: WyJib3JuZXMiLDc2MCwxMl0\nevent: changement\n"
            'data: {"curseur":"WyJib3JuZXMiLDc2MCwxMl0","objet":"station","nature":"retrait"}\n\n',
        }
    },
}


@router.get(
    "/changements",
    response_class=Response,
    responses={200: {"model": Changements, "headers": PAGED}, **UNCHANGED},
)
def lister_changements(
    request: Request,
    question: Annotated[QuestionChangements, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Ce qui a changé depuis un curseur : créations, modifications, retraits avec leur motif.

    Sans `depuis`, l'histoire commence au premier changement : la rejouer redonne le registre.
    Suivre `next` jusqu'à `a_jour`, garder `curseur`, revenir quand on veut : rien n'est jamais
    sauté. Une station change autant de fois qu'elle a changé, mais toujours montrée telle qu'elle
    est à la lecture.
    """
    return FEED.answer(request, question, if_none_match)


@router.get("/flux", response_class=Response, responses={200: _STREAM})
async def suivre_flux(
    request: Request,
    recherche: Annotated[RechercheFlux, Query()],
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=2048,
            description="`id:` du dernier événement reçu ; l'emporte sur `depuis`.",
        ),
    ] = None,
) -> Response:
    """Changements du registre et de l'état des points, au moment où ils ont lieu (SSE).

    Sans curseur, le flux commence maintenant ; avec un curseur, il reprend sans rien perdre, même
    longtemps après ; seuls les états de plus d'un jour ne sont pas redits. Les filtres de lieu
    gardent aussi ce qui quitte le lieu : un retrait, un déménagement.
    """
    hub: Hub = request.app.state.flux
    genres = None if recherche.genre is None else frozenset(recherche.genre)
    keep = wanted(
        genres, asked_places(commune=recherche.commune, ept=recherche.ept), recherche.bbox
    )
    hote = request.client and request.client.host
    return await hub.answer(recherche.depuis, last_event_id, keep, hote=hote)
