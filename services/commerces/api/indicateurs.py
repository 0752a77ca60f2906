"""Indicators of the shops of a commune."""

from typing import Annotated

from fastapi import Path, Query, Response

from services.commerces import queries
from services.commerces.indicateurs import indicateurs, periode
from shared import clock
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch
from shared.db import SessionDep
from shared.http.responses import answer
from shared.memory.places import found_commune
from shared.routing import service_router
from shared.schemas.commerces_indicateurs import Indicateurs, QuestionIndicateurs
from shared.schemas.formes import INSEE_ECRIT

router = service_router(dependencies=[PUBLIC])
Insee = Annotated[
    str,
    Path(
        pattern=INSEE_ECRIT,
        description="Code INSEE, ancien ou actuel ; 751xx à Paris.",
        examples=["92012"],
    ),
]


@router.get("/communes/{insee}/indicateurs", response_model=Indicateurs, responses=UNCHANGED)
def lire_indicateurs(
    session: SessionDep,
    insee: Insee,
    question: Annotated[QuestionIndicateurs, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Fiches, modalités couvertes, ouvertures et fermetures, fraîcheur, catégories d'une commune.

    Chaque chiffre est défini, avec sa formule, dans docs/indicateurs-commerces.md.
    """
    lieu, today = found_commune(insee), clock.today(session)
    du, au = periode(question, today)
    comptes = queries.counted(session, lieu.code, du=du, au=au, today=today)
    return answer(indicateurs(lieu, comptes, du=du, au=au, today=today), if_none_match)
