"""Lists, hours, zones and keys of a line."""

import io
from datetime import date

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.commerces.imports import detail, listes, sirene
from services.commerces.imports.colonnes import COLONNES, nom
from services.commerces.imports.constats import CODES
from services.commerces.imports.contacts import contacts
from services.commerces.imports.copie import LUES
from services.commerces.imports.fichier import Enregistrement, ouvrir
from services.commerces.imports.identite import siret, street, words
from services.commerces.imports.lignes import Lecteur
from services.commerces.imports.positions import position

TODAY = date(2026, 11, 25)


def test_closed_words():
    assert listes.choix("labels", "labels", "Bio, artisan").valeurs == ("bio", "artisan")
    assert listes.choix("labels", "labels", "Bio, magique").constats[0].code == "VALI"
    assert listes.langues("FR, en, x").valeurs == ("fr", "en")
    assert listes.naf("1071C", "10.71H").valeurs == ("10.71C", "10.71H")
    assert listes.naf("47.29Z 47.27G", "") == (("47.29Z", "47.27G"), ())
    assert listes.naf("47.29Z - Autres commerces", "").valeurs == ()
    assert listes.naf("47.29 Z", "") == (("47.29Z",), ())
    assert [one.code for one in listes.naf("N/A", "")[1]] == ["NULX"]
    assert listes.naf("99.99Z", "")[1][0].code == "NAFI"
    assert listes.naf("47.29Z, 10.71C", "")[1][0].code == "NAFI"
    assert listes.categories("Boulangerie - pâtisserie").valeurs == ("boulangerie",)
    assert listes.categories("fromagerie, caviste").valeurs == ("fromagerie", "caviste")
    assert listes.categories("fromagerie, magie").constats[0].code == "VALI"
    crossed = listes.choix("paiements", "paiements", "CB ✅, chèques ❌")
    assert (crossed.valeurs, crossed.constats[0].code) == (("carte",), "VALI")
    paid = listes.choix("paiements", "paiements", "CB - Espèces – Tickets resto")
    assert paid == (("carte", "especes", "titre_restaurant"), ())
    assert listes.categories("Coiffeur homme / femme") == (("coiffeur",), ())
    assert listes.categories("magie").valeurs == ("autre",)
    assert listes.categories("Café / pizzeria").valeurs == ("cafe_bar", "restaurant_italien")
    four = listes.categories("fromagerie, caviste, primeur, boulangerie")
    assert (len(four.valeurs), [one.code for one in four.constats]) == (3, ["CAT3"])
    assert listes.langues("Français, ANGLAIS et zh") == (("fr", "en", "zh"), ())
    assert listes.langues("anglais & arabe + turc") == (("en", "ar", "tr"), ())
    assert listes.langues("français, klingon").constats[0].code == "VALI"
    assert listes.oui_non("drive", "OUI")[0] is True
    assert listes.oui_non("drive", "peut-être")[1][0].code == "VALI"


@pytest.mark.parametrize(
    ("genre", "received", "kept"),
    [
        ("paiements", "Carte bancaire, chèques et espèces", ("carte", "cheque", "especes")),
        ("paiements", "CB / titres restaurant", ("carte", "titre_restaurant")),
        ("paiements", "Carte Bleue", ("carte",)),
        ("paiements", "Tickets-restaurant", ("titre_restaurant",)),
        ("accessibilites", "PMR", ("fauteuil",)),
        ("accessibilites", "Toilettes PMR", ("sanitaires_adaptes",)),
        ("accessibilites", "fauteuil_avec_aide", ("fauteuil_avec_aide",)),
        ("labels", "Maître Artisan ; AB", ("maitre_artisan", "bio")),
        ("canaux", "Tél. & WhatsApp", ("telephone", "messagerie")),
    ],
)
def test_ordinary_words_of_the_closed_lists(genre, received, kept):
    assert listes.choix(genre, genre, received) == (kept, ())


