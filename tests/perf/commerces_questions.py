"""What people ask of the directory, as the service's URL and as what PostgreSQL's SQL binds."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any, Final
from urllib.parse import urlencode

import numpy as np
import psycopg

from services.commerces import demonstration
from services.commerces.filtres import BITS
from shared import territoire
from tests.perf import commerces_sql as sql

BOX: Final = 490
"""Shops in a box."""
OPEN: Final = (8 * 60, 21 * 60)
"""When questions are about, in minutes of a day: by night nobody delivers."""
LIVRAISON: Final = BITS["modalite"]["livraison"]
GENRES: Final = (
    *("boulangerie", "fromagerie", "librairie", "poissonnerie", "boucherie", "chocolaterie"),
    *("restaurant", "pharmacie", "fleuriste", "coiffeur", "caviste", "primeur", "disquaire"),
    *("parfumerie", "quincaillerie", "papeterie", "blanchisserie", "opticien", "charcuterie"),
    *("pâtisserie", "rôtisserie", "pizzeria", "traiteur", "teinturerie", "crèmerie"),
)
COMMUNS: Final = (
    "paris",
    "maison",
    "produits",
    "bio",
    "frais",
    "livraison",
    "quartier",
    "emporter",
)
FAUTIFS: Final = tuple(mot for mot in GENRES if len(mot) > 8 and mot.isascii())
"""Long enough for two edits to be forgiven, as the SQL forgives two."""


@dataclass(frozen=True)
class Question:
    """One question, to both."""

    path: str
    bound: dict[str, Any]


def _places() -> Iterator[tuple[float, float, Random]]:
    """Places as dense as people are."""
    alea = Random(44)
    shops = demonstration.shops(1_000_000, seed=44)
    # The first are one a commune.
    for shop in islice(shops, len(territoire.communes()), None):
        yield shop["lon"], shop["lat"], alea


def deliveries(_url: str) -> Iterator[Question]:
    """Who delivers here, open then, the 20 nearest."""
    for lon, lat, alea in _places():
        days, minutes = alea.randrange(7), alea.randrange(*OPEN)
        moment = datetime.combine(sql.LUNDI, time(), UTC) + timedelta(days=days, minutes=minutes)
        asked = {"livre_a": f"{lon},{lat}", "a": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        path = f"/fiches?{urlencode({**asked, 'tri': 'distance', 'limite': 20}, safe=',:')}"
        yield Question(path, sql.desserte(lon, lat, moment))


def maps(url: str) -> Iterator[Question]:
    """Boxes around shops, as wide as it takes to hold nearly all that a page may."""
    with psycopg.connect(url) as connection:
        lon, lat = np.array(connection.execute("SELECT lon, lat FROM commerces.lieux").fetchall()).T
    alea = np.random.default_rng(47)
    while True:
        centre = alea.integers(lon.size)
        away = np.maximum(np.abs(lon - lon[centre]) / 1.5, np.abs(lat - lat[centre]))
        half = float(np.partition(away, BOX)[BOX])
        box = _box(lon[centre], lat[centre], half)
        yield Question(f"/fiches?bbox={','.join(map(str, box))}&limite=500", sql.box(*box))


def facets(_url: str) -> Iterator[Question]:
    """Every filter's counts, of the shops that deliver in a large box."""
    for lon, lat, alea in _places():
        half = alea.uniform(0.02, 0.06)
        box = _box(lon, lat, half)
        path = f"/facettes?bbox={','.join(map(str, box))}&modalite=livraison"
        yield Question(path, {**sql.box(*box), "masque": LIVRAISON})


def _box(lon: float, lat: float, half: float) -> sql.Box:
    west, east = lon - 1.5 * half, lon + 1.5 * half
    return round(west, 6), round(lat - half, 6), round(east, 6), round(lat + half, 6)


def texts(_url: str) -> Iterator[Question]:
    """A kind of shop, in the singular or the plural, alone or with a common word."""
    for word, other in _pairs():
        asked = f"{word} {other}".strip()
        lexemes = [f"'{one}'" for one in asked.split()]
        bound = {"question": f"{' & '.join(lexemes)}:*"}
        yield Question(f"/fiches?{urlencode({'q': asked, 'limite': 20})}", bound)


def mistakes(_url: str) -> Iterator[Question]:
    """A kind of shop with one letter wrong, and a common word."""
    alea = Random(46)
    seen = set()
    while True:
        word, other = alea.choice(FAUTIFS), alea.choice(COMMUNS)
        place = alea.randrange(2, len(word) - 1)
        put = alea.choice(("", word[place - 1] + word[place], "aeioulrt"[alea.randrange(8)]))
        wrong = word[:place] + put + word[place + 1 :]
        if wrong == word or (wrong, other) in seen:
            continue
        seen.add((wrong, other))
        path = f"/fiches?{urlencode({'q': f'{wrong} {other}', 'limite': 20})}"
        yield Question(path, {"faute": wrong, "ecart": 2, "reste": f"'{other}':*"})


def _pairs() -> Iterator[tuple[str, str]]:
    alea = Random(45)
    pairs = [
        (form, other)
        for word in GENRES
        for plain in (word, word + "s")
        for form in (plain, plain.upper(), plain.capitalize(), f"{plain[0].upper()}{plain[1:]} ")
        for other in ("", *COMMUNS)
    ]
    alea.shuffle(pairs)
    yield from dict.fromkeys(pairs)


@dataclass(frozen=True)
class Kind:
    """One kind of question, and the SQL that answers it, what is compared word for word first."""

    name: str
    ask: Callable[[str], Iterator[Question]]
    """Takes the URL of the directory's database."""
    statements: dict[str, str]
    least: float
    """Least share of the answers that must be the same in both (`recherche.same`)."""
    baseline: str
    """The statement that the target is about."""


TABLES: Final = "PostgreSQL"
"""Asked as the design measured it: tables and indexes, zones as polygons, JSON made from rows."""
READ_MODEL: Final = "PostgreSQL, modèle de lecture"
"""Our own read model put into its tables, ready JSON included: the least that it can do."""
KINDS: Final = (
    Kind(
        "livre-a",
        deliveries,
        {
            READ_MODEL: sql.DESSERTE,
            TABLES: sql.DESSERTE_EN_POLYGONES,
            f"{READ_MODEL}, sans le compte": sql.DESSERTE_SANS_COMPTE,
        },
        0.98,
        TABLES,
    ),
    Kind("plein-texte", texts, {READ_MODEL: sql.TEXTE}, 0.9, READ_MODEL),
    Kind("faute", mistakes, {READ_MODEL: sql.FAUTE}, 0.8, READ_MODEL),
    Kind(
        "carte-500",
        maps,
        {READ_MODEL: sql.CARTE, TABLES: sql.CARTE_CONSTRUITE},
        1.0,
        TABLES,
    ),
    Kind("facettes", facets, {READ_MODEL: sql.FACETTES}, 1.0, READ_MODEL),
)
