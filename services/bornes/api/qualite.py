"""The quality of the data: rules, findings by producer and by operator, faults to correct."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import StreamingResponse

from services.bornes import qualite, queries
from services.bornes.api.reponses import (
    CSV,
    CSV_DOCUMENT,
    IfNoneMatch,
    answer,
    next_page,
)
from services.bornes.cellules import CODES
from services.bornes.exports.anomalies import anomalies
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, etag, matches
from shared.db import SessionDep
from shared.pages import decode_cursor, encode_cursor, link_header
from shared.parameters import RienDautre
from shared.problems import InvalidParameter, NotFound
from shared.schemas.bornes_qualite import (
    DemandeAnomalies,
    Qualite,
    QualiteOperateurs,
    RechercheQualite,
    Regles,
)
from shared.waiting import whole

router = APIRouter(prefix="/qualite", dependencies=[PUBLIC])
NOTE = (
    "Points en service seulement : une ligne rejetée ou écartée comme doublon n'appartient à aucun "
    "point. Les constats qui portent sur toute une station comptent pour son premier point."
)


@router.get("/regles", response_model=Regles, responses=UNCHANGED)
def lister_regles(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Les règles appliquées à chaque fichier : code stable, libellé, gravité, source."""
    return answer(Regles(regles=qualite.rules()), if_none_match)


@router.get("", response_model=Qualite, responses=UNCHANGED)
def lire_qualite(
    session: SessionDep,
    recherche: Annotated[RechercheQualite, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """La qualité du dernier fichier accepté de chaque producteur : nombres, parts, exemples.

    Chaque constat porte sa tendance, import après import. Les fichiers refusés, abandonnés ou en
    attente n'en font pas partie.
    """
    _check_code(recherche.code)
    after = decode_cursor(recherche.curseur, [str])[0] if recherche.curseur else ""
    found = queries.accepted_imports(
        session,
        producteur=recherche.producteur,
        after=after,
        producers=recherche.limite + 1,
        history=qualite.HISTORY,
    )
    page = list(found.items())[: recherche.limite]
    counts, lines = queries.counts_by_rule(session, recherche.producteur)
    content = Qualite(
        lignes_lues=lines,
        regles=[
            rule
            for rule in qualite.over_all(counts, lines)
            if recherche.code in (None, rule.code) and recherche.gravite in (None, rule.gravite)
        ],
        producteurs=[
            qualite.of_producer(imports, code=recherche.code, gravite=recherche.gravite)
            for _, imports in page
        ],
    )
    headers = {}
    if len(found) > len(page):
        content.curseur_suivant = encode_cursor(page[-1][0])
        following = next_page(recherche, content.curseur_suivant)
        headers["Link"] = link_header({"next": following})
    return answer(content, if_none_match, **headers)


@router.get("/operateurs", response_model=QualiteOperateurs, responses=UNCHANGED)
def lister_operateurs(
    session: SessionDep,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les constats sur les points en service, opérateur par opérateur, quel que soit le fichier."""
    counts = queries.counts_by_operator(session)
    operators = [
        qualite.of_operator(prefixe, operateur, points, counts.get(prefixe, {}).items())
        for prefixe, operateur, points in queries.operators(session)
    ]
    return answer(QualiteOperateurs(operateurs=operators, note=NOTE), if_none_match)


@router.get(
    "/anomalies.csv",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENT, **UNCHANGED},
)
def anomalies_csv(
    session: SessionDep,
    demande: Annotated[DemandeAnomalies, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Ce qu'un producteur doit corriger dans son dernier fichier accepté, ligne par ligne."""
    _check_code(demande.code)
    imports = queries.accepted_imports(session, producteur=demande.producteur, history=1)
    if not imports:
        raise NotFound(f"Aucun fichier accepté du producteur {demande.producteur}.")
    import_id = imports[demande.producteur][-1].id
    headers = {
        "ETag": etag("anomalies", import_id, demande.code, weak=True),
        "Cache-Control": "public, max-age=60",
    }
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="anomalies-{import_id}.csv"'
    content = whole(anomalies(session, import_id, demande.code))
    return StreamingResponse(content, media_type=CSV, headers=headers)


def _check_code(code: str | None) -> None:
    if code is not None and code not in CODES:
        raise InvalidParameter("code", f"Aucune règle ne porte le code {code}.")
