"""The fictive shops: the same each time, valid, in every commune, and told as fictive."""

from itertools import islice

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from services.commerces import demonstration
from services.commerces.demonstration import MENTION, fill, shops
from services.commerces.models import Fiche, Lieu
from services.commerces.saisie import verify
from services.commerces.vitrine import FicheSource
from shared import territoire
from shared.db import make_engine
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import Modalite


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
        assert len(session.scalars(select(Fiche)).all()) == 12
        assert len(session.scalars(select(Lieu)).all()) == 12
    with engine.connect() as connection:
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
