"""Background jobs of the directory, run by `relance worker`."""

from datetime import timedelta
from functools import partial
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.commerces import commands as annuaire
from services.commerces.abonnements import commands as abonnements
from services.commerces.abonnements import queries
from services.commerces.courrier import commands as courrier
from services.commerces.courrier.envoi import Message, forget_files, port
from services.commerces.doublons import commands as doublons
from services.commerces.fraicheur import commands as fraicheur
from services.commerces.livraisons.commands import distribute
from services.commerces.livraisons.envoi import deliver
from services.commerces.models import IDEMPOTENCE, TRAVAUX
from services.commerces.origines import commands as origines
from services.commerces.oubli import commands as oubli
from services.commerces.personnel import commands as personnel
from services.commerces.regimes import commands as regimes
from services.commerces.signalements import commands as signalements
from shared.idempotency import purge
from shared.settings import Settings
from shared.worker import Atelier, Tache

SENDERS: Final = 3
"""Receivers called at once by a worker: a slow one does not keep the others waiting."""
HOURLY: Final = timedelta(hours=1)
QUARTER: Final = timedelta(minutes=15)


def atelier(settings: Settings) -> Atelier:
    """The directory's due work, as the settings of its process want it."""
    keep_fresh = partial(_keep_fresh, adresse=settings.adresse_publique)
    forget_people = partial(_forget_people, settings=settings)
    forget_reports = partial(oubli.forget_reports, days=settings.commerces_rapports_jours)
    return Atelier(
        TRAVAUX,
        {
            "doublons.apres_import": Tache.simple(doublons.chercher),
            "doublons.chercher": Tache.simple(doublons.chercher, HOURLY),
            "idempotence.purger": Tache.simple(partial(purge, table=IDEMPOTENCE), HOURLY),
            "regimes.annoncer": Tache.simple(regimes.journal_turns, timedelta(minutes=1)),
            "modalites.renouveler": Tache.simple(annuaire.journal_offers_of_today, QUARTER),
            "livraisons.oublier": Tache.simple(abonnements.forget_deliveries, HOURLY),
            "fiches.fraicheur": Tache.simple(keep_fresh, QUARTER),
            "personnel.oublier": Tache.simple(forget_people, HOURLY),
            "imports.oublier": Tache.simple(forget_reports, HOURLY),
        },
        tournees=(
            distribute,
            *(partial(deliver, settings=settings),) * SENDERS,
            partial(let_mail_out, settings=settings),
        ),
        mesures=(queries.measure,),
    )


def _keep_fresh(session: Session, *, adresse: str) -> None:
    """Holders are reminded, and what nobody confirms is hidden."""
    fraicheur.remind(session, adresse=adresse)
    fraicheur.hide(session, adresse=adresse)


def _forget_people(session: Session, *, settings: Settings) -> None:
    """What is no longer needed of people is erased."""
    forget_files(settings, courrier.OUBLI_TEXTE)
    origines.forget(session)
    courrier.forget(session)
    signalements.forget(session)
    personnel.forget(session)


def let_mail_out(engine: Engine, settings: Settings) -> int:
    """The next mail of the outbox leaves."""
    return courrier.let_out(engine, partial(_send, settings))


def _send(settings: Settings, message: Message) -> None:
    # Not before there is a mail: what is wrong with the settings is then told with it.
    port(settings)(message)
