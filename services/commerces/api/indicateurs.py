"""Indicators of the shops of a commune."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from services.commerces import queries
from services.commerces.indicateurs import indicateurs, periode
from shared import clock
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch, etag, unless_held
from shared.db import SessionDep
from shared.media import JSON
from shared.places import found_commune
from shared.schemas.commerces_indicateurs import Indicateurs, QuestionIndicateurs
from shared.schemas.formes import INSEE_ECRIT

router = APIRouter(dependencies=[PUBLIC])
_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"model": Indicateurs}, **UNCHANGED}
Insee = Annotated[
    str,
    Path(
        pattern=INSEE_ECRIT,
        description="Code INSEE, ancien ou actuel ; 751xx à Paris.",
        examples=["92012"],
    ),
]


@router.get("/communes/{insee}/indicateurs", response_class=Response, responses=_ANSWERS)
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
    found = indicateurs(lieu, comptes, du=du, au=au, today=today).model_dump_json()
    headers = {"ETag": etag(found, weak=True), "Cache-Control": "public, max-age=60"}
    unless_held(if_none_match, headers)
    return Response(found, media_type=JSON, headers=headers)
