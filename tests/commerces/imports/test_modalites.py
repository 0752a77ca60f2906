"""Which modalities a line offers: what is denied or in doubt is never published."""

import orjson
import pytest

from services.commerces.imports import listes, modalites
from tests.commerces.imports.conftest import SHOP, lire

PLACED = {name: value for name, value in SHOP.items() if name != "modalites"}


def read(*, par_defaut=None, **values):
    """The modalities of a line and what was said of them."""
    row, constats = lire(PLACED | values, par_defaut=par_defaut)
    kept = {one.pop("genre"): one for one in orjson.loads(row["modalites"])}
    return kept, [one[0] for one in constats]


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("Livraisons à domicile, Retrait de commandes en magasin", ("livraison", "comptoir")),
        ("Livraison", ("livraison",)),
        ("Livré à domicile", ("livraison",)),
        ("Livraison sans contact", ("livraison",)),
        ("Retrait au drive", ("drive",)),
        ("Click & collect", ("comptoir",)),
        ("Clic and collect; livraison", ("comptoir", "livraison")),
        ("Livraison en point relais", ("point_collecte",)),
        ("Point de collecte | dépannage d’urgence", ("point_collecte", "depannage_urgence")),
        ("point_collecte|depannage_urgence", ("point_collecte", "depannage_urgence")),
        ("livraison et comptoir", ("livraison", "comptoir")),
        ("Livraison + comptoir", ("livraison", "comptoir")),
        ("Livraison et retrait", ("livraison", "comptoir")),
        ("A emporter et livraison", ("comptoir", "livraison")),
        ("livraison - comptoir", ("livraison", "comptoir")),
        ("Livraison ou drive", ("livraison", "drive")),
        ("Vente de livres en boutique", ("comptoir",)),
    ],
)
def test_modalities_that_are_sure(received, kept):
    assert modalites.of_text(received)[:3] == (kept, (), ())


@pytest.mark.parametrize(
    ("received", "kept", "refused"),
    [
        ("Pas de livraison", (), ("livraison",)),
        ("Aucune livraison", (), ("livraison",)),
        ("Sans livraison", (), ("livraison",)),
        ("Livraison : non", (), ("livraison",)),
        ("livraison - non", (), ("livraison",)),
        ("Livraison impossible", (), ("livraison",)),
        ("livraison suspendue", (), ("livraison",)),
        ("Plus de livraison", (), ("livraison",)),
        ("Livraison ❌", (), ("livraison",)),
        ("✘ Livraison à domicile", (), ("livraison",)),
        ("☐ Livraison, ☑ Drive", ("drive",), ("livraison",)),
        ("Pas de livraison, comptoir", ("comptoir",), ("livraison",)),
    ],
)
def test_what_is_denied_is_not_taken_and_it_is_said(received, kept, refused):
    found = modalites.of_text(received)
    assert (found.offertes, found.refusees) == (kept, refused)
    assert [one.code for one in found.constats] == ["MODN"]


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("téléportation", ()),
        ("✔ Livraison ✘ Drive", ()),
        ("Livraison ☐ Drive ☑", ()),
        ("Vente de livres", ()),
        ("Livraison bientôt", ()),
        ("Livraison ?", ()),
        ("Ni livraison ni retrait", ()),
        ("Pas de livraison et retrait", ()),
        ("Livraison (pas le dimanche)", ()),
        ("Livraison, non", ()),
        ("Livraison, pas de livraison", ()),
        ("Livraison comptoir", ("livraison",)),
        ("Livraison et installation", ("livraison",)),
    ],
)
def test_what_is_in_doubt_is_not_taken_and_it_is_said(received, kept):
    found = modalites.of_text(received)
    assert found.offertes == kept
    assert [one.code for one in found.constats] == ["VALI"]


