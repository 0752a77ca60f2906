"""The public contract as programs read it: what generates clients and what checks documents."""

import json

import pytest

from gateway.embedded import SERVICES
from shared.schemas.bornes import StationResume
from shared.schemas.commerces import FicheResume
from tests.architecture.test_openapi import contract

MISSING = {
    "ChangementPoint": {"motif"},
    "ColonneModele": {"constraints", "example", "valeurs"},
    "EtatOuverture": {"jusqu_a", "raison"},
    "Facettes": {"points_libres"},
    "FicheDetail": {"ouverture", "regime"},
    "FicheTrouvee": {"distance_m", "ouverture", "regime"},
    "Fiches": {"ecartes_par_regime", "regimes"},
    "Grappe": {"points_libres"},
    "Grappes": {"points_libres"},
    "Lien": {"title", "type"},
    "OuvertureFiche": {"jusqu_a", "raison"},
    "Probleme": {"erreurs", "nombre_erreurs", "parametre"},
    "StationGrappe": {"points_libres"},
    "StationsItineraire": {"curseur_suivant"},
    "ValeurRefusee": {"parametre", "pointer"},
}
"""What answers may leave out, besides what `champs` does."""


@pytest.mark.parametrize("name", SERVICES)
def test_what_an_answer_always_has_is_required(name):
    """Or each client has to check for what is never missing: its map refuses our GeoJSON."""
    schemas = json.loads(contract(name))["components"]["schemas"]
    chosen = {*StationResume.model_fields, *FicheResume.model_fields}
    answers = {
        model: schema
        for model, schema in schemas.items()
        if schema.get("additionalProperties") is not False and "externalDocs" not in schema
    }
    for model, schema in answers.items():
        missing = schema.get("properties", {}).keys() - schema.get("required", ()) - chosen
        assert missing == MISSING.get(model, set()), model
    features = [schema for model, schema in answers.items() if model.startswith("Feature_")]
    assert features
    assert all("$ref" in one["properties"]["geometry"] for one in features)
