"""The registry in Apache Parquet, read by a library of others."""

import csv
import json
import os
import shutil
import subprocess
from datetime import date, timedelta
from io import StringIO

import pytest

from services.bornes.exports import parquet
from services.bornes.exports.irve_statique import irve_statique, irve_statique_parquet
from services.bornes.irve import COLONNES, NOMS
from services.bornes.queries import living_points
from services.bornes.vitrine import segment
from shared.memory.segments import Version
from tests.conftest import ROOT
from tests.factories import irve_row, irve_station, take_irve

VERIFIERS = ROOT / ".conformite/node_modules"
PROGRAM = ROOT / "tests/conformite/parquet_check.mjs"
DAY = date(1969, 12, 30)
FEW = 5
"""Rows of a group: one file then has several."""
SORTES = {
    "texte": (parquet.TEXTE, ("BYTE_ARRAY", "UTF8")),
    "oui_non": (parquet.BOOLEEN, ("BOOLEAN", None)),
    "nombre": (parquet.NOMBRE, ("DOUBLE", None)),
    "entier": (parquet.ENTIER, ("INT32", None)),
    "jour": (parquet.JOUR, ("INT32", "DATE")),
    **{f"vide_{place}": (parquet.TEXTE, ("BYTE_ARRAY", "UTF8")) for place in range(12)},
}


@pytest.fixture
def read():
    """What hyparquet reads of a file: columns, then rows."""
    node = shutil.which("node")
    if node is None or not (VERIFIERS / "hyparquet").is_dir():
        if os.environ.get("RELANCE_CONFORMITE"):
            pytest.fail("hyparquet is not installed: make conformite")
        pytest.skip("no hyparquet in .conformite, or no node: make conformite")

    def read(content):
        done = subprocess.run(
            [node, PROGRAM],
            input=content,
            capture_output=True,
            check=True,
            env={"NODE_PATH": str(VERIFIERS)},
        )
        return json.loads(done.stdout)

    return read


def values(place):
    """A row in which each column is absent at its own pace."""
    told = (
        "é\0" * place,
        place % 2 == 0,
        place / 4,
        place - 3,
        DAY + timedelta(place),
    )
    return [one if place % (step + 2) else None for step, one in enumerate(told)] + [None] * 12


@pytest.mark.parametrize("count", [0, 1, FEW, 8 * FEW + 1])
def test_a_table_is_read_by_others(read, monkeypatch, count):
    monkeypatch.setattr(parquet, "ROWS", FEW)
    rows = [values(place) for place in range(count)]
    content = b"".join(parquet.ecrire([(nom, one) for nom, (one, _) in SORTES.items()], rows))
    columns, found = read(content)
    assert columns == [[nom, *told] for nom, (_, told) in SORTES.items()]
    assert found == json.loads(json.dumps(rows, default=lambda day: f"{day}T00:00:00.000Z"))


def test_the_registry_says_the_same_as_in_csv(read, session):
    rows = irve_station(3, prise_type_2="True", date_mise_en_service="2021-02-03")
    take_irve(session, [*rows, irve_row(9, observations="- sans badge", puissance_nominale="7.4")])
    living = Version.of(segment(living_points(session.connection())))
    lines = list(csv.DictReader(StringIO("".join(irve_statique(living)), newline="")))
    columns, found = read(b"".join(irve_statique_parquet(living)))
    assert [name for name, *_ in columns] == list(NOMS)
    types = dict(zip(NOMS, (colonne.type for colonne in COLONNES), strict=True))
    for told, line in zip(found, lines, strict=True):
        for nom, value in zip(NOMS, told, strict=True):
            assert written(value, types[nom]) == line[nom].removeprefix("'")


def written(value, kind):
    """As the CSV has it."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    return value.removesuffix("T00:00:00.000Z") if kind == "date" else str(value)
