"""Webhooks as their owners manage them: subscriptions, secrets, deliveries."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces.abonnements import commands, queries
from services.commerces.abonnements.models import Abonnement as Ligne
from services.commerces.abonnements.models import Livraison as LigneLivraison
from services.commerces.models import IDEMPOTENCE
from shared.auth import Acteur, require
from shared.conditional import CREATED, NO_STORE, VERSIONED, IfMatch
from shared.db import SessionDep
from shared.http.addresses import local
from shared.http.bodies import PetitCorps
from shared.http.media import JSON
from shared.idempotency import OnceDep, StoredAnswer
from shared.pages import announce, passed
from shared.parameters import Numero, RienDautre
from shared.problems import NotFound, Unavailable
from shared.routing import service_router
from shared.schemas.commerces_abonnements import (
    Abonnement,
    AbonnementCree,
    Abonnements,
    AbonnementSaisie,
    EtatLivraison,
    Livraison,
    Livraisons,
    RechercheLivraisons,
    Rejouees,
)
from shared.settings import Settings

router = service_router("/abonnements", route_class=PetitCorps)
Abonne = Annotated[Acteur, require("commerces:abonner")]
NumeroLivraison = Annotated[int, Path(ge=1, le=2**53 - 1, description="Numéro du message.")]


@router.get("")
def lister_abonnements(session: SessionDep, acteur: Abonne, _: RienDautre) -> Abonnements:
    """Les abonnements de l'organisation, avec leur état."""
    found = queries.of_organisation(session, acteur.organisation)
    return Abonnements(elements=[_shown(one) for one in found])