def test_no_alone_denies_all_and_absence_says_nothing():
    assert read(modalites="non", par_defaut="livraison") == ({}, ["MODN", "MODA"])
    assert read(modalites="N/A", par_defaut="livraison") == (
        {"livraison": {"canaux": []}},
        ["NULX", "MODD"],
    )
    assert read(modalites="Pas de livraison", par_defaut="livraison") == ({}, ["MODN", "MODA"])


def test_a_cell_that_is_no_list_of_modalities_is_not_searched():
    found = modalites.of_text("livraison, " * modalites.CELLULE_MAX)
    assert (found.offertes, [one.code for one in found.constats]) == ((), ["VALI"])


def test_an_object_of_booleans():
    kept, codes = read(modalites={"livraison": True, "drive": False})
    assert (list(kept), codes) == (["livraison"], [])
    kept, codes = read(modalites={"livraison": "peut-être", "teleport": True, "comptoir": 1})
    assert (list(kept), codes) == (["comptoir"], ["VALI"])


@pytest.mark.parametrize("absent", ["-", "N/A", "néant"])
def test_the_absence_of_a_detail_tells_no_modality(absent):
    kept, codes = read(modalites="comptoir", livraison_frais=absent, drive_horaires=absent)
    assert (list(kept), codes) == (["comptoir"], ["NULX", "NULX"])
    kept, codes = read(livraison_zone=absent)
    assert (list(kept), codes) == ([], ["NULX", "MODA"])


@pytest.mark.parametrize("no", ["non", "off", "0"])
@pytest.mark.parametrize("column", ["livraison_frais", "drive_horaires", "livraison_canaux"])
def test_a_no_in_a_detail_tells_no_modality(no, column):
    kept, codes = read(**{column: no})
    assert (list(kept), codes) == ([], ["MODE", "MODA"])


def test_a_detail_that_is_kept_tells_its_modality():
    assert list(read(livraison_frais="gratuit")[0]) == ["livraison"]
    assert read(livraison_frais="n'importe quoi") == ({}, ["MODE", "MODA"])
    assert read(livraison_frais="0", par_defaut="livraison") == (
        {"livraison": {"canaux": [], "frais": "0.00"}},
        [],
    )


def test_a_list_told_in_full_wins_over_the_detail_of_another_modality():
    kept, codes = read(modalites="comptoir", livraison_minimum="20")
    assert (list(kept), codes) == (["comptoir"], ["MODE"])
    kept, codes = read(livraison="non", livraison_minimum="20", comptoir="oui")
    assert (list(kept), codes) == (["comptoir"], ["MODE"])
    kept, codes = read(modalites="Pas de livraison", livraison_minimum="20")
    assert (list(kept), codes) == ([], ["MODN", "MODE", "MODA"])
    kept, codes = read(modalites="comptoir", livraison="oui", livraison_minimum="20")
    assert kept["livraison"] == {"canaux": [], "minimum": "20.00"}
    assert codes == []


def test_a_delivery_that_the_next_edition_does_not_name_ends(take, shown):
    take(SHOP | {"modalites": "livraison, comptoir", "livraison_minimum": "20"})
    found = take(SHOP | {"modalites": "comptoir", "livraison_minimum": "20"})
    ((_, properties),) = shown().values()
    assert [one.genre for one in properties.modalites_detail] == ["comptoir"]
    assert "MODE" in {one.code for one in found.bilan.codes}


def test_ticks_and_spreadsheet_booleans():
    answers = [listes.oui_non("drive", one)[0] for one in ("✔", "✔\ufe0f", "1.0", "✘", "0.0", "☐")]
    assert answers == [True, True, True, False, False, False]
    assert listes.oui_non("drive", "★")[0] is None
    assert [one.code for one in listes.oui_non("drive", "N/A")[1]] == ["NULX"]


