"""Reports on listings, made by anyone without an account."""

from fastapi import Request, Response

from services.commerces.models import IDEMPOTENCE
from services.commerces.origines import commands as origines
from services.commerces.signalements import commands, vues
from shared.auth import PUBLIC
from shared.db import SessionDep
from shared.http.bodies import PetitCorps
from shared.idempotency import OnceDep, StoredAnswer
from shared.parameters import NumeroObjet, RienDautre
from shared.routing import service_router
from shared.schemas.commerces_signalements import SignalementFicheNouveau, SignalementFicheRecu

router = service_router(route_class=PetitCorps)


@router.post(
    "/fiches/{id}/signalements",
    status_code=201,
    dependencies=[PUBLIC],
    response_class=Response,
    responses={201: {"model": SignalementFicheRecu}},
)
def signaler_fiche(
    *,
    request: Request,
    session: SessionDep,
    id: NumeroObjet,
    nouveau: SignalementFicheNouveau,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Dire ce qui ne va pas sur une fiche : commerce fermé, horaires faux…

    Les signalements d'une même fiche pour un même motif n'en font qu'un, qui les compte. Ni
    l'adresse ni l'identité de qui signale ne sont gardées.
    """
    empreinte = origines.fingerprint(session, request.client and request.client.host)
    per_hour: int = request.app.state.settings.commerces_signalements_par_heure

    def run() -> StoredAnswer:
        row = commands.report(session, id, nouveau, empreinte=empreinte, per_hour=per_hour)
        return StoredAnswer.of(vues.public(row), 201)

    content, robot = nouveau.model_dump_json(), bool(nouveau.site_web)
    return once.answer_anyone(IDEMPOTENCE, empreinte, content, est_robot=robot, run=run).to_http()
