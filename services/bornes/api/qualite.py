"""The quality of the data: rules, findings by producer and by operator, faults to correct."""

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from services.bornes.cellules import CODES
from services.bornes.exports.anomalies import anomalies
from services.bornes.qualite import queries, regles
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED, IfNoneMatch, etag, unless_held
from shared.db import SessionDep
from shared.http.media import CSV, CSV_DOCUMENT
from shared.http.responses import answer
from shared.pages import announce, decode_cursor, passed
from shared.parameters import RienDautre
from shared.problems import InvalidParameter, NotFound
from shared.routing import service_router
from shared.schemas.bornes_qualite import (
    DemandeAnomalies,
    Qualite,
    QualiteOperateurs,
    RechercheQualite,
    RechercheQualiteOperateurs,
    Regles,
)
from shared.transfers.waiting import whole

router = service_router("/qualite", dependencies=[PUBLIC])


@router.get("/regles", response_model=Regles, responses=UNCHANGED)
def lister_regles(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Les règles appliquées à chaque fichier : code stable, libellé, gravité, source."""
    return answer(Regles(regles=regles.rules()), if_none_match)


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
    found = queries.accepted_imports(
        session,
        producteur=recherche.producteur,
        after=passed(recherche, str) or "",
        producers=recherche.limite + 1,
        history=regles.HISTORY,
    )
    page = list(found.values())[: recherche.limite]
    counts, lines = queries.counts_by_rule(session, recherche.producteur)
    content = Qualite(
        lignes_lues=lines,
        regles=[rule for rule in regles.over_all(counts, lines) if recherche.keeps(rule)],
        producteurs=[regles.of_producer(imports, recherche.keeps) for imports in page],
    )
    headers = announce(content, recherche, list(found), lambda producteur: (producteur,))
    return answer(content, if_none_match, **headers)


@router.get("/operateurs", response_model=QualiteOperateurs, responses=UNCHANGED)
def lister_operateurs(
    session: SessionDep,
    recherche: Annotated[RechercheQualiteOperateurs, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """La qualité opérateur par opérateur, dans le dernier fichier accepté de chaque producteur.

    Les opérateurs qui ont le plus de lignes d'abord : un fichier consolidé en compte des
    centaines. Chaque constat porte ses exemples et sa tendance.
    """
    _check_code(recherche.code)
    after = None
    if recherche.curseur:
        after = queries.Rang(*decode_cursor(recherche.curseur, [int, str, str]))
    found = queries.operators(
        session,
        producteur=recherche.producteur,
        prefixe=recherche.prefixe,
        after=after,
        limit=recherche.limite + 1,
        history=regles.HISTORY,
    )
    page = list(found.values())[: recherche.limite]
    content = QualiteOperateurs(
        operateurs=[regles.of_operator(imports, recherche.keeps) for imports in page]
    )
    headers = announce(content, recherche, list(found), lambda rang: rang)
    return answer(content, if_none_match, **headers)


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
    """Ce qu'un producteur doit corriger dans son dernier fichier accepté, ligne par ligne.

    `prefixe` ne garde que les lignes d'un opérateur : un fichier consolidé en réunit beaucoup.
    """
    _check_code(demande.code)
    imports = queries.accepted_imports(session, producteur=demande.producteur, history=1)
    if not imports:
        raise NotFound(f"Aucun fichier accepté du producteur {demande.producteur}.")
    import_id = imports[demande.producteur][-1].id
    headers = {
        "ETag": etag("anomalies", import_id, demande.code, demande.prefixe, weak=True),
        "Cache-Control": "public, max-age=60",
    }
    unless_held(if_none_match, headers)
    headers["Content-Disposition"] = f'attachment; filename="anomalies-{import_id}.csv"'
    content = whole(anomalies(session, import_id, code=demande.code, prefixe=demande.prefixe))
    return StreamingResponse(content, media_type=CSV, headers=headers)


def _check_code(code: str | None) -> None:
    if code is not None and code not in CODES:
        raise InvalidParameter("code", f"Aucune règle ne porte le code {code}.")
