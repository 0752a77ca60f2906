"""Writes of webhook subscriptions, made by their owners."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, exists, func, insert, literal, update
from sqlalchemy.orm import Session, aliased

from services.commerces.abonnements import queries, signature
from services.commerces.abonnements.messages import test_message
from services.commerces.abonnements.models import Abonnement, FicheAnnoncee, Livraison
from services.commerces.models import JOURNAL
from shared import clock, journal, sealing
from shared.conditional import etag, require_match
from shared.db import hold
from shared.memory.places import written_commune
from shared.outbound import CallError, look
from shared.problems import Conflict, InvalidBody
from shared.schemas.commerces_abonnements import (
    AbonnementSaisie,
    EtatAbonnement,
    EtatLivraison,
    GenreMessage,
)

ABONNEMENTS_MAX: Final = 20
"""Subscriptions of one organisation."""
GRACE: Final = timedelta(hours=24)
"""How long the secret before the last signs too."""
_PURPOSE: Final = b"commerces.webhooks"
LIVREES: Final = timedelta(days=30)
"""How long what was delivered is shown."""
ABANDONNEES: Final = timedelta(days=90)
"""How long what was given up can be sent again."""


def version(abonnement: Abonnement) -> str:
    return etag("abonnement", abonnement.id, abonnement.version)


def create(
    session: Session,
    saisie: AbonnementSaisie,
    *,
    organisation: str,
    hotes: frozenset[str],
    cle: str,
) -> tuple[Abonnement, str]:
    """A subscription to what changes from now on, and its secret, which nothing shows again."""
    places = _checked(saisie, hotes)
    # One at a time: two creations must not both be the last one allowed.
    hold(session, f"commerces.abonnements.{organisation}")
    if len(queries.of_organisation(session, organisation)) >= ABONNEMENTS_MAX:
        raise Conflict(f"Votre organisation a déjà {ABONNEMENTS_MAX} abonnements.")
    curseur, _ = journal.head(session.connection(), JOURNAL)
    secret = signature.new_secret()
    abonnement = Abonnement(
        organisation=organisation,
        url=saisie.url,
        genres=list(saisie.genres),
        territoires=places,
        description=saisie.description,
        etat=saisie.etat,
        secret=sealing.seal(secret, cle, purpose=_PURPOSE),
        curseur_xid=curseur.xid,
        curseur_position=curseur.position,
        echecs=0,
    )
    session.add(abonnement)
    session.flush()
    _tell_shown(session, abonnement)
    _journal(session, abonnement, "abonnement.cree", organisation)
    return abonnement, secret


def replace(
    session: Session,
    abonnement: Abonnement,
    saisie: AbonnementSaisie,
    *,
    hotes: frozenset[str],
    if_match: str | None,
) -> None:
    """The whole subscription anew; what waits is sent from where it stood."""
    require_match(if_match, version(abonnement))
    places = _checked(saisie, hotes)
    elsewhere = places != abonnement.territoires
    resumed = saisie.etat != abonnement.etat or saisie.url != abonnement.url
    abonnement.url, abonnement.description = saisie.url, saisie.description
    abonnement.genres, abonnement.territoires = list(saisie.genres), places
    abonnement.etat, abonnement.motif_etat = saisie.etat, None
    if resumed:
        _forget_failures(abonnement)
    if elsewhere:
        _tell_shown(session, abonnement)
    _changed(session, abonnement, "abonnement.modifie", abonnement.organisation)


def remove(session: Session, abonnement: Abonnement, *, if_match: str | None) -> None:
    """No more messages; those that wait are forgotten."""
    require_match(if_match, version(abonnement))
    _journal(session, abonnement, "abonnement.supprime", abonnement.organisation)
    session.execute(delete(Abonnement).where(Abonnement.id == abonnement.id))


def rotate(session: Session, abonnement: Abonnement, *, cle: str, if_match: str | None) -> str:
    """A new secret; the one before it signs too for a day."""
    require_match(if_match, version(abonnement))
    secret = signature.new_secret()
    abonnement.secret_precedent = abonnement.secret
    abonnement.secret_precedent_fin = clock.now(session) + GRACE
    abonnement.secret = sealing.seal(secret, cle, purpose=_PURPOSE)
    _changed(session, abonnement, "abonnement.secret", abonnement.organisation)
    return secret


def live_secrets(abonnement: Abonnement, cle: str, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first; those that can still be read."""
    sealed = [abonnement.secret]
    until = abonnement.secret_precedent_fin
    if abonnement.secret_precedent is not None and until is not None and now < until:
        sealed.append(abonnement.secret_precedent)
    found = (sealing.unseal(one, cle, purpose=_PURPOSE) for one in sealed)
    return [one for one in found if one is not None]


def send_test(session: Session, abonnement: Abonnement) -> Livraison:
    """A message that announces nothing, sent at once even to who failed."""
    _must_be_active(abonnement)
    message = test_message(secrets.token_hex(12), clock.now(session))
    livraison = Livraison(abonnement_id=abonnement.id, etat="en_attente", essais=0)
    livraison.message, livraison.genre, livraison.sujet, livraison.corps = message
    session.add(livraison)
    abonnement.repos_jusqu_a = None
    session.flush()
    return livraison


