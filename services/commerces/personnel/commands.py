"""Erases what is kept of people: at their demand, or when it is no longer needed."""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces import queries as lectures
from services.commerces.abonnements import commands as abonnements
from services.commerces.contribution import jetons, queries
from services.commerces.contribution.commands import COMMERCANT, locked, pass_to
from services.commerces.contribution.models import (
    EvenementProposition,
    Inscription,
    Jeton,
    Proposition,
    Titulaire,
)
from services.commerces.courrier import commands as courrier
from services.commerces.models import (
    IDEMPOTENCE,
    JOURNAL,
    Exploitation,
    Fiche,
    ImportFichier,
)
from shared import journal, territoire
from shared.schemas.commerces_contribution import EtatProposition
from shared.schemas.commerces_imports import EtatImport
from shared.schemas.commerces_valeurs import StatutFiche

EFFACEE: Final = "Effacée à la demande de son titulaire"
NOM: Final = "Fiche effacée"
ADRESSE: Final = "Adresse effacée"
OUBLI_REFUS: Final = timedelta(days=60)
"""Time left to contest a refusal, then who was refused is forgotten."""
OUBLI: Final = "oubli"
"""Who forgets, in the journal."""
LOT: Final = 20
"""Reports of one pass: many that grow old together are forgotten in several."""
_NOTHING: Final = {"recu": None, "retenu": None}
_FORGET_LINES: Final = text(
    """
    UPDATE commerces.import_lignes AS l
    SET nom = CASE WHEN l.statut = 'rejete' THEN NULL ELSE l.nom END,
        constats = (
            SELECT coalesce(
                jsonb_agg(jsonb_build_array(c -> 0, c -> 1, NULL, NULL) ORDER BY rang), '[]'
            )
            FROM jsonb_array_elements(l.constats) WITH ORDINALITY AS e (c, rang)
        )
    WHERE l.import_id = :import_id AND l.constats <> '[]'
    RETURNING l.ligne
    """
)
"""A finding keeps its code and its column."""
_VIDE: Final[dict[str, Any]] = {
    "nom": NOM,
    "description": None,
    "labels": [],
    "paiements": [],
    "accessibilites": [],
    "langues": [],
    "contacts": [],
    "horaires": None,
    "horaires_osm": None,
    "horaires_texte": None,
    "niveau_preuve": 0,
    "source": "effacement",
    "licence": None,
    "statut": StatutFiche.ARCHIVEE,
    "motif_statut": EFFACEE,
    "modalites": [],
}


def erase(session: Session, titulaire: Titulaire) -> None:
    """Forget a holder and, when it was its own, its listing; a second time changes nothing.

    The journal needs no erasing: it never held anything of a person. It gets one entry more, by
    which all its readers learn that the listing is gone.
    """
    fiche = locked(session, titulaire.fiche_id)
    session.refresh(titulaire, with_for_update=True)
    if titulaire.courriel is None:
        return
    own = _is_its_own(session, titulaire, fiche)
    _forget_words(session, titulaire, titulaire.courriel)
    titulaire.courriel = titulaire.siret = None
    titulaire.ecarte_le = titulaire.ecarte_le or queries.now(session)
    if own:
        empty(session, fiche)
    session.flush()


def _is_its_own(session: Session, titulaire: Titulaire, fiche: Fiche) -> bool:
    """Whether nobody else answers for the listing, nor did before it came."""
    others = select(Titulaire.id).where(
        Titulaire.fiche_id == fiche.id,
        Titulaire.id != titulaire.id,
        Titulaire.accepte_le.is_not(None),
        Titulaire.ecarte_le.is_(None),
    )
    if session.scalar(others.limit(1)) is not None:
        return False
    recognised = titulaire.accepte_le is not None and titulaire.ecarte_le is None
    unseen = fiche.statut in {StatutFiche.BROUILLON, StatutFiche.EN_ATTENTE}
    return recognised or unseen


