"""What people and programs do to a file on its way, which must change nothing that is kept."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import pytest

from services.commerces.imports.copie import LUES
from services.commerces.imports.fichier import ouvrir
from services.commerces.imports.lignes import Lecteur
from tests import metamorphoses
from tests.metamorphoses import ENCODED, nfd, of_any_list

ROWS = [
    {
        "identifiant": "1",
        "siret": "73282932000074",
        "nom": "Fromagerie de l'Étoile",
        "adresse": "1 rue de la Fontaine",
        "code_postal": "94440",
        "latitude": "48.7375",
        "longitude": "2.5553",
        "categories": "fromagerie",
        "livraison": "oui",
        "livraison_zone": "Marolles-en-Brie",
        "livraison_minimum": "1500",
        "drive": "non",
        "horaires": "Du mardi au samedi 9h-13h",
        "telephone": "01 99 00 12 34",
        "site": "https://etoile.example",
        "description": "Fromages fermiers, « au lait cru » ; à la coupe.",
        "verifie_le": "2026-01-31",
    },
    {
        "identifiant": "2",
        "siret": "",
        "nom": "Épicerie du Cœur",
        "adresse": "12 avenue d'Alfortville",
        "code_postal": "75004",
        "latitude": "48.8566",
        "longitude": "2.3522",
        "categories": "epicerie",
        "livraison": "",
        "livraison_zone": "",
        "livraison_minimum": "",
        "drive": "oui",
        "horaires": "",
        "telephone": "06 39 98 12 34",
        "site": "",
        "description": "",
        "verifie_le": "",
    },
]
Rows = Iterable[Mapping[str, Any]]


def kept(content: bytes) -> list[dict[str, str]]:
    """What a file leaves of each of its lines, but for what is said of it."""
    file = ouvrir(io.BytesIO(content))
    lecteur = Lecteur(file.colonnes, date(2026, 11, 25), textes=file.separateur is not None)
    said = {"ligne", "statut", "constats", "empreinte"}
    return [
        {name: cell for name, cell in zip(LUES, read, strict=True) if name not in said}
        for read in (lecteur.lire(one).split("\t") for one in file.enregistrements())
    ]


def in_csv(rows: Rows = ROWS, **options: Any) -> str:
    return metamorphoses.in_csv(rows, **{"delimiter": ";", **options})


def each(change: Callable[[str], str], *columns: str) -> list[dict[str, str]]:
    return metamorphoses.changed(ROWS, change, *columns)


def placed(write: Callable[[str, str], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows, which tell their position in another way."""
    return [
        {c: v for c, v in row.items() if c not in {"longitude", "latitude"}}
        | write(row["longitude"], row["latitude"])
        for row in ROWS
    ]


def point(lon: str, lat: str) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [float(lon), float(lat)]}


def shuffled() -> list[dict[str, str]]:
    columns = list(ROWS[0])
    random.Random(4).shuffle(columns)
    return [{"n°": str(n), **{c: row[c] for c in columns}} for n, row in enumerate(ROWS)]


