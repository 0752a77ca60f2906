"""Imports of operators' files: sent, followed, confirmed or dropped."""

from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from services.bornes import commands, queries
from services.bornes.api.agents import METROPOLE
from services.bornes.exports.rapport import en_csv, rapport
from services.bornes.models import IDEMPOTENCE, ImportFichier
from shared import problems
from shared.auth import Acteur, require
from shared.conditional import UNCHANGED, IfMatch, IfNoneMatch, etag, unless_held
from shared.db import SessionDep
from shared.http.media import CSV, CSV_DOCUMENT, JSON
from shared.http.responses import private
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import Numero, RienDautre
from shared.problems import Forbidden, Gone, NotFound
from shared.routing import service_router
from shared.schemas.bornes_imports import (
    ConstatImport,
    EnvoiFichier,
    EssaiFichier,
    Import,
    OptionsImport,
    RechercheImports,
    SchemaDonnees,
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

router = service_router("/imports")
Importateur = Annotated[Acteur, require("bornes:importer")]


async def receive(request: Request, _acteur: Importateur) -> AsyncGenerator[Recu]:
    """The body as a seekable file, for a caller who may send one."""
    async with received(request, CSV_OU_GZIP) as recu:
        yield recu


PLACES = Places()
UNE_PLACE = PLACES.after(Depends(receive))
"""Once the file is there."""


IRVE = file_body("Le fichier IRVE statique 2.3.1, en CSV, compressé ou non.")
FORGOTTEN: dict[int | str, dict[str, Any]] = {
    410: {
        **problems.RESPONSES["4XX"],
        "description": "Le rapport n'est plus gardé ; le bilan de l'import reste.",
    }
}
CONSTATS: dict[int | str, dict[str, Any]] = {200: {"model": list[ConstatImport]}}


@dataclass(frozen=True, slots=True)
class FichierEnvoye:
    """A file as it arrives, and from whom."""

    session: SessionDep
    acteur: Importateur
    recu: Annotated[Recu, Depends(receive)]

    def report(
        self, essai: EssaiFichier, schema_donnees: SchemaDonnees, media_type: str
    ) -> Response:
        """Every finding of the file, which the answer to a dry run only counts."""
        made: list[Response] = []
        commands.importer(
            self.session,
            self.recu.fichier,
            schema_donnees=schema_donnees,
            nom="essai",
            producteur=_producteur(self.acteur, essai.producteur),
            acteur=self.acteur.organisation,
            options=OptionsImport(essai=True, hors_perimetre=essai.hors_perimetre),
            prefixes=prefixes(self.acteur),
            vers=lambda found: made.append(_written(found, "essai", media_type)),
        )
        return made[0]


@dataclass(frozen=True, slots=True)
class Arrivee(FichierEnvoye):
    """The same, to be imported once for an idempotency key."""

    once: OnceDep

    def take(self, envoi: EnvoiFichier, schema_donnees: SchemaDonnees) -> Response:
        """Import it as it is asked."""
        acteur = self.acteur
        producteur = _producteur(acteur, envoi.producteur)

        def run() -> StoredAnswer:
            found = commands.importer(
                self.session,
                self.recu.fichier,
                schema_donnees=schema_donnees,
                nom=envoi.nom,
                producteur=producteur,
                acteur=acteur.organisation,
                options=envoi.options(),
                prefixes=prefixes(acteur),
            )
            return answered(self.once.request, found, commands.version(found))

        content = self.recu.sha256, producteur, envoi.model_dump_json()
        return self.once.answer(IDEMPOTENCE, acteur.organisation, *content, run=run).to_http()


FichierDep = Annotated[FichierEnvoye, Depends()]
ArriveeDep = Annotated[Arrivee, Depends()]


@router.post(
    "",
    status_code=201,
    response_model=Import,
    openapi_extra=IRVE,
    dependencies=[UNE_PLACE],
    responses=answers(Import),
)
def importer_irve(arrivee: ArriveeDep, envoi: Annotated[EnvoiFichier, Query()]) -> Response:
    """Importer le fichier d'un producteur : toutes ses lignes valables, ou aucune.

    Le bilan dit ce qu'est devenue chaque ligne. Un fichier qui ferait disparaître une trop grande
    part des points connus du producteur attend d'être confirmé ou abandonné.
    """
    return arrivee.take(envoi, SchemaDonnees.IRVE_STATIQUE)


@router.post(
    "/essai.csv",
    response_class=StreamingResponse,
    openapi_extra=IRVE,
    dependencies=[UNE_PLACE],
    responses={200: CSV_DOCUMENT},
)
def essayer_irve(fichier: FichierDep, essai: Annotated[EssaiFichier, Query()]) -> Response:
    """Le rapport qu'aurait l'import d'un fichier : un constat par ligne. Rien n'en est gardé."""
    return fichier.report(essai, SchemaDonnees.IRVE_STATIQUE, CSV)


@router.post(
    "/essai.json",
    response_class=StreamingResponse,
    openapi_extra=IRVE,
    dependencies=[UNE_PLACE],
    responses=CONSTATS,
)
def essayer_irve_json(fichier: FichierDep, essai: Annotated[EssaiFichier, Query()]) -> Response:
    """Le même rapport en JSON : la liste des constats. Rien n'en est gardé."""
    return fichier.report(essai, SchemaDonnees.IRVE_STATIQUE, JSON)


@router.get("", response_model=Page[Import], responses=UNCHANGED)
def lister_imports(
    session: SessionDep,
    acteur: Importateur,
    recherche: Annotated[RechercheImports, Query()],
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Les imports, du plus récent au plus ancien ; un opérateur ne voit que les siens."""
    own = None if acteur.role == METROPOLE else acteur.organisation
    if own is not None and recherche.producteur not in (None, own):
        return private(Page[Import](elements=[]), if_none_match)
    found = queries.list_imports(
        session,
        schema_donnees=recherche.schema_donnees,
        producteur=own or recherche.producteur,
        etat=recherche.etat,
        before=passed(recherche, int),
        limit=recherche.limite + 1,
    )
    page = Page[Import](elements=list(map(commands.resource, found[: recherche.limite])))
    links = announce(page, recherche, found, lambda one: (one.id,))
    return private(page, if_none_match, **links)


@router.get(
    "/{id}",
    response_model=Import,
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
    responses={200: CSV_DOCUMENT, **UNCHANGED, **FORGOTTEN},
)
def lire_rapport_csv(
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Le rapport d'un import : un constat par ligne, avec ce qui a été reçu et retenu."""
    found = _reported(session, acteur, id)
    return _report(found, rapport(session, found.id), CSV, if_none_match)


@router.get(
    "/{id}/rapport.json",
    response_class=StreamingResponse,
    responses={**CONSTATS, **UNCHANGED, **FORGOTTEN},
)
def lire_rapport_json(
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Le même rapport en JSON : la liste des constats."""
    found = _reported(session, acteur, id)
    return _report(found, rapport(session, found.id), JSON, if_none_match)


def _report(
    found: ImportFichier,
    constats: Iterator[ConstatImport],
    media_type: str,
    if_none_match: str | None,
) -> Response:
    tag = etag(commands.version(found), media_type)
    unless_held(if_none_match, {"ETag": tag})
    file = _written(constats, f"import-{found.id}", media_type)
    file.headers["ETag"] = tag
    return file


def _written(constats: Iterator[ConstatImport], name: str, media_type: str) -> Response:
    """A report as a file of one of its two forms."""
    if media_type == JSON:
        return attachment(json_list(constats), f"{name}.json", JSON)
    return attachment(en_csv(constats), f"{name}.csv", CSV)


@router.post("/{id}/confirmation", dependencies=[PLACES.after(require("bornes:importer"))])
def confirmer_import(
    response: Response,
    session: SessionDep,
    acteur: Importateur,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Import:
    """Appliquer un import en attente, quoi qu'il fasse disparaître."""
    _visible(session, acteur, id)
    found = commands.confirmer(
        session,
        id,
        acteur=acteur.organisation,
        if_match=if_match,
    )
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
) -> Import:
    """Abandonner un import en attente : la dernière version acceptée reste publique."""
    _visible(session, acteur, id)
    found = commands.abandonner(session, id, if_match=if_match)
    response.headers["ETag"] = commands.version(found)
    return found


def _producteur(acteur: Acteur, asked: str | None) -> str:
    if asked in (None, acteur.organisation):
        return acteur.organisation
    if acteur.role != METROPOLE:
        raise Forbidden(
            "Une organisation importe ses propres données seulement : `producteur` ne peut nommer "
            f"que « {acteur.organisation} ».",
            parametre="producteur",
        )
    return asked


def prefixes(acteur: Acteur) -> frozenset[str] | None:
    """Identifiers for which a caller may take over another producer's point: None for all."""
    return None if acteur.role == METROPOLE else acteur.prefixes


def _visible(session: Session, acteur: Acteur, import_id: int) -> ImportFichier:
    """An import its caller may know of; another's does not exist for it."""
    found = session.get(ImportFichier, import_id)
    if found is None or (acteur.role != METROPOLE and found.producteur != acteur.organisation):
        raise NotFound(f"Aucun import ne porte le numéro {import_id}.")
    return found


def _reported(session: Session, acteur: Acteur, import_id: int) -> ImportFichier:
    """The same, whose report is still kept."""
    found = _visible(session, acteur, import_id)
    if commands.resource(found).bilan.oublie_le is not None:
        raise Gone("Le rapport de cet import n'est plus gardé ; son bilan reste.")
    return found
