"""Live status: sent by operators, read by point, summed up over a period."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Final

import numpy as np
import orjson
from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.bornes.api.agents import METROPOLE
from services.bornes.api.stations import IdPoint, etats_of, places, reads, written_either_way
from services.bornes.attendus import attendu_statut
from services.bornes.cellules import CODES
from services.bornes.exports import irve_dynamique
from services.bornes.filtres import parts_filter, search
from services.bornes.irve import sans_separateurs
from services.bornes.parcours import first_points, points_of
from services.bornes.statuts import queries
from services.bornes.statuts.commands import enregistrer
from services.bornes.statuts.corps import LECTEURS, OCTETS_MAX
from services.bornes.statuts.disponibilite import temps
from services.bornes.statuts.regles import Verdict
from shared.auth import PUBLIC, Acteur, require
from shared.conditional import UNCHANGED, IfNoneMatch, matches
from shared.contract_schemas import schema_of
from shared.counts import figure
from shared.db import SessionDep
from shared.hot.answering import freshness, shown
from shared.hot.live import Living
from shared.hot.reads import Answer, VueDep
from shared.http.bodies import body_of
from shared.http.media import CSV, CSV_DOCUMENT, JSON, TEXT, media_type_of
from shared.http.responses import answer
from shared.memory.segments import Version
from shared.parameters import RienDautre
from shared.problems import InvalidParameter, NotFound, Unsupported
from shared.routing import service_router
from shared.schemas.bornes_carte import RechercheEtats
from shared.schemas.bornes_statuts import (
    DUREE_MAX_JOURS,
    STATUTS_MAX,
    Disponibilite,
    EnvoiStatuts,
    EtatsPoints,
    PeriodeDisponibilite,
    StatutsEnvoyes,
)
from shared.schemas.commun import PARIS
from shared.transfers.waiting import spool, unspool

POINTS_MAX: Final = 5_000
"""States of one answer."""
JOURS: Final = 30
"""Days of a period by default."""

router = service_router()
Operateur = Annotated[Acteur, require("bornes:statuts")]


async def _receive(request: Request, _acteur: Operateur) -> tuple[str, bytes]:
    """Media type and bytes of a body, for a caller who may send one."""
    media_type = media_type_of(request, JSON)
    if media_type not in LECTEURS:
        raise Unsupported(f"Un envoi est attendu en {' ou '.join(LECTEURS)}, pas en {media_type}.")
    if (coding := request.headers.get("content-encoding", "identity").lower()) != "identity":
        raise Unsupported(f"Un envoi n'est pas compressé : Content-Encoding {coding[:40]} refusé.")
    return media_type, await body_of(request, OCTETS_MAX)


# Documented and not read by it: a bad status is answered, it does not make a bad body.
_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": f"Des statuts IRVE dynamique 2.3.1, {STATUTS_MAX} au plus : un objet JSON"
        ' `{"statuts": [...]}`, ou un CSV à en-tête.',
        "content": {
            "application/json": {"schema": schema_of(StatutsEnvoyes)},
            "text/csv": TEXT,
        },
    }
}


@router.post("/statuts", response_model=EnvoiStatuts, openapi_extra=_BODY)
def envoyer_statuts(
    *,
    request: Request,
    session: SessionDep,
    acteur: Operateur,
    _: RienDautre,
    recu: Annotated[tuple[str, bytes], Depends(_receive)],
) -> Response:
    """Envoyer l'état de ses points de charge, pour ses préfixes seulement.

    Chaque statut est accepté ou refusé seul, avec les codes des règles (`/qualite/regles`). Le
    plus récent l'emporte, quel que soit l'ordre d'arrivée : un envoi répété ne change rien.
    """
    media_type, body = recu
    verdicts = enregistrer(
        session,
        LECTEURS[media_type](body),
        prefixes=None if acteur.role == METROPOLE else acteur.prefixes,
        peremption=_peremption(request),
    )
    return Response(orjson.dumps(_told(verdicts)), media_type=JSON)


def _told(verdicts: list[Verdict]) -> dict[str, Any]:
    """What became of a call, as `EnvoiStatuts` describes it."""
    accepted = [verdict.accepte for verdict in verdicts]
    counts = Counter(
        code for verdict in verdicts for code in {constat.code for constat in verdict.constats}
    )
    return {
        "recus": len(verdicts),
        "acceptes": sum(accepted),
        "refuses": len(verdicts) - sum(accepted),
        "codes": [
            {"code": code, "libelle": rule.libelle, "nombre": counts[code]}
            for code, rule in CODES.items()
            if code in counts
        ],
        "statuts": [
            {
                "rang": rang,
                "id_pdc_itinerance": verdict.recu,
                "accepte": accepte,
                "constats": [
                    {**constat._asdict(), "attendu": attendu_statut(*constat)}
                    for constat in verdict.constats
                ],
            }
            for rang, (verdict, accepte) in enumerate(zip(verdicts, accepted, strict=True), 1)
        ],
    }


@reads.get("/etats", model=EtatsPoints, media_type=JSON, live=True)
def etats(vue: VueDep, recherche: Annotated[RechercheEtats, Query()]) -> Answer:
    """L'état des points de charge en ce moment : léger, à joindre aux stations d'une carte.

    Tous les filtres des stations valent, ceux d'un point pour le point lui-même. Un point dont
    rien n'a jamais été reçu est compté, pas rendu.
    """
    version, live = vue.version, etats_of(vue)
    rows = version.select(search(recherche, places(recherche), live), recherche.bbox)
    if recherche.ids is not None:
        rows = rows[np.isin(rows, _rows_of(version, recherche.ids))]
    points = points_of(version, rows, parts_filter(recherche, live))
    if points.parts.size > POINTS_MAX:
        raise InvalidParameter(
            "bbox",
            f"{figure(points.parts.size)} points répondent, plus que {figure(POINTS_MAX)} : "
            "réduisez la bbox.",
        )
    found = first_points(version, rows, points, limit=POINTS_MAX, past=None)
    if recherche.ids is not None:
        wanted = {one.encode() for name in recherche.ids for one in (name, sans_separateurs(name))}
        found = [
            p for p in found if p.id in wanted or bytes(p.segment.table.ids[p.station]) in wanted
        ]
    numbers = np.array([p.segment.parts.columns["numero"][p.part] for p in found], dtype=np.int64)
    states = [
        b'{"id":"%b","station":"%b",%b'
        % (point.id, point.segment.table.ids[point.station], live.of(number).json[1:])
        for point, number, told in zip(
            found, numbers.tolist(), live.told(numbers).tolist(), strict=True
        )
        if told
    ]
    free = int(live.free(numbers).sum())
    head = b'{"points_de_charge":%d,"libres":%d,"etats":[' % (len(found), free)
    return Answer(b"".join((head, b",".join(states), b"]}")))


def _rows_of(version: Version, ids: list[str]) -> list[int]:
    """Rows of the stations that bear an id, or own a point that does."""
    found = (
        written_either_way(version.find, name) or written_either_way(version.find_part, name)
        for name in ids
    )
    return [version.row_at(*place) for place in filter(None, found)]


@router.get(
    "/points-de-charge/{id}/disponibilite",
    response_model=Disponibilite,
    responses=UNCHANGED,
    dependencies=[PUBLIC],
)
def disponibilite(
    request: Request,
    session: SessionDep,
    id: IdPoint,
    periode: Annotated[PeriodeDisponibilite, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Part du temps connu qu'un point de charge a passée en service.

    Un statut vaut jusqu'au suivant, mais pas plus longtemps que le délai après lequel un état est
    inconnu. Le temps inconnu est compté à part.
    """
    point = queries.find_point(session, id) or queries.find_point(session, sans_separateurs(id))
    if point is None:
        raise NotFound(f"Aucun point de charge ne porte l'identifiant {id}.")
    now = datetime.now(UTC).replace(microsecond=0)
    debut, fin = _period(periode, now)
    spent = temps(
        queries.lignes(session, point, debut, fin),
        vu=queries.last_told(session, point),
        debut=debut,
        fin=fin,
        peremption=_peremption(request),
    )
    whole = sum(spent, timedelta())
    content = Disponibilite(
        id=point,
        du=debut,
        au=fin,
        en_service_s=round(spent.en_service.total_seconds()),
        hors_service_s=round(spent.hors_service.total_seconds()),
        inconnu_s=round(spent.inconnu.total_seconds()),
        taux_disponibilite=None if spent.taux is None else round(spent.taux, 4),
        taux_connu=round(spent.connu / whole, 4) if whole else 0.0,
    )
    return answer(content, if_none_match)