CSV: dict[str, str] = {
    **of_any_list(ROWS, ";"),
    **{f"cells parted by {mark!r}": in_csv(delimiter=mark) for mark in ",\t|"},
    "columns in another order": in_csv(shuffled()),
    "headers with spaces": in_csv(name=lambda name: f"  {name.replace('_', ' ').title()} "),
    "headers that end with a mark": in_csv(name="{} *".format),
    "apostrophes of a spreadsheet": in_csv(each("'{}".format, "siret", "code_postal")),
    "numbers as quantities": in_csv(
        each(lambda v: v and f"{v}.0", "identifiant", "siret", "code_postal", "livraison_minimum")
    ),
    "decimal commas": in_csv(each(lambda v: v.replace(".", ","), "longitude", "latitude")),
    "thousands apart": in_csv(
        each(lambda v: v and "1\N{NARROW NO-BREAK SPACE}500,00 €", "livraison_minimum")
    ),
    "spaces of all kinds": in_csv(
        each(lambda v: v.replace(" ", "\N{THIN SPACE}"), "nom", "adresse", "horaires", "telephone")
    ),
    "a postcode in two parts": in_csv(each(lambda v: f"{v[:2]} {v[2:]}", "code_postal")),
    "INSEE codes for postcodes": in_csv(
        each({"94440": "94048", "75004": "75104"}.__getitem__, "code_postal")
    ),
    **{
        f"telephones like {shown}": in_csv(each(change, "telephone"))
        for shown, change in {
            "0199001234": lambda v: v.replace(" ", ""),
            "199001234.0": lambda v: f"{v[1:]}.0".replace(" ", ""),
            "01.99.00.12.34": lambda v: v.replace(" ", "."),
            "+33 (0)1": lambda v: f"+33 (0){v[1:]}",
            "0033": lambda v: f"0033{v[1:]}".replace(" ", ""),
        }.items()
    },
    **{
        f"{no} for no": in_csv(each({"oui": yes, "non": no, "": ""}.__getitem__, *choices))
        for choices in [("livraison", "drive")]
        for yes, no in [("O", "N"), ("1", "0"), ("VRAI", "FAUX"), ("true", "false"), ("☑", "☐")]
    },
    **{
        f"{absent!r} for nothing": in_csv(each(lambda v, absent=absent: v or absent))
        for absent in (
            *("NULL", "N/A", "n.c.", "<Nul>", "nan", "#N/A", "néant", "\\N", "(null)"),
            *("-", "« - »", "—", "–", "…", "...", " "),
        )
    },
    **{
        f"{shown} for a day": in_csv(each(lambda v, day=shown: v and day, "verifie_le"))
        for shown in (
            *("31/01/2026", "31.01.2026", "2026/01/31", "20260131", "31 janvier 2026", "46053"),
            *("2026-01-31T10:00:00Z", "2026-01-31 10:00:00"),
        )
    },
    **{
        f"positions as {name}": in_csv(placed(write))
        for name, write in {
            "X, Y": lambda lon, lat: {"X": lon, "Y": lat},
            "geo_point_2d": lambda lon, lat: {"geo_point_2d": f"{lat}, {lon}"},
            "an object of Opendatasoft": lambda lon, lat: {
                "geo_point_2d": f'{{"lon": {lon}, "lat": {lat}}}'
            },
            "WKT": lambda lon, lat: {"geom": f"SRID=4326;POINT ({lon} {lat})"},
            "GeoJSON": lambda lon, lat: {"geo_shape": json.dumps(point(lon, lat))},
            "[lon, lat]": lambda lon, lat: {"coordonneesXY": f"[{lon}, {lat}]"},
        }.items()
    },
}
READ = json.loads(json.dumps(ROWS))
FEATURES = [
    {
        "type": "Feature",
        "geometry": point(row["longitude"], row["latitude"]),
        "properties": {c: v for c, v in row.items() if c not in {"longitude", "latitude"}},
    }
    for row in ROWS
]
JSON: dict[str, Any] = {
    "a list": READ,
    "records of Opendatasoft": {"nhits": 2, "records": [{"fields": row} for row in READ]},
    "results of Opendatasoft": {"total_count": 2, "results": READ},
    "no member for nothing": [{c: v for c, v in row.items() if v} for row in READ],
    "null for nothing": [{c: v or None for c, v in row.items()} for row in READ],
    "positions as numbers": placed(lambda lon, lat: {"lon": float(lon), "lat": float(lat)}),
    "yes and no as booleans": [
        row | {c: {"oui": True, "non": False}.get(row[c]) for c in ("livraison", "drive")}
        for row in READ
    ],
    "GeoJSON": {"type": "FeatureCollection", "features": FEATURES},
    "GeoJSON with heights": {
        "type": "FeatureCollection",
        "features": [
            one | {"geometry": place | {"coordinates": [*place["coordinates"], 35]}}
            for one in FEATURES
            for place in [one["geometry"]]
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("content", CSV.values(), ids=CSV)
def test_a_csv_written_otherwise_says_the_same(content):
    assert kept(content.encode()) == kept(in_csv().encode())


@pytest.mark.parametrize("document", JSON.values(), ids=JSON)
def test_a_json_says_the_same(document):
    assert kept(json.dumps(document).encode()) == kept(in_csv().encode())


OTHERWISE = ENCODED | {"an object a line": lambda _: "\n".join(map(json.dumps, ROWS)).encode()}


@pytest.mark.parametrize("written", OTHERWISE.values(), ids=OTHERWISE)
def test_the_bytes_of_a_file_are_its_own_affair(written):
    assert kept(written(in_csv())) == kept(in_csv().encode())


def test_all_at_once():
    rows = [{"": "", **row} for row in each(lambda v: f'="{v}"' if v else " — ")]
    content = "Nos commerces;;;\r\n" + in_csv(rows, name=str.upper, quoting=csv.QUOTE_ALL)
    assert kept(gzip.compress(content.encode("cp1252"))) == kept(in_csv().encode())


@pytest.mark.parametrize(
    "written",
    [
        lambda rows: in_csv(rows, delimiter="\t", quoting=csv.QUOTE_ALL),
        lambda rows: nfd(in_csv(rows)),
        lambda rows: in_csv(
            [{c: f'="{v.replace(chr(34), chr(34) * 2)}"' for c, v in row.items()} for row in rows]
        ),
        lambda rows: in_csv([{c: v or "« - »" for c, v in row.items()} for row in rows]),
        lambda rows: json.dumps([{"fields": row} for row in rows]),
    ],
    ids=["tabs", "accents in two signs", "texts of a spreadsheet", "absences", "JSON"],
)
def test_the_real_list_of_paris_says_the_same(donnees_reelles, written):
    path = donnees_reelles / "commerces/paris-commercants-livraison_2020-12.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))[::10]
    found = [kept(text.encode()) for text in (in_csv(rows), written(rows))]
    assert found[0] == found[1]
