"""The directory's due work, which `relance worker` does when its time comes."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from services.commerces.courrier import commands as courrier
from services.commerces.courrier.envoi import port
from services.commerces.fraicheur import commands as fraicheur
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


def send_mail(session: "Session", corps: dict[str, Any]) -> None:
    """A mail of the outbox leaves."""
    courrier.send(session, corps, port(Settings()))


def keep_fresh(session: "Session", _corps: dict[str, Any]) -> None:
    """Holders are reminded, and what nobody confirms is hidden."""
    adresse = Settings().adresse_publique
    fraicheur.remind(session, adresse=adresse)
    fraicheur.hide(session, adresse=adresse)


def forget_people(session: "Session", _corps: dict[str, Any]) -> None:
    """What is no longer needed of people is erased."""
    origines.forget(session)
    courrier.forget(session)
    signalements.forget(session)
    personnel.forget(session)


HOURLY: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)
ATELIER = Atelier(
    TRAVAUX,
    {
        "idempotence.purger": Tache(forget_keys, chaque=HOURLY),
        "modalites.renouveler": Tache(renew_offers, chaque=QUARTER),
        courrier.ENVOYER: Tache(send_mail),
        "fiches.fraicheur": Tache(keep_fresh, chaque=QUARTER),
        "personnel.oublier": Tache(forget_people, chaque=HOURLY),
    },
)
