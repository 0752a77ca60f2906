"""The directory's due work, which `relance worker` does when its time comes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from services.commerces.courrier import commands as courrier
from services.commerces.courrier.envoi import port
from services.commerces.fraicheur import commands as fraicheur
from services.commerces.livraisons.commands import distribute
from services.commerces.livraisons.envoi import deliver
from services.commerces.models import IDEMPOTENCE, TRAVAUX
from services.commerces.origines import commands as origines
from services.commerces.personnel import commands as personnel
from services.commerces.signalements import commands as signalements
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def renew_offers(session: "Session", _corps: dict[str, Any]) -> None:
    """Listings with a modality that begins or ended today are shown anew: answers are kept."""
    from services.commerces.commands import journal_offers_of_today

    journal_offers_of_today(session)


def forget_deliveries(session: "Session", _corps: dict[str, Any]) -> None:
    """Messages of webhooks past their time are shown no more."""
    from services.commerces.abonnements.commands import forget_deliveries

    forget_deliveries(session)


def announce_regimes(session: "Session", _corps: dict[str, Any]) -> None:
    """A crisis rule that begins or ends changes answers that are kept."""
    from services.commerces.regimes.commands import journal_turns

    journal_turns(session)


def find_duplicates(session: "Session", _corps: dict[str, Any]) -> None:
    """Pairs of listings that may be one shop are proposed to agents."""
    from services.commerces.doublons.commands import chercher

    chercher(session)


def send_mail(session: "Session", corps: dict[str, Any]) -> None:
    """A mail of the outbox leaves."""
    courrier.send(session, corps, port(Settings()))


def keep_fresh(session: "Session", _corps: dict[str, Any]) -> None:
    """Holders are reminded, and what nobody confirms is hidden."""
    adresse = Settings().adresse_publique
    fraicheur.remind(session, adresse=adresse)
    fraicheur.hide(session, adresse=adresse)


def forget_reports(session: "Session", _corps: dict[str, Any]) -> None:
    """Mail addresses that came in files are not kept in reports for ever."""
    personnel.forget_reports(session, days=Settings().commerces_rapports_jours)


def forget_people(session: "Session", _corps: dict[str, Any]) -> None:
    """What is no longer needed of people is erased."""
    origines.forget(session)
    courrier.forget(session)
    signalements.forget(session)
    personnel.forget(session)


SENDERS: Final = 3
"""Receivers called at once by a worker: a slow one does not keep the others waiting."""
HOURLY: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)
ATELIER = Atelier(
    TRAVAUX,
    {
        "doublons.apres_import": Tache(find_duplicates),
        "doublons.chercher": Tache(find_duplicates, chaque=HOURLY),
        "idempotence.purger": Tache(forget_keys, chaque=HOURLY),
        "regimes.annoncer": Tache(announce_regimes, chaque=timedelta(minutes=1)),
        "modalites.renouveler": Tache(renew_offers, chaque=QUARTER),
        "livraisons.oublier": Tache(forget_deliveries, chaque=HOURLY),
        courrier.ENVOYER: Tache(send_mail),
        "fiches.fraicheur": Tache(keep_fresh, chaque=QUARTER),
        "personnel.oublier": Tache(forget_people, chaque=HOURLY),
        "imports.oublier": Tache(forget_reports, chaque=HOURLY),
    },
    tournees=(distribute, *(deliver,) * SENDERS),
)
