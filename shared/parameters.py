"""Parameters of routes that mean the same in every service, and what none may be."""

from collections import Counter
from typing import Annotated, Final

from fastapi import Path, Query, Request
from fastapi.dependencies.utils import get_flat_params
from fastapi.routing import APIRoute

from shared.problems import InvalidParameter
from shared.reads import is_list
from shared.schemas.commun import SansParametre

Identifiant = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""The number of a row, in a path."""
RienDautre = Annotated[SansParametre, Query()]
"""No parameter after the `?`: one that is given is refused by its name."""
_NUL: Final = "\0"


async def well_formed(request: Request) -> None:
    """Refuse a parameter given twice where one is expected, and what PostgreSQL cannot hold.

    Of two values FastAPI would keep the last one without a word; hot reads refuse both alike.
    """
    asked = request.query_params.multi_items()
    for name, value in (*request.path_params.items(), *asked):
        if isinstance(value, str) and _NUL in value:
            raise InvalidParameter(name, "Le caractère nul n'est pas accepté.")
    repeated = {name for name, count in Counter(name for name, _ in asked).items() if count > 1}
    if repeated and (once := repeated & _expected_once(request)):
        raise InvalidParameter(min(once), "Le paramètre est répété.")


def _expected_once(request: Request) -> set[str]:
    route = request.scope["route"]
    assert isinstance(route, APIRoute)
    fields = get_flat_params(route.dependant)
    return {field.alias for field in fields if not is_list(field.field_info.annotation)}
