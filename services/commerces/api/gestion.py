"""What agents write: the CCI and the Métropole everywhere, a commune on its own ground."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces import commands, queries
from services.commerces.commands import Auteur
from services.commerces.fiche_geree import feature
from services.commerces.models import IDEMPOTENCE, Fiche
from shared import territoire
from shared.auth import Acteur, require
from shared.conditional import matches
from shared.db import SessionDep
from shared.idempotency import CleIdempotence, Reponse, digest, replay_or_run
from shared.pages import decode_cursor, encode_cursor
from shared.places import asked_places
from shared.problems import Forbidden, NotFound
from shared.schemas.commerces_gestion import (
    ChangementStatut,
    FicheGeree,
    FicheSaisie,
    FichesGerees,
    RechercheGestion,
)
from shared.schemas.commerces_valeurs import VerifiePar
from shared.schemas.commun import SansParametre
from shared.schemas.geo import Feature

GEOJSON: Final = "application/geo+json"
QUALITES: Final[Mapping[str, VerifiePar]] = {
    "metropole": VerifiePar.METROPOLE,
    "cci": VerifiePar.CCI,
    "commune": VerifiePar.COMMUNE,
}
"""Roles that manage listings, and in what capacity they confirm them."""
PARTOUT: Final = frozenset({"metropole", "cci"})

router = APIRouter(prefix="/gestion/fiches")
Agent = Annotated[Acteur, require("commerces:gerer")]
Identifiant = Annotated[int, Path(ge=1, le=2**31 - 1)]
RienDautre = Annotated[SansParametre, Query()]
IfMatch = Annotated[
    str | None, Header(max_length=500, description="`ETag` de la version lue de la fiche.")
]
_FICHE = {"model": Feature[FicheGeree], "content": {GEOJSON: {}}}


@router.get(
    "",
    response_class=Response,
    responses={200: {"model": FichesGerees, "content": {GEOJSON: {}}}},
)
def lister_fiches(
    session: SessionDep, acteur: Agent, recherche: Annotated[RechercheGestion, Query()]
) -> Response:
    """Les fiches dont l'agent répond, publiées ou non, de la plus ancienne à la plus récente."""
    _auteur(acteur)
    codes = _ground(acteur)
    if recherche.commune is not None:
        wanted = set(asked_places(commune=recherche.commune, ept=None).values())
        codes = wanted if codes is None or _has(codes, wanted) else set()
    after = decode_cursor(recherche.curseur, [int])[0] if recherche.curseur else 0
    found = queries.managed(
        session,
        codes=None if codes is None else sorted(codes),
        statut=recherche.statut,
        after=after,
        limit=recherche.limite + 1,
    )
    page = FichesGerees(features=[feature(fiche) for fiche in found[: recherche.limite]])
    if len(found) > recherche.limite:
        page.curseur_suivant = encode_cursor(found[recherche.limite - 1].id)
    return Response(page.model_dump_json(), media_type=GEOJSON)


