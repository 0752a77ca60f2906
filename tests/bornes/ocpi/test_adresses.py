"""Streets, towns and postcodes out of one line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.ocpi.adresses import ADDRESS_MAX, adresse, shorten


@pytest.mark.parametrize(
    ("texte", "code", "told"),
    [
        ("44 Avenue George V, 75008 Paris", "75108", ("44 Avenue George V", "Paris", "75008")),
        (
            "9 Avenue Paul Signac 93100 MONTREUIL (93) Île-de-France FRANCE",
            "93048",
            ("9 Avenue Paul Signac", "Montreuil", "93100"),
        ),
        (
            "1-3  Avenue du Bicentenaire 1789-1989, Bonneuil-sur-Marne  94380  France",
            "94011",
            ("1-3 Avenue du Bicentenaire 1789-1989", "Bonneuil-sur-Marne", "94380"),
        ),
        # The INSEE code where the postcode should be.
        (
            "21 AVENUE JEAN JAURES 92073 SURESNES",
            "92073",
            ("21 AVENUE JEAN JAURES", "Suresnes", "92150"),
        ),
        ("35-49 Rue Olivier Métra", "75120", ("35-49 Rue Olivier Métra", "Paris", "75020")),
        ("1 place Jean Jaurès, Montreuil", "93048", ("1 place Jean Jaurès", "Montreuil", "93100")),
        ("12 rue de la Gare, 69003 Lyon", None, ("12 rue de la Gare", "Lyon", "69003")),
        ("1 rue X" + " " * 1_900 + "y, France", None, ("1 rue X y", "Inconnue", None)),
        ("12 rue de la Gare, Lyon 69003 France", None, ("12 rue de la Gare", "Lyon", "69003")),
        ("12 rue de la Gare", None, ("12 rue de la Gare", "Inconnue", None)),
        ("2 avenue Foch, 75116 Paris", "75116", ("2 avenue Foch", "Paris", "75116")),
        # The town under another name, before the postcode; what comes there is not always one.
        (
            "12 rue de la Gare, Neuilly 92200 France",
            "92051",
            ("12 rue de la Gare", "Neuilly-sur-Seine", "92200"),
        ),
        (
            "12 rue de la Gare, bâtiment B 92200",
            "92051",
            ("12 rue de la Gare, bâtiment B", "Neuilly-sur-Seine", "92200"),
        ),
        ("75013 Paris", "75113", ("75013 Paris", "Paris", "75013")),
        (
            "CENTRE COMMERCIAL DES TRES LONGUES ALLEES DU BOIS JOLI 93330 NEUILLY",
            "93050",
            ("CENTRE COMMERCIAL DES TRES LONGUES ALLEES DU", "Neuilly-sur-Marne", "93330"),
        ),
    ],
)
def test_real_addresses(texte, code, told):
    assert adresse(texte, code) == told


WRITTEN = st.tuples(
    st.text("abcdé '-,", max_size=60),
    st.sampled_from([" ", ", ", " - ", "\n"]),
    st.from_regex(r"[0-9]{4,6}", fullmatch=True),
    st.sampled_from([" ", ", ", " - "]),
    st.text("abcdé '-", max_size=60),
    st.sampled_from(["", ", France", " FRANCE"]),
).map("".join)


@given(WRITTEN | st.text(max_size=200), st.sampled_from([None, "75104", "93048", "99999"]))
def test_no_part_is_longer_than_ocpi_takes(texte, code):
    found = adresse(texte, code)
    assert len(found.rue) <= ADDRESS_MAX
    assert 1 <= len(found.ville) <= ADDRESS_MAX
    assert found.code_postal is None or len(found.code_postal) == 5


@given(st.text(max_size=100), st.integers(min_value=1, max_value=60))
def test_what_is_shortened_is_a_beginning(texte, maximum):
    found = shorten(texte, maximum)
    assert len(found) <= maximum
    assert texte.startswith(found)
    assert len(texte) > maximum or found == texte
