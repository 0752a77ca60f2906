"""The taxonomy is a tree, and what it says of other lists is true of them."""

import csv
import json
import re

import pytest

from services.commerces import taxonomie
from services.commerces.mots import singulier
from services.commerces.naf import Nomenclature, nomenclature
from shared.schemas.formes import CODE_CATEGORIE

CATEGORIES = taxonomie.categories().values()
# Types of schema.org 29 under LocalBusiness that the file may use.
SCHEMA_ORG = set(
    """
    LocalBusiness Store FoodEstablishment Restaurant FastFoodRestaurant CafeOrCoffeeShop
    Bakery IceCreamShop Brewery GroceryStore ConvenienceStore LiquorStore MedicalBusiness
    Pharmacy Optician BookStore MusicStore ToyStore SportingGoodsStore BikeStore HobbyShop
    ClothingStore ShoeStore JewelryStore HairSalon BeautySalon HomeGoodsStore Florist
    GardenStore HardwareStore FurnitureStore ElectronicsStore PetStore ComputerStore
    MobilePhoneStore DryCleaningOrLaundry Plumber Electrician Locksmith AutoRepair
    """.split()  # noqa: SIM905 readable
)


def test_there_are_about_sixty_leaves_in_a_tree():
    parents = {category.parent for category in CATEGORIES} - {None}
    assert 55 <= len([c for c in CATEGORIES if c.code not in parents]) <= 75
    assert len([c for c in CATEGORIES if c.parent is None]) <= 10


def test_no_cycle_and_parents_come_first():
    seen = set()
    for category in CATEGORIES:
        assert category.parent is None or category.parent in seen
        seen.add(category.code)
    assert max(len(taxonomie.lineage(code)) for code in seen) == 3


def test_a_category_holds_those_under_it():
    assert "restaurant_japonais" in taxonomie.within("restauration")
    assert taxonomie.within("fromagerie") == {"fromagerie"}
    assert taxonomie.lineage("restaurant_japonais") == (
        "restaurant_japonais",
        "restaurant",
        "restauration",
    )


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.code)
def test_each_category_is_written_properly(category):
    assert re.fullmatch(CODE_CATEGORIE, category.code)
    assert category.synonymes
    assert category.schema_org in SCHEMA_ORG
    assert len(set(category.synonymes)) == len(category.synonymes)
    assert {nomenclature(code) for code in category.naf_rev2} <= {Nomenclature.REV2}
    assert {nomenclature(code) for code in category.naf_2025} <= {Nomenclature.NAF_2025}
    assert taxonomie.of_name(category.nom) == category.code


@pytest.mark.parametrize("name", ["naf_rev2", "naf_2025", "osm"])
def test_one_category_a_correspondence(name):
    codes = [code for category in CATEGORIES for code in getattr(category, name)]
    assert len(set(codes)) == len(codes)