def test_zones_of_the_contract_and_of_geojson():
    ring = [[2.35, 48.85], [2.36, 48.85], [2.36, 48.86], [2.35, 48.85]]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    assert detail.zone("z", polygon).zone["geometrie"]["type"] == "Polygon"
    assert detail.zone("z", {"type": "rayon", "rayon_m": 500}).zone == {
        "type": "rayon",
        "rayon_m": 500,
    }
    crossed = {"type": "Polygon", "coordinates": [[ring[0], ring[2], ring[1], ring[3]]] * 2}
    swapped = {"type": "Polygon", "coordinates": [[[lat, lon] for lon, lat in ring]]}
    assert detail.zone("z", "44000").constats[0].code == "ZONT"
    for bad, said in (
        (crossed, "se croise"),
        (swapped, "longitude puis latitude"),
        ({"type": "rayon"}, ""),
        ('{"type": "ray', ""),
        ("{}", ""),
        ('{"type": ' * 1_000 + "1" + "}" * 1_000, ""),
    ):
        ((code, _, _, retenu),) = detail.zone("z", bad).constats
        assert (code, said in retenu) == ("ZONI", True)
        assert retenu.startswith("sans zone")


def test_hours():
    assert detail.heures("horaires", "Mo-Sa 09:00-19:30; PH off").osm == "Mo-Sa 09:00-19:30; PH off"
    found = detail.heures("horaires", "Du lundi au samedi de 8h30 à 19h00")
    assert found.constats[0].code == "HORL"
    assert found.osm.startswith("Mo-Sa 08:30-19:00")
    assert found.texte is None
    found = detail.heures("horaires", "Mo-Sa 09:00-19:30 || sur rendez-vous")
    assert (found.horaires, found.constats[0].code) == (None, "HORT")
    for blank in ("Lu\nMa 9h-12h\nSa 9h-12h", "Lu : \nMa : 9h-12h", "Lu: Ma: Sa: 9h-12h"):
        assert detail.heures("horaires", blank).texte is not None, "Monday has no hours of its own"
    assert detail.heures("horaires", "Mo-Fr 09:00-19:00\nSa off").osm is not None
    assert detail.heures("horaires", "<Nul>").texte is None
    assert detail.heures_de_description("d", "Fromages fermiers") == detail.Heures()
    assert detail.heures_de_description("d", "Le samedi, sur commande").texte is not None


def test_a_modality_in_detail():
    read, findings = detail.modalite(
        "livraison",
        {
            "zone": "rayon de 3 km",
            "horaires": "Mo-Fr 18:00-21:00",
            "minimum": "25 €",
            "frais": "selon distance",
            "delai_min": "60",
            "commande_jusqu_a": "17h30",
            "canaux": "telephone, site",
            "note": "Sauf le dimanche",
        },
    )
    assert read["minimum"] == "25.00"
    assert (read["delai_min"], read["commande_jusqu_a"]) == ("60", "17:30")
    assert read["canaux"] == ["telephone", "site"]
    assert "frais" not in read
    assert read["note"] == "Sauf le dimanche ; frais : selon distance"
    assert [one.code for one in findings] == ["ZONL", "MONT"]
    _, findings = detail.modalite("drive", {"delai_min": "99999", "commande_jusqu_a": "29:00"})
    assert [one.code for one in findings] == ["MONI", "HEUI"]


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("73282932000074", "73282932000074"),
        ("732 829 320 00074", "73282932000074"),
        ("35600000049837", "35600000049837"),
        ("35600000012345", None),
        ("7.3282932E+13", None),
        ("732829320", None),
    ],
)
def test_sirets(received, kept):
    found, findings = siret(received)
    assert found == kept
    assert [one.code for one in findings] == ([] if kept else ["SIRI"])


def test_keys_ignore_how_a_thing_is_written():
    assert words("L'Étoile – Œnothèque") == words("L ETOILE oenotheque")
    assert street("3, Bd. St-Michel") == street("3 boulevard Saint Michel")


def test_names_of_columns():
    assert nom("Nom du commerce") == nom("NOM_DU_COMMERCE") == nom(" nom du  commerce ") == "nom"
    assert nom("enseigne1Etablissement") == "enseigne"
    assert nom("Téléphone") == "telephone"
    assert nom("inconnue") is None
    assert {f"{m}_zone" for m in ("drive", "livraison")} <= set(COLONNES)


@pytest.mark.parametrize(
    ("received", "column"),
    [
        ("Longitude (WGS84)", "longitude"),
        ("Latitude (WGS 84)", "latitude"),
        ("X", "longitude"),
        ("y", "latitude"),
        ("Coordonnées géographiques", "position"),
        ("WKT", "geometrie"),
        ("Nom commercial", "nom"),
        ("horaires_osm", "horaires"),
        ("livraison_horaires_osm", "livraison_horaires"),
        ("Dénomination", "denomination"),
        ("N°", "numero_voie"),
        ("Rue", "libelle_voie"),
        ("addr:housenumber", "numero_voie"),
        ("Livraison à domicile", "livraison"),
        ("Click & Collect", "comptoir"),
        ("Jours et horaires d’ouverture", "horaires"),
        ("Type d’activité", "categories"),
    ],
)
def test_names_that_others_give_to_columns(received, column):
    assert nom(received) == column


