"""The directory's due work: old keys are forgotten, and the day that passes is shown."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from services.commerces import commands
from services.commerces.commands import Auteur
from services.commerces.demonstration import shops
from services.commerces.models import IDEMPOTENCE, JOURNAL
from services.commerces.taches import atelier
from shared import clock
from shared.schemas.commerces_gestion import ChangementStatut, FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.settings import Settings


def test_expired_keys_are_forgotten(session):
    values = {"acteur": "t", "route": "r", "empreinte_requete": "e"}
    for cle, hours in (("vieille", -1), ("jeune", 1)):
        expire = datetime.now(UTC) + timedelta(hours=hours)
        session.execute(insert(IDEMPOTENCE).values(**values, cle=cle, expire_le=expire))
    atelier(Settings()).taches["idempotence.purger"].run(session, {})
    assert session.scalars(select(IDEMPOTENCE.c.cle)).all() == ["jeune"]


def test_a_modality_that_begins_today_is_shown_today(session):
    auteur = Auteur("essai", VerifiePar.CCI)
    shop = next(shops())
    shop["modalites"] = [{"genre": "drive", "du": clock.today(session)}]
    fiche = commands.create(session, FicheSaisie.model_validate(shop), auteur=auteur)
    commands.decide(
        session,
        fiche,
        ChangementStatut(statut=StatutFiche.PUBLIEE),
        auteur=auteur,
        if_match=commands.version(fiche),
    )
    for _ in range(2):
        atelier(Settings()).taches["modalites.renouveler"].run(session, {})
    entries = session.execute(select(JOURNAL.c.genre).order_by(JOURNAL.c.position)).scalars().all()
    assert entries == ["fiche.creee", "fiche.statut", "fiche.offre"]
