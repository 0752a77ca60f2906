"""What a newer file confirms: the same said again is true again, and nothing goes back in time."""

from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select, text

from services.commerces import changements
from services.commerces import commands as gestion
from services.commerces.commands import Auteur
from services.commerces.contribution.models import Titulaire
from services.commerces.fraicheur.commands import hide
from services.commerces.models import ModaliteFiche, Provenance
from services.commerces.statuts import NON_CONFIRMEE
from shared import clock
from shared.journal import EPOCH, ZERO, Entree
from shared.problems import Conflict
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.schemas.commun import PARIS
from tests.commerces.imports.conftest import AGENT
from tests.commerces.imports.conftest import SHOP as LINE

ANCIENNE, RECENTE = date(2025, 6, 1), date(2025, 9, 1)
SHOP = {**LINE, "modalites": "livraison"}
CORRECTED = {
    "nom": LINE["nom"],
    "adresse": LINE["adresse"],
    "code_postal": LINE["code_postal"],
    "lon": 2.5553,
    "lat": 48.7375,
    "categories": ["fromagerie"],
    "description": "Corrigé à la main",
    "modalites": [{"genre": "comptoir"}],
}


@pytest.fixture
def today(session):
    return clock.today(session)


@pytest.fixture
def fiche(shown):
    """The listing as it is now, and what its managers see."""
    return lambda: shown()[SHOP["nom"]]


def entries(session):
    rows = session.execute(text("SELECT genre FROM commerces.journal ORDER BY position"))
    return [row.genre for row in rows]


def natures(session):
    """What the public feed says of each entry that it tells."""
    rows = session.execute(text("SELECT genre, corps FROM commerces.journal ORDER BY position"))
    made = (Entree(ZERO, EPOCH, genre, "1", "essai", corps) for genre, corps in rows)
    return [nature for nature in map(changements._nature, made) if nature is not None]


def done(found):
    fiches = found.bilan.fiches
    return fiches.creees, fiches.modifiees, fiches.confirmees


def test_a_newer_edition_confirms_what_it_says_again(session, take, fiche):
    take(SHOP, edition=ANCIENNE)
    version = fiche()[0].version
    assert done(take(SHOP, edition=RECENTE)) == (0, 0, 1)
    found, properties = fiche()
    assert (properties.verifie_le, found.version) == (RECENTE, version + 1)
    assert [one.verifie_le.date() for one in session.scalars(select(ModaliteFiche))] == [RECENTE]
    assert session.scalars(select(Provenance.edition)).one() == RECENTE
    assert entries(session) == ["fiche.creee", "fiche.confirmee"]
    assert done(take(SHOP, edition=RECENTE)) == (0, 0, 0)
    assert done(take(SHOP, edition=ANCIENNE, anterieure=True)) == (0, 0, 0)
    assert fiche()[1].verifie_le == RECENTE
    assert session.scalars(select(Provenance.edition)).one() == RECENTE
    assert len(entries(session)) == 2


@pytest.mark.parametrize("options", [{}, {"essai": True}, {"complet": False}])
@pytest.mark.parametrize("derniere", [RECENTE, None])
def test_an_older_edition_is_refused(take, fiche, options, derniere):
    take(SHOP, edition=derniere)
    with pytest.raises(Conflict) as refusal:
        take({**SHOP, "description": "Avant"}, edition=ANCIENNE, **options)
    assert "`anterieure=true`" in refusal.value.detail
    assert refusal.value.members["parametre"] == "edition"
    assert fiche()[1].description is None


def test_an_older_edition_that_is_asked_for_is_dated_by_what_it_is(take, fiche):
    take(SHOP, edition=RECENTE)
    old = {**SHOP, "description": "Avant"}
    assert done(take(old, edition=ANCIENNE, anterieure=True)) == (0, 1, 0)
    assert fiche()[1].verifie_le == ANCIENNE
    # What counts is what the listings say now.
    assert done(take(old, edition=ANCIENNE + timedelta(days=1))) == (0, 0, 1)


def test_the_editions_of_another_source_and_of_what_was_not_taken_count_for_nothing(take):
    take(SHOP, source="autre", edition=RECENTE)
    take(SHOP, edition=RECENTE, essai=True)
    assert done(take({**SHOP, "nom": "Le premier"}, edition=ANCIENNE))[0] == 1
    take(LINE | {"nom": "Tout autre"}, edition=RECENTE, seuil_perte=0)  # waits
    assert done(take({**SHOP, "nom": "Le premier"}, edition=ANCIENNE)) == (0, 0, 0)


@pytest.mark.parametrize("changes", [{}, {"description": "Du neuf"}, {"identifiant": "C-1"}])
def test_what_age_had_hidden_comes_back(session, take, fiche, today, changes):
    take(SHOP, edition=today - timedelta(days=400))
    assert hide(session, adresse="https://annuaire.exemple") == 1
    take(SHOP, edition=today - timedelta(days=400))
    take(SHOP, edition=today - timedelta(days=380))
    assert fiche()[0].motif_statut == NON_CONFIRMEE  # still more than a year ago
    take(SHOP | changes, edition=today - timedelta(days=1))
    found, properties = fiche()
    assert (found.statut, found.motif_statut) == ("publiee", None)
    assert properties.verifie_le == today - timedelta(days=1)
    last = "fiche.modifiee" if "description" in changes else "fiche.confirmee"
    assert entries(session)[-1] == last
    assert natures(session)[-2:] == ["retrait", "creation"]
    assert hide(session, adresse="https://annuaire.exemple") == 0


