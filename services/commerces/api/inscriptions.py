"""What anyone can ask without an account: registering, a link to a listing; following links."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json
from sqlalchemy.orm import Session

from services.commerces.api.pages import route_de_page
from services.commerces.contribution import queries
from services.commerces.liens import commands, pages
from services.commerces.models import IDEMPOTENCE
from services.commerces.origines import commands as origines
from shared import problems
from shared.auth import PUBLIC
from shared.conditional import PRIVATE
from shared.contract_schemas import schema_of
from shared.db import SessionDep
from shared.http.bodies import PetitCorps
from shared.http.media import JSON, TEXT, media_type_of, wants_page
from shared.idempotency import Once, OnceDep, StoredAnswer
from shared.parameters import RienDautre
from shared.problems import InvalidBody, Problem, UnreadableBody
from shared.routing import add_routes, service_router
from shared.schemas.commerces_contribution import (
    AccesDemande,
    DemandeAcces,
    InscriptionNouvelle,
    InscriptionRecue,
    LienRecu,
    LienSuivi,
    QuestionLien,
    ReponsePrecision,
)

FORM = "application/x-www-form-urlencoded"
router = service_router(route_class=PetitCorps, dependencies=[PUBLIC])
_PAGE: dict[str, Any] = {"content": {"text/html": TEXT}}


@router.post(
    "/inscriptions",
    status_code=201,
    response_class=Response,
    responses={201: {"model": InscriptionRecue}},
)
def inscrire_commerce(
    *,
    request: Request,
    session: SessionDep,
    demande: InscriptionNouvelle,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Inscrire un commerce, ou se dire titulaire d'une fiche publiée, sans compte.

    Un lien est envoyé à l'adresse donnée ; rien n'existe tant qu'il n'est pas suivi, et rien
    n'est publié avant la décision d'un agent.
    """
    adresse: str = request.app.state.settings.adresse_publique

    def register() -> BaseModel:
        return InscriptionRecue(expire_le=commands.register(session, demande, adresse=adresse))

    return _public_post(once, demande, status=201, do=register)


