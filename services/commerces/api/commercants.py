"""What a merchant does with its token: read its listing, change it, confirm it, leave."""

from fastapi import Response
from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces.api.titulaire import (
    EffacableDep,
    JetonDep,
    RefuseAussiDep,
    TitulaireDep,
    check_own,
)
from services.commerces.contribution import commands, queries, vues
from services.commerces.contribution.models import Proposition, Titulaire
from services.commerces.models import IDEMPOTENCE, Fiche
from services.commerces.origines import commands as origines
from services.commerces.personnel import commands as personnel
from services.commerces.personnel import queries as donnees
from services.commerces.retraits import commands as retraits
from services.commerces.titulaires import commands as titulaires
from shared.conditional import PRIVATE, UNCHANGED, VERSIONED, IfMatch, IfNoneMatch, unless_held
from shared.db import SessionDep
from shared.http.bodies import PetitCorps
from shared.http.media import JSON
from shared.idempotency import OnceDep, StoredAnswer
from shared.parameters import Numero, NumeroObjet, RienDautre
from shared.problems import NotFound
from shared.routing import service_router
from shared.schemas.commerces_contribution import (
    DonneesTitulaire,
    MaFiche,
    PropositionNouvelle,
    PropositionSuivie,
    ReponsePrecision,
)
from shared.schemas.commun import Page

PAR_HEURE = 30
"""Propositions of one merchant: each may change its listing at once."""
DERNIERES = 100
"""Propositions that a merchant reads again; its export has them all."""
router = service_router(route_class=PetitCorps)


