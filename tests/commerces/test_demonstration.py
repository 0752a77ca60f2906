"""The fictive shops: the same each time, valid, in every commune, and told as fictive."""

import re
from itertools import islice
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces import demonstration
from services.commerces.app import service
from services.commerces.contribution.models import Proposition
from services.commerces.courrier.models import Courrier
from services.commerces.demonstration import MENTION, fill, shops
from services.commerces.models import Fiche
from services.commerces.saisie import verify
from services.commerces.signalements.models import SignalementFiche
from services.commerces.vitrine import FicheSource
from shared import territoire
from shared.db import in_snapshots, make_engine
from shared.schemas.commerces_contribution import GenreProposition
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import Modalite
from shared.settings import Settings
from tests.applications import opened


def test_the_same_seed_gives_the_same_shops():
    assert list(islice(shops(), 20)) == list(islice(shops(), 20))
    assert list(islice(shops(), 20)) != list(islice(shops(seed=1), 20))


def test_every_shop_is_valid_and_says_it_is_fictive():
    for shop in shops(200, seed=7):
        saisie = FicheSaisie.model_validate(shop)
        assert verify(saisie).lieu["territoire"]
        assert saisie.nom.endswith(MENTION)


def test_shops_are_in_every_commune_and_offer_every_modality():
    communes, genres = set(), set()
    for shop in shops(200):
        communes.add(territoire.locate(shop["lon"], shop["lat"]).code_commune)
        genres |= {modalite["genre"] for modalite in shop["modalites"]}
    assert communes == {commune.code for commune in territoire.communes()}
    assert genres == set(Modalite)


def test_an_empty_directory_is_filled_once(clone_database, monkeypatch):
    monkeypatch.setattr(demonstration, "FICHES", 12)
    monkeypatch.setattr(demonstration.shops, "__defaults__", (12,))
    engine = make_engine(clone_database())
    fill(engine)
    fill(engine)
    with Session(engine) as session:
        shown = select(Fiche).where(Fiche.statut == "publiee")
        assert len(session.scalars(shown).all()) == 12
        asked = session.scalars(select(Proposition)).all()
        # All the demonstration's shops are shown: none has closed, to open again.
        assert {row.genre for row in asked} == set(GenreProposition) - {"reouverture"}
        assert {row.etat for row in asked} == {"en_attente"}
        assert all(row.evenements[0].texte == demonstration.FICTIF for row in asked)
        new = [row.fiche for row in asked if row.genre == "inscription"]
        assert all(fiche.nom.endswith(MENTION) for fiche in new)
        codes = {fiche.exploitation.lieu.code_commune for fiche in new}
        assert codes == {demonstration.COMMUNE, "75056"}
        told = session.scalars(select(SignalementFiche)).all()
        assert {row.etat for row in told} == {"ouvert"}
        assert session.scalars(select(Courrier)).all() == []
    with in_snapshots(engine).connect() as connection:
        source = FicheSource()
        whole = source.load(connection)
        assert len(whole) == 12
        ids = [bytes(key).decode() for key in whole.table.ids[:3]]
        assert len(source.reload(connection, [*ids, "999999"])) == 3
    engine.dispose()


@pytest.mark.parametrize("number", range(3))
def test_zones_have_every_shape(number):
    shapes = {
        (modalite.get("zone") or {}).get("type")
        for shop in shops(300, seed=number)
        for modalite in shop["modalites"]
        if modalite["genre"] == "livraison"
    }
    assert shapes == {None, "communes", "codes_postaux", "rayon", "polygone"}


@pytest.mark.parametrize("hour", ["03:00", "09:00", "14:37", "20:00"])
@pytest.mark.parametrize("day", ["2026-11-26", "2026-11-29"])
def test_the_readme_s_question_has_answers_at_any_hour(filled, day, hour):
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (question,) = re.findall(r"/v1/commerces\?(livre_a=.*)'", readme)
    assert "a=maintenant" in question
    asked = question.replace("a=maintenant", f"a={day}T{hour}:00%2B01:00")
    assert filled.get(f"/?{asked}").json()["numberReturned"] == 5


@pytest.fixture(scope="module")
def filled(demonstrations):
    with opened(service, Settings(database_url=demonstrations())) as app:
        app.vitrine.refresh()
        yield TestClient(app)