@pytest.mark.parametrize(
    "cells",
    [
        {"position": "POINT(2.3522 48.8566)"},
        {"position": "Point Z (2.3522 48.8566 35)"},
        {"geometrie": "SRID=4326;POINT (2.3522 48.8566)"},
        {"longitude": "652469.02", "latitude": "6862035.26"},
    ],
)
def test_other_ways_to_write_a_position(cells):
    found = position(cells)
    assert (round(found.lon, 3), round(found.lat, 3)) == (2.352, 48.857)


@pytest.mark.parametrize(
    "text", ["POINT(2.3522)", "POLYGON((2 48))", "POINT(48,8 2,3)", "POINT EMPTY"]
)
def test_a_geometry_that_is_no_point_is_no_position(text):
    assert position({"position": text}) is position({"geometrie": text}) is None


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        ({"enseigne": "L'Essai", "denomination": "SARL"}, "L'Essai"),
        ({"denomination": "SARL", "denomination_usuelle": "Essai"}, "Essai"),
        ({"denomination": "SARL"}, "SARL"),
        ({"nom": "Chez x", "enseigne": "L'Essai"}, "Chez x"),
        ({"nom": "<Nul>", "enseigne": "L'Essai"}, "L'Essai"),
        ({"nom": "<Nul>", "enseigne": "-"}, None),
    ],
)
def test_a_sign_or_a_company_serves_as_a_name(names, kept):
    base = {"adresse": "y", "code_postal": "75004", "position": "48.8566,2.3522"}
    copied = Lecteur(frozenset(COLONNES), TODAY).lire(Enregistrement(2, base | names)).split("\t")
    assert copied[LUES.index("nom")] == (kept or r"\N")


def test_an_address_may_be_told_in_parts():
    base = {"nom": "x", "code_postal": "75004", "position": "48.8566,2.3522"}
    parts = {"numero_voie": "12", "libelle_voie": "rue de Rivoli"}
    reader = Lecteur(frozenset(COLONNES), TODAY)
    read = [
        reader.lire(Enregistrement(2, base | parts | more)).split("\t")[LUES.index("adresse")]
        for more in ({}, {"adresse": "1 rue y"})
    ]
    assert read == ["12 rue de Rivoli", "1 rue y"]


@pytest.mark.parametrize(
    ("received", "minutes"),
    [
        ("45", "45"),
        (" 45 min", "45"),
        ("45mn", "45"),
        ("45 minutes.", "45"),
        ("1h", "60"),
        ("1 h 30", "90"),
        ("24 heures", "1440"),
        ("30 à 45 min", None),
        ("0.5 h", None),
        ("1000 h", None),
        ("min", None),
        ("", None),
    ],
)
def test_delays(received, minutes):
    found, findings = detail.modalite("livraison", {"delai_min": received})
    assert found.get("delai_min") == minutes
    told = "MONT" if "à" in received else "MONI"
    assert [one.code for one in findings] == ([] if minutes else [told])


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("18h3٠", None),
        ("1٨:30", None),
        ("18h", "18:00"),
        ("avant 11h", "11:00"),
        ("Jusqu’à 18h30", "18:30"),
        ("la veille avant 18h", None),
    ],
)
def test_an_hour_is_in_our_digits(received, kept):
    found, _ = detail.modalite("livraison", {"commande_jusqu_a": received})
    assert found.get("commande_jusqu_a") == kept


@pytest.mark.parametrize("received", ["gratuit", "Offerts ", "sans frais", "0", "0 €"])
def test_a_delivery_for_nothing(received):
    assert detail.modalite("livraison", {"frais": received}) == (
        {"genre": "livraison", "canaux": [], "frais": "0.00"},
        [],
    )


def test_sirene_judges():
    assert sirene.judge({"etat_administratif": "A", "statut_diffusion": "O"}) == (None, ())
    assert sirene.judge({"etat_administratif": "F"})[0] == "fermer"
    assert sirene.judge({"etat_administratif": "F", "statut_diffusion": "P"})[0] == "masquer"
    assert sirene.named({"enseigne": "[ND]", "denomination": "SARL Essai"})["nom"] == "SARL Essai"