@router.get(
    "/moi",
    response_class=Response,
    responses={
        200: {"model": MaFiche},
        **UNCHANGED,
    },
)
def lire_ma_fiche(
    session: SessionDep,
    titulaire: TitulaireDep,
    _: RienDautre,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """Sa fiche, prête à être corrigée ; son `ETag` permet de proposer un changement."""
    fiche = session.get_one(Fiche, titulaire.fiche_id)
    headers = {**PRIVATE, "ETag": annuaire.version(fiche)}
    unless_held(if_none_match, headers)
    whole = queries.reads_all(session, titulaire, fiche)
    body = vues.mine(fiche, titulaire, whole=whole).model_dump_json()
    return Response(body, media_type=JSON, headers=headers)


@router.post("/moi/confirmation", response_class=Response, responses={200: {"model": MaFiche}})
def confirmer_ma_fiche(
    session: SessionDep, titulaire: TitulaireDep, _: RienDautre, if_match: IfMatch = None
) -> Response:
    """Dire que tout est toujours exact : la fiche est confirmée, et revient si elle était cachée.

    Cite dans `If-Match` l'`ETag` que rend `GET /moi` : on ne confirme que ce qu'on a lu.
    """
    fiche = commands.confirm_own(session, titulaire, if_match=if_match)
    headers = {**PRIVATE, "ETag": annuaire.version(fiche)}
    body = vues.mine(fiche, titulaire, whole=True).model_dump_json()
    return Response(body, media_type=JSON, headers=headers)


@router.post(
    "/fiches/{id}/propositions",
    status_code=201,
    response_class=Response,
    responses={201: {"model": PropositionSuivie}},
)
def proposer_changement(
    *,
    session: SessionDep,
    titulaire: TitulaireDep,
    id: NumeroObjet,
    nouvelle: PropositionNouvelle,
    _: RienDautre,
    if_match: IfMatch = None,
    once: OnceDep,
) -> Response:
    """Proposer un changement de sa fiche, sa fermeture, ou sa réouverture.

    Cite dans `If-Match` l'`ETag` que rend `GET /moi`. Ce que votre niveau de preuve permet change
    tout de suite ; le reste attend la décision d'un agent, et remplace ce qui attendait déjà.
    """
    check_own(titulaire, id)

    def run() -> StoredAnswer:
        origines.limit(
            session,
            origines.address_fingerprint(session, personnel.replay_actor(titulaire)),
            "proposition",
            per_hour=PAR_HEURE,
            refus=f"Au plus {PAR_HEURE} propositions par heure pour un même titulaire.",
        )
        row = commands.propose(session, titulaire, nouvelle, if_match=if_match)
        version = annuaire.version(row.fiche)
        return StoredAnswer.of(_followed(session, row), 201, **PRIVATE, ETag=version)

    acteur, content = personnel.replay_actor(titulaire), nouvelle.model_dump_json()
    return once.answer(IDEMPOTENCE, acteur, content, if_match or "", run=run).to_http()


@router.get(
    "/fiches/{id}/propositions",
    response_class=Response,
    responses={200: {"model": Page[PropositionSuivie]}},
)
def lister_mes_propositions(
    session: SessionDep,
    titulaire: TitulaireDep,
    id: NumeroObjet,
    _: RienDautre,
) -> Response:
    """Ce qui a été demandé de sa fiche, les dernières demandes d'abord, avec leur histoire."""
    check_own(titulaire, id)
    rows = queries.of_holder(session, titulaire.id, limit=DERNIERES)
    page = Page[PropositionSuivie](elements=[_followed(session, row) for row in rows])
    return Response(page.model_dump_json(), media_type=JSON, headers=PRIVATE)


@router.get(
    "/propositions/{id}",
    response_class=Response,
    responses={200: {"model": PropositionSuivie, "headers": VERSIONED}},
)
def lire_ma_proposition(
    session: SessionDep,
    titulaire: TitulaireDep,
    id: Numero,
    _: RienDautre,
) -> Response:
    """Une de ses demandes, avec son histoire ; son `ETag` permet d'y répondre."""
    return _whole(session, _own_proposition(session, titulaire, id))


@router.post(
    "/propositions/{id}/reponse",
    response_class=Response,
    responses={200: {"model": PropositionSuivie}},
)
def repondre_a_une_precision(
    *,
    session: SessionDep,
    titulaire: TitulaireDep,
    id: Numero,
    reponse: ReponsePrecision,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Répondre à un agent qui demande une précision : la demande attend de nouveau sa décision.

    Cite dans `If-Match` l'`ETag` de la demande lue.
    """
    row = _own_proposition(session, titulaire, id, lock=True)
    commands.answer(session, row, reponse.message, if_match=if_match)
    return _whole(session, row)


@router.post(
    "/propositions/{id}/retrait",
    response_class=Response,
    responses={200: {"model": PropositionSuivie}},
)
def retirer_ma_proposition(
    *,
    session: SessionDep,
    titulaire: TitulaireDep,
    id: Numero,
    _: RienDautre,
    if_match: IfMatch = None,
) -> Response:
    """Retirer une demande qui attend encore : aucun agent n'en décide plus.

    Cite dans `If-Match` l'`ETag` de la demande lue. Ce qui a été changé tout de suite le reste.
    Retirer l'inscription ou la revendication par laquelle on demandait à tenir la fiche, c'est y
    renoncer : le jeton n'ouvre plus que ses propres données, oubliées au bout de 60 jours, et le
    reste de ce qui attendait est retiré aussi.
    """
    row = _own_proposition(session, titulaire, id, lock=True)
    retraits.withdraw(session, row, if_match=if_match)
    return _whole(session, row)


def _own_proposition(
    session: Session, titulaire: Titulaire, number: int, *, lock: bool = False
) -> Proposition:
    row = queries.find_proposition(session, number, lock=lock)
    if row is None or row.titulaire_id != titulaire.id:
        raise NotFound(f"Aucune de vos demandes ne porte le numéro {number}.")
    return row


def _followed(session: Session, row: Proposition) -> PropositionSuivie:
    return vues.followed(row, whole=queries.reads_all(session, row.titulaire, row.fiche))


def _whole(session: Session, row: Proposition) -> Response:
    headers = {**PRIVATE, "ETag": commands.version(row)}
    body = _followed(session, row).model_dump_json()
    return Response(body, media_type=JSON, headers=headers)


@router.get("/moi/donnees", response_class=Response, responses={200: {"model": DonneesTitulaire}})
def exporter_mes_donnees(session: SessionDep, titulaire: RefuseAussiDep, _: RienDautre) -> Response:
    """Tout ce que l'annuaire garde de vous : de votre adresse, pour chacune de ses fiches.

    Un commerçant qu'un agent a refusé le lit aussi, et le fait effacer, pendant 60 jours : tout
    est oublié ensuite.
    """
    headers = {**PRIVATE, "Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    body = donnees.export(session, titulaire).model_dump_json()
    return Response(body, media_type=JSON, headers=headers)


@router.delete("/moi/donnees", status_code=204, response_class=Response)
def effacer_mes_donnees(session: SessionDep, titulaire: EffacableDep, _: RienDautre) -> Response:
    """Effacer tout ce que l'annuaire garde de vous, et vos fiches si elles ne sont qu'à vous.

    Vous, c'est votre adresse électronique : toutes les fiches dont elle a été dite titulaire sont
    concernées, et tous ses jetons cessent d'ouvrir quoi que ce soit. Le redemander ne change rien.
    Rien ne revient.
    """
    personnel.erase(session, titulaire)
    return Response(status_code=204, headers=PRIVATE)


@router.delete("/moi/jeton", status_code=204, response_class=Response)
def terminer_mon_jeton(
    session: SessionDep, titulaire: RefuseAussiDep, jeton: JetonDep, _: RienDautre
) -> Response:
    """Se déconnecter : le jeton présenté n'ouvre plus rien, aussitôt et partout."""
    titulaires.disconnect(session, titulaire, jeton.credentials)
    return Response(status_code=204, headers=PRIVATE)


@router.delete("/moi/autres-jetons", status_code=204, response_class=Response)
def terminer_mes_autres_jetons(
    session: SessionDep, titulaire: RefuseAussiDep, jeton: JetonDep, _: RienDautre
) -> Response:
    """Fermer tous ses autres accès : un téléphone perdu, un ancien employé, un lien transmis.

    Vos autres jetons, et les liens déjà envoyés qui en donneraient, n'ouvrent plus rien : ceux de
    votre adresse électronique, pour toutes ses fiches ; une inscription dont le lien n'a pas été
    suivi est à refaire. Seul le jeton présenté reste. Sans jeton, demandez d'abord un lien
    (`POST /acces`).
    """
    titulaires.disconnect_elsewhere(session, titulaire, jeton.credentials)
    return Response(status_code=204, headers=PRIVATE)
