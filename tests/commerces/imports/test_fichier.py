"""Files of shops in all their forms, and those that are refused."""

import gzip
import io
import json
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.imports.elements import PIECE, Elements
from services.commerces.imports.fichier import ouvrir
from shared.transfers.files import FichierRefuse

HEADER = "Nom du commerce;Adresse;Code postal;geo_point_2d"
ROW = "Café d'été;1 rue de l'Essai;75004;48.8566,2.3522"
CSV = f"{HEADER}\n{ROW}\n"
VALUES = {
    "nom": "Café d'été",
    "adresse": "1 rue de l'Essai",
    "code_postal": "75004",
    "position": "48.8566,2.3522",
}


def records(content):
    content = content.encode() if isinstance(content, str) else content
    return [tuple(one) for one in ouvrir(io.BytesIO(content)).enregistrements()]


def test_a_column_without_a_name_that_holds_something_is_told():
    """As what a merged cell of the header spreads over."""
    text = "Nom;Adresse;CP;Tel;;\nA;1 rue X;94440;0199001122;0199001123;\n"
    assert ouvrir(io.BytesIO(text.encode())).ignorees == ("colonne E (sans nom)",)
    for place, letters in ((25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")):
        wide = f"Nom;Adresse{';' * place}\nA;1 rue X{';' * (place - 1)}x;\n"
        assert ouvrir(io.BytesIO(wide.encode())).ignorees == (f"colonne {letters} (sans nom)",)


SHOWN = {"nom": "Café d'été", "adresse": "1 rue de l'Essai", "lat": 48.8566, "lon": 2.3522}


@pytest.mark.parametrize("before", [{}, {"categories": [{"id": "cafe", "label": "Café"}], "a": []}])
def test_a_list_of_shops_is_found_under_any_name(before):
    """As sites of communes have theirs."""
    found = records(json.dumps({"titre": "Commerces", **before, "lieux": [SHOWN], "notes": ["x"]}))
    told = {"nom": "Café d'été", "adresse": "1 rue de l'Essai"}
    assert found == [(1, told | {"latitude": 48.8566, "longitude": 2.3522})]


def elements_of(text):
    return list(Elements(io.StringIO(text), lambda _: False))


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("commerces.csv", content)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        CSV.replace("\n", "\r\n"),
        CSV.encode("utf-8-sig"),
        CSV.encode("cp1252"),
        CSV.removesuffix("\n"),
        gzip.compress(CSV.encode()),
        CSV.replace(",", "%").replace(";", ",").replace("48.8566%2.3522", '"48.8566,2.3522"'),
        CSV.replace(";", "\t"),
        CSV.replace(";", "|"),
        CSV.replace("Nom du commerce", " NOM  du Commerce ").replace("Code postal", "code_postal"),
        f"{HEADER};inconnue\n{ROW};x\n",
    ],
)
def test_csv_in_many_hands(content):
    assert records(content) == [(2, VALUES)]


def test_a_text_cut_inside_an_emoji_is_shown_as_destroyed():
    """As programs that count characters by two bytes cut them."""
    shop = r'{"nom": "Pizza \ud83c", "\udf55": 1, "labels": ["\ud83c\udf55"], "siret": "\ud83d"}'
    assert records(f"[{shop}]") == [
        (1, {"nom": "Pizza \ufffd", "labels": ["🍕"], "siret": "\ufffd"})
    ]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "before", ["sep=;\n", "\n", " \t\n\n", ";;;\n", "sep=;\n\n;;;\n", ",,\n", "\nsep=,\n"]
)
def test_what_comes_before_the_header_does_not_hide_it(before, end, codec):
    content = (before + CSV).replace("\n", end).encode(codec)
    assert records(content) == [(2 + before.count("\n"), VALUES)]


def test_a_first_column_without_a_name_is_no_empty_line():
    ((_, values),) = records(CSV.replace(HEADER, f";{HEADER}").replace(ROW, f"x;{ROW}"))
    assert values == VALUES


FLAT = {"nom_du_commerce": "Café d'été", "adresse": "1 rue de l'Essai", "code_postal": "75004"}
POINT = {"type": "Point", "coordinates": [2.3522, 48.8566]}


