"""Columns that several readers and writers of a listing name, each list in one order."""

from typing import Final

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