@router.post(
    "/acces", status_code=202, response_class=Response, responses={202: {"model": AccesDemande}}
)
def demander_acces(
    *,
    request: Request,
    session: SessionDep,
    demande: DemandeAcces,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Recevoir par courriel un lien vers sa fiche.

    La réponse est la même que l'adresse soit connue ou non.
    """
    adresse: str = request.app.state.settings.adresse_publique

    def ask() -> BaseModel:
        commands.ask_access(session, demande, adresse=adresse)
        return AccesDemande()

    return _public_post(once, demande, status=202, do=ask)


def _public_post(
    once: Once,
    demande: InscriptionNouvelle | DemandeAcces,
    *,
    status: int,
    do: Callable[[], BaseModel],
) -> Response:
    """Run what anyone asked, within the limits; a robot gets the answer and nothing stays."""
    request, session = once.request, once.session
    empreinte = origines.fingerprint(session, request.client and request.client.host)
    per_hour: int = request.app.state.settings.commerces_inscriptions_par_heure

    def run() -> StoredAnswer:
        refus = f"Au plus {per_hour} demandes par heure depuis une même adresse."
        origines.limit(session, empreinte, "inscription", per_hour=per_hour, refus=refus)
        return StoredAnswer.of(do(), status, **PRIVATE)

    content, robot = demande.model_dump_json(), bool(demande.site_web)
    return once.answer_anyone(IDEMPOTENCE, empreinte, content, est_robot=robot, run=run).to_http()


def _refused(_request: Request, problem: Problem) -> Response:
    """What people who followed a link read: not how a token is written."""
    headers = {**pages.HEADERS, **problem.headers}
    if problem.status == HTTPStatus.GONE:
        return Response(pages.served(problem.detail), problem.status, headers)
    text = problem.detail
    if problem.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}:
        text = commands.PERDU
    elif "erreurs" in problem.members:
        text = problem.members["erreurs"][0]["detail"]
    return Response(pages.refusal(text), problem.status, headers)


liens = service_router(
    dependencies=[PUBLIC],
    route_class=route_de_page(_refused, by_default=False),
    responses={
        "4XX": {
            **problems.RESPONSES["4XX"],
            "description": "Lien refusé : une page, ou un problème (RFC 9457).",
            "content": {**problems.RESPONSES["4XX"]["content"], "text/html": TEXT},
        }
    },
)


@liens.get("/liens", response_class=Response, responses={200: {"model": LienRecu, **_PAGE}})
def lire_lien(
    request: Request, session: SessionDep, question: Annotated[QuestionLien, Query()]
) -> Response:
    """Ce que confirmerait un lien reçu par courriel : le lire ne confirme rien.

    Une page avec un bouton pour un navigateur, du JSON sinon.
    """
    found = _received(session, question.jeton)
    if wants_page(request):
        return Response(pages.question(found), headers=pages.HEADERS)
    return Response(found.model_dump_json(), media_type=JSON, headers=PRIVATE)


def _received(session: Session, jeton: str) -> LienRecu:
    link = queries.find_link(session, jeton)
    nom = None if link is None else queries.name_of(session, link)
    if link is None or nom is None:
        raise commands.useless(session, jeton)
    precision = queries.question_of(session, link)
    return LienRecu(objet=link.objet, nom=nom, precision=precision, expire_le=link.expire_le)


async def _written(request: Request) -> Any:
    """What answers an agent, as a page's form or a program sends it."""
    body = await request.body()
    return _form(body) if media_type_of(request, JSON) == FORM else _json(body)


def _message(sent: Any) -> str | None:
    if not sent:
        return None
    try:
        return ReponsePrecision.model_validate(sent).message
    except ValidationError as error:
        placed = [{**one, "loc": ("body", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(placed, body=sent) from None


def _asked_again(session: Session, jeton: str, problem: Problem, sent: Any) -> Response:
    """The link is still good: its form once more, with what is wrong and what was written."""
    found = _received(session, jeton)
    texte = sent.get("message") if isinstance(sent, dict) else None
    detail = problem.members["erreurs"][0]["detail"]
    page = pages.question(found, refus=detail, texte=texte if isinstance(texte, str) else "")
    return Response(page, problem.status, pages.HEADERS)


def _form(body: bytes) -> dict[str, str]:
    """A page's form ends its lines as mail does."""
    return {k: v.replace("\r\n", "\n") for k, v in parse_qsl(body.decode(errors="replace"))}


def _json(body: bytes) -> Any:
    try:
        return from_json(body) if body else None
    except ValueError:
        raise UnreadableBody("Le corps de la requête n'est pas du JSON valide.") from None


_ANSWER: dict[str, Any] = {"schema": schema_of(ReponsePrecision)}


@liens.post(
    "/liens",
    response_class=Response,
    responses={200: {"model": LienSuivi, **_PAGE}},
    openapi_extra={"requestBody": {"content": {JSON: _ANSWER, FORM: _ANSWER}}},
)
def suivre_lien(
    request: Request,
    session: SessionDep,
    question: Annotated[QuestionLien, Query()],
    sent: Annotated[Any, Depends(_written)],
) -> Response:
    """Confirmer : l'inscription, l'accès, ou que la fiche est toujours exacte. Une seule fois.

    Suivi de nouveau dans les dix minutes, un lien qui donne un jeton en donne un autre : la réponse
    au premier clic a pu se perdre. Sinon il répond `410` : ce qu'il confirmait est fait.

    Si le lien attend une réponse à un agent, elle se donne dans `message`.
    """
    try:
        with session.begin_nested():
            done = commands.follow(session, question.jeton, _message(sent))
    except (InvalidBody, RequestValidationError) as error:
        problem = error if isinstance(error, Problem) else problems.misread(request, error)
        if wants_page(request):
            problem.page = _asked_again(session, question.jeton, problem, sent)
        raise problem from None
    if wants_page(request):
        adresse: str = request.app.state.settings.adresse_publique
        return Response(pages.answer(done, adresse), headers=pages.ANSWER_HEADERS)
    return Response(done.model_dump_json(), media_type=JSON, headers=PRIVATE)


add_routes(liens, to=router)