@pytest.mark.parametrize(
    "content",
    [
        [{"fields": {**FLAT, "geo_point_2d": [48.8566, 2.3522]}}],
        {"records": [{"record": {"fields": {**FLAT, "geo_point_2d": [48.8566, 2.3522]}}}]},
        {"total": 1, "results": [{**FLAT, "geo_point_2d": [48.8566, 2.3522]}], "facets": {}},
        [{**FLAT, "position": [48.8566, 2.3522], "vide": None}],
    ],
)
def test_json_of_opendatasoft_and_others(content):
    for text in (json.dumps(content), "\ufeff" + json.dumps(content, ensure_ascii=False, indent=1)):
        ((number, values),) = records(text)
        assert number == 1
        assert values == VALUES | {"position": [48.8566, 2.3522]}


@pytest.mark.parametrize("between", ["\n", "\r\n", "\n\n", ""])
def test_an_object_a_line(between):
    """NDJSON, as Opendatasoft and our own exports have it."""
    shop = json.dumps({**FLAT, "position": "48.8566,2.3522"})
    assert records(between.join([shop] * 3) + between) == [(rank, VALUES) for rank in (1, 2, 3)]
    with pytest.raises(FichierRefuse, match="tronqué"):
        records(f"{shop}\n{shop[:-9]}")


def test_geojson():
    feature = {"type": "Feature", "geometry": POINT, "properties": FLAT}
    ((_, values),) = records(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    assert values["geometrie"] == POINT


def test_the_columns_that_are_ours_and_the_others():
    found = ouvrir(io.BytesIO(f"{HEADER};inconnue\n{ROW};x\n".encode()))
    assert found.ignorees == ("inconnue",)
    assert found.colonnes == set(VALUES)
    assert (found.separateur, found.encodage) == (";", "utf-8-sig")


@pytest.mark.parametrize(
    ("header", "row", "kept", "ignored"),
    [
        (
            "nom;adresse;code_postal;ville;code_insee",
            "x;y;94440;Marolles-en-Brie;94048",
            {"commune": "Marolles-en-Brie", "code_commune": "94048"},
            (),
        ),
        (
            "Nom du commerce (obligatoire);Adresse complète *;N° de téléphone (facultatif)",
            "x;y;z",
            {"nom": "x", "adresse": "y", "telephone": "z"},
            (),
        ),
        ("nom;Services proposés;frais (€)", "x;y;z", {"modalites": "y"}, ("frais (€)",)),
        ("nom;voie;adresse postale", "x;1 rue;2 rue", {"adresse": "2 rue"}, ("voie",)),
        ("nom;adresse postale;voie", "x;2 rue;1 rue", {"adresse": "2 rue"}, ("voie",)),
        ("commerce;nom du commerce", "y;Chez x", {"nom": "Chez x"}, ("commerce",)),
        ("nom;voie;adresse", "x;1 rue;2 rue", {"adresse": "2 rue"}, ("voie",)),
        ("nom;?;?;divers;divers", "x;1;1;3;3", {"nom": "x"}, ("?", "?", "divers", "divers")),
    ],
)
def test_of_several_names_of_a_column_the_surest_is_read(header, row, kept, ignored):
    assert ouvrir(io.BytesIO(f"{header}\n{row}\n".encode())).ignorees == ignored
    ((_, values),) = records(f"{header}\n{row}\n")
    assert kept.items() <= values.items()
    element = dict(zip(header.split(";"), row.split(";"), strict=True))  # the last of a name
    ((_, values),) = records(json.dumps([element]))
    assert kept.items() <= values.items()


@pytest.mark.parametrize(
    "before",
    ["Liste des commerces;;;\nMise à jour le 12/05/2020;;;\n;;;\n", "sep=;\nCommerces ouverts\n"],
)
def test_a_title_above_the_header_is_passed(before):
    ((numero, values),) = records(before + CSV)
    assert (numero, values) == (before.count("\n") + 2, VALUES)


@pytest.mark.parametrize("broken", ['"Nom du\ncommerce"', '"Nom\r\ndu\r\ncommerce"'])
def test_the_name_of_a_column_may_be_on_several_lines(broken):
    ((_, values),) = records(CSV.replace("Nom du commerce", broken))
    assert values == VALUES


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [("oui", "non", "oui"), ("non", "oui", "oui"), ("non", "", "non"), ("", "X", "X")],
)
def test_a_yes_in_either_of_two_columns_of_a_modality_is_one(first, second, kept):
    header, row = "nom;Vente à emporter;Click & Collect", f"x;{first};{second}"
    found = ouvrir(io.BytesIO(f"{header}\n{row}\n".encode()))
    assert found.ignorees == ()
    ((_, values),) = found.enregistrements()
    assert values == {"nom": "x", "comptoir": kept}
    element = dict(zip(header.split(";"), row.split(";"), strict=True))
    ((_, values),) = records(json.dumps([element]))
    assert values == {"nom": "x", "comptoir": kept}


