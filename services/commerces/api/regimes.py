"""Crisis rules: read by all, written by the Métropole and the CCI."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import Query, Request, Response
from sqlalchemy.orm import Session

from services.commerces import limites, taxonomie
from services.commerces.api.agents import PARTOUT
from services.commerces.api.fiches import reads
from services.commerces.horaires import at_clock
from services.commerces.models import IDEMPOTENCE, LigneRegime
from services.commerces.regimes import commands, queries
from services.commerces.regimes.regles import Regime as Regle
from services.commerces.regimes.regles import grounds
from services.commerces.regimes.vitrine import regimes_of
from shared.auth import Acteur, require
from shared.conditional import CREATED, UNCHANGED, IfMatch, IfNoneMatch, unless_held
from shared.db import SessionDep
from shared.hot.reads import Answer, VueDep
from shared.http.addresses import local
from shared.http.bodies import PetitCorps
from shared.http.media import JSON
from shared.idempotency import OnceDep, StoredAnswer
from shared.memory.places import asked_commune
from shared.parameters import Numero, RienDautre
from shared.problems import Forbidden, NotFound
from shared.routing import service_router
from shared.schemas.commerces_regimes import RechercheRegimes, Regime, Regimes
from shared.schemas.commerces_regimes_gestion import RegimeGere, RegimeSaisie

router = service_router("/gestion/regimes", route_class=PetitCorps)
Auteur = Annotated[Acteur, require("commerces:regimes")]
_REGIME: Final = {"model": RegimeGere}
_CREE: Final = {**_REGIME, "headers": CREATED}


@reads.get("/regimes", model=Regimes, media_type=JSON)
def lister_regimes(vue: VueDep, recherche: Annotated[RechercheRegimes, Query()]) -> Answer:
    """Les règles de crise : qui peut servir comment, où, de quand à quand, et pourquoi.

    `a` donne celles en vigueur à un instant, `jour` celles qui valent à un moment d'un jour.
    Celles d'un même territoire : la catégorie la plus proche l'emporte, puis la plus récente.
    Celles de territoires emboîtés s'ajoutent : une règle locale peut restreindre, pas permettre.
    """
    found = [_public(regime) for regime in regimes_of(vue).tous if _asked(regime, recherche)]
    return Answer(Regimes(regimes=found).model_dump_json().encode())


def _asked(regime: Regle, recherche: RechercheRegimes) -> bool:
    if recherche.a is not None and not regime.en_vigueur(recherche.a):
        return False
    if recherche.jour is not None and not regime.vaut_entre(*_midnights(recherche.jour)):
        return False
    if recherche.commune is not None and _where(recherche.commune).isdisjoint(regime.territoires):
        return False
    return recherche.categorie is None or any(
        regime.portee(taxonomie.asked(code)) is not None for code in recherche.categorie
    )


def _midnights(day: date) -> tuple[datetime, datetime]:
    """Those of Paris that begin a day and end it."""
    return at_clock(day, 0), at_clock(day + timedelta(days=1), 0)


def _where(code: str) -> set[str]:
    found = asked_commune(code)
    commune = found.commune
    return set(grounds(commune.code, found.arrondissement, commune.territoire))


def _public(regime: Regle) -> Regime:
    return Regime(
        **limites.en_bref(regime).model_dump(),
        source=regime.source,
        categories=list(regime.categories),
        territoires=list(regime.territoires),
    )


@router.get(
    "/{id}",
    response_class=Response,
    responses={200: _REGIME, **UNCHANGED},
)
def lire_regime(
    session: SessionDep,
    acteur: Auteur,
    id: Numero,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Une règle de crise ; son `ETag` permet de la modifier."""
    regime = _found(session, acteur, id)
    unless_held(if_none_match, {"ETag": commands.version(regime)})
    return _answer(regime).to_http()


@router.post("", status_code=201, response_class=Response, responses={201: _CREE})
def creer_regime(
    *,
    request: Request,
    session: SessionDep,
    acteur: Auteur,
    saisie: RegimeSaisie,
    _: RienDautre,
    once: OnceDep,
) -> Response:
    """Écrire une règle de crise ; elle ne change les résultats que dans sa période.

    `creneau` et `jours` l'y limitent à des heures et à des jours de la semaine : un couvre-feu.
    """
    _check(acteur)

    def run() -> StoredAnswer:
        regime = commands.create(session, saisie, acteur=acteur.organisation)
        address = local(request.scope, f"/gestion/regimes/{regime.id}")
        return _answer(regime, 201, Location=address)

    content = saisie.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur.organisation, content, run=run).to_http()


@router.put("/{id}", response_class=Response, responses={200: _REGIME})
def remplacer_regime(
    *,
    session: SessionDep,
    acteur: Auteur,
    id: Numero,
    saisie: RegimeSaisie,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Récrire une règle entière : lui donner sa fin, par exemple. Cite l'`ETag` dans `If-Match`."""
    regime = _found(session, acteur, id, lock=True)
    commands.replace(session, regime, saisie, acteur=acteur.organisation, if_match=if_match)
    return _answer(regime).to_http()


@router.delete("/{id}", status_code=204, response_class=Response)
def supprimer_regime(
    *,
    session: SessionDep,
    acteur: Auteur,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Supprimer une règle écrite par erreur ; celle qui s'achève reçoit plutôt sa fin."""
    regime = _found(session, acteur, id, lock=True)
    commands.delete(session, regime, acteur=acteur.organisation, if_match=if_match)
    return Response(status_code=204)


def _check(acteur: Acteur) -> None:
    if acteur.role not in PARTOUT:
        raise Forbidden("Seules la Métropole et la CCI écrivent des régimes.")


def _found(session: Session, acteur: Acteur, number: int, *, lock: bool = False) -> LigneRegime:
    _check(acteur)
    regime = queries.find(session, number, lock=lock)
    if regime is None:
        raise NotFound(f"Aucun régime ne porte le numéro {number}.")
    return regime


def _answer(regime: LigneRegime, status: int = 200, **headers: str) -> StoredAnswer:
    found = RegimeGere.model_validate(
        {name: getattr(regime, name) for name in RegimeGere.model_fields}
    )
    return StoredAnswer.of(found, status, ETag=commands.version(regime), **headers)
