"""Plausible, wholly fictive shops in the real communes, for `relance demo` and the benches."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from math import cos, pi, radians, sin, sqrt
from random import Random
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from services.commerces import commands, taxonomie
from services.commerces.commands import Auteur
from services.commerces.models import Fiche
from shared import territoire
from shared.schemas.commerces_gestion import ChangementStatut, FicheSaisie
from shared.schemas.commerces_valeurs import (
    AccessibiliteCommerce,
    CanalCommande,
    LabelCommerce,
    Modalite,
    Paiement,
    StatutFiche,
    VerifiePar,
)
from shared.territoire import Commune

MENTION: Final = "(commerce fictif)"
"""Ends every name a reader could take for a real one."""
FICHES: Final = 600
SEED: Final = 2020
METRES_PER_DEGREE: Final = 111_195
COS_LATITUDE: Final = cos(radians(48.85))
AUTEUR: Final = Auteur("demonstration", VerifiePar.IMPORT)
NOMS: Final = ("Chez Démo", "Aux Essais", "Le Comptoir d'exemple", "Maison Modèle", "L'Échantillon")
VOIES: Final = (
    "rue des Érables",
    "avenue du Parc",
    "place du Marché",
    "boulevard des Tilleuls",
    "rue de la Fontaine",
    "allée des Peupliers",
)
HORAIRES: Final = (
    "Tu-Sa 08:30-13:00,15:30-19:30; Su 09:00-13:00; PH off",
    "Mo-Sa 09:30-19:00; PH off",
    "Mo-Su 12:00-14:30,19:00-23:00",
    "Mo-Sa 08:00-20:00; PH off",
    "Th-Sa 18:00-02:00; PH off",
)
"""Hours of shops, at OpenStreetMap's format."""
TOURNEES: Final = ("Mo-Sa 17:00-21:00; PH off", "Tu-Sa 10:00-12:30; PH off", "Mo-Su 18:30-22:30")
"""Hours of deliveries."""

Json = dict[str, Any]


def fill(engine: Engine) -> None:
    """Publish the fictive shops in a directory that has none."""
    with Session(engine) as session, session.begin():
        if session.scalar(select(Fiche.id).limit(1)) is None:
            for saisie in shops():
                fiche = commands.create(session, FicheSaisie.model_validate(saisie), auteur=AUTEUR)
                commands.decide(
                    session,
                    fiche,
                    ChangementStatut(statut=StatutFiche.PUBLIEE, motif="Démonstration"),
                    auteur=AUTEUR,
                    if_match=commands.version(fiche),
                )


def shops(count: int = FICHES, *, seed: int = SEED) -> Iterator[Json]:
    """So many shops as an agent would write them; the same seed, the same shops."""
    alea = Random(seed)  # noqa: S311 reproducible on purpose
    leaves = _leaves()
    for number, commune in zip(range(count), _communes(alea), strict=False):
        code = alea.choice(leaves)
        nom = taxonomie.categories()[code].nom
        yield {
            "nom": f"{alea.choice(NOMS)} {number + 1}, {nom.lower()} {MENTION}",
            **_place(commune, alea),
            "categories": [code],
            "description": f"Donnée fictive de démonstration : {nom.lower()}.",
            "labels": _some(alea, tuple(LabelCommerce), 2),
            "paiements": _some(alea, tuple(Paiement), 4),
            "accessibilites": _some(alea, tuple(AccessibiliteCommerce)[:3], 1),
            "langues": ["fr"],
            "contacts": [
                # A range kept for fiction by the French regulator.
                {"genre": "telephone", "valeur": "+33199001234", "public": True},
                {"genre": "site", "valeur": "https://boutique.example/", "public": True},
                {"genre": "courriel", "valeur": "contact@boutique.example"},
            ],
            "horaires_osm": alea.choice(HORAIRES) if _chance(alea, 85) else None,
            "modalites": _modalites(commune, alea),
            "source": f"démonstration {MENTION}",
        }


