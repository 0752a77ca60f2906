"""The indicators of a commune: worked examples, and what they count in a directory."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces import commands, queries
from services.commerces.app import service
from services.commerces.commands import Auteur
from services.commerces.doublons import commands as doublons
from services.commerces.indicateurs import fraicheur, periode
from services.commerces.models import Doublon, Fiche
from services.commerces.personnel import commands as personnel
from shared import clock
from shared.memory.places import found_commune
from shared.problems import InvalidParameter, NotFound
from shared.schemas.commerces_doublons import DecisionDoublon
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_indicateurs import Indicateurs, QuestionIndicateurs
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.schemas.commun import PARIS
from shared.settings import Settings
from tests.applications import opened
from tests.commerces.test_gestion import FICHE

CCI = Auteur("cci", VerifiePar.CCI)
TODAY = date(2026, 11, 25)
SAINT_DENIS = {"lon": 2.357, "lat": 48.936, "code_postal": "93200"}
PIERREFITTE = {"lon": 2.3614, "lat": 48.9657, "code_postal": "93380"}
MARAIS = {"lon": 2.3522, "lat": 48.8566, "code_postal": "75004"}


@pytest.mark.parametrize(
    ("code", "lieu"),
    [
        ("93066", ("93066", "Saint-Denis")),
        ("93059", ("93066", "Saint-Denis")),
        ("75056", ("75056", "Paris")),
        ("75104", ("75104", "Paris 4e")),
        ("75101", ("75101", "Paris 1er")),
    ],
)
def test_a_place_is_named_as_today(code, lieu):
    found = found_commune(code)
    assert (found.code, found.nom) == lieu


def test_a_place_elsewhere_is_not_found():
    with pytest.raises(NotFound, match="13055"):
        found_commune("13055")


@pytest.mark.parametrize(
    ("du", "au", "expected"),
    [
        (None, None, (date(2025, 11, 26), TODAY)),
        ("2026-01-01", None, (date(2026, 1, 1), TODAY)),
        (None, "2024-12-31", (date(2024, 1, 2), date(2024, 12, 31))),
        ("2024-01-01", "2024-01-01", (date(2024, 1, 1), date(2024, 1, 1))),
        ("2027-01-01", None, (date(2027, 1, 1), date(2027, 1, 1))),
    ],
)
def test_the_period(du, au, expected):
    assert periode(QuestionIndicateurs(du=du, au=au), TODAY) == expected


def test_a_period_is_bounded():
    with pytest.raises(InvalidParameter):
        periode(QuestionIndicateurs(du="2000-01-01"), TODAY)


def test_freshness_by_hand():
    found = fraicheur([0, 89, 90, 179, 180, 364, 365], TODAY)
    assert found.age_median_jours == 179
    assert (found.moins_de_90_jours, found.moins_de_180_jours, found.moins_de_365_jours) == (
        2,
        4,
        6,
    )
    assert found.plus_ancienne == date(2025, 11, 25)
    assert fraicheur([10, 20], TODAY).age_median_jours == 10  # the lower of the two in the middle
    nothing = fraicheur([], TODAY)
    assert (nothing.age_median_jours, nothing.plus_ancienne) == (None, None)


@given(st.lists(st.integers(0, 4_000), min_size=1))
def test_half_of_the_listings_are_at_most_as_old_as_the_median(ages):
    found = fraicheur(ages, TODAY)
    assert 2 * sum(age <= found.age_median_jours for age in ages) >= len(ages)
    assert 2 * sum(age >= found.age_median_jours for age in ages) >= len(ages)
    counts = (found.moins_de_90_jours, found.moins_de_180_jours, found.moins_de_365_jours)
    assert list(counts) == sorted(counts)
    assert found.plus_ancienne == TODAY - timedelta(days=max(ages))


def decided(session, fiche, statut):
    commands.change_status(session, fiche, statut, auteur=CCI)


def moved(session, fiche, place):
    saisie = FicheSaisie.model_validate({**FICHE, "siret": None, **place})
    commands.replace(session, fiche, saisie, auteur=CCI)


class Annuaire:
    """The service over a database of its own."""

    def __init__(self, app):
        self.app = app
        self.client = TestClient(self.app)
        self.engine = app.fastapi.state.engine

    def create(self, *statuts, age=0, **changes):
        with Session(self.engine) as session, session.begin():
            saisie = FicheSaisie.model_validate({**FICHE, "siret": None, **changes})
            fiche = commands.create(session, saisie, auteur=CCI)
            for statut in statuts:
                decided(session, fiche, statut)
            # At noon of the day in Paris: hours before midnight, a night changed by clocks counts.
            noon = datetime.combine(clock.today(session), time(12), PARIS)
            session.execute(
                text("UPDATE commerces.fiches SET verifie_le = :verifie_le WHERE id = :id"),
                {"verifie_le": noon - timedelta(days=age), "id": fiche.id},
            )

    def change(self, act):
        """Do something of the only listing."""
        with Session(self.engine) as session, session.begin():
            act(session, session.scalars(select(Fiche)).one())

    def ask(self, code, **params):
        answer = self.client.get(f"/communes/{code}/indicateurs", params=params)
        assert answer.status_code == 200, answer.text
        return Indicateurs.model_validate(answer.json())


@pytest.fixture
def annuaire(clone_database):
    with opened(service, Settings(database_url=clone_database())) as app:
        yield Annuaire(app)


def counts(found):
    return {one.modalite.value: one.fiches for one in found.modalites if one.fiches}


def test_what_a_commune_has(annuaire):
    with Session(annuaire.engine) as session:
        today = clock.today(session)
    year_ago = (today - timedelta(days=365)).isoformat()
    publiee, fermee = StatutFiche.PUBLIEE, StatutFiche.FERMEE
    ended = [{"genre": "drive", "au": "2020-05-10"}, {"genre": "comptoir"}]
    annuaire.create(publiee, age=200, du=today.isoformat(), **SAINT_DENIS)
    annuaire.create(publiee, categories=["librairie", "jouets"], modalites=ended, **PIERREFITTE)
    annuaire.create(publiee, horaires_osm=None, du=year_ago, age=100, **SAINT_DENIS)
    annuaire.create(publiee, fermee, du="2019-01-01", **SAINT_DENIS)
    annuaire.create(du=today.isoformat(), **SAINT_DENIS)
    annuaire.create(publiee, du=today.isoformat(), **MARAIS)

    found = annuaire.ask("93066")
    assert (found.code, found.nom, found.fiches, found.horaires_connus) == (
        "93066",
        "Saint-Denis",
        3,
        2,
    )
    assert counts(found) == {"livraison": 2, "comptoir": 3}
    assert found.modalites[1].part == 0.6667
    moves = found.mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (1, 1, 1)
    assert (moves.du, moves.au) == (today - timedelta(days=364), today)
    fresh = found.fraicheur
    assert fresh.age_median_jours == 100
    assert (fresh.moins_de_90_jours, fresh.moins_de_180_jours, fresh.moins_de_365_jours) == (
        1,
        2,
        3,
    )
    assert [(one.code, one.fiches) for one in found.categories] == [
        ("fromagerie", 2),
        ("librairie", 1),
    ]
    assert annuaire.ask("93059") == found
    assert annuaire.ask("93066", du=year_ago).mouvements.ouvertures == 2
    assert annuaire.ask("93066", du="2018-01-01", au="2019-12-31").mouvements.ouvertures == 1
    assert annuaire.ask("75056").fiches == annuaire.ask("75104").fiches == 1


def test_a_closed_shop_that_moves_opens_when_it_is_published_again(annuaire):
    with Session(annuaire.engine) as session:
        today = clock.today(session)
    publiee, fermee = StatutFiche.PUBLIEE, StatutFiche.FERMEE
    annuaire.create(publiee, fermee, du="2019-01-01", **SAINT_DENIS)
    for place in (PIERREFITTE, SAINT_DENIS | {"lat": 48.93}):
        annuaire.change(lambda session, fiche, place=place: moved(session, fiche, place))
        moves = annuaire.ask("93066").mouvements
        assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (0, 1, 0)
    annuaire.change(lambda session, fiche: decided(session, fiche, publiee))
    moves = annuaire.ask("93066").mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (1, 1, 0)
    assert annuaire.ask("93066", du=today.isoformat()).mouvements.ouvertures == 1


def test_what_closed_stays_where_it_was_whoever_takes_it_over(annuaire):
    """Then goes elsewhere before it opens: the premises were those of both."""
    publiee, fermee = StatutFiche.PUBLIEE, StatutFiche.FERMEE
    annuaire.create(publiee, fermee, siret="73282932000074", **SAINT_DENIS)
    for place in (SAINT_DENIS, MARAIS):
        changes = {"siret": "35600000000048", **place}
        annuaire.change(lambda session, fiche, own=changes: moved(session, fiche, own))
    assert annuaire.ask("93066").mouvements.fermetures == 1
    assert annuaire.ask("75104").mouvements.fermetures == 0


def test_a_shop_nobody_saw_yet_does_not_close_where_it_was_said_to_be(annuaire):
    annuaire.create(du="2026-01-05", **SAINT_DENIS)
    annuaire.change(lambda session, fiche: moved(session, fiche, PIERREFITTE))
    annuaire.change(lambda session, fiche: decided(session, fiche, StatutFiche.PUBLIEE))
    moves = annuaire.ask("93066", du="2026-01-01", au="2026-12-31").mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (1, 0, 0)


def test_two_listings_of_one_shop_that_are_merged_open_once_and_close_nothing(annuaire):
    today = TODAY.isoformat()
    for _ in range(2):
        annuaire.create(StatutFiche.PUBLIEE, du=today, **SAINT_DENIS)
        annuaire.create(StatutFiche.PUBLIEE, **SAINT_DENIS)
    with Session(annuaire.engine) as session, session.begin():
        for kept, other in ((1, 3), (2, 4)):
            pair = Doublon(fiche_a=kept, fiche_b=other, score=1.0, raisons={}, etat="propose")
            session.add(pair)
            session.flush()
            decision = DecisionDoublon(decision="fusion", garde=kept)
            tag = doublons.version(pair)
            doublons.decide(session, pair, decision, auteur=CCI, if_match=tag)
    moves = annuaire.ask("93066", du=today).mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (1, 0, 1)


def test_what_is_put_away_without_having_closed_moves_nothing(annuaire):
    today = TODAY.isoformat()
    publiee, archivee = StatutFiche.PUBLIEE, StatutFiche.ARCHIVEE
    for statuts in ((archivee,), (publiee, archivee)):
        annuaire.create(*statuts, du=today, **SAINT_DENIS)
        annuaire.create(*statuts, **SAINT_DENIS)
    annuaire.create(publiee, StatutFiche.FERMEE, archivee, **SAINT_DENIS)
    moves = annuaire.ask("93066", du=today).mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (0, 1, 0)


def test_a_merchant_whose_data_are_erased_has_not_closed(annuaire):
    annuaire.create(StatutFiche.PUBLIEE, du=TODAY.isoformat(), **SAINT_DENIS)
    annuaire.change(personnel.empty)
    moves = annuaire.ask("93066", du=TODAY.isoformat()).mouvements
    assert (moves.ouvertures, moves.fermetures, moves.sans_date_d_ouverture) == (0, 0, 0)


def test_a_commune_without_shops_has_indicators_too(annuaire):
    found = annuaire.ask("92012")
    assert (found.fiches, found.categories) == (0, [])
    assert {one.part for one in found.modalites} == {None}


def test_indicators_that_did_not_change_are_not_sent_again(annuaire):
    path = "/communes/93066/indicateurs"
    first = annuaire.client.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    assert annuaire.client.get(path, headers=known).status_code == 304
    annuaire.create(StatutFiche.PUBLIEE, **SAINT_DENIS)
    assert annuaire.client.get(path, headers=known).status_code == 200


@pytest.mark.parametrize(
    ("path", "parametre"),
    [
        ("/communes/paris/indicateurs", "insee"),
        ("/communes/93066/indicateurs?du=hier", "du"),
        ("/communes/93066/indicateurs?du=2026-02-01&au=2026-01-01", "au"),
        ("/communes/93066/indicateurs?du=2000-01-01&au=2026-01-01", "du"),
        ("/communes/93066/indicateurs?du=2000-01-01", "du"),
        ("/communes/93066/indicateurs?mois=1", "mois"),
    ],
)
def test_a_bad_question_is_refused_by_the_name_of_what_is_wrong(annuaire, path, parametre):
    answer = annuaire.client.get(path)
    assert answer.status_code == 400
    assert answer.json()["parametre"] == parametre


def test_a_commune_elsewhere_has_no_indicators(annuaire):
    assert annuaire.client.get("/communes/13055/indicateurs").status_code == 404


@pytest.mark.parametrize(("insee", "status"), [("99999", 404), ("2A004", 404), ("abc", 400)])
def test_a_code_that_is_no_commune_s_is_not_found(annuaire, insee, status):
    assert annuaire.client.get(f"/communes/{insee}/indicateurs").status_code == status


@pytest.mark.parametrize("statement", [queries._FICHES_ICI, queries._MOUVEMENTS])
def test_a_place_is_found_by_the_indexes_of_its_codes(session, statement):
    session.execute(
        text(
            "INSERT INTO commerces.lieux"
            " (adresse, code_postal, lon, lat, code_commune, code_arrondissement, territoire)"
            " SELECT '1 rue', '75004', 2.35, 48.85, '75056', 75101 + n % 20, 'T1'"
            " FROM generate_series(1, 400) AS n"
        )
    )
    session.execute(
        text("INSERT INTO commerces.exploitations (lieu_id) SELECT id FROM commerces.lieux")
    )
    session.execute(
        text(
            "INSERT INTO commerces.fiches (exploitation_id, statut, nom, categories, labels,"
            " paiements, accessibilites, langues, contacts, verifie_le, verifie_par, source)"
            " SELECT id, 'publiee', 'Essai', '{}', '{}', '{}', '{}', '{}', '[]', now(), 'cci', ''"
            " FROM commerces.exploitations"
        )
    )
    for table in ("lieux", "exploitations", "fiches"):
        session.execute(text(f"ANALYZE commerces.{table}"))
    session.execute(text("SET LOCAL enable_seqscan = off"))
    given = {"code": "75104", "today": TODAY, "du": TODAY, "au": TODAY}
    plan = "\n".join(session.scalars(text(f"EXPLAIN {statement.text}"), given))
    assert "BitmapOr" in plan
    assert "ix_lieux_code_commune" in plan
    assert "ix_lieux_code_arrondissement" in plan
