"""Files: what is read, and a clear French refusal for all the rest."""

import codecs
import gzip
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bornes.imports import fichier as module
from services.bornes.imports.fichier import Fichier, Ligne
from services.bornes.irve import COLONNES, NOMS, SCHEMA
from shared.transfers.files import HEAD, FichierRefuse
from tests.factories import ROW, irve_csv, irve_row

TWO = [irve_row(1), irve_row(2)]


def ouvrir(brut: BytesIO) -> Fichier:
    return module.ouvrir(brut, SCHEMA)


def rows(content: bytes) -> list[Ligne]:
    return list(ouvrir(BytesIO(content)).lignes())


def refusal(content: bytes) -> FichierRefuse:
    with pytest.raises(FichierRefuse) as caught:
        rows(content)
    return caught.value


def test_rows_come_in_the_schema_s_order_with_their_line():
    assert rows(irve_csv(TWO)) == [
        Ligne(2, tuple(TWO[0].values())),
        Ligne(3, tuple(TWO[1].values())),
    ]


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
@pytest.mark.parametrize("newline", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_encodings_delimiters_and_line_ends(delimiter, encoding, newline, compress):
    content = irve_csv(TWO, delimiter=delimiter, encoding=encoding)
    content = content.replace(b"\r\n", newline.encode())
    fichier = ouvrir(BytesIO(compress(content)))
    assert fichier.separateur == delimiter
    assert [ligne.cellules for ligne in fichier.lignes()] == [tuple(row.values()) for row in TWO]


def test_bytes_that_are_no_windows_text_are_latin_1():
    fichier = ouvrir(BytesIO(irve_csv([irve_row(observations="\x81é")], encoding="latin-1")))
    assert fichier.encodage == "latin-1"


def test_columns_are_matched_by_name():
    columns = ["extra", *reversed([nom for nom in NOMS if nom != "observations"])]
    fichier = ouvrir(BytesIO(irve_csv([{**ROW, "extra": "?"}], columns=columns)))
    assert fichier.ignorees == ("extra",)
    assert fichier.ajoutees == ("observations",)
    assert [ligne.cellules for ligne in fichier.lignes()] == [tuple(ROW.values())]


def test_a_quoted_cell_may_span_lines_and_empty_rows_are_skipped():
    content = irve_csv([irve_row(observations="a\nb"), irve_row(2)])
    blank = b"," * (len(NOMS) - 1) + b"\r\n"
    assert [ligne.numero for ligne in rows(content + b"\r\n" + blank + blank)] == [2, 4]


@pytest.mark.parametrize(
    "before",
    [
        *(b"\r\n\n", b" \r\n", b"\xef\xbb\xbf\r\n", b"\xef\xbb\xbf" * 2),
        *(b"sep=,\r\n", b"Bornes de la commune,,,\r\n,,,\r\n", b"Amenageur,SIREN\r\n"),
    ],
)
def test_what_comes_before_the_header_does_not_hide_it(before):
    content = before + irve_csv(TWO)
    assert not ouvrir(BytesIO(content)).ignorees
    assert [ligne.cellules for ligne in rows(content)] == [tuple(row.values()) for row in TWO]


def test_a_column_is_known_without_its_accents_spaces_and_case():
    names = {nom: nom.replace("itinerance", "itinérance").replace("_", " ").title() for nom in NOMS}
    header, rest = irve_csv(TWO).split(b"\r\n", 1)
    written = ",".join(names[nom] for nom in header.decode().split(","))
    fichier = ouvrir(BytesIO(written.encode() + b"\r\n" + rest))
    assert (fichier.ignorees, fichier.ajoutees) == ((), ())
    assert [ligne.cellules for ligne in fichier.lignes()] == [tuple(row.values()) for row in TWO]


def test_the_name_of_a_column_may_be_on_several_lines():
    """As a spreadsheet writes a header cell that is broken to be narrow."""
    content = irve_csv(TWO).replace(b"nom_station", b'"nom\r\nstation"', 1)
    content = content.replace(b"nom_amenageur", b'"nom\namenageur"', 1)
    for before in (b"", b'Bornes de 22" de haut\r\n'):
        found = rows(before + content)
        assert [ligne.cellules for ligne in found] == [tuple(row.values()) for row in TWO]
    assert ouvrir(BytesIO(content)).ignorees == ()


def test_the_line_of_a_row_counts_those_before_the_header():
    content = b"Bornes de la commune,,\r\n\r\n" + irve_csv(TWO)
    assert [ligne.numero for ligne in rows(content)] == [4, 5]


def test_rows_of_spaces_are_empty():
    assert [ligne.numero for ligne in rows(irve_csv(TWO) + b" \r\n \t\r\n")] == [2, 3]


def test_a_row_with_another_number_of_cells_comes_empty():
    header, one, two = irve_csv(TWO).splitlines(keepends=True)
    assert rows(header + b"a,b\r\n" + one) == [Ligne(2, ()), Ligne(3, tuple(TWO[0].values()))]
    longer = one.rstrip() + b",,\r\n"
    assert rows(header + longer + two)[0].cellules == tuple(TWO[0].values())
    assert rows(header + one.rstrip() + b",x\r\n" + two)[0] == Ligne(2, ())


def test_rows_whose_last_cells_excel_left_out_are_read():
    content = irve_csv([irve_row(n, cable_t2_attache="") for n in range(1, 4)])
    header, one, *rest = content.splitlines(keepends=True)
    left_out = [line.rstrip().removesuffix(b",") + b"\r\n" for line in rest]
    assert left_out != rest
    assert rows(b"".join([header, one, *left_out])) == rows(content)


def _zip() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("irve.csv", irve_csv(TWO))
    return buffer.getvalue()


GOOD = irve_csv(TWO)
V1 = b"n_amenageur;n_operateur;Xlongitude;Ylatitude\r\na;b;2.3;48.8\r\n"
V3 = GOOD.replace(b"coordonneesXY", b"station_latitude")
DYNAMIQUE = b"id_pdc_itinerance,etat_pdc,occupation_pdc,horodatage\r\nFRXXXE1,en_service,libre,\r\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (codecs.BOM_UTF8 + b"\n", "est vide"),
        (b" \r\n\r\n", "est vide"),
        (b",,,\r\n" * 3, "Aucun en-tête"),
        ("é".encode() * 70_000, "La première ligne dépasse"),
        (GOOD.splitlines()[0] + b"\r\n", "aucune ligne de données"),
        (V1, "la version 1 du schéma IRVE"),
        (V3, "la version 3"),
        (DYNAMIQUE, "IRVE dynamique"),
        (irve_csv(TWO, delimiter="\t"), "la tabulation"),
        (irve_csv(TWO, delimiter="|"), "la barre |"),
        (b"nom_amenageur,nom_operateur,horaires;nom_station;reservation\r\n", "ambigu"),
        (b'[{"nom_station": "Gare"}]', "du JSON"),
        (b"prenom,nom\r\nAda,Lovelace\r\n", "Aucun en-tête IRVE"),
        (
            GOOD.replace(b"nom_station", b"nom"),
            "obligatoires absentes : nom_station. Colonnes du fichier non reconnues : nom.",
        ),
        (GOOD.replace(b"observations", b"nom_station"), "en double : nom_station"),
        (_zip(), "une archive ZIP"),
        (gzip.compress(gzip.compress(GOOD)), "compressé deux fois"),
        (gzip.compress(GOOD)[:-20], "tronqué ou abîmé"),
        (b"\x1f\x8b" + bytes(200), "tronqué ou abîmé"),
        (GOOD.decode().encode("utf-16"), "UTF-16"),
        (b"%PDF-1.7 " + bytes(100), "PDF"),
        (b"<!doctype html><html>", "une page web"),
        (b'{"type": "FeatureCollection"}', "JSON"),
        (GOOD + b"\0", "octets nuls"),
        (GOOD * 2000 + b"\0" + GOOD, "octet nul"),
        (GOOD[:-60], "tronqué"),
        (
            irve_csv([irve_row(observations="“Café”")]).partition("é".encode())[0] + b"\xc3",
            "tronqué",
        ),
        (irve_csv([irve_row(observations="“Café”")]).replace("é".encode(), b"\xe9"), "ligne 2"),
        (GOOD.rpartition(b"\r\nVille")[0] + b"\r\nVille", "au milieu de la ligne 3"),
        (
            GOOD + b"(1 rows)\r\n",
            "semble tronqué. Si « (1 rows) » est un total ou un pied de page, retirez-le.",
        ),
        (irve_csv([irve_row(observations="a,b")]).replace(b'a,b"', b"a,b"), "Guillemets"),
        (GOOD.replace(b"24/7", b'"24/7"x'), "Guillemets"),
        (GOOD + b"x" * (2 << 20), "Une ligne dépasse"),
        (b"x" * HEAD * 2, "n’est pas un en-tête"),
    ],
)
def test_mistakes_are_refused_in_clear_french(content, words):
    assert words in refusal(content).detail


