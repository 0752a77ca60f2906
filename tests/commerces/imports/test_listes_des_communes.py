"""Lists as communes, chambers and portals write them: other columns than the template's."""

import csv
import io
import json

import orjson
import pytest

from services.commerces.imports import colonnes
from tests.commerces.imports.conftest import SHOP, lire
from tests.commerces.imports.test_fichier import records

NULL = r"\N"
"""As COPY writes it."""
DAYS = dict.fromkeys(("Mardi", "Mercredi", "Jeudi", "Vendredi"), "9h-19h")


def named(values):
    """A line by our columns, as a file has it."""
    return {colonnes.nom(name): value for name, value in values.items()}


def kept(**values):
    """What is kept of a line whose columns have any names, and the codes of what was said."""
    row, constats = lire(SHOP | named(values))
    return row, [one[0] for one in constats]


def test_a_column_of_what_is_open_may_tell_hours():
    row, codes = kept(Ouvert="Du mardi au samedi 9h-19h")
    assert (row["horaires_osm"], codes) == ('Tu-Sa 09:00-19:00; PH unknown "jour férié"', ["HORL"])
    assert kept(Ouvert="Fermé le lundi")[0]["horaires_texte"] == "Fermé le lundi"
    assert kept(Ouvert="Oui")[0]["horaires_texte"] == NULL


def test_a_day_over_two_columns_is_told_by_halves():
    """As the merged cells of a spreadsheet become in CSV: the afternoon has no name."""
    week = ["fermé;14h-19h", *["9h-12h;14h-19h"] * 5, "fermé;fermé"]
    head = "Nom;Adresse;CP;Livraison;Latitude;Longitude;Lundi;;Mardi;;Mercredi;;Jeudi;;Vendredi;;"
    shop = "Essai;1 rue de l'Essai;94440;oui;48.7375;2.5553;" + ";".join(week)
    ((_, values),) = records(f"{head}Samedi;;Dimanche;\n{shop}\n".encode())
    row, _ = lire(values)
    assert row["horaires_osm"].startswith("Mo 14:00-19:00; Tu-Sa 09:00-12:00,14:00-19:00; PH")


@pytest.mark.parametrize(
    ("kind", "finer", "codes"),
    [
        ("Alimentaire", "Fromagerie", "{fromagerie}"),
        ("Alimentaire", "Divers rayons", "{alimentation}"),
        ("Services divers", "Cordonnerie", "{cordonnerie}"),
        ("Fromagerie", "", "{fromagerie}"),
    ],
)
def test_a_finer_kind_in_a_column_of_its_own_is_the_kind(kind, finer, codes):
    assert kept(**{"Catégorie": kind, "Sous-catégorie": finer})[0]["categories"] == codes


@pytest.mark.parametrize(
    ("days", "hours", "osm", "text"),
    [
        ("du mardi au samedi", "9h-12h / 14h-19h", "Tu-Sa 09:00-12:00,14:00-19:00", None),
        ("du mardi au samedi", "lundi 9h-12h", "Mo 09:00-12:00", None),
        ("en semaine", "9h-12h", None, "en semaine : 9h-12h"),
        ("du mardi au samedi", "", None, "du mardi au samedi"),
    ],
)
def test_days_that_have_their_column_are_those_of_the_hours(days, hours, osm, text):
    row, _ = kept(**{"Jours d’ouverture": days, "Horaires": hours})
    assert row["horaires_osm"].removesuffix('; PH unknown "jour férié"') == (osm or NULL)
    assert row["horaires_texte"] == (text or NULL)


SIX = ("Mardi", "Mercredi", "Jeudi", "Vendredi", "Samedi", "Dimanche")