def test_elements_of_overpass_are_records():
    tags = {"name": "Chez x", "shop": "bakery", "addr:street": "Rue y", "delivery": "yes"}
    elements = [
        {"type": "node", "id": 1, "lat": 48.85, "lon": 2.36, "tags": tags},
        {"type": "way", "id": 1, "center": {"lat": 48.86, "lon": 2.37}, "tags": {"name": "z"}},
    ]
    found = records(json.dumps({"version": 0.6, "elements": elements}))
    place = {"longitude": 2.36, "latitude": 48.85}
    said = {"nom": "Chez x", "categories": "boulangerie", "libelle_voie": "Rue y"}
    said["livraison"] = "yes"
    assert found == [
        (1, {"identifiant": "node/1", **place, **said}),
        (2, {"identifiant": "way/1", "longitude": 2.37, "latitude": 48.86, "nom": "z"}),
    ]


def test_rows_with_another_number_of_cells_are_told():
    assert records(f"{HEADER}\nun;deux\n{ROW}\n{ROW};trop\n") == [
        (2, None),
        (3, VALUES),
        (4, None),
    ]


def test_a_separator_inside_a_cell_moves_the_others():
    """« Mo-Su 10:00-22:00; Tu off » without quotes, in a row whose last cell is empty."""
    header = "Nom;Adresse;Horaires;Livraison horaires;Tel\n"
    right, moved = "A;1 rue X;24/7;;\n", "A;1 rue X;Mo-Su 10:00-22:00; Tu off;;\n"
    found = records(header + right + moved + right)
    assert [values for _, values in found][1] is None
    assert None not in [found[0][1], found[2][1]]
    # A separator at the end of every row parts nothing.
    ends = records(header + 3 * right.replace("\n", ";;\n"))
    assert [values for _, values in ends] == [found[0][1]] * 3


def test_rows_whose_last_cells_excel_left_out_are_read():
    header, whole = f"{HEADER};Site;Mail\n", f"{ROW};;x@exemple.fr\n"
    found = records(f"{header}{whole}{ROW}\n{ROW}\n{ROW};\n")
    assert [values for _, values in found[1:3]] == [VALUES, VALUES]
    assert found[3] == (5, None)


def test_a_data_set_of_deliveries_says_so():
    content = [{"datasetid": "commercants-livraison-a-domicile", "fields": FLAT}]
    assert ouvrir(io.BytesIO(json.dumps(content).encode())).livraison
    assert not ouvrir(io.BytesIO(json.dumps([{"fields": FLAT}]).encode())).livraison


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b" \n\n", "vide"),
        (zipped(CSV), "ZIP"),
        (gzip.compress(zipped(CSV)), "ZIP"),
        (gzip.compress(CSV.encode())[:-9], "gzip"),
        (CSV.encode() + b"\0", "octet"),
        (CSV.encode("utf-16"), "UTF-16"),
        (b"<html>", "page web"),
        (f"{HEADER}\n", "aucun commerce"),
        ("[]", "aucun commerce"),
        ('{"features": []}', "aucun commerce"),
        ("a;b\n1;2\n", "modèle"),
        (f"{HEADER}\n{ROW[:20]}", "tronqué"),
        (f"{CSV}L’été".encode()[:-1], "ligne 3 : il semble tronqué"),
        (CSV.encode() * 2 + "Été\n".encode("cp1252"), "ligne 5 contient un octet"),
        (CSV.encode("cp850"), "CP850"),
        (f'{HEADER}\n"{ROW}\n', "Guillemets"),
        (f"{HEADER};nom du commerce\n{ROW};x\n", "en double"),
        (f"{HEADER}\n{'x' * 2_000_000}\n", "dépasse"),
        ("x" * 200_000, "en-tête"),
        ('{"a": 1}', "Aucune liste"),
        ('{"categories": [{"id": "x", "label": "X"}], "villes": [{"nom": "Y"}]}', "Aucune liste"),
        (json.dumps({"Coiffure": [SHOWN], "Boucherie": [SHOWN]}), "« Coiffure » et « Boucherie »"),
        ('[{"nom": "x"}', "tronqué"),
        ('[{"nom": "x"}, {"nom', "tronqué"),
        ('[{"nom": "x"}] []', "continue"),
        ('[{"nom": NaN}]', "NaN"),
        ("[" * 100_000, "niveaux"),
        ('{"features": [{"nom": "x"}], "reste": ', "tronqué"),
    ],
)
def test_what_is_refused(content, said):
    with pytest.raises(FichierRefuse) as refusal:
        records(content)
    assert said in refusal.value.detail