def _period(periode: PeriodeDisponibilite, now: datetime) -> tuple[datetime, datetime]:
    """From the midnight that begins the first day to the one that ends the last, or now."""
    today = now.astimezone(PARIS).date()
    last = periode.au or max(today, periode.du or today)
    first = periode.du or last - timedelta(days=JOURS - 1)
    if (last - first).days >= DUREE_MAX_JOURS:
        raise InvalidParameter("du", f"La période dépasse {DUREE_MAX_JOURS} jours.")
    debut, fin = (
        datetime.combine(day, time(), PARIS).astimezone(UTC)
        for day in (first, last + timedelta(days=1))
    )
    return debut, max(debut, min(fin, now))


@router.get(
    "/exports/irve-dynamique.csv",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENT, **UNCHANGED},
    dependencies=[PUBLIC],
)
def irve_dynamique_csv(
    request: Request,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Le dernier statut de chaque point en service, au schéma IRVE dynamique 2.3.1.

    Comme dans `/etats`, un état trop ancien pour valoir encore est `inconnu` ; `horodatage` reste
    celui du dernier statut reçu.
    """
    vitrine, direct = request.app.state.vitrine, request.app.state.direct
    vue = Living(direct).view(shown(vitrine))
    aged = freshness(vitrine)
    # Statuses have no version: the file is known by what it says.
    file, digest = spool(irve_dynamique.irve_dynamique(vue.version, etats_of(vue)))
    headers = {"Cache-Control": "public, max-age=10", "ETag": f'W/"{digest}"', **aged}
    if matches(if_none_match, headers["ETag"]):
        file.close()
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{irve_dynamique.NOM}"'
    return StreamingResponse(unspool(file), media_type=CSV, headers=headers)


def _peremption(request: Request) -> timedelta:
    return timedelta(seconds=request.app.state.settings.bornes_peremption_s)