def _forget_words(session: Session, titulaire: Titulaire, courriel: str) -> None:
    """Mails, links, answers kept for replay, and all that was written with propositions."""
    courrier.erase(session, titulaire.id)
    asked = func.lower(Inscription.courriel) == courriel.lower()
    session.execute(delete(Inscription).where(asked))
    # What it presents itself with stays until it expires: asking again must answer the same.
    session.execute(
        delete(Jeton).where(Jeton.titulaire_id == titulaire.id, Jeton.objet != jetons.SESSION)
    )
    session.execute(delete(IDEMPOTENCE).where(IDEMPOTENCE.c.acteur == replay_actor(titulaire)))
    for row in queries.under_way(session, titulaire.id):
        pass_to(session, row, EtatProposition.REMPLACEE, auteur=COMMERCANT.organisation)
    mine = select(Proposition.id).where(Proposition.titulaire_id == titulaire.id)
    session.execute(
        update(EvenementProposition)
        .where(EvenementProposition.proposition_id.in_(mine))
        .values(texte=None)
    )
    session.execute(
        update(Proposition)
        .where(Proposition.titulaire_id == titulaire.id)
        .values(avant={}, apres={})
    )


def replay_actor(titulaire: Titulaire) -> str:
    """Under what name its idempotency keys are kept."""
    return f"titulaire:{titulaire.id}"


def empty(session: Session, fiche: Fiche) -> None:
    """What stays of an erased listing: its number, its kind of shop, its commune."""
    abonnements.forget_listing(session, fiche.id)
    for name, value in _VIDE.items():
        setattr(fiche, name, value)
    exploitation = fiche.exploitation
    exploitation.siret = exploitation.enseigne = None
    exploitation.naf_rev2 = exploitation.naf_2025 = None
    exploitation.au = exploitation.au or lectures.today(session)
    lieu = exploitation.lieu
    shared = (
        select(Fiche.id)
        .join(Exploitation, Exploitation.id == Fiche.exploitation_id)
        .where(Exploitation.lieu_id == lieu.id, Fiche.id != fiche.id)
    )
    if session.scalar(shared.limit(1)) is None:
        commune = territoire.resolve(lieu.code_commune)
        assert commune is not None, "a listing stands in a commune of the Métropole"
        lieu.adresse, lieu.complement, lieu.cle_ban = ADRESSE, None, None
        lieu.lon, lieu.lat = commune.commune.lon, commune.commune.lat
    annuaire.changed(session, fiche, "fiche.effacee", COMMERCANT)


def forget(session: Session) -> None:
    """Erase what has served its time: links, registrations never confirmed, people refused."""
    now = func.now()
    session.execute(
        delete(Inscription).where(Inscription.cree_le < now - jetons.DUREES["inscription"])
    )
    session.execute(delete(Jeton).where(Jeton.expire_le < now))
    refused = select(Titulaire).where(
        Titulaire.courriel.is_not(None), Titulaire.ecarte_le < now - OUBLI_REFUS
    )
    for titulaire in session.scalars(refused.order_by(Titulaire.id)):
        erase(session, titulaire)


def forget_reports(session: Session, *, days: int) -> int:
    """Erase what old imports received, line by line; how many lines.

    Codes and counts stay. A file that still waits for a confirmation is given up: it holds all.
    """
    old = (
        select(ImportFichier)
        .where(
            ImportFichier.instant < func.now() - timedelta(days=days),
            ImportFichier.bilan["oublie_le"].as_string().is_(None),
        )
        .order_by(ImportFichier.id)
        .limit(LOT)
        .with_for_update(skip_locked=True)
    )
    now = queries.now(session).isoformat()
    entries = []
    for recu in session.scalars(old).all():
        lines = len(session.execute(_FORGET_LINES, {"import_id": recu.id}).all())
        codes = [
            {**code, "exemples": [{**one, **_NOTHING} for one in code["exemples"]]}
            for code in recu.bilan["codes"]
        ]
        recu.bilan = {**recu.bilan, "codes": codes, "oublie_le": now}
        if recu.etat == EtatImport.EN_ATTENTE:
            recu.etat, recu.contenu = EtatImport.ABANDONNE, None
        entries.append(("import.oublie", str(recu.id), OUBLI, {"lignes": lines}))
    journal.append(session, JOURNAL, entries)
    session.flush()
    return sum(int(body["lignes"]) for *_, body in entries)
