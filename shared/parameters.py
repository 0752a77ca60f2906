"""Route parameters common to all services, and checks made on every request."""

import types
from collections import Counter
from typing import Annotated, Any, Final, get_args, get_origin

from fastapi import Path, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute
from pydantic import BeforeValidator

from shared.problems import InvalidBody, InvalidParameter, pointer
from shared.schemas.commun import NUMERO_MAX, NUMERO_OU_TEXTE, SansParametre, number_of
from shared.schemas.formes import FORMES, NUMERO_ECRIT
from shared.validation import Loc

Numero = Annotated[
    int,
    Path(
        ge=1,
        le=NUMERO_MAX,
        description="Son numéro, tel que les listes le rendent.",
        examples=[1],
    ),
]
"""The number of a row, in a path."""


def _number(text: str) -> int:
    number = number_of(text)
    if not isinstance(number, int):
        raise ValueError(FORMES[NUMERO_ECRIT])  # noqa: TRY004 pydantic tells it as a refusal
    return number


NumeroObjet = Annotated[
    int,
    Path(le=NUMERO_MAX, description="Tel que rendu par les recherches."),
    BeforeValidator(_number),
    NUMERO_OU_TEXTE,
]
"""The same, of what is answered as GeoJSON too."""
RienDautre = Annotated[SansParametre, Query()]
"""No parameter after the `?`: one that is given is refused by its name."""
_NUL: Final = "\0"
_ESCAPED_NUL: Final = b"\\u0000"
_NO_NUL: Final = "Le caractère nul n'est pas accepté."


class IllFormed(InvalidParameter):
    """What no route could take: refused before anyone knows who asks."""


async def well_formed(request: Request) -> None:
    """Refuse a parameter given twice where one is expected, and a NUL wherever it is.

    Of two values FastAPI would keep the last one without a word; hot reads refuse both alike. No
    text of PostgreSQL holds a NUL.
    """
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    asked = request.query_params.multi_items()
    for name, value in (*request.path_params.items(), *asked):
        if isinstance(value, str) and _NUL in value:
            raise IllFormed(name, _NO_NUL)
    repeated = {name for name, count in Counter(name for name, _ in asked).items() if count > 1}
    if repeated and (once := repeated & _expected_once(route)):
        raise IllFormed(min(once), "Le paramètre est répété.")
    # FastAPI has read the body of a route that describes it; the others read theirs in their time.
    if route.body_field is not None and _ESCAPED_NUL in await request.body():
        try:
            content = await request.json()
        except (ValueError, RecursionError):
            return  # sent as something else than JSON, it is refused for that
        place = _place_of_nul(content)
        if place is not None:
            raise InvalidBody.at(pointer(place), _NO_NUL)


def _place_of_nul(content: Any) -> Loc | None:
    """Where in a document a text with a NUL is; however deep, without recursion."""
    waiting: list[tuple[Loc, Any]] = [((), content)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str) and _NUL in value:
            return place
        if isinstance(value, dict):
            waiting += [((*place, name), inside) for name, inside in value.items()]
        elif isinstance(value, list):
            waiting += [((*place, rang), inside) for rang, inside in enumerate(value)]
    return None


def _expected_once(route: APIRoute) -> set[str]:
    fields = get_flat_params(route.dependant)
    return {field.alias for field in fields if not is_list(field.field_info.annotation)}


def is_list(annotation: Any) -> bool:
    """Whether a parameter of this type may be given several times."""
    if isinstance(annotation, types.UnionType):
        return any(map(is_list, get_args(annotation)))
    return get_origin(annotation) in {list, tuple, frozenset, set}
