"""Rows read by batches: what comes of a row does not depend on those read with it."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.imports import colonnes
from services.bornes.imports.constats import NULL, escaped, unescaped
from services.bornes.imports.fichier import Ligne
from services.bornes.imports.lignes import Lecteur
from services.bornes.irve import COLONNES, EST_NET, NOMS, lire
from shared.transfers.files import FichierRefuse
from tests.examples import tried_on
from tests.factories import ROW, irve_row

COLONNE = {colonne.name: colonne for colonne in COLONNES}
CHANGED = st.dictionaries(
    st.sampled_from(NOMS),
    st.one_of(
        st.text(max_size=12).filter(lambda text: not text.strip().startswith("=")),
        st.sampled_from(
            [*ROW.values(), "Non concerné", "FRYYYE12", "FRYYYP2", "50", "a\\b", "01001"]
        ),
    ),
    max_size=4,
)
ROWS = st.lists(st.one_of(st.none(), CHANGED), min_size=1, max_size=8)


def lignes(rows: Sequence[dict[str, str] | None]) -> list[Ligne]:
    """Rows of a file; None has not as many cells as the header."""
    return [
        Ligne(numero, () if row is None else tuple((irve_row(numero) | row).values()))
        for numero, row in enumerate(rows, 2)
    ]


def read(lots: Sequence[Sequence[Ligne]]) -> tuple[list[str], list[tuple[int, str]]]:
    """What a reader tells of batches: lines in any order, findings in that of the file."""
    lecteur, copies, constats = Lecteur("essai"), [], []
    for lot in map(lecteur.lire, lots):
        copies += lot.copies
        constats += [(n, c.copie) for n in sorted(lot.constats) for c in lot.constats[n]]
    return sorted(copies), constats


@tried_on(40)
@given(ROWS, st.integers(1, 8))
def test_a_batch_tells_what_its_rows_tell_one_by_one(rows, size):
    every = lignes(rows)
    alone = read([[ligne] for ligne in every])
    assert read([every[start : start + size] for start in range(0, len(every), size)]) == alone
    assert len(alone[0]) == len(rows)


def test_a_short_memory_changes_nothing(monkeypatch):
    every = lignes([{"observations": f"point {n % 7} \t"} for n in range(40)])
    told = read([every])
    monkeypatch.setattr(colonnes, "MEMO", 3)
    assert read([every[start : start + 4] for start in range(0, len(every), 4)]) == told
    assert len(told[1]) == len(every)


def test_the_first_formula_of_a_batch_is_told():
    rows = [{}, {"observations": "=1"}, {"nom_amenageur": "=2"}]
    with pytest.raises(FichierRefuse, match="ligne 3, colonne observations"):
        read([lignes(rows)])


@given(st.data(), st.sampled_from(sorted(EST_NET)))
def test_a_clean_text_is_its_own_form_everywhere(data, nom):
    clean = EST_NET[nom]
    pattern = clean.__self__  # type: ignore[attr-defined]
    text = data.draw(st.from_regex(pattern, fullmatch=True))
    assert clean(text)
    assert lire(COLONNE[nom], text) == (text, ())
    assert escaped(text) == text


@given(st.one_of(st.none(), st.text(), st.sampled_from([NULL, "\\", "\\t", "a\tb\\\n\r"])))
def test_what_is_escaped_is_read_back(text):
    assert unescaped(escaped(text)) == text


NOWHERE = {"id_pdc_itinerance": "Non concerné", "id_station_itinerance": "Non concerné"}


@pytest.mark.parametrize("absent", ["-", "N/A", "0", "néant", "Non concerné"])
def test_stations_without_identifier_at_different_places_are_not_one(absent):
    places = ("[2.35,48.85]", "[2.36,48.86]", "[2.37,48.87]")
    rows = [
        NOWHERE | {"id_station_local": absent, "id_pdc_local": "0", "coordonneesXY": place}
        for place in places
    ]
    copies, constats = read([lignes(rows)])
    assert len({copie.split("\t")[2] for copie in copies}) == len(rows)
    assert not any("NCSL" in copie for _, copie in constats)


@pytest.mark.parametrize("absent", ["-", "N/A", "néant", "", "null"])
def test_a_point_that_only_says_that_it_has_no_identifier_is_not_recognised(absent):
    _, constats = read([lignes([NOWHERE | {"id_pdc_local": absent}])])
    assert "NCSL" in "".join(copie for _, copie in constats)
