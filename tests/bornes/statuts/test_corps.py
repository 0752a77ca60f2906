"""The body of a call: what is read, and what is refused whole."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.statuts.corps import lire_csv, lire_json
from services.bornes.statuts.dynamique import NOMS, Lu
from shared.problems import InvalidBody, UnreadableBody
from shared.schemas.bornes_statuts import STATUTS_MAX

HEADER = ",".join(NOMS)
ROW = "FRXXXE1,en_service,libre,2026-01-31T08:00:00+01:00,fonctionnel,,,"
ITEM = dict(zip(NOMS, ROW.split(","), strict=True))


def test_json_and_csv_say_the_same():
    (from_json,) = lire_json(json.dumps({"statuts": [ITEM | {"autre": 1}]}).encode())
    (from_csv,) = lire_csv(f"{HEADER}\r\n{ROW}\r\n".encode())
    assert from_json == from_csv
    assert from_csv.constats == ()


def test_csv_columns_go_by_name_with_either_delimiter_and_a_bom():
    names = [*reversed(NOMS), "autre"]
    cells = [*reversed(ROW.split(",")), "x"]
    text = f"\ufeff{';'.join(names).upper()}\n\n{';'.join(cells)}\n"
    assert lire_csv(text.encode()) == lire_csv(f"{HEADER}\n{ROW}".encode())


@pytest.mark.parametrize(
    "text",
    [
        f"{HEADER}\n{ROW}".replace(",", "\t"),
        f"{HEADER},\n{ROW},\n",
        f"{HEADER}\n{ROW},\n",
        f"{HEADER}\n{ROW}".replace("id_pdc_itinerance,etat_pdc", "Id pdc itinérance,État pdc"),
        f"{HEADER},nom\n{ROW},Gare".replace("Gare", "Gare de l’Été"),
    ],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_in_many_hands(text, codec):
    assert lire_csv(text.encode(codec)) == lire_csv(f"{HEADER}\n{ROW}".encode())


def test_json_may_begin_with_a_bom():
    body = json.dumps({"statuts": [ITEM]}).encode()
    assert lire_json(b"\xef\xbb\xbf" + body) == lire_json(body)


@pytest.mark.parametrize("received", ["FR–S63–E1", "FRS63E1\u200b", '="FRS63E1"', "frs63e1"])
def test_identifiers_are_read_as_in_the_file_of_the_points(received):
    """`–` is what a word processor makes of `-`."""
    (lu,) = lire_json(json.dumps({"statuts": [ITEM | {"id_pdc_itinerance": received}]}).encode())
    assert lu.statut is not None
    assert lu.statut.id_pdc_itinerance == "FRS63E1"


def test_a_row_with_another_number_of_cells_is_refused_alone():
    found = lire_csv(f"{HEADER}\n{ROW}\nFRXXXE2,en_service\n{ROW},x".encode())
    assert [[c.code for c in lu.constats] for lu in found] == [[], ["CELL"], ["CELL"]]
    assert found[1].recu == "FRXXXE2"


def test_optional_columns_may_be_missing():
    (lu,) = lire_csv(",".join(NOMS[:4]).encode() + b"\n" + ",".join(ROW.split(",")[:4]).encode())
    assert lu.statut is not None


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", UnreadableBody, "JSON"),
        (b'{"statuts": [', UnreadableBody, "JSON"),
        (b'{"statuts": [NaN]}', UnreadableBody, "JSON"),
        (b'{"statuts": ["\xff"]}', UnreadableBody, "JSON"),
        (b"[]", InvalidBody, '# : Un objet {"statuts": [...]} est attendu.'),
        (b'{"statuts": {}}', InvalidBody, "#/statuts : Une liste est attendue."),
        (b'{"statuts": [], "a/b": 1}', InvalidBody, "#/a~1b : Membre inconnu : seul « statuts »"),
        ('{"statuts": [], "a é": 1}'.encode(), InvalidBody, "#/a%20%C3%A9"),
        (b'{"statuts": [{}, null]}', InvalidBody, "#/statuts/1 : Un objet est attendu."),
        (b'{"statuts": [%s]}' % b",".join([b"{}"] * (STATUTS_MAX + 1)), InvalidBody, "Un envoi"),
    ],
)
def test_json_that_is_not_a_call_is_refused_whole(body, kind, words):
    with pytest.raises(kind) as refused:
        lire_json(body)
    assert words in refused.value.detail


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (b"", UnreadableBody, "vide"),
        (b"\n\n", UnreadableBody, "vide"),
        (b"\x1f\x8b\x08", UnreadableBody, "compressé"),
        (f"{HEADER}\n".encode("utf-16"), UnreadableBody, "UTF-16"),
        (b"a,b\n1,2", InvalidBody, "# : Colonnes absentes de l'en-tête"),
        (b"a,b\n1,2", InvalidBody, "id_pdc_itinerance"),
        (b"a,b\n1,2", InvalidBody, "non reconnues : a, b"),
        (b"<html>", InvalidBody, "id_pdc_itinerance"),
        (f"{HEADER},etat_pdc\n".encode(), InvalidBody, "etat_pdc"),
        (f"{HEADER}\n{ROW}é".encode() + b"\xe9\n", UnreadableBody, "UTF-8"),
        (f"{HEADER}\n{ROW}\0".encode(), UnreadableBody, "nul"),
        (f'{HEADER}\n"FRXXXE1'.encode(), UnreadableBody, "Ligne"),
        (f'{HEADER}\n"a"b,'.encode(), UnreadableBody, "Ligne"),
        ((f"{HEADER}\n" + "x\n" * (STATUTS_MAX + 1)).encode(), InvalidBody, "10\u202f000"),
    ],
)
def test_csv_that_is_not_a_call_is_refused_whole(body, kind, words):
    with pytest.raises(kind) as refused:
        lire_csv(body)
    assert words in refused.value.detail


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_call_or_a_problem(body):
    for read in (lire_json, lire_csv):
        with suppress(InvalidBody, UnreadableBody):
            assert all(isinstance(lu, Lu) for lu in read(body))


@given(
    rows=st.lists(st.lists(st.text(alphabet="a1;,\"'\n\r é=", max_size=8), max_size=10), max_size=5)
)
def test_any_rows_under_a_good_header_are_judged_one_by_one(rows):
    body = "\n".join([HEADER, *(",".join(row) for row in rows)]).encode()
    try:
        found = lire_csv(body)
    except UnreadableBody:
        return
    assert all(lu.statut is None and lu.constats for lu in found)