@pytest.mark.parametrize(
    ("received", "note"),
    [
        ("Oui (à partir de 30 €)", "à partir de 30 €"),
        ("oui - Uber Eats", "Uber Eats"),
        ("OUI, pas le dimanche", "pas le dimanche"),
        ("Oui : 5 €", "5 €"),
        ("x (UberEats)", "UberEats"),
        ("✔️ dès 30 €", "dès 30 €"),
        ("oui.", None),
    ],
)
def test_what_a_yes_depends_on_is_its_note(received, note):
    kept, codes = read(livraison=received)
    assert kept == {"livraison": {"canaux": []} | ({"note": note} if note else {})}
    assert codes == []


@pytest.mark.parametrize("received", ["only", "Uniquement", "seulement", "EXCLUSIVEMENT"])
def test_the_only_way_to_be_served_stays_known(received):
    """`takeaway=only` of OpenStreetMap, the third answer of a form: a yes, and more."""
    kept, constats = read(livraison="oui", comptoir=received)
    assert kept.keys() == {"livraison", "comptoir"}
    assert kept["livraison"].get("note") is None
    assert kept["comptoir"]["note"] == "Uniquement"
    assert constats == []
    assert read(comptoir=received, comptoir_note="Par la cour")[0]["comptoir"]["note"] == (
        "Par la cour"
    )


def test_a_note_of_its_own_column_is_the_one_kept():
    kept, _ = read(livraison="oui (30 €)", livraison_note="À vélo")
    assert kept["livraison"]["note"] == "À vélo"


def test_a_no_that_is_explained_is_a_no():
    assert read(livraison="Non (retrait seulement)", comptoir="x") == (
        {"comptoir": {"canaux": []}},
        ["MODN"],
    )


@pytest.mark.parametrize(
    "received",
    ["Oui bientôt", "oui (?)", "Oui, en projet", "Ouistiti", "oui/non", "Oui ou non", "x bientôt"],
)
def test_a_yes_of_another_day_is_none(received):
    assert read(livraison=received) == ({}, ["VALI", "MODA"])


def test_a_detail_that_denies_its_modality_does_not_tell_it():
    assert read(livraison_zone="Pas de livraison") == ({}, ["MODE", "MODA"])
    assert read(livraison_note="aucune livraison", comptoir="oui") == (
        {"comptoir": {"canaux": []}},
        ["MODE"],
    )


def test_what_is_personal_in_the_note_of_a_yes_is_masked():
    kept, codes = read(livraison="oui, au 06 12 34 56 78")
    assert "06 12" not in kept["livraison"]["note"]
    assert codes == ["MASQ"]


@pytest.mark.parametrize(
    ("received", "note"),
    [
        ("Livraison le samedi uniquement", "Livraison le samedi uniquement"),
        ("Livraison (sauf 93)", "Livraison (sauf 93)"),
        ("Livraison 7j/7", "Livraison 7j/7"),
        ("Livraison mardi et jeudi", "Livraison mardi et jeudi"),
        ("Livraison samedi, appeler le 06 39 98 00 01", "Livraison samedi, appeler le [masqué]"),
        ("Livraisons à domicile", None),
        ("Livraison possible uniquement", None),
    ],
)
def test_what_a_modality_depends_on_is_its_note(received, note):
    kept, _ = read(modalites=received)
    assert kept["livraison"].get("note") == note


def test_each_modality_of_a_cell_has_its_own_note():
    kept, _ = read(modalites="Livraison le samedi, retrait de commandes en magasin")
    assert (kept["livraison"]["note"], "note" in kept["comptoir"]) == ("Livraison le samedi", False)


@pytest.mark.parametrize(
    ("received", "genre"),
    [
        ("Cliqué-retiré", "comptoir"),
        ("Cliquez et retirez", "comptoir"),
        ("Collecte en magasin", "comptoir"),
        ("Collecte", "point_collecte"),
        ("Point de collecte en magasin", "point_collecte"),
        ("Portage à domicile", "livraison"),
    ],
)
def test_a_modality_in_other_words(received, genre):
    assert modalites.of_text(received)[:3] == ((genre,), (), ())


