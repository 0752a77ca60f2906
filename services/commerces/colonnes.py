"""Column names of a listing shared by several readers and writers, in a fixed order."""

from typing import Final

LIEU: Final = (
    "adresse",
    "complement",
    "code_postal",
    "lon",
    "lat",
    "code_commune",
    "code_arrondissement",
    "territoire",
)
"""Where a shop is."""
LIEU_SAISI: Final = ("adresse", "complement", "code_postal", "lon", "lat", "cle_ban")
"""Where a shop is, as it is declared."""
DESCRIPTION: Final = (
    "nom",
    "categories",
    "description",
    "labels",
    "paiements",
    "accessibilites",
    "langues",
)
"""What a listing says of its shop, less contacts and hours."""
HORAIRES: Final = ("horaires", "horaires_osm", "horaires_texte")
"""The hours of a listing or of a modality: structured, as OpenStreetMap, as received."""
CONDITIONS: Final = (
    "minimum",
    "frais",
    "franco",
    "delai_min",
    "canaux",
    "commande_jusqu_a",
    "du",
    "au",
    "note",
)
"""On what terms a modality serves."""
