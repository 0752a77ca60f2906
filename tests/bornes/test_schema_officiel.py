"""Our facts about IRVE statique are those of the official schema."""

import json

import pytest
from frictionless import Field
from hypothesis import example, given
from hypothesis import strategies as st

from services.bornes.cellules import CODES, Colonne, Formule
from services.bornes.irve import COLONNES, lire

COLONNE = {colonne.name: colonne for colonne in COLONNES}
WRITTEN = ("coordonneesXY", "puissance_nominale", "nbre_pdc", "contact_operateur", "date_maj")
"""Columns whose values may be written in several ways."""
NUMBER = st.one_of(
    st.from_regex(r"[+-]?[0-9]{0,3}[.,]?[0-9]{0,3}", fullmatch=True),
    st.floats(-200, 200).map(str),
)
SPACE = st.sampled_from(["", " ", "\t", "\u00a0", "\u202f"])
LIKELY = st.one_of(
    NUMBER,
    st.builds("[{0}{1},{0}{2}{0}]".format, SPACE, NUMBER, NUMBER),
    st.from_regex(r"[a-z.+-]{1,5}@[a-z.-]{1,5}\.[a-z]{1,3}", fullmatch=True),
    st.dates().map(str),
)


def official(colonne: Colonne, texte: str) -> bool:
    """Whether an independent validator takes a text in a column of the official schema."""
    constraints = {"minimum": int(colonne.minimum)} if colonne.minimum else {}
    field = Field.from_descriptor(
        {
            "name": colonne.name,
            "type": colonne.type,
            "format": colonne.format or "default",
            "constraints": {"required": colonne.required, **constraints},
        }
    )
    _, notes = field.read_cell(texte)
    return not notes


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


@given(st.sampled_from(WRITTEN), LIKELY)
@example("contact_operateur", "jean..dupont@exemple.fr")
@example("contact_operateur", "jean@" + "exemple." * 32 + "fr")
@example("coordonneesXY", "[+2.26765, 48.827423]")
@example("coordonneesXY", "[02.26765,048.827423]")
def test_what_is_kept_is_right_and_so_is_what_has_no_finding(nom, recu):
    colonne = COLONNE[nom]
    try:
        valeur, constats = lire(colonne, recu)
    except Formule:
        return
    if valeur is not None:
        assert official(colonne, valeur)
    if not {CODES[constat.code].gravite for constat in constats} & {"erreur", "reparation"}:
        assert official(colonne, recu)


@pytest.mark.parametrize("recu", [".5", "22.", "22.0", "+22", "2.2e1"])
def test_a_power_that_the_official_schema_takes_is_taken(recu):
    assert official(COLONNE["puissance_nominale"], recu)
    assert lire(COLONNE["puissance_nominale"], recu).valeur == f"{float(recu):g}"