class Garbage(BytesIO):
    """200 MB that nobody should read to the end."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        assert size >= 0
        self.read_bytes += size
        return b"\xa7\x13\xfe" * (size // 3)


def test_a_huge_file_of_garbage_is_refused_from_its_beginning():
    garbage = Garbage()
    with pytest.raises(FichierRefuse):
        ouvrir(garbage)
    assert garbage.read_bytes <= 2 * HEAD


def test_a_gzip_bomb_stops_at_the_limit(monkeypatch):
    monkeypatch.setattr("shared.transfers.files.MAX_BYTES", 3_000_000)
    assert "dépasse 3 Mo" in refusal(gzip.compress(GOOD + b" " * 5_000_000)).detail


@pytest.mark.parametrize("line", [b"x\n", b"\n", b"\r", b"\r\n", b",,\r\n"])
def test_a_file_has_so_many_lines_at_most(monkeypatch, line):
    """A short gzip may hold millions of them, blank or not: nobody reads them one by one."""
    monkeypatch.setattr(module, "LIGNES_MAX", 1_000)
    content = gzip.compress(irve_csv([irve_row(n) for n in range(10)]) + line * 1_000)
    with pytest.raises(FichierRefuse, match="plus de 1\u202f000 lignes"):
        ouvrir(BytesIO(content))


def test_a_file_may_have_as_many_lines_as_it_may(monkeypatch):
    monkeypatch.setattr(module, "LIGNES_MAX", 10)
    whole = irve_csv([irve_row(n) for n in range(10)])
    assert len(rows(whole)) == 10
    assert len(rows(whole.rstrip())) == 10


@given(st.binary(max_size=2000))
def test_any_bytes_are_rows_or_a_refusal(content):
    with pytest.raises(FichierRefuse):
        rows(content)


@given(st.binary(max_size=500), st.integers(0, len(GOOD)))
def test_a_damaged_file_gives_rows_or_a_refusal(noise, place):
    damaged = GOOD[:place] + noise + GOOD[place + len(noise) :]
    for content in (damaged, gzip.compress(damaged)[: place or None]):
        try:
            found = rows(content)
        except FichierRefuse:
            continue
        assert {len(ligne.cellules) for ligne in found} <= {0, len(COLONNES)}


@pytest.mark.parametrize("end", ["F", "Fal", "tru", "V"])
def test_a_file_cut_in_its_last_cell_is_refused(end) -> None:
    whole = irve_csv([irve_row(n, cable_t2_attache="False") for n in range(3)]).rstrip()
    with pytest.raises(FichierRefuse, match="tronqué"):
        list(ouvrir(BytesIO(whole[: -len(b"False")] + end.encode())).lignes())


@pytest.mark.parametrize("mark", [b"\x1a", b"\x1a\r\n"])
def test_the_end_of_file_mark_of_dos_is_no_line(mark) -> None:
    assert len(rows(GOOD + mark)) == len(rows(GOOD))


@pytest.mark.parametrize("end", ["False", "FAUX", ""])
def test_a_file_may_end_without_a_line_break(end) -> None:
    whole = irve_csv([irve_row(n, cable_t2_attache=end) for n in range(3)]).rstrip()
    assert len(list(ouvrir(BytesIO(whole)).lignes())) == 3


def test_a_header_with_bad_quotes_is_refused() -> None:
    with pytest.raises(FichierRefuse, match="Guillemets"):
        list(
            ouvrir(BytesIO(irve_csv([irve_row()]).replace(b"nom_amenageur", b'"n"om', 1))).lignes()
        )


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("header", ["bare", "quoted"])
@pytest.mark.parametrize("end", ["", "\r\n"])
def test_rows_that_a_spreadsheet_left_in_one_cell_are_told_so(delimiter, header, end):
    lines = irve_csv(TWO, delimiter=delimiter).decode().splitlines()
    bare = 1 if header == "bare" else 0
    wrapped = ['"' + line.replace('"', '""') + '"' for line in lines[bare:]]
    told = refusal("\r\n".join([*lines[:bare], *wrapped]).encode() + end.encode())
    assert told.ligne == 1 + bare
    assert "tient dans une seule cellule" in told.detail