def _leaves() -> list[str]:
    parents = {category.parent for category in taxonomie.categories().values()}
    return [code for code in taxonomie.categories() if code not in parents]


def _communes(alea: Random) -> Iterator[Commune]:
    """Every commune once, then each as often as its population weighs, without end."""
    communes = territoire.communes()
    yield from alea.sample(communes, len(communes))
    weights = list(accumulate(commune.population_2023 or 0 for commune in communes))
    while True:
        yield from alea.choices(communes, cum_weights=weights, k=256)


def _place(commune: Commune, alea: Random) -> Json:
    """Where a shop stands: somewhere inside the commune, under an invented address."""
    reach = 0.7 * sqrt(commune.surface_ha) * 100 / METRES_PER_DEGREE
    lieu = None
    while lieu is None or lieu.code_commune != commune.code:
        lon = round(commune.lon + alea.uniform(-reach, reach) / COS_LATITUDE, 6)
        lat = round(commune.lat + alea.uniform(-reach, reach), 6)
        lieu = territoire.locate(lon, lat)
    arrondissement = lieu.code_arrondissement
    code_postal = f"750{arrondissement[3:]}" if arrondissement else commune.codes_postaux[0]
    return {
        "adresse": f"{alea.randint(1, 99)} {alea.choice(VOIES)}",
        "code_postal": code_postal,
        "lon": lon,
        "lat": lat,
    }


def _modalites(commune: Commune, alea: Random) -> list[Json]:
    """The counter nearly always, and one to three other ways to be served."""
    kinds = [genre for genre in Modalite if _chance(alea, _FREQUENCES[genre])]
    return [_modalite(genre, commune, alea) for genre in kinds or [Modalite.COMPTOIR]]


_FREQUENCES: Final[Mapping[Modalite, int]] = {
    Modalite.DRIVE: 15,
    Modalite.LIVRAISON: 55,
    Modalite.POINT_COLLECTE: 10,
    Modalite.COMPTOIR: 90,
    Modalite.DEPANNAGE_URGENCE: 5,
}
"""Chances in a hundred that a shop offers each."""


def _modalite(genre: Modalite, commune: Commune, alea: Random) -> Json:
    found: Json = {"genre": genre, "canaux": _some(alea, tuple(CanalCommande), 3)}
    if genre in {Modalite.LIVRAISON, Modalite.DEPANNAGE_URGENCE}:
        found |= {
            "zone": _zone(commune, alea),
            "horaires_osm": alea.choice(TOURNEES),
            "minimum": alea.choice((None, "15.00", "25.00")),
            "frais": alea.choice((None, "2.50", "4.90")),
            "franco": alea.choice((None, "40.00")),
            "delai_min": alea.choice((None, 45, 90, 1_440)),
            "commande_jusqu_a": alea.choice((None, "17:30")),
        }
    return found


def _zone(commune: Commune, alea: Random) -> Json | None:
    """A zone of each shape, or none that is said."""
    match alea.randrange(10):
        case 0:
            return None
        case 1 | 2 | 3:
            return {"type": "communes", "codes": [commune.code]}
        case 4:
            return {"type": "codes_postaux", "codes": [commune.codes_postaux[0]]}
        case 5 | 6:
            return {"type": "polygone", "geometrie": _contour(commune, alea)}
        case _:
            return {"type": "rayon", "rayon_m": alea.choice((1_000, 2_000, 3_000, 5_000))}


def _contour(commune: Commune, alea: Random) -> Json:
    """A contour of a dozen corners around the commune's middle."""
    corners = 12
    ring = []
    for corner in range(corners):
        reach = alea.uniform(0.01, 0.03)
        angle = 2 * pi * corner / corners
        ring.append(
            [
                round(commune.lon + reach * cos(angle) / COS_LATITUDE, 6),
                round(commune.lat + reach * sin(angle), 6),
            ]
        )
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def _some(alea: Random, values: tuple[str, ...], most: int) -> list[str]:
    return alea.sample(values, alea.randint(0, most))


def _chance(alea: Random, percent: int) -> bool:
    return alea.randrange(100) < percent
