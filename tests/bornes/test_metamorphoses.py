"""What people and programs do to a file on its way, which must change nothing that is kept."""

import csv
import io
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from services.bornes.imports.fichier import ouvrir
from services.bornes.imports.lignes import Lecteur
from services.bornes.irve import SCHEMA
from tests import metamorphoses
from tests.factories import ROW, irve_row
from tests.metamorphoses import ENCODED, nfd, of_any_list

ROWS = [
    irve_row(1, num_pdl="01234567890123", observations="Près de l'église ; « au fond »"),
    irve_row(
        2,
        id_pdc_itinerance="Non concerné",
        id_station_itinerance="Non concerné",
        id_station_local="446678",
        id_pdc_local="962411",
        siren_amenageur="",
        nom_operateur="",
        gratuit="true",
    ),
]
LOCAL = ("num_pdl", "id_station_local", "id_pdc_local")
BOOLEANS = [name for name, cell in ROW.items() if cell in {"true", "false"}]
DATES = [name for name in ROW if name.startswith("date_")]
IDENTIFIERS = ("id_pdc_itinerance", "id_station_itinerance")
LISTS = ("implantation_station", "condition_acces", "accessibilite_pmr", "raccordement")


Rows = Iterable[Mapping[str, str]]


def kept(content: bytes) -> list[list[str]]:
    """What a file leaves of each of its lines, but for what is said of it."""
    with io.BytesIO(content) as file:
        lot = Lecteur("essai").lire(list(ouvrir(file, SCHEMA).lignes()))
    return [copie.split("\t")[2:-3] for copie in lot.copies]


def in_csv(rows: Rows = ROWS, **options: Any) -> str:
    return metamorphoses.in_csv(rows, **options)


def each(change: Callable[[str], str], *columns: str) -> list[dict[str, str]]:
    return metamorphoses.changed(ROWS, change, *columns)


def placed(write: str) -> str:
    """The file, in which positions are told in another way."""
    return in_csv(each(lambda v: write.format(*v.strip("[]").split(",")), "coordonneesXY"))


def dated(write: str) -> str:
    return in_csv(each(lambda v: v and write.format(*v.split("-")), *DATES))


def shuffled() -> list[dict[str, str]]:
    columns = list(ROW)
    random.Random(4).shuffle(columns)
    return [
        {"": str(n), "region": "IDF", **{c: row[c] for c in columns}} for n, row in enumerate(ROWS)
    ]


CSV: dict[str, str] = {
    **of_any_list(ROWS, ","),
    "semicolons": in_csv(delimiter=";"),
    "columns in another order, others beside": in_csv(shuffled()),
    "headers with spaces and accents": in_csv(
        name=lambda name: name.replace("itinerance", "itinérance").replace("_", " ").title()
    ),
    "spaces of all kinds": in_csv(
        each(lambda v: v.replace(" ", "\N{NARROW NO-BREAK SPACE}"), "nom_station", *LISTS)
    ),
    "misread accents": in_csv(each(lambda v: v.encode().decode("cp1252"), "nom_station", *LISTS)),
    "lists in small letters": in_csv(each(str.lower, *LISTS)),
    "numbers as quantities": in_csv(
        each(lambda v: v and f"{v}.0", "code_insee_commune", "siren_amenageur", "nbre_pdc", *LOCAL)
    ),
    "decimal commas": in_csv(each(lambda v: f"{v},0", "puissance_nominale")),
    "kilowatts": in_csv(each(lambda v: f"{v} kW", "puissance_nominale")),
    "watts": in_csv(each(lambda v: f"{v}000", "puissance_nominale")),
    "identifiers as on the bornes": in_csv(
        each(lambda v: v.replace("FRXXX", "fr*xxx*"), *IDENTIFIERS)
    ),
    "a SIRET for a SIREN": in_csv(each(lambda v: v and f"{v} 00019", "siren_amenageur")),
    **{
        f"{yes} for true": in_csv(
            each({"true": yes, "false": no, "": ""}.__getitem__, *BOOLEANS, "gratuit")
        )
        for yes, no in (("1", "0"), ("1.0", "0.0"), ("VRAI", "FAUX"), ("Oui", "Non"), ("T", "F"))
    },
    **{
        f"{absent!r} for nothing": in_csv(each(lambda v, absent=absent: v or absent))
        for absent in (
            *("NULL", "N/A", "n.c.", "NC", "<Nul>", "nan", "None", "#N/A", "néant", "\\N"),
            *("-", "—", "…", "Non renseigné", "Err:508", " "),
        )
    },
    **{
        f"days like {write}": dated(write)
        for write in (
            *("{2}/{1}/{0}", "{2}-{1}-{0}", "{0}/{1}/{2}", "{0}{1}{2}", "{0}-{1}-{2}T00:00:00"),
            *("{0}-{1}-{2} 00:00:00", "{0}-{1}-{2}T10:00:00+02:00"),
        )
    },
    **{
        f"positions like {write}": placed(write)
        for write in (
            *("{0},{1}", "({0}; {1})", "POINT ({0} {1})", "SRID=4326;POINT({0} {1})"),
            *("[{1}, {0}]", "{1} {0}", '["{0}", "{1}"]', "{{'lat': {1}, 'lon': {0}}}"),
            '{{"type": "Point", "coordinates": [{0}, {1}]}}',
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("content", CSV.values(), ids=CSV)
def test_a_file_written_otherwise_says_the_same(content):
    assert kept(content.encode()) == kept(in_csv().encode())


@pytest.mark.parametrize("written", ENCODED.values(), ids=ENCODED)
def test_the_bytes_of_a_file_are_its_own_affair(written):
    assert kept(written(in_csv())) == kept(in_csv().encode())


@pytest.mark.parametrize(
    ("change", "columns"),
    [
        (nfd, ROW),
        ('="{}"'.format, ROW),
        (lambda cell: f"{cell}.0" if cell.isdecimal() else cell, ROW),
        (lambda cell: {"True": "Oui", "False": "Non"}.get(cell, cell), BOOLEANS),
        (lambda cell: cell or "N/A", ROW),
        (lambda cell: f"{cell[:2]}*{cell[2:5]}*{cell[5:]}".lower(), IDENTIFIERS),
    ],
    ids=[
        *("accents in two signs", "texts of a spreadsheet", "quantities"),
        *("booleans", "absences", "identifiers"),
    ],
)
def test_the_real_file_of_the_grand_paris_says_the_same(donnees_reelles, change, columns):
    path = donnees_reelles / "irve/grand_paris_irve_statique.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))[::12]
    changed = metamorphoses.changed(rows, change, *columns)
    assert kept(in_csv(changed).encode()) == kept(in_csv(rows).encode())