@pytest.mark.parametrize(
    ("monday", "osm"),
    [
        ({"Lundi matin": "9h-12h", "Lundi après-midi": "14h-19h"}, "Mo 09:00-12:00,14:00-19:00"),
        ({"Lundi matin": "Fermé", "Lundi après-midi": "14h-19h"}, "Mo 14:00-19:00"),
        ({"Lundi matin": "9-12", "Lundi après-midi": "fermé"}, "Mo 09:00-12:00"),
        ({"Lundi": "9-12 14-19"}, "Mo 09:00-12:00,14:00-19:00"),
        ({"Lundi": "9 - 12 / 14 - 19"}, "Mo 09:00-12:00,14:00-19:00"),
        ({"Lundi": "24h/24"}, "Mo 00:00-24:00"),
        ({"Lundi matin": "9h-12h"}, NULL),
        ({"Lundi": "9-12, sur rendez-vous"}, NULL),
    ],
)
def test_the_hours_of_a_day_in_one_column_or_two(monday, osm):
    row, _ = kept(**monday, **dict.fromkeys(SIX, "fermé"))
    assert row["horaires_osm"].removesuffix('; PH unknown "jour férié"') == osm


@pytest.mark.parametrize("closed", ["Non", "F", "❌", "Fermé"])
def test_a_day_that_is_closed_among_the_hours_of_others(closed):
    row, _ = kept(Lundi=closed, **dict.fromkeys(SIX, "9h-19h"))
    assert row["horaires_osm"].startswith("Tu-Su 09:00-19:00;")


TICKED = ("Mardi", "Jeudi", "Samedi")


@pytest.mark.parametrize(
    ("cells", "days"),
    [
        (dict.fromkeys(TICKED, "x"), "mardi, jeudi, samedi"),
        ({day: int(day in TICKED) for day in ("Lundi", *SIX)}, "mardi, jeudi, samedi"),
        ({day: day in TICKED for day in ("Lundi", *SIX)}, "mardi, jeudi, samedi"),
        ({"Lundi": "non", **dict.fromkeys(SIX, "oui")}, ", ".join(SIX).lower()),
        ({"Lundi matin": "x", "Mardi après-midi": "x"}, "lundi matin, mardi après-midi"),
    ],
)
def test_ticked_days_are_the_days_of_the_hours(cells, days):
    row, _ = kept(**cells)
    assert (row["horaires_osm"], row["horaires_texte"]) == (NULL, days)


def test_ticked_days_beside_hours():
    row, _ = kept(**dict.fromkeys(TICKED, "x"), Horaires="9h-12h")
    assert row["horaires_osm"].startswith("Tu,Th,Sa 09:00-12:00;")
    row, _ = kept(**dict.fromkeys(TICKED, "x"), Horaires="du mardi au samedi, 9h-12h")
    assert row["horaires_osm"].startswith("Tu-Sa 09:00-12:00;")


@pytest.mark.parametrize("cells", [{"Mardi": "oui", "Lundi": "non"}, {"Mardi": "x", "Lundi": "?"}])
def test_a_blank_day_beside_a_no_is_not_told(cells):
    row, _ = kept(**cells, Horaires="9h-12h")
    expected = (NULL, "9h-12h") if "non" in cells.values() else ("Tu 09:00-12:00", NULL)
    told = row["horaires_osm"].removesuffix('; PH unknown "jour férié"')
    assert (told, row["horaires_texte"]) == expected


def test_a_day_closed_in_both_its_columns_is_closed():
    halves = {"Lundi matin": "fermé", "Lundi après-midi": "Fermé"}
    row, _ = kept(**halves, **dict.fromkeys(SIX, "9h-12h"))
    assert row["horaires_osm"].startswith("Tu-Su 09:00-12:00")


def test_a_delivery_whose_zone_and_price_have_their_columns():
    row, _ = kept(**{"Zone de livraison": "Vincennes, Saint-Mandé", "Minimum de commande": "15 €"})
    (livraison,) = orjson.loads(row["modalites"])
    assert livraison["zone"] == {"type": "communes", "codes": ["94067", "94080"]}
    assert livraison["minimum"] == "15.00"


@pytest.mark.parametrize(
    ("text", "metres"), [("5 km", 5_000), ("3km autour du magasin", 3_000), ("500 m", 500)]
)
def test_a_distance_alone_is_a_radius(text, metres):
    row, _ = kept(**{"Rayon de livraison": text})
    (livraison,) = orjson.loads(row["modalites"])
    assert livraison["zone"] == {"type": "rayon", "rayon_m": metres}


