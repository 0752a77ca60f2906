"""Files of shops as those of Paris: their columns, their repetitions, their junk, all fictive."""

import csv
import json
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from random import Random

from shared import territoire
from tests.perf.texte import FINS, SYLLABES

COLONNES = (
    "Nom du commerce",
    "Adresse",
    "Code postal",
    "Type de commerce",
    "Services",
    "Description",
    "Précisions",
    "Site internet",
    "Téléphone",
    "Mail",
    "geo_shape",
    "geo_point_2d",
)
TYPES = {
    "Restaurant ou traiteur": 27,
    "Autre": 15,
    "Boucherie - charcuterie - rôtisserie": 7,
    "Caviste - Brasserie": 7,
    "Librairie": 7,
    "Boulangerie - pâtisserie": 6,
    "Alimentation générale et produits de première nécessité": 6,
    "Épicerie fine": 5,
    "Epicerie fine": 4,
    "Fromagerie": 4,
    "Primeur": 4,
    "Fleuriste": 4,
    "Poissonnerie": 2,
    "Disquaire": 1,
    "Un type que personne ne connaît": 1,
}
"""Kinds, each as often as in the file of December 2020."""
LIVRAISON, RETRAIT = "Livraisons à domicile", "Retrait de commandes en magasin"
SERVICES = {LIVRAISON: 42, f"{LIVRAISON}, {RETRAIT}": 35, RETRAIT: 23}
VOIES = ("rue", "Rue", "avenue", "boulevard", "bd", "RUE", "place", "passage")
PROSES = (
    "Du lundi au samedi de 8h30 à 19h00",
    "7J/7 de 11H à 22H",
    "Mardi : 18h-23h. Dimanche fermé",
    "Horaire pour prise de commande : 9h à 12h, sinon par téléphone",
)
SITES_SALES = (
    "<Nul>",
    "facebook/et/instagram",
    "https//www.exemple.fr",
    "@boutique",
    "pas de site",
)
TELEPHONES_SALES = ("Magasin 01 99 00 12 34", "0199001234 / 0639980001", "199001234", "01 99 00")
COURRIELS_SALES = ("a@exemple.fr; b@exemple.fr", "contact(at)exemple.fr", "contact@exemple")
PHRASE = (
    "à emporter du quartier depuis la de et avec des produits frais maison bio livrés chaque jour"
    " nous vous proposons une cuisine préparée sur place pour toute commande passée"
)
PARIS = ((2.2600, 2.4100), (48.8190, 48.8990))
RARES = 60_000


def ecrire(path: Path, count: int, *, seed: int = 20) -> Path:
    """A file of so many shops; the same seed, the same first shops."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";", lineterminator="\n")
        writer.writerow(COLONNES)
        writer.writerows(_lignes(count, Random(seed)))
    return path


def _lignes(count: int, alea: Random) -> Iterator[list[str]]:
    draw = _words(alea)
    for number in range(count):
        name = " ".join(word.title() for word in draw(1 + number % 3))
        if alea.random() < 0.17:
            name = name.upper()
        street = f"{alea.randint(1, 250)} {alea.choice(VOIES)} {draw(1)[0].title()}"
        lon, lat, postcode = _point(alea)
        yield [
            name,
            street if alea.random() > 0.01 else f"{street} {postcode} Paris",
            postcode,
            _weighted(alea, TYPES),
            _weighted(alea, SERVICES),
            _description(alea, draw),
            alea.choice(PROSES) if alea.random() < 0.04 else "",
            _junk(alea, 0.76, SITES_SALES, _site(alea, draw)),
            _junk(alea, 0.90, TELEPHONES_SALES, _telephone(alea)),
            _junk(alea, 0.91, COURRIELS_SALES, f"c{alea.getrandbits(28):07x}@{draw(1)[0]}.fr"),
            json.dumps({"type": "Point", "coordinates": [lon, lat]}),
            f"{lat:.10f},{lon:.10f}",
        ]


def _words(alea: Random) -> Callable[[int], list[str]]:
    """Draws among proper names more and more rare, as names and descriptions do."""
    rare = [
        "".join(alea.choices(SYLLABES, k=alea.randint(1, 4))) + alea.choice(FINS)
        for _ in range(RARES)
    ]
    weights = list(accumulate(1 / (rank + 100) for rank in range(RARES)))
    return lambda count: alea.choices(rare, cum_weights=weights, k=count)


def _point(alea: Random) -> tuple[float, float, str]:
    """A point of Paris and its postcode."""
    while True:
        lon, lat = (alea.uniform(*side) for side in PARIS)
        lieu = territoire.locate(lon, lat)
        if lieu is not None and lieu.code_arrondissement is not None:
            return lon, lat, f"750{lieu.code_arrondissement[3:]}"


def _description(alea: Random, draw: Callable[[int], list[str]]) -> str:
    if alea.random() > 0.83:
        return ""
    words = alea.choices(PHRASE.split(), k=alea.randint(4, 24)) + draw(alea.randint(0, 6))
    alea.shuffle(words)
    text = " ".join(words).capitalize()
    if alea.random() < 0.07:
        text = f"{text}. {alea.choice(PROSES)}"
    return text.replace(" nous ", "\nnous ") if alea.random() < 0.3 else text


def _site(alea: Random, draw: Callable[[int], list[str]]) -> str:
    kind = alea.random()
    if kind < 0.2:
        return f"https://www.epicery.com/epiceries/{draw(1)[0]}-{alea.randint(1, 999)}"
    if kind < 0.3:
        return f"https://www.facebook.com/{draw(1)[0]}{alea.randint(1, 999)}"
    if kind < 0.35:
        return f"www.{draw(1)[0]}.fr"
    return f"{'http' if kind < 0.5 else 'https'}://www.{draw(1)[0]}-{draw(1)[0]}.fr/"


def _telephone(alea: Random) -> str:
    start = "06 39" if alea.random() < 0.6 else "01 99"
    return start + "".join(f" {alea.randint(0, 99):02}" for _ in range(3))


def _junk(alea: Random, filled: float, junk: tuple[str, ...], cell: str) -> str:
    """The cell, empty or badly typed as often as in real files."""
    if alea.random() > filled:
        return ""
    return alea.choice(junk) if alea.random() < 0.04 else cell


def _weighted(alea: Random, shares: dict[str, int]) -> str:
    return alea.choices(tuple(shares), weights=tuple(shares.values()))[0]