@pytest.mark.parametrize(("textes", "code"), [(True, "CELL"), (False, "ELEM")])
def test_what_is_no_line_is_told_by_what_the_file_is(textes, code):
    copied = Lecteur(frozenset(), TODAY, textes=textes).lire(Enregistrement(2, None))
    row = dict(zip(LUES, copied.split("\t"), strict=True))
    assert (row["statut"], orjson.loads(row["constats"])) == ("rejete", [[code, None, None, None]])


@pytest.mark.parametrize("deep", ["[" * 600 + "]" * 600, '{"fr": ' * 900 + "1" + "}" * 900])
def test_values_inside_one_another_by_the_hundred_are_no_shop(deep):
    text = f'[{{"nom": "x"}}, {{"nom": "y", "horaires": {deep}}}, {{"nom": "z"}}]'
    read = [record.valeurs for record in ouvrir(io.BytesIO(text.encode())).enregistrements()]
    assert read == [{"nom": "x"}, None, {"nom": "z"}]


CELL = st.one_of(st.text(max_size=30), st.integers(), st.floats(), st.none(), st.booleans())
LINE = st.dictionaries(st.sampled_from(list(COLONNES)), CELL, max_size=12)


@given(LINE)
@example({"livraison_zone": 2**64})
def test_any_line_is_read_or_rejected(values):
    """A line for COPY has all its columns whatever was received, and known codes."""
    reader = Lecteur(frozenset(COLONNES), TODAY)
    base = {"nom": "x", "adresse": "y", "code_postal": "75004", "position": "48.8566,2.3522"}
    kept = {name: value for name, value in values.items() if value is not None}
    for line in (kept, base | kept):
        copied = reader.lire(Enregistrement(2, line)).split("\t")
        assert len(copied) == len(LUES)
        assert copied[1] in {"accepte", "repare", "rejete"}
        assert "\n" not in "".join(copied)


def test_every_code_has_its_words():
    assert {kind.gravite for kind in CODES.values()} == {
        "erreur",
        "reparation",
        "avertissement",
        "doublon",
    }


@pytest.mark.parametrize(
    ("cells", "public", "private"),
    [
        ({"site": "https://wa.me/33639980001"}, [], ["+33639980001"]),
        ({"site": "https://exemple.fr/?tel=0639980001"}, [], ["+33639980001"]),
        (
            {"site": "https://wa.me/33639980001", "telephone_public": "oui"},
            ["+33639980001"],
            [],
        ),
        ({"telephone": "01 42 36 00 00 (ne pas publier)"}, [], ["+33142360000"]),
        ({"telephone": "01 42 36 00 00 (Mme Essai)"}, ["+33142360000"], []),
        ({"telephone": "01 42 36 00 00, personnes âgées"}, ["+33142360000"], []),
        ({"telephone": "+590 690 12 34 56"}, [], ["+590690123456"]),
        ({"telephone": "+590 690 12 34 56", "telephone_public": "oui"}, ["+590690123456"], []),
        ({"telephone": "3939"}, ["3939"], []),
        ({"telephone": "01 42 36 00 00", "telephone_public": "Non merci"}, [], ["+33142360000"]),
        ({"telephone": "01 42 36 00 00", "telephone_public": "Pas le fixe"}, [], ["+33142360000"]),
        (
            {"telephone": "01 42 36 00 00", "telephone_public": "Oui, sauf le portable"},
            ["+33142360000"],
            [],
        ),
        ({"telephone": "01 42 36 00 00", "telephone_public": ""}, ["+33142360000"], []),
        ({"telephone": "01 42 36 00 00", "telephone_public": "N/A"}, ["+33142360000"], []),
        (
            {"telephone": "06 39 98 00 01 perso", "telephone_public": "oui"},
            [],
            ["+33639980001"],
        ),
    ],
)
def test_a_number_that_is_a_persons_own_is_private_however_it_is_dressed(cells, public, private):
    constats = []
    found = contacts(cells, constats)
    assert [one["valeur"] for one in found if one["public"]] == public
    assert [one["valeur"] for one in found if not one["public"]] == private
    assert [one.retenu for one in constats if one.code == "TELM"] == private