def test_hours_with_a_column_for_each_day():
    days = {"Lundi": "Fermé", **DAYS, "Samedi": "9h-13h / 14h-19h", "Dimanche": "fermé"}
    row, codes = kept(**days)
    assert row["horaires_osm"].startswith("Tu-Fr 09:00-19:00; Sa 09:00-13:00,14:00-19:00; PH")
    assert codes == ["HORL"]


@pytest.mark.parametrize("blank", ["", "-"])
def test_a_day_that_is_not_told_leaves_a_text(blank):
    row, codes = kept(Lundi="Fermé", **DAYS, Samedi="9h-13h", Dimanche=blank)
    assert row["horaires_osm"] == r"\N"
    assert "dimanche : non précisé" in row["horaires_texte"]
    assert codes == ["HORT"]


def test_hours_of_their_own_column_win_over_those_of_days():
    row, _ = kept(Horaires="Mo-Sa 09:00-19:00; PH off", Lundi="fermé")
    assert row["horaires_osm"] == "Mo-Sa 09:00-19:00; PH off"


def test_a_shop_is_called_by_its_sign_rather_than_by_its_company():
    header = "Raison sociale;Enseigne;Adresse"
    ((_, values),) = records(f"{header}\nGAREAU SARL;Chez Gareau;1 rue X\n")
    place = {one: SHOP[one] for one in ("position", "code_postal")}
    assert lire(values | place)[0]["nom"] == "Chez Gareau"
    ((_, values),) = records(f"{header}\nGAREAU SARL;;1 rue X\n")
    assert lire(values | place)[0]["nom"] == "GAREAU SARL"


PEOPLE = (
    "Nom;Prénom;Enseigne;Adresse;CP;Latitude;Longitude\n"
    "DUPRAT;Sandrine;Le Panier;12 rue de Paris;93100;48.8595;2.4336\n"
    "MARTIN;Paul;;14 rue de Paris;93100;48.8596;2.4337\n"
)
"""As chambers of trades list those who hold a shop."""


def names_of(text):
    """The name of each shop of a file, and the codes of what was said of it."""
    read = [lire(values) for _, values in records(text)]
    return [(row["nom"], [one[0] for one in said if one[1] == "nom"]) for row, said in read]


def test_a_name_beside_a_first_name_is_that_of_a_person():
    told = [("Le Panier", []), ("Paul MARTIN", ["NOMP"])]
    assert names_of(PEOPLE) == told
    lines = list(csv.DictReader(io.StringIO(PEOPLE), delimiter=";"))
    assert names_of(json.dumps(lines)) == told
    alone = PEOPLE.replace("Enseigne", "Remarque")
    assert names_of(alone) == [("Sandrine DUPRAT", ["NOMP"]), ("Paul MARTIN", ["NOMP"])]


def test_a_first_name_that_a_later_element_has_counts_for_those_before():
    first, second = csv.DictReader(io.StringIO(PEOPLE), delimiter=";")
    del first["Prénom"]
    assert names_of(json.dumps([first, second])) == [
        ("Le Panier", []),
        ("Paul MARTIN", ["NOMP"]),
    ]


def test_a_name_of_a_column_is_worked_out_once(monkeypatch):
    asked = []
    monkeypatch.setattr(colonnes, "nom", asked.append)
    known = colonnes.Noms()
    for number in range(100):
        known.meet(("prenom", "nom", f"membre {number}"))
    assert len(asked) == 102


def test_the_name_of_the_shop_wins_over_that_of_who_holds_it():
    text = PEOPLE.replace("Enseigne", "Nom du commerce")
    assert [name for name, _ in names_of(text)] == ["Le Panier", "Paul MARTIN"]