def send_again(session: Session, abonnement: Abonnement, livraison: Livraison) -> None:
    """A message that was delivered or given up is sent once more, under the same id."""
    _must_be_active(abonnement)
    if livraison.etat == EtatLivraison.EN_ATTENTE:
        raise Conflict("Ce message est déjà en attente d'envoi.")
    if livraison.corps is None:
        raise Conflict("Ce message parlait d'une fiche effacée depuis : il ne se renvoie pas.")
    if not _revive(session, Livraison.id == livraison.id, *queries.still_true(abonnement)):
        raise Conflict(
            "Ce message n'est plus vrai : un plus récent l'a remplacé, ou la fiche n'est plus "
            "montrée, ou l'est de nouveau. Lisez la fiche, ou rejouez le dernier message d'elle."
        )
    abonnement.repos_jusqu_a = None
    session.refresh(livraison)


def send_all_again(session: Session, abonnement: Abonnement) -> int:
    """All that was given up and is still true is sent once more."""
    _must_be_active(abonnement)
    abonnement.repos_jusqu_a = None
    return _revive(
        session,
        Livraison.abonnement_id == abonnement.id,
        Livraison.etat == EtatLivraison.ABANDONNEE,
        *queries.still_true(abonnement),
    )


def forget_listing(session: Session, fiche_id: int, abonnement_id: int | None = None) -> None:
    """Keep nothing of what messages showed of an erased listing; those that wait do not leave.

    That it was withdrawn is all that its subscribers still hear.
    """
    about = [Livraison.sujet == str(fiche_id), Livraison.genre != GenreMessage.RETIREE]
    if abonnement_id is not None:
        about.append(Livraison.abonnement_id == abonnement_id)
    waiting = Livraison.etat == EtatLivraison.EN_ATTENTE
    session.execute(delete(Livraison).where(*about, waiting))
    # A receiver may have answered what it was sent.
    session.execute(update(Livraison).where(*about).values(corps=None, erreur=None))


def forget_deliveries(session: Session) -> None:
    """Messages past their time are shown no more, nor what was given up before them.

    Without what took its place, an old message would look like the last of its listing.
    """
    later = aliased(Livraison)
    replaced = exists().where(
        later.abonnement_id == Livraison.abonnement_id,
        later.sujet == Livraison.sujet,
        later.id > Livraison.id,
        later.etat == EtatLivraison.LIVREE,
        later.terminee_le <= func.now() - LIVREES,
    )
    given_up = Livraison.etat == EtatLivraison.ABANDONNEE
    session.execute(delete(Livraison).where(given_up, replaced))
    for etat, kept in ((EtatLivraison.LIVREE, LIVREES), (EtatLivraison.ABANDONNEE, ABANDONNEES)):
        old = Livraison.terminee_le <= func.now() - kept
        session.execute(delete(Livraison).where(Livraison.etat == etat, old))


def disable(session: Session, abonnement: Abonnement, motif: str) -> None:
    """Call a subscriber no longer; the journal keeps what it will hear of when it comes back."""
    abonnement.etat, abonnement.motif_etat = EtatAbonnement.DESACTIVE, motif
    _changed(session, abonnement, "abonnement.desactive", "webhooks")


def _revive(session: Session, *which: ColumnElement[bool]) -> int:
    values = {
        "etat": EtatLivraison.EN_ATTENTE,
        "essais": 0,
        "prochain_essai_le": func.now(),
        "terminee_le": None,
    }
    revived = update(Livraison).where(*which).values(values).returning(Livraison.id)
    return len(session.scalars(revived).all())


def _must_be_active(abonnement: Abonnement) -> None:
    if abonnement.etat != EtatAbonnement.ACTIF:
        raise Conflict("Cet abonnement n'est pas actif : réactivez-le d'abord (PUT, etat=actif).")


def _checked(saisie: AbonnementSaisie, hotes: frozenset[str]) -> list[str]:
    """Codes of today for the territories; a problem that points at what is wrong."""
    try:
        look(saisie.url, hotes=hotes)
    except CallError as error:
        raise InvalidBody.at("#/url", f"L'adresse n'est pas acceptée : {error}.") from error
    return sorted({_today(code, place) for place, code in enumerate(saisie.territoires)})


def _today(code: str, place: int) -> str:
    if code.startswith("T"):
        return code
    return written_commune(code, pointer=f"#/territoires/{place}")


def _tell_shown(session: Session, abonnement: Abonnement) -> None:
    """Begin from what is shown now in the territories: no message is made of it."""
    mine = FicheAnnoncee.abonnement_id == abonnement.id
    session.execute(delete(FicheAnnoncee).where(mine))
    shown = queries.shown_ids(abonnement.territoires).add_columns(literal(abonnement.id))
    session.execute(insert(FicheAnnoncee).from_select(["fiche_id", "abonnement_id"], shown))


def _forget_failures(abonnement: Abonnement) -> None:
    abonnement.echecs, abonnement.echec_depuis, abonnement.repos_jusqu_a = 0, None, None


def _changed(session: Session, abonnement: Abonnement, genre: str, acteur: str) -> None:
    abonnement.version += 1
    abonnement.modifie_le = clock.now(session)
    session.flush()
    _journal(session, abonnement, genre, acteur)


def _journal(session: Session, abonnement: Abonnement, genre: str, acteur: str) -> None:
    # Its address may hold a secret: it is not told.
    body: dict[str, Any] = {"etat": abonnement.etat, "version": abonnement.version}
    journal.append(session, JOURNAL, [(genre, f"abonnement:{abonnement.id}", acteur, body)])