@pytest.mark.parametrize("changes", [{}, {"description": "Du neuf"}])
def test_what_one_edition_leaves_out_appears_again_with_the_next(session, take, changes):
    other = {**SHOP, "nom": "Un autre", "adresse": "9 rue du Four"}
    take(SHOP, other, edition=ANCIENNE)
    take(other, edition=RECENTE)
    take(SHOP | changes, other, edition=RECENTE + timedelta(days=1))
    told = natures(session)
    assert (told.count("retrait"), told.count("creation")) == (1, 3)


def test_a_line_that_says_its_own_day_keeps_it(take, fiche):
    dated = {**SHOP, "verifie_le": "2025-05-05"}
    take(dated, edition=ANCIENNE)
    assert done(take(dated, edition=RECENTE)) == (0, 0, 0)
    assert fiche()[1].verifie_le == date(2025, 5, 5)


@pytest.mark.parametrize("statut", [StatutFiche.SUSPENDUE, StatutFiche.FERMEE])
def test_what_an_agent_took_away_stays_away(session, take, fiche, statut):
    take(SHOP, edition=ANCIENNE)
    found = fiche()[0]
    gestion.change_status(session, found, statut, "Travaux", auteur=AGENT)
    take(SHOP, edition=RECENTE)
    assert (fiche()[0].statut, fiche()[0].motif_statut) == (statut, "Travaux")


def test_what_an_agent_confirmed_is_left_alone(session, take, fiche):
    take(SHOP, edition=ANCIENNE)
    gestion.confirm(session, fiche()[0], auteur=AGENT)
    before = entries(session)
    assert done(take(SHOP)) == (0, 0, 0)
    assert entries(session) == before
    assert fiche()[0].verifie_par == "cci"


@pytest.fixture
def corrected(session, take, fiche):
    """A listing of the file that someone else wrote since, a year ago."""

    def corrected(auteur=AGENT, **changes):
        take(SHOP, edition=ANCIENNE)
        found = fiche()[0]
        saisie = FicheSaisie.model_validate({**CORRECTED, "source": "cci", **changes})
        gestion.replace(session, found, saisie, auteur=auteur)
        day = datetime.combine(ANCIENNE, time(12), PARIS)
        for row in (found, *found.modalites):
            row.verifie_le = day
        session.flush()
        return found

    return corrected


@pytest.mark.parametrize("changes", [{}, {"description": "Du neuf"}, {"identifiant": "C-1"}])
@pytest.mark.parametrize("source", ["cci", "notre annuaire"])
def test_what_an_agent_corrected_is_kept_as_it_is_and_confirmed(
    take, fiche, corrected, changes, source
):
    corrected(source=source)
    assert done(take(SHOP | changes, edition=RECENTE)) == (0, 0, 1)
    found, properties = fiche()
    assert (found.verifie_par, properties.verifie_le) == ("cci", RECENTE)
    assert (found.description, found.modalites[0].genre) == ("Corrigé à la main", "comptoir")
    assert {one.verifie_le.date() for one in found.modalites} == {RECENTE}
    assert done(take(SHOP | changes, edition=RECENTE)) == (0, 0, 0)


def test_it_comes_back_when_its_age_had_hidden_it(session, take, fiche, today, corrected):
    corrected()
    assert hide(session, adresse="https://annuaire.exemple") == 1
    assert done(take(SHOP, edition=today)) == (0, 0, 1)
    assert fiche()[0].statut == "publiee"
    assert fiche()[0].description == "Corrigé à la main"


def test_what_its_merchant_wrote_waits_for_its_merchant(take, fiche, corrected):
    corrected(Auteur("commercant", VerifiePar.COMMERCANT))
    assert done(take(SHOP, edition=RECENTE)) == (0, 0, 0)
    assert fiche()[1].verifie_le == ANCIENNE


def test_what_an_agent_corrected_waits_for_its_holder(session, take, fiche, corrected):
    found = corrected()
    session.add(
        Titulaire(fiche_id=found.id, courriel="a@exemple.fr", niveau=1, accepte_le=found.verifie_le)
    )
    session.flush()
    assert done(take(SHOP, edition=RECENTE)) == (0, 0, 0)
    assert fiche()[1].verifie_le == ANCIENNE


def test_a_dry_run_counts_what_it_would_confirm(session, take):
    take(SHOP, edition=ANCIENNE)
    assert done(take(SHOP, edition=RECENTE, essai=True)) == (0, 0, 1)
    assert entries(session) == ["fiche.creee"]


def test_a_day_that_cannot_be_read_makes_nothing_fresher(take, fiche, today):
    take({**SHOP, "verifie_le": "2025-05-05"}, edition=ANCIENNE)
    bad = {**SHOP, "verifie_le": "05/05/25", "description": "Du neuf"}
    assert done(take(bad)) == (0, 1, 0)
    assert fiche()[1].verifie_le == date(2025, 5, 5)
    assert done(take(bad)) == (0, 0, 0)
    assert done(take({**bad, "nom": "Tout neuf", "adresse": "9 rue X"}, edition=today)) == (1, 0, 0)