def test_names_are_recognised_whatever_their_accents():
    assert taxonomie.of_name("EPICERIE FINE") == "epicerie_fine"
    assert taxonomie.of_name("Épicerie fine") == "epicerie_fine"
    assert taxonomie.of_name("boulangerie") == "boulangerie"
    assert taxonomie.of_name("bakery") == "boulangerie"  # as OpenStreetMap tags it
    assert taxonomie.of_name("Charpente navale") is None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Café", "cafe_bar"),
        ("Cafés", "cafe_bar"),
        ("Pizzeria", "restaurant_italien"),
        ("Garage", "automobile"),
        ("FLEURS", "fleuriste"),
        ("Coiffure", "coiffeur"),
        ("Fromager", "fromagerie"),
        ("Boulangerie / pâtisserie", "boulangerie"),
        ("pâtissier", "boulangerie"),  # also of what it holds
        ("maraîcher", "alimentation"),  # of two that it holds
    ],
)
def test_synonyms_are_recognised(name, code):
    assert taxonomie.of_name(name) == code


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Restaurant chinois", ("restaurant_asiatique",)),
        ("Bar-Tabac", ("cafe_bar", "tabac")),
        ("Bar - Bureau de tabac", ("cafe_bar", "tabac")),
        ("Fleuriste - Décoration", ("fleuriste", "meubles")),
        ("Café restaurant", ("cafe_bar", "restaurant")),
        ("Tabac presse", ("tabac", "presse_papeterie")),
        ("Commerce de vins", ("caviste",)),
        ("Artisan boulanger", ("boulangerie",)),
        ("Boucherie charcuterie traiteur", ("boucherie", "traiteur")),
        ("Autre commerce de vêtements", ("vetements",)),
        ("Vente de vêtements pour enfants", ("vetements",)),
        ("Prêt-à-porter féminin", ("vetements",)),
        ("Librairie jeunesse", ("librairie",)),
        ("Coiffeur homme femme", ("coiffeur",)),
        ("Épicerie italienne", ("epicerie",)),
        ("Traiteur asiatique", ("traiteur",)),
        ("Traiteur événementiel", ("traiteur",)),
        ("Pâtisserie orientale", ("patisserie",)),
        ("Boulangerie artisanale", ("boulangerie",)),
        ("Restaurant japonais", ("restaurant_japonais",)),
        ("Restaurant grec", ("restaurant_mediterraneen",)),
        ("Cuisine italienne", ("restaurant_italien",)),
        ("Brasserie artisanale", ("brasserie_artisanale",)),
        ("Italien", ()),
        ("Portugais", ("restaurant",)),
        ("Épicerie portugaise", ("epicerie",)),
        ("Opticien - Lunetier", ("opticien",)),
        ("Cordonnerie - Clés", ("cordonnerie",)),
        ("Enfants", ()),
        ("Boulangerie navale", ()),
        ("de la", ()),
        ("", ()),
    ],
)
def test_a_text_of_which_each_word_tells_a_category(text, codes):
    assert taxonomie.of_words(text) == codes


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.code)
def test_the_words_of_a_category_tell_it(category):
    assert taxonomie.of_words(category.nom)


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.code)
def test_a_synonym_means_its_category_or_a_wider_one_or_the_one_of_that_name(category):
    for name in category.synonymes:
        found = taxonomie.of_name(name)
        if found is not None and found not in taxonomie.lineage(category.code):
            assert singulier(name) in map(singulier, (found, taxonomie.categories()[found].nom))


def test_an_activity_gives_its_category_in_either_nomenclature():
    assert taxonomie.of_naf(["10.71C"]) == taxonomie.of_naf(["10.71H"]) == "boulangerie"
    assert taxonomie.of_naf(["01.12Z", "47.61Y"]) == "librairie"
    assert taxonomie.of_naf(["01.12Z"]) is None


def test_words_are_the_name_and_the_synonyms():
    assert {"Restaurant japonais", "sushi"} <= set(taxonomie.words("restaurant_japonais"))


def test_every_activity_code_exists(donnees_reelles):
    for name, file in (("naf_rev2", "naf_rev2.csv"), ("naf_2025", "naf2025.csv")):
        with (donnees_reelles / "commerces" / file).open(encoding="utf-8", newline="") as flux:
            known = {row["code"] for row in csv.DictReader(flux)}
        assert {code for c in CATEGORIES for code in getattr(c, name)} <= known


def test_every_osm_tag_is_a_preset_of_osm(donnees_reelles):
    presets = json.loads((donnees_reelles / "commerces/osm_presets_commerce_fr.json").read_text())
    known = {frozenset(preset["tags"].items()) for preset in presets}
    for category in CATEGORIES:
        for tags in category.osm:
            wanted = frozenset(tuple(tag.split("=")) for tag in tags.split("+"))
            assert wanted in known, (category.code, tags)


def test_the_types_of_the_paris_files_have_a_category(donnees_reelles):
    folder = donnees_reelles / "commerces"
    may = json.loads((folder / "paris-commercants-livraison_2020-05.json").read_text())
    types = {record["fields"].get("type_de_commerce") for record in may}
    december = folder / "paris-commercants-livraison_2020-12.csv"
    with december.open(encoding="utf-8", newline="") as file:
        types |= {row["Type de commerce"] for row in csv.DictReader(file, delimiter=";")}
    types.discard(None)
    assert len(types) == 25
    assert {name for name in types if taxonomie.of_name(name) is None} == set()
