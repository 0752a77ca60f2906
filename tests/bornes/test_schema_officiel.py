"""Our facts about IRVE statique are those of the official schema."""

import json

from services.bornes.cellules import CODES
from services.bornes.irve import COLONNES


def test_columns_are_those_of_the_official_schema(donnees_reelles):
    path = donnees_reelles / "irve/schemas/published/schema-statique-2.3.1.json"
    official = json.loads(path.read_text(encoding="utf-8"))
    assert official["missingValues"] == [""]
    ours = [
        {
            "name": colonne.name,
            "type": colonne.type,
            "format": colonne.format or None,
            "constraints": {
                key: value
                for key, value in {
                    "required": colonne.required,
                    "pattern": colonne.pattern or None,
                    "enum": list(colonne.enum) or None,
                    "minimum": int(colonne.minimum) if colonne.minimum else None,
                }.items()
                if value is not None
            },
        }
        for colonne in COLONNES
    ]
    theirs = [
        {
            "name": field["name"],
            "type": field["type"],
            "format": field.get("format"),
            "constraints": field["constraints"],
        }
        for field in official["fields"]
    ]
    assert ours == theirs


def test_every_code_has_four_letters_and_a_french_text():
    for code, (gravite, libelle, source) in CODES.items():
        assert len(code) == 4
        assert code.isupper()
        assert gravite in {"erreur", "reparation", "avertissement", "doublon"}
        assert libelle
        assert source in {"suite", "qualicharge"}