@router.get(
    "/{id}",
    response_class=Response,
    responses={200: _FICHE, 304: {"description": "Rien n'a changé depuis la version citée."}},
)
def lire_fiche(
    session: SessionDep,
    acteur: Agent,
    id: Identifiant,  # noqa: A002 the name in the URL
    _: RienDautre,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Une fiche, avec ses contacts privés ; son `ETag` permet de la modifier."""
    fiche = _managed(session, acteur, id)
    tag = commands.version(fiche)
    if matches(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    return _answer(fiche).to_http()


@router.post("", status_code=201, response_class=Response, responses={201: _FICHE})
def creer_fiche(
    *,
    request: Request,
    session: SessionDep,
    acteur: Agent,
    saisie: FicheSaisie,
    _: RienDautre,
    cle: CleIdempotence = None,
) -> Response:
    """Créer une fiche, en brouillon ; une commune ne crée que chez elle."""
    auteur = _auteur(acteur)

    def run() -> Reponse:
        fiche = commands.create(session, saisie, auteur=auteur)
        if not _answers_for(acteur, fiche):
            raise Forbidden("La clé présentée ne répond pas de la commune où est ce commerce.")
        address = f"{request.scope.get('root_path', '')}/gestion/fiches/{fiche.id}"
        return _answer(fiche, 201, Location=address)

    return replay_or_run(
        session,
        IDEMPOTENCE,
        acteur=acteur.organisation,
        cle=cle,
        route="POST /gestion/fiches",
        empreinte=digest(saisie.model_dump_json()),
        run=run,
    ).to_http()


@router.put("/{id}", response_class=Response, responses={200: _FICHE})
def remplacer_fiche(
    *,
    session: SessionDep,
    acteur: Agent,
    id: Identifiant,  # noqa: A002 the name in the URL
    saisie: FicheSaisie,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Récrire une fiche entière ; une reprise ou un déménagement ouvre une autre exploitation.

    Cite dans `If-Match` l'`ETag` de la fiche lue. Écrire une fiche, c'est la confirmer.
    """
    fiche = _managed(session, acteur, id, lock=True)
    commands.replace(session, fiche, saisie, auteur=_auteur(acteur), if_match=if_match)
    if not _answers_for(acteur, fiche):
        raise Forbidden("La clé présentée ne répond pas de la commune où irait ce commerce.")
    return _answer(fiche).to_http()


@router.post("/{id}/statut", response_class=Response, responses={200: _FICHE})
def changer_statut(
    *,
    session: SessionDep,
    acteur: Agent,
    id: Identifiant,  # noqa: A002 the name in the URL
    changement: ChangementStatut,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Publier, suspendre, fermer ou archiver une fiche, avec une raison.

    Cite dans `If-Match` l'`ETag` de la fiche lue : une fiche n'est pas décidée deux fois.
    """
    fiche = _managed(session, acteur, id, lock=True)
    commands.decide(session, fiche, changement, auteur=_auteur(acteur), if_match=if_match)
    return _answer(fiche).to_http()


def _auteur(acteur: Acteur) -> Auteur:
    qualite = QUALITES.get(acteur.role)
    if qualite is None:
        raise Forbidden("Ce rôle ne gère pas de fiches : metropole, cci ou commune.")
    return Auteur(acteur.organisation, qualite)


def _ground(acteur: Acteur) -> set[str] | None:
    """Today's codes that the agent answers for; None when it answers for all."""
    if acteur.role in PARTOUT:
        return None
    found = filter(None, map(territoire.resolve, acteur.territoire))
    return {place.arrondissement or place.commune.code for place in found}


def _has(ground: set[str], wanted: set[str]) -> bool:
    """Whether the ground holds a place: itself, or the Paris it is part of."""
    return all(
        code in ground or (found is not None and found.commune.code in ground)
        for code in wanted
        for found in (territoire.resolve(code),)
    )


def _answers_for(acteur: Acteur, fiche: Fiche) -> bool:
    ground = _ground(acteur)
    lieu = fiche.exploitation.lieu
    return ground is None or bool({lieu.code_commune, lieu.code_arrondissement} & ground)


def _managed(session: Session, acteur: Acteur, fiche_id: int, *, lock: bool = False) -> Fiche:
    """A listing of the agent's ground; another's is not found, so that nothing is learnt of it."""
    _auteur(acteur)
    fiche = queries.find_fiche(session, fiche_id, lock=lock)
    if fiche is None or not _answers_for(acteur, fiche):
        raise NotFound(f"Aucune fiche dont vous répondez ne porte le numéro {fiche_id}.")
    return fiche


def _answer(fiche: Fiche, status: int = 200, **headers: str) -> Reponse:
    entetes = {"content-type": GEOJSON, "ETag": commands.version(fiche), **headers}
    return Reponse(status, entetes, feature(fiche).model_dump_json().encode())