@pytest.mark.parametrize("received", ["Drive à la ferme", "Drive de la ferme", "drive fermier"])
def test_a_farm_is_not_closed(received):
    assert modalites.of_text(received)[:3] == (("drive",), (), ())


@pytest.mark.parametrize(
    ("received", "note"),
    [
        *[(mark, None) for mark in ("✅", "√", "×", "●", "OK", "v", "oui*", "Oui !", "x.")],
        ("Livraison", None),
        ("Livraison à domicile", None),
        ("livraison gratuite", "livraison gratuite"),
    ],
)
def test_a_yes_however_it_is_ticked(received, note):
    kept, said = read(livraison=received)
    assert (kept["livraison"].get("note"), said) == (note, [])


@pytest.mark.parametrize("received", ["❌", "✘", "Non.", "Pas de livraison", "livraison suspendue"])
def test_a_no_however_it_is_ticked(received):
    kept, said = read(livraison=received, comptoir="oui")
    assert (list(kept), set(said) <= {"MODN"}) == (["comptoir"], True)


def test_the_column_of_a_modality_names_no_other():
    kept, said = read(livraison="Retrait", comptoir="oui")
    assert (list(kept), said) == (["comptoir"], ["VALI"])


@pytest.mark.parametrize(
    ("received", "note"),
    [
        ("Possible", None),
        ("Gratuite", "Gratuite"),
        ("À partir de 30 €", "À partir de 30 €"),
        ("offerte dès 25€", "offerte dès 25€"),
        ("via Uber Eats", "via Uber Eats"),
        ("Uber Eats, Deliveroo", "Uber Eats, Deliveroo"),
    ],
)
def test_what_only_a_yes_says_is_one(received, note):
    kept, said = read(livraison=received)
    assert (kept["livraison"].get("note"), said) == (note, [])


@pytest.mark.parametrize(
    "received",
    [
        "Vincennes et Saint-Mandé",
        "Oui (Vincennes, Saint-Mandé)",
        "oui : sur Vincennes et Saint-Mandé",
        "Livraison à Vincennes et Saint-Mandé",
    ],
)
def test_where_it_delivers_is_told_beside_a_yes_or_in_its_place(received):
    kept, said = read(livraison=received)
    told = {"canaux": [], "zone": {"type": "communes", "codes": ["94067", "94080"]}}
    assert (kept["livraison"], said) == (told, ["ZONL"])
    kept, _ = read(livraison=received, livraison_zone="3 km")
    assert kept["livraison"]["zone"] == {"type": "rayon", "rayon_m": 3000}


@pytest.mark.parametrize("received", ["Livraison hors Paris", "Livraison sauf Vincennes"])
def test_where_it_does_not_deliver_is_no_zone(received):
    kept, _ = read(modalites=received)
    assert kept["livraison"] == {"canaux": [], "note": received}


@pytest.mark.parametrize("received", ["93", "30", "En cours", "Vincennes ?", "Bientôt à Vincennes"])
def test_what_may_be_no_yes_is_none(received):
    assert read(livraison=received) == ({}, ["VALI", "MODA"])


@pytest.mark.parametrize("received", ["Vincennes", "3 km"])
def test_where_one_comes_is_no_zone(received):
    assert read(comptoir=received) == ({}, ["VALI", "MODA"])


@pytest.mark.parametrize("received", ["❌", "✖", "🚫", "☐", "✗"])
def test_a_cross_in_its_column_denies_as_it_does_in_a_list(received):
    assert read(livraison=received, par_defaut="livraison") == ({}, ["MODA"])


@pytest.mark.parametrize("received", ["Impossible", "Suspendue", "Bientôt", "pas possible"])
def test_what_is_denied_in_its_column_is_not_offered_by_default(received):
    assert read(livraison=received, par_defaut="livraison") == ({}, ["VALI", "MODA"])
    assert list(read(livraison="?", par_defaut="livraison")[0]) == ["livraison"]
