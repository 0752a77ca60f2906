"""Reports on listings, made by anyone without an account."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from services.commerces.models import IDEMPOTENCE
from services.commerces.origines import commands as origines
from services.commerces.signalements import commands, vues
from shared.auth import PUBLIC
from shared.bodies import PetitCorps
from shared.db import SessionDep
from shared.idempotency import CleIdempotence, Reponse, digest, replay_or_run
from shared.schemas.commerces_contribution import SignalementFicheNouveau, SignalementFicheRecu
from shared.schemas.commun import SansParametre

router = APIRouter(route_class=PetitCorps)


@router.post(
    "/fiches/{id}/signalements",
    status_code=201,
    dependencies=[PUBLIC],
    response_class=Response,
    responses={201: {"model": SignalementFicheRecu}},
)
def signaler(
    *,
    request: Request,
    session: SessionDep,
    id: Annotated[int, Path(ge=1, le=2**31 - 1)],  # noqa: A002 the name in the URL
    nouveau: SignalementFicheNouveau,
    _: Annotated[SansParametre, Query()],
    cle: CleIdempotence = None,
) -> Response:
    """Dire ce qui ne va pas sur une fiche : commerce fermé, horaires faux…

    Les signalements d'une même fiche pour un même motif n'en font qu'un, qui les compte. Ni
    l'adresse ni l'identité de qui signale ne sont gardées.
    """
    empreinte = origines.fingerprint(session, request.client and request.client.host)
    per_hour: int = request.app.state.settings.commerces_signalements_par_heure

    def run() -> Reponse:
        row = commands.report(session, id, nouveau, empreinte=empreinte, per_hour=per_hour)
        headers = {"content-type": "application/json"}
        return Reponse(201, headers, vues.public(row).model_dump_json().encode())

    if nouveau.site_web:
        # A robot: the same answer as anyone's, and nothing of it stays.
        with session.begin_nested() as undoable:
            told = run()
            undoable.rollback()
        return told.to_http()
    return replay_or_run(
        session,
        IDEMPOTENCE,
        acteur=f"public:{empreinte.hex()}",
        cle=cle,
        route=f"POST /fiches/{id}/signalements",
        empreinte=digest(nouveau.model_dump_json()),
        run=run,
    ).to_http()
