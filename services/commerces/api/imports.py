"""Files of shops: sent, followed, confirmed or dropped; and the template of those we expect."""

from collections.abc import AsyncGenerator
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from services.commerces.api.agents import PARTOUT, agent, ground_of
from services.commerces.imports import commands, modele, queries, rapport
from services.commerces.imports.commands import Expediteur
from services.commerces.models import IDEMPOTENCE, ImportFichier
from shared.auth import PUBLIC, Acteur
from shared.conditional import UNCHANGED, IfMatch, IfNoneMatch, unless_held
from shared.db import SessionDep
from shared.http.media import CSV, CSV_DOCUMENT, JSON, of_type
from shared.http.responses import answer
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import Numero, RienDautre
from shared.problems import Forbidden, NotFound
from shared.routing import service_router
from shared.schemas.commerces_imports import (
    EnvoiCommerces,
    ImportCommerces,
    LigneRapport,
    ModeleImport,
    RechercheImportsCommerces,
)
from shared.schemas.commun import Page
from shared.transfers.uploads import (
    CSV_OU_GZIP,
    Places,
    Recu,
    answered,
    answers,
    attachment,
    file_body,
    json_list,
    received,
)

TYPES: Final = (
    *CSV_OU_GZIP,
    "application/json",
    "application/geo+json",
    "application/x-ndjson",
)

router = service_router("/imports")
IMPORTER: Final = agent("commerces:importer")
Importateur = Annotated[Acteur, IMPORTER]


async def _receive(request: Request, _acteur: Importateur) -> AsyncGenerator[Recu]:
    """The body as a seekable file, for a caller who may send one."""
    async with received(request, TYPES) as recu:
        yield recu


PLACES = Places()


@router.get(
    "/modele.json",
    dependencies=[PUBLIC],
    response_class=of_type(JSON),
    responses={200: {"model": ModeleImport}, **UNCHANGED},
)
def lire_modele(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Les colonnes d'un fichier de commerces, décrites pour une machine (Table Schema)."""
    return answer(modele.schema(), if_none_match)


@router.get(
    "/modele.csv",
    dependencies=[PUBLIC],
    response_class=Response,
    responses={200: CSV_DOCUMENT, **UNCHANGED},
)
def lire_modele_csv(_: RienDautre, if_none_match: IfNoneMatch = None) -> Response:
    """Un fichier d'exemple, à remplir."""
    disposition = 'attachment; filename="commerces-modele.csv"'
    return answer(modele.exemple(), if_none_match, media_type=CSV, Content_Disposition=disposition)


@router.post(
    "",
    status_code=201,
    response_model=ImportCommerces,
    openapi_extra=file_body(
        "Un CSV, un JSON ou un GeoJSON de commerces, compressé (gzip) ou non.", TYPES
    ),
    dependencies=[PLACES.after(Depends(_receive))],
    responses=answers(ImportCommerces),
)
def importer_commerces(
    *,
    request: Request,
    session: SessionDep,
    acteur: Importateur,
    envoi: Annotated[EnvoiCommerces, Query()],
    recu: Annotated[Recu, Depends(_receive)],
    once: OnceDep,
) -> Response:
    """Importer un fichier de commerces : toutes ses lignes valables, ou aucune.

    Le bilan dit ce qu'est devenue chaque ligne. Un fichier qui ferait disparaître une trop grande
    part des commerces connus de sa source attend d'être confirmé ou abandonné.
    """
    expediteur = _expediteur(acteur)
    source = _source(acteur, envoi.source)

    def run() -> StoredAnswer:
        found = commands.importer(
            session,
            recu.fichier,
            nom=envoi.nom,
            source=source,
            expediteur=expediteur,
            options=envoi.options(),
        )
        return answered(request, found, commands.version(found))

    content = recu.sha256, source, envoi.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur.organisation, *content, run=run).to_http()


@router.get("")
def lister_imports(
    response: Response,
    session: SessionDep,
    acteur: Importateur,
    recherche: Annotated[RechercheImportsCommerces, Query()],
) -> Page[ImportCommerces]:
    """Les imports, du plus récent au plus ancien ; une commune ne voit que les siens."""
    own = None if acteur.role in PARTOUT else acteur.organisation
    if own is not None and recherche.source not in (None, own):
        return Page(elements=[])
    found = queries.list_imports(
        session,
        source=own or recherche.source,
        etat=recherche.etat,
        before=passed(recherche, int),
        limit=recherche.limite + 1,
    )
    shown = list(map(commands.resource, found[: recherche.limite]))
    page = Page[ImportCommerces](elements=shown)
    response.headers.update(announce(page, recherche, found, lambda one: (one.id,)))
    return page


@router.get(
    "/{id}",
    response_model=ImportCommerces,
    responses=UNCHANGED,
)
def lire_import(
    response: Response,
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Any:
    """Un import et son bilan."""
    found = _visible(session, acteur, id)
    tag = commands.version(found)
    unless_held(if_none_match, {"ETag": tag})
    response.headers["ETag"] = tag
    return commands.resource(found)


@router.get(
    "/{id}/rapport.csv",
    response_class=StreamingResponse,
    responses={200: CSV_DOCUMENT},
)
def lire_rapport_csv(
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
) -> Response:
    """Le rapport d'un import : chaque ligne du fichier, et ce qui en a été constaté."""
    import_id = _visible(session, acteur, id).id
    pieces = rapport.en_csv(queries.report(session, import_id))
    return attachment(pieces, f"import-{import_id}.csv", CSV)


@router.get(
    "/{id}/rapport.json",
    response_class=StreamingResponse,
    responses={200: {"model": list[LigneRapport]}},
)
def lire_rapport_json(
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
) -> Response:
    """Le même rapport en JSON."""
    import_id = _visible(session, acteur, id).id
    pieces = json_list(queries.report(session, import_id))
    return attachment(pieces, f"import-{import_id}.json", JSON)


@router.post("/{id}/confirmation", dependencies=[PLACES.after(IMPORTER)])
def confirmer_import(
    response: Response,
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> ImportCommerces:
    """Appliquer un import en attente, quoi qu'il fasse disparaître."""
    _visible(session, acteur, id)
    found = commands.confirmer(session, id, expediteur=_expediteur(acteur), if_match=if_match)
    response.headers["ETag"] = commands.version(found)
    return found


@router.post("/{id}/abandon")
def abandonner_import(
    response: Response,
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> ImportCommerces:
    """Abandonner un import en attente : les fiches restent ce qu'elles sont."""
    _visible(session, acteur, id)
    found = commands.abandonner(session, id, if_match=if_match)
    response.headers["ETag"] = commands.version(found)
    return found


def _expediteur(acteur: Acteur) -> Expediteur:
    return Expediteur(acteur.organisation, ground_of(acteur))


def _source(acteur: Acteur, asked: str | None) -> str:
    if asked in (None, acteur.organisation):
        return acteur.organisation
    if acteur.role not in PARTOUT:
        raise Forbidden(
            "Une commune importe ses propres données seulement : `source` ne peut nommer que "
            f"« {acteur.organisation} ».",
            parametre="source",
        )
    return asked


def _visible(session: Session, acteur: Acteur, import_id: int) -> ImportFichier:
    """An import its caller may know of; another's does not exist for it."""
    found = session.get(ImportFichier, import_id)
    mine = found is not None and found.source == acteur.organisation
    if found is None or not (acteur.role in PARTOUT or mine):
        raise NotFound(f"Aucun import ne porte le numéro {import_id}.")
    return found