@pytest.mark.parametrize(
    "content",
    [
        CSV + f"{ROW}\n" * 3,
        CSV + f'"Café\n\n";{ROW.partition(";")[2]}\n' * 3,
        json.dumps([FLAT] * 4),
    ],
)
def test_a_file_has_so_many_lines_at_most(monkeypatch, content):
    monkeypatch.setattr("services.commerces.imports.fichier.LIGNES_MAX", 4)
    assert len(records(content)) == 4
    monkeypatch.setattr("services.commerces.imports.fichier.LIGNES_MAX", 3)
    with pytest.raises(FichierRefuse) as refusal:
        records(content)
    assert "plus de 3 lignes" in refusal.value.detail


def test_a_csv_that_is_too_long_is_refused_before_its_first_line(monkeypatch):
    monkeypatch.setattr("services.commerces.imports.fichier.LIGNES_MAX", 3)
    opened = ouvrir(io.BytesIO((CSV + f"{ROW}\n" * 3).encode()))
    with pytest.raises(FichierRefuse, match="plus de 3 lignes"):
        next(opened.enregistrements())


@pytest.mark.parametrize("end", ["\n", "\r"])
def test_blank_lines_are_bounded_too(monkeypatch, end):
    monkeypatch.setattr("services.commerces.imports.fichier.RETOURS_MAX", 10)
    assert len(records((CSV + "\n" * 8).replace("\n", end))) == 1
    with pytest.raises(FichierRefuse, match="plus de 10 fins de ligne"):
        records(gzip.compress((CSV + "\n" * 9).replace("\n", end).encode()))


def test_a_long_cell_is_read_whole():
    assert records(f"nom;description\nx;{'y' * 300_000}\n")[0][1]["description"] == "y" * 300_000


def test_a_gzip_bomb_is_refused(monkeypatch):
    monkeypatch.setattr("shared.transfers.files.MAX_BYTES", 2_000_000)
    with pytest.raises(FichierRefuse, match="décompressé"):
        records(gzip.compress(CSV.encode() * 100_000))


def test_an_element_without_end_is_refused():
    with pytest.raises(FichierRefuse, match="dépasse"):
        elements_of('[{"nom": "x"}, {"nom": "' + "x" * 6_000_000 + '"}]')


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@given(st.lists(JSON, max_size=6), st.sampled_from([None, 1]), st.integers(1, 40))
def test_elements_are_those_of_the_whole_document(elements, indent, piece):
    """Whatever the pieces it is read by."""
    text = json.dumps(elements, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("services.commerces.imports.elements.PIECE", piece)
        assert elements_of(text) == elements
    assert piece < PIECE


@given(
    st.lists(st.dictionaries(st.text(max_size=3), st.integers()), min_size=1, max_size=4), st.data()
)
def test_a_truncated_document_is_refused(elements, data):
    text = json.dumps(elements)
    cut = data.draw(st.integers(1, len(text) - 1))
    with pytest.raises(FichierRefuse):
        elements_of(text[:cut])


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with suppress(FichierRefuse):
        assert records(content)
