"""A few wholly fictive refuelling stations, for `relance demo`."""

import csv
from io import StringIO
from typing import Final

from services.bornes.avitaillement.schema import SCHEMA

MENTION: Final = "(donnée fictive)"
"""Ends every name a reader could take for a real one."""
_LIEUX: Final = (
    ("Gennevilliers", "92036", "92230", 2.2940, 48.9330),
    ("Bonneuil-sur-Marne", "94011", "94380", 2.4880, 48.7740),
    ("Saint-Denis", "93066", "93200", 2.3570, 48.9360),
    ("Rungis", "94065", "94150", 2.3510, 48.7490),
    ("Le Bourget", "93013", "93350", 2.4260, 48.9350),
    ("Paris", "75115", "75015", 2.2880, 48.8410),
)
_POINTS: Final = (
    (("H2", "350", "H35", "16.500"), ("H2", "700", "H70", "16.900")),
    (("GNC", "200", "NGV1", "1.599"), ("bioGNC", "200", "NGV2", "1.699")),
    (("bioGNC", "200", "NGV1", "1.679"),),
    (("GNC", "200", "NGV2", "1.549"), ("GNL", "", "ISO 12617", "1.389")),
    (("H2", "700", "H70", ""),),
    (("bioGNC", "200", "NGV1", "1.729"), ("bioGNL", "", "ISO 12617", "1.489")),
)
_ETATS: Final = ("en_service", "en_service", "hors_service", "en_service", "inconnu", "en_service")
_HORAIRES: Final = ("24/7", "24/7", "Mo-Sa 06:00-22:00", "24/7", "Mo-Fr 07:00-19:00", "24/7")
_CONSTATE: Final = "2026-01-31T08:00:00Z"


def avitaillement() -> bytes:
    """A file of our schema; the same at each call."""
    text = StringIO(newline="")
    writer = csv.DictWriter(text, SCHEMA.noms, restval="")
    writer.writeheader()
    for number, lieu in enumerate(_LIEUX):
        for rank, offre in enumerate(_POINTS[number]):
            writer.writerow(_station(number, lieu) | _point(number, rank, offre))
    return text.getvalue().encode()


def _station(number: int, lieu: tuple[str, str, str, float, float]) -> dict[str, object]:
    commune, code, postal, lon, lat = lieu
    return {
        "nom_operateur": f"Avitaillement Démo {MENTION}",
        "contact_operateur": "contact@demonstration.example",
        "telephone_operateur": "+33199001234",
        "nom_enseigne": f"Avitaillement Démo {MENTION}",
        "id_station": f"FRZZZ-AVI-{number + 1:02}",
        "nom_station": f"{commune} - Rue du Moulin {MENTION}",
        "adresse_station": f"{number + 1} Rue du Moulin {postal} {commune}",
        "code_insee_commune": code,
        "coordonneesXY": f"[{lon},{lat}]",
        "condition_acces": "Accès libre" if number else "Accès réservé",
        "horaires": _HORAIRES[number],
        "type_vehicule": "M1,N1,N2" if number % 2 else "M1,M3,N1,N3",
        "paiement_cb": "true",
        "date_mise_en_service": "2024-03-01",
        "observations": "Donnée fictive de démonstration",
        "date_maj": "2026-01-31",
    }


def _point(number: int, rank: int, offre: tuple[str, str, str, str]) -> dict[str, object]:
    energie, pression, connecteur, prix = offre
    return {
        "id_point": f"FRZZZ-AVI-{number + 1:02}-{rank + 1}",
        "energie": energie,
        "pression_bar": pression,
        "connecteur": connecteur,
        "etat_point": _ETATS[number],
        "horodatage_etat": _CONSTATE,
        "prix_kg": prix,
        "horodatage_prix": _CONSTATE if prix else "",
    }