def test_a_mobile_of_its_own_column_is_private():
    row, codes = kept(**{"Tél. fixe": "01 43 28 11 11", "Portable": "06 12 34 56 78"})
    assert orjson.loads(row["contacts"]) == [
        {"genre": "telephone", "valeur": "+33143281111", "public": True},
        {"genre": "telephone", "valeur": "+33612345678", "public": False},
    ]
    assert codes == ["TELM"]


def test_a_number_bis_is_part_of_an_address():
    header = "nom;Num voie;Indice;Type voie;Libellé voie"
    ((_, values),) = records(f"{header}\nx;12;BIS;RUE;DE PARIS\n")
    place = {one: SHOP[one] for one in ("position", "code_postal")}
    assert lire(values | place)[0]["adresse"] == "12 BIS RUE DE PARIS"


@pytest.mark.parametrize(
    ("received", "categories", "said"),
    [
        ("Restaurant chinois", "{restaurant_asiatique}", []),
        ("Bar-Tabac, presse", "{cafe_bar,tabac,presse_papeterie}", []),
        ("Bar-Tabac, charpente navale", "{cafe_bar,tabac}", ["VALI"]),
        ("Charpente navale", "{autre}", ["CATE"]),
    ],
)
def test_the_words_of_a_kind_of_shop_tell_its_categories(received, categories, said):
    row, codes = kept(**{"Type de commerce": received})
    assert (row["categories"].replace(" ", ""), codes) == (categories, said)


@pytest.mark.parametrize(
    ("received", "category", "labels"),
    [
        ("Boucherie halal", "boucherie", "{halal,artisan}"),
        ("Boucherie (Halal)", "boucherie", "{halal,artisan}"),
        ("Restaurant végétarien", "restaurant", "{vegetarien,artisan}"),
        ("Coiffeur à domicile", "coiffeur", "{artisan}"),
        ("Pizza à emporter", "restaurant_italien", "{artisan}"),
        ("Boucherie non halal", "autre", "{artisan}"),
        ("halal", "autre", "{halal,artisan}"),
        ("Horlogerie", "bijouterie", "{artisan}"),
        ("Confiserie", "chocolaterie", "{artisan}"),
    ],
)
def test_a_label_told_with_a_kind_of_shop_is_kept_as_a_label(received, category, labels):
    row, _ = kept(**{"Type de commerce": received, "Labels": "Artisan"})
    assert row["categories"] == f"{{{category}}}"
    assert set(row["labels"].strip("{}").split(",")) == set(labels.strip("{}").split(","))


@pytest.mark.parametrize("column", ["Activité", "Activité principale"])
def test_a_kind_of_shop_told_by_its_activity_code_is_that_of_the_code(column):
    row, codes = kept(**{column: "56.10A"})
    assert (row["categories"], row["naf_rev2"], codes) == ("{restaurant}", "56.10A", [])


def test_an_unknown_kind_of_shop_is_that_of_its_activity():
    row, codes = kept(**{"Type de commerce": "Terminal de cuisson", "Code APE": "10.71C"})
    assert (row["categories"], codes) == ("{boulangerie}", ["VALI"])


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Paris 11e, 12e et 20e", {"75111", "75112", "75120"}),
        ("Paris 11, Montreuil", {"75111", "93048"}),
        ("Vincennes, 12e", {"94080", "75112"}),
        ("Vincennes, 12", None),
        ("12e", {"75112"}),
        ("Paris 11e et 30e", None),
    ],
)
def test_a_zone_of_arrondissements(text, codes):
    row, _ = kept(**{"Zone de livraison": text})
    (livraison,) = orjson.loads(row["modalites"])
    if codes is None:
        assert (livraison.get("zone"), livraison["note"]) == (None, text)
    else:
        assert set(livraison["zone"]["codes"]) == codes


@pytest.mark.parametrize(
    ("text", "count"), [("Val-de-Marne", 47), ("Hauts de Seine", 36), ("Petite couronne", 122)]
)
def test_a_zone_of_departements_is_that_of_their_communes(text, count):
    row, _ = kept(**{"Zone de livraison": text})
    (livraison,) = orjson.loads(row["modalites"])
    assert len(livraison["zone"]["codes"]) == count