@router.post(
    "",
    status_code=201,
    response_class=Response,
    responses={201: {"model": AbonnementCree, "headers": CREATED}},
)
def creer_abonnement(
    *,
    request: Request,
    session: SessionDep,
    acteur: Abonne,
    saisie: AbonnementSaisie,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """S'abonner aux changements à venir des fiches publiques.

    Le secret qui signe les messages n'est montré que dans cette réponse.
    """
    settings = _settings(request)
    fresh: dict[str, str] = {}

    def run() -> StoredAnswer:
        abonnement, fresh["secret"] = commands.create(
            session,
            saisie,
            organisation=acteur.organisation,
            hotes=settings.hotes_webhooks(),
            cle=_cle(settings),
        )
        return _created(request, abonnement)

    content = saisie.model_dump_json()
    answer = once.answer(IDEMPOTENCE, acteur.organisation, content, run=run)
    if fresh:
        answer = _with_secret(answer, fresh["secret"])
    return answer.to_http()


@router.get(
    "/{id}",
    response_class=Response,
    responses={200: {"model": Abonnement, "headers": VERSIONED}},
)
def lire_abonnement(
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    _: RienDautre,
) -> Response:
    """Un abonnement et son état ; son `ETag` permet de le modifier."""
    return _answer(_own(session, acteur, id))


@router.put("/{id}", response_class=Response, responses={200: {"model": Abonnement}})
def remplacer_abonnement(
    *,
    request: Request,
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    saisie: AbonnementSaisie,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Récrire un abonnement entier : suspendre, réactiver, changer d'adresse ou de territoire.

    Réactivé, il reprend où il en était : ce qui a changé entre-temps est annoncé. Un autre
    territoire repart de ce qui y est publié maintenant.
    """
    abonnement = _own(session, acteur, id, lock=True)
    hotes = _settings(request).hotes_webhooks()
    commands.replace(session, abonnement, saisie, hotes=hotes, if_match=if_match)
    return _answer(abonnement)


@router.delete("/{id}", status_code=204)
def supprimer_abonnement(
    *,
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> None:
    """Se désabonner ; les messages en attente ne partent plus."""
    commands.remove(session, _own(session, acteur, id, lock=True), if_match=if_match)


@router.post("/{id}/secret", response_class=Response, responses={200: {"model": AbonnementCree}})
def renouveler_secret(
    *,
    request: Request,
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Changer de secret : pendant 24 heures, l'ancien signe aussi chaque message."""
    abonnement = _own(session, acteur, id, lock=True)
    cle = _cle(_settings(request))
    secret = commands.rotate(session, abonnement, cle=cle, if_match=if_match)
    told = AbonnementCree(**_shown(abonnement).model_dump(), secret=secret)
    headers = {**NO_STORE, "ETag": commands.version(abonnement)}
    return Response(told.model_dump_json(), media_type=JSON, headers=headers)


@router.post("/{id}/essai", status_code=202)
def envoyer_essai(
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    _: RienDautre,
) -> Livraison:
    """Recevoir un message `essai`, qui n'annonce rien ; son sort se lit parmi les livraisons."""
    return _delivery(commands.send_test(session, _own(session, acteur, id, lock=True)))


@router.get("/{id}/livraisons")
def lister_livraisons(
    response: Response,
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    recherche: Annotated[RechercheLivraisons, Query()],
) -> Livraisons:
    """Les messages d'un abonnement, du plus récent au plus ancien ; `etat=abandonnee` : à rejouer.

    Un message livré se voit 30 jours, un message abandonné 90.
    """
    abonnement = _own(session, acteur, id)
    found = queries.livraisons(
        session,
        abonnement.id,
        etat=recherche.etat,
        before=passed(recherche, int),
        limit=recherche.limite + 1,
    )
    page = Livraisons(elements=list(map(_delivery, found[: recherche.limite])))
    response.headers.update(announce(page, recherche, found, lambda one: (one.id,)))
    return page


@router.post("/{id}/livraisons/{livraison}/rejouer", status_code=202)
def rejouer_livraison(
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    livraison: NumeroLivraison,
    _: RienDautre,
) -> Livraison:
    """Envoyer de nouveau un message livré ou abandonné, sous le même `webhook-id`.

    S'il est le dernier de sa fiche et toujours vrai : un message ancien ne republie ni ne retire
    une fiche. D'une fiche effacée à la demande du commerçant, rien n'est renvoyé.
    """
    abonnement = _own(session, acteur, id, lock=True)
    found = queries.find_livraison(session, abonnement.id, livraison)
    if found is None:
        raise NotFound(f"Aucun message de cet abonnement ne porte le numéro {livraison}.")
    commands.send_again(session, abonnement, found)
    return _delivery(found)


@router.post("/{id}/rejouer", status_code=202)
def rejouer_abandonnees(
    session: SessionDep,
    acteur: Abonne,
    id: Numero,
    _: RienDautre,
) -> Rejouees:
    """Envoyer de nouveau les messages abandonnés, s'ils sont toujours vrais."""
    abonnement = _own(session, acteur, id, lock=True)
    return Rejouees(livraisons=commands.send_all_again(session, abonnement))


def _created(request: Request, abonnement: Ligne) -> StoredAnswer:
    """The answer as it is kept to be replayed: it holds no secret."""
    address = local(request.scope, f"/abonnements/{abonnement.id}")
    shown = AbonnementCree(**_shown(abonnement).model_dump(), secret=None)
    version = commands.version(abonnement)
    return StoredAnswer.of(shown, 201, **NO_STORE, Location=address, ETag=version)


def _with_secret(answer: StoredAnswer, secret: str) -> StoredAnswer:
    told = AbonnementCree.model_validate_json(answer.corps)
    told.secret = secret
    return answer._replace(corps=told.model_dump_json().encode())


def _own(session: Session, acteur: Acteur, id_: int, *, lock: bool = False) -> Ligne:
    """A subscription of the organisation; another's is not found, so that nothing is learnt."""
    found = queries.find(session, id_, acteur.organisation, lock=lock)
    if found is None:
        raise NotFound(f"Aucun abonnement de votre organisation ne porte le numéro {id_}.")
    return found


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


def _cle(settings: Settings) -> str:
    if settings.secret_interne is None:
        raise Unavailable("RELANCE_SECRET_INTERNE manque : aucun secret ne peut être gardé.")
    return settings.secret_interne


def _answer(abonnement: Ligne) -> Response:
    headers = {"ETag": commands.version(abonnement)}
    return Response(_shown(abonnement).model_dump_json(), media_type=JSON, headers=headers)


def _shown(abonnement: Ligne) -> Abonnement:
    return Abonnement.model_validate(abonnement, from_attributes=True)


def _delivery(livraison: LigneLivraison) -> Livraison:
    told = Livraison.model_validate(livraison, from_attributes=True)
    if told.etat != EtatLivraison.EN_ATTENTE:
        told.prochain_essai_le = None
    return told
