"""A directory of generated shops: the shapes of the real files, and nothing of what they say."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, Final

import orjson
import psycopg

from services.commerces import demonstration, horaires_osm
from services.commerces.saisie import as_kept
from shared import territoire
from shared.schemas.commerces_valeurs import Modalite
from tests.perf.texte import documents

Json = dict[str, Any]

FICHES: Final = 107_000
SEED: Final = 2020
VERIFIE: Final = "2026-11-02 09:00:00+01"
CATEGORIES: Final = {
    "Restaurant traiteur japonais sushi": "restaurant_japonais",
    "Restaurant pizzeria italienne": "restaurant_italien",
    "Restaurant libanais": "restaurant_mediterraneen",
    "Librairie": "librairie",
    "Boucherie charcuterie rôtisserie": "boucherie",
    "Boulangerie pâtisserie": "boulangerie",
    "Fromagerie crèmerie": "fromagerie",
    "Épicerie fine": "epicerie_fine",
    "Primeur fruits et légumes": "primeur",
    "Caviste vins spiritueux": "caviste",
    "Poissonnerie": "poissonnerie",
    "Fleuriste": "fleuriste",
    "Chocolaterie": "chocolaterie",
    "Pharmacie parapharmacie": "pharmacie",
    "Coiffeur salon de coiffure": "coiffeur",
    "Alimentation générale": "epicerie",
    "Jouets jeux": "jouets",
    "Artisanat d'art": "artisanat_art",
    "Disquaire": "disquaire",
    "Cosmétique parfumerie": "cosmetique",
    "Quincaillerie bricolage": "bricolage",
    "Presse papeterie": "presse_papeterie",
    "Blanchisserie teinturerie": "blanchisserie",
    "Opticien lunettes": "opticien",
}
"""Kinds of the generated texts → the category they go with."""
FREQUENTES: Final = (
    "Mo-Sa 08:30-21:00; PH off",
    "Mo-Sa 09:00-21:00; Su 09:00-13:00; PH off",
    "Tu-Sa 08:00-13:00,15:30-19:30; Su 08:30-13:30; PH off",
    "Mo-Fr 12:00-14:00,19:30-22:00; PH off",
    "Mo-Su 12:00-15:00,19:00-24:00",
    "Tu-Sa 10:00-19:00; PH off",
    "Mo-We 10:00-23:45; Th-Sa 10:00-02:00",
    "Mo-Su 08:00-22:00",
)
"""Hours that many shops share."""
INSERTIONS: Final = {
    "lieux": "id, adresse, code_postal, lon, lat, code_commune, code_arrondissement, territoire",
    "exploitations": "id, lieu_id",
    "fiches": "id, exploitation_id, statut, nom, categories, description, labels, paiements,"
    " accessibilites, langues, contacts, horaires, horaires_osm, verifie_le, verifie_par, source",
    "modalites": "fiche_id, genre, horaires, horaires_osm, zone, minimum, frais, franco,"
    " delai_min, canaux, commande_jusqu_a, verifie_le, verifie_par, source",
}


def fill(url: str, count: int) -> None:
    """Publish so many shops in a migrated database, written as the service writes them."""
    rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in INSERTIONS}
    for number, shop in enumerate(_shops(count), 1):
        _add(rows, number, shop)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for table, columns in INSERTIONS.items():
            with cursor.copy(f"COPY commerces.{table} ({columns}) FROM STDIN") as copy:
                for row in rows[table]:
                    copy.write_row(row)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _shops(count: int) -> Iterator[Json]:
    """The shops of the demonstration, with texts as varied as real ones and hours as real ones."""
    alea = Random(SEED)
    for shop, (nom, sorte, description) in zip(
        demonstration.shops(count, seed=SEED), documents(count), strict=True
    ):
        shop["modalites"] = [
            {**modalite, "horaires_osm": _tournee(alea)} if "zone" in modalite else modalite
            for modalite in shop["modalites"]
        ]
        yield {
            **shop,
            "nom": nom,
            "categories": [CATEGORIES[sorte]],
            "description": description,
            "horaires_osm": _horaires(alea) if shop["horaires_osm"] else None,
        }


def _horaires(alea: Random) -> str:
    """Common hours, or a shop's own: tens of thousands of them."""
    if alea.random() < 0.6:
        return alea.choice(FREQUENTES)
    days = alea.choice(("Mo-Sa", "Tu-Sa", "Mo-Fr", "Mo-Su", "Mo,We-Su"))
    opens, closes = _clock(alea, 7, 11), _clock(alea, 18, 24)
    spans = f"{opens}-{closes}"
    if alea.random() < 0.4:
        spans = f"{opens}-{_clock(alea, 12, 14)},{_clock(alea, 15, 17)}-{closes}"
    sunday = f"; Su {_clock(alea, 8, 10)}-{_clock(alea, 12, 14)}" if alea.random() < 0.4 else ""
    return f"{days} {spans}{sunday}{alea.choice(('; PH off', ''))}"


def _tournee(alea: Random) -> str | None:
    """When a shop delivers: half of the time, whenever it is open."""
    if alea.random() < 0.5:
        return None
    days = alea.choice(("Mo-Sa", "Tu-Sa", "Mo-Su", "Fr-Sa"))
    return f"{days} {_clock(alea, 10, 18)}-{_clock(alea, 19, 23)}; PH off"


def _clock(alea: Random, first: int, last: int) -> str:
    return f"{alea.randrange(first, last):02}:{alea.choice((0, 15, 30, 45)):02}"


@cache
def _hours(osm: str | None) -> tuple[str | None, str | None]:
    """Hours as they are kept, and as OpenStreetMap writes them."""
    if osm is None:
        return None, None
    horaires = horaires_osm.from_osm(osm)
    return _json(as_kept(horaires)), horaires_osm.to_osm(horaires)


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()


def _add(rows: dict[str, list[tuple[Any, ...]]], number: int, shop: Json) -> None:
    lieu = territoire.locate(shop["lon"], shop["lat"])
    assert lieu is not None, "the demonstration stands in real communes"
    place = (shop["adresse"], shop["code_postal"], shop["lon"], shop["lat"])
    codes = (lieu.code_commune, lieu.code_arrondissement, lieu.territoire)
    rows["lieux"].append((number, *place, *codes))
    rows["exploitations"].append((number, number))
    contacts = _json([{"public": False, **contact} for contact in shop["contacts"]])
    lists = ("labels", "paiements", "accessibilites", "langues")
    told = (shop["nom"], shop["categories"], shop["description"], *(shop[name] for name in lists))
    origin = (VERIFIE, "cci", "banc")
    hours = _hours(shop["horaires_osm"])
    rows["fiches"].append((number, number, "publiee", *told, contacts, *hours, *origin))
    for modalite in shop["modalites"]:
        rows["modalites"].append((number, *_modalite(modalite), *origin))


def _modalite(modalite: Json) -> tuple[Any, ...]:
    zone = modalite.get("zone")
    terms = ("minimum", "frais", "franco", "delai_min")
    return (
        str(Modalite(modalite["genre"])),
        *_hours(modalite.get("horaires_osm")),
        None if zone is None else _json(zone),
        *(modalite.get(name) for name in terms),
        [str(canal) for canal in modalite["canaux"]],
        modalite.get("commande_jusqu_a"),
    )
