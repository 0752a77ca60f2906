"""The real Grand Paris file as OCPI: read by others, counted, nothing left unsaid."""

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes.ocpi import queries, tarifs
from services.bornes.ocpi.locations import VERSIONS, location
from services.bornes.ocpi.queries import PAGE_MAX, Fenetre
from shared.db import open_engine
from shared.schemas.ocpi import Location, Tariff
from tests.conftest import ROOT
from tests.factories import take_irve

VERIFIERS = ROOT / ".conformite"
PROGRAM = ROOT / "tests/conformite/ocpi_types_check.py"
EDITEUR = "GPR"


PEREMPTION = timedelta(minutes=10)


@pytest.fixture(scope="module")
def grand_paris(donnees_reelles, clone_for_all):
    """The registry of the real file: a database of its own, shared by the tests of this module."""
    path = donnees_reelles / "irve/grand_paris_irve_statique.csv"
    with open_engine(clone_for_all()) as engine:
        with Session(engine) as session, session.begin():
            take_irve(session, path.read_bytes())
        yield engine


def every_station(engine: Engine):
    window = Fenetre.of(None, None)
    with Session(engine) as session:
        after = None
        while page := queries.stations(
            session, window, offset=0, limit=PAGE_MAX, after=after, peremption=PEREMPTION
        ):
            yield from page
            after = (page[-1].modifiee_le, page[-1].id)


@pytest.fixture(scope="module")
def objects(grand_paris):
    """Every object we publish: (version, class, object)."""
    found = [
        (version, "Location", location(station, version=version, editeur=EDITEUR))
        for station in every_station(grand_paris)
        for version in VERSIONS
    ]
    with Session(grand_paris) as session:
        declared = queries.priced(session)
    for version in VERSIONS:
        prices = tarifs.tariffs(declared, version=version, editeur=EDITEUR)
        found += [(version, "Tariff", one) for one in prices]
    return found


def test_every_station_but_those_without_a_known_plug_is_published(grand_paris, objects):
    with Session(grand_paris) as session:
        others = [one.prise_type_autre for one in queries.left_out(session)]
        total = queries.count_stations(session, Fenetre.of(None, None), PEREMPTION)
    assert (others.count(False), others.count(True)) == (64, 12)
    assert total == 2_225
    for version in VERSIONS:
        told = [one for v, name, one in objects if (v, name) == (version, "Location")]
        assert len(told) == total
        assert len({one["id"] for one in told}) == total


def test_every_object_is_what_a_receiver_of_ours_expects(objects):
    models = {"Location": Location, "Tariff": Tariff}
    for version, name, one in objects:
        models[name].model_validate(one)
        if name == "Location":
            assert len(one["address"]) <= 45
            assert {"help_phone", "parking_places"}.isdisjoint(one) or version == "2.3.0"


def test_every_price_that_a_connector_names_is_published(objects):
    tariffs = {one["id"] for _, name, one in objects if name == "Tariff"}
    named = {
        id_
        for _, name, one in objects
        if name == "Location"
        for evse in one["evses"]
        for connector in evse["connectors"]
        for id_ in connector.get("tariff_ids", ())
    }
    assert named == tariffs
    assert len(tariffs) == 6


def test_an_independent_reader_takes_every_object(objects):
    """`ocpi-types` is a program of another licence: it runs apart (NOTICE.md)."""
    if not VERIFIERS.is_dir():
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("the independent verifiers are not installed: make conformite")
        pytest.skip("no independent verifiers in .conformite: make conformite")
    wrong = ("2.2.1", "Location", {"id": "faux"})
    lines = "".join(json.dumps(one) + "\n" for one in (wrong, *objects))
    done = subprocess.run(
        [sys.executable, PROGRAM],
        input=lines,
        env={"PYTHONPATH": str(VERIFIERS), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    refused, total = done.stdout.splitlines()[:-1], int(done.stdout.splitlines()[-1])
    assert total == len(objects) + 1
    assert [line.partition(":")[0] for line in refused] == ["2.2.1 Location faux"]
