"""Background jobs of the directory, run by `relance worker`."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from services.commerces import commands as annuaire
from services.commerces.abonnements import commands as abonnements
from services.commerces.courrier import commands as courrier
from services.commerces.courrier.envoi import Message, forget_files, port
from services.commerces.doublons import commands as doublons
from services.commerces.fraicheur import commands as fraicheur
from services.commerces.livraisons.commands import distribute
from services.commerces.livraisons.envoi import deliver
from services.commerces.models import IDEMPOTENCE, TRAVAUX
from services.commerces.origines import commands as origines
from services.commerces.personnel import commands as personnel
from services.commerces.regimes import commands as regimes
from services.commerces.signalements import commands as signalements
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


def forget_keys(session: "Session", _corps: dict[str, Any]) -> None:
    """Idempotency keys past their 24 hours answer no one any more."""
    purge(session, IDEMPOTENCE)


def renew_offers(session: "Session", _corps: dict[str, Any]) -> None:
    """Listings with a modality that begins or ended today are shown anew: answers are kept."""
    annuaire.journal_offers_of_today(session)


def forget_deliveries(session: "Session", _corps: dict[str, Any]) -> None:
    """Messages of webhooks past their time are shown no more."""
    abonnements.forget_deliveries(session)


def announce_regimes(session: "Session", _corps: dict[str, Any]) -> None:
    """A crisis rule that begins or ends changes answers that are kept."""
    regimes.journal_turns(session)


def find_duplicates(session: "Session", _corps: dict[str, Any]) -> None:
    """Pairs of listings that may be one shop are proposed to agents."""
    doublons.chercher(session)


def keep_fresh(session: "Session", _corps: dict[str, Any], *, adresse: str) -> None:
    """Holders are reminded, and what nobody confirms is hidden."""
    fraicheur.remind(session, adresse=adresse)
    fraicheur.hide(session, adresse=adresse)


def forget_reports(session: "Session", _corps: dict[str, Any], *, days: int) -> None:
    """Mail addresses that came in files are not kept in reports for ever."""
    personnel.forget_reports(session, days=days)


def forget_people(session: "Session", _corps: dict[str, Any], *, settings: Settings) -> None:
    """What is no longer needed of people is erased."""
    forget_files(settings, courrier.OUBLI_TEXTE)
    origines.forget(session)
    courrier.forget(session)
    signalements.forget(session)
    personnel.forget(session)


def let_mail_out(engine: "Engine", settings: Settings) -> int:
    """The next mail of the outbox leaves."""
    return courrier.let_out(engine, partial(_send, settings))


def _send(settings: Settings, message: Message) -> None:
    # Not before there is a mail: what is wrong with the settings is then told with it.
    port(settings)(message)


SENDERS: Final = 3
"""Receivers called at once by a worker: a slow one does not keep the others waiting."""
HOURLY: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)


def atelier(settings: Settings) -> Atelier:
    """The directory's due work, as the settings of its process want it."""
    fresh = partial(keep_fresh, adresse=settings.adresse_publique)
    reports = partial(forget_reports, days=settings.commerces_rapports_jours)
    return Atelier(
        TRAVAUX,
        {
            "doublons.apres_import": Tache(find_duplicates),
            "doublons.chercher": Tache(find_duplicates, chaque=HOURLY),
            "idempotence.purger": Tache(forget_keys, chaque=HOURLY),
            "regimes.annoncer": Tache(announce_regimes, chaque=timedelta(minutes=1)),
            "modalites.renouveler": Tache(renew_offers, chaque=QUARTER),
            "livraisons.oublier": Tache(forget_deliveries, chaque=HOURLY),
            "fiches.fraicheur": Tache(fresh, chaque=QUARTER),
            "personnel.oublier": Tache(partial(forget_people, settings=settings), chaque=HOURLY),
            "imports.oublier": Tache(reports, chaque=HOURLY),
        },
        tournees=(
            distribute,
            *(partial(deliver, settings=settings),) * SENDERS,
            partial(let_mail_out, settings=settings),
        ),
    )
