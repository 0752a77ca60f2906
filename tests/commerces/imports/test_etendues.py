"""Where a shop serves, in words: every item is known and means one thing, or it stays words."""

import pytest

from services.commerces.imports import detail, etendues
from services.commerces.mots import fold
from shared import territoire

MONTREUIL, VINCENNES, SAINT_MANDE = "93048", "94080", "94067"
AROUND_MONTREUIL = ("75120", "93006", "93053", "93063", "93064", "94033", "94067", "94080")


def communes(*codes):
    return {"type": "communes", "codes": sorted(codes)}


def rayon(metres):
    return {"type": "rayon", "rayon_m": metres}


@pytest.mark.parametrize(
    ("received", "zone"),
    [
        ("rayon de 1km", {"type": "rayon", "rayon_m": 1000}),
        ("Dans un rayon de 1,5 km", {"type": "rayon", "rayon_m": 1500}),
        ("Paris", {"type": "communes", "codes": ["75056"]}),
        ("Vincennes et Saint-Mandé", {"type": "communes", "codes": ["94067", "94080"]}),
        ("Paris 11e", {"type": "communes", "codes": ["75111"]}),
        ("94 440, 94 520", {"type": "codes_postaux", "codes": ["94440", "94520"]}),
        ("94440, 94520", {"type": "codes_postaux", "codes": ["94440", "94520"]}),
        ("75111", {"type": "communes", "codes": ["75111"]}),
        ("Vincennes & Saint-Mandé", communes(SAINT_MANDE, VINCENNES)),
        ("Vincennes - St-Mandé", communes(SAINT_MANDE, VINCENNES)),
        ("Vincennes\nSaint Mandé", communes(SAINT_MANDE, VINCENNES)),
        ("Vincennes (94300) et Montreuil (93)", communes(MONTREUIL, VINCENNES)),
        ("93100 Montreuil", communes(MONTREUIL)),
        ("Montreuil uniquement", communes(MONTREUIL)),
        ("Pré-Saint-Gervais", communes("93061")),
        ("Boulogne", communes("92012")),
        ("Issy et Ivry", communes("92040", "94041")),
        ("75011 75012", {"type": "codes_postaux", "codes": ["75011", "75012"]}),
        ("75011 Paris", communes("75111")),
        ("Paris (1er, 2e)", communes("75101", "75102")),
        ("11ème, 12ème et 20e arrondissement", communes("75111", "75112", "75120")),
        ("11e et 12e arrondissements", communes("75111", "75112")),
        ("Paris 11e arr.", communes("75111")),
        ("Le Bourget (93) et Les Lilas (93260)", communes("93013", "93045")),
        ("Livraison à La Courneuve 93120", communes("93027")),
        ("93 - Montreuil, 94 - Vincennes", communes(MONTREUIL, VINCENNES)),
        ("Vincennes et 93 - Montreuil", communes(MONTREUIL, VINCENNES)),
        ("Montreuil 93 - Vincennes 94", communes(MONTREUIL, VINCENNES)),
        ("Paris 11 - Montreuil", communes("75111", MONTREUIL)),
        ("Paris 19, 20 - Montreuil", communes("75119", "75120", MONTREUIL)),
        ("93, Montreuil", None),
        ("Montreuil, Vincennes, Montreuil", communes(MONTREUIL, VINCENNES)),
        ("11, 12", None),
        ("Paris (tous arrondissements)", communes("75056")),
        ("Tout Paris", communes("75056")),
        ("21e", None),
        ("Paris 11, 12 et 20", communes("75111", "75112", "75120")),
        ("tout Paris", communes("75056")),
        ("Paris intra-muros", communes("75056")),
        ("jusqu'à 3 km", rayon(3000)),
        ("3 km max", rayon(3000)),
        ("moins de 3 kms", rayon(3000)),
        ("5 km autour", rayon(5000)),
        ("3000 mètres", rayon(3000)),
        ("2 à 3 km", None),
        ("11, 12, 20", None),
        ("11e, 12e", communes("75111", "75112")),
        ("Neuilly", None),
        ("Pierrefitte", None),
        ("La Varenne (94210)", None),
        ("Saint-Maur-des-Fossés (94210)", None),
        ("Montreuil (94)", None),
        ("Montreuil (75011)", None),
        ("Montreuil et communes limitrophes", communes(MONTREUIL, *AROUND_MONTREUIL)),
        ("Montreuil (93) et ses communes voisines.", communes(MONTREUIL, *AROUND_MONTREUIL)),
        ("Montreuil (et communes limitrophes)", communes(MONTREUIL, *AROUND_MONTREUIL)),
        ("Communes voisines de Montreuil", communes(MONTREUIL, *AROUND_MONTREUIL)),
        (
            "communes limitrophes des Lilas",
            communes("93045", "75120", "93006", "93055", "93061", "93063"),
        ),
        (
            "Paris 11e et arrondissements limitrophes",
            communes("75111", "75103", "75104", "75110", "75112", "75120"),
        ),
        (
            "Paris 12e et arrondissements limitrophes",
            communes("75112", "75104", "75105", "75111", "75113", "75120"),
        ),
        ("Paris 11e et communes limitrophes", None),
        ("Montreuil et arrondissements limitrophes", None),
        ("Montreuil, Vincennes et communes limitrophes", None),
        ("Neuilly et communes limitrophes", None),
        ("communes limitrophes", None),
        ("Montreuil et communes alentour", None),
        ("Montreuil sauf les hauts", None),
        ("pas de livraison", None),
        ("Paris et proche banlieue", None),
        ("rayon de 900 km", None),
    ],
)
def test_zones(received, zone):
    found = detail.zone("livraison_zone", received)
    assert found.zone == zone
    assert found.note == (received if zone is None else None)


@pytest.mark.parametrize(
    ("received", "count", "one"),
    [
        ("93", 39, MONTREUIL),
        ("tout le 93", 39, MONTREUIL),
        ("92, 93 et 94", 122, MONTREUIL),
        ("75 92 93 94", 123, "75056"),
        ("Hauts-de-Seine (92)", 36, "92012"),
        ("Est Ensemble", 9, MONTREUIL),
        ("Métropole du Grand Paris", 130, MONTREUIL),
        ("Île-de-France", 130, MONTREUIL),
        ("Toute l’Île-de-France", 130, MONTREUIL),
        ("France entière", 130, "75056"),
    ],
)
def test_many_communes_are_told_at_once(received, count, one):
    found = detail.zone("livraison_zone", received)
    assert (len(found.zone["codes"]), one in found.zone["codes"]) == (count, True)
    assert [constat.code for constat in found.constats] == ["ZONL"]


@pytest.mark.parametrize(
    "write",
    [
        *("{0.nom}", "{0.code}", "{0.nom} ({0.departement})", "{0.departement} - {0.nom}"),
        *("{0.nom} ({0.codes_postaux[0]})", "{0.codes_postaux[0]} {0.nom}"),
    ],
)
@pytest.mark.parametrize("change", [str, str.upper, lambda name: name.replace("-", " "), fold])
def test_every_commune_is_known_however_it_is_written(write, change):
    """But beside one of its several postcodes, which may tell a part of it."""
    whole = (one for one in territoire.communes() if len(one.codes_postaux) == 1)
    read = {one.code: etendues.lire(change(write.format(one))) for one in whole}
    assert read == {code: communes(code) for code in read}
