"""What people type: the trade, what it sells, what it offers, and words that say « a shop »."""

import pytest

from services.commerces import mots_admis, taxonomie
from services.commerces.mots import ANGLAIS, VIDES, words
from services.commerces.texte import offres_nommees


def pizzerias(faire, **second):
    """One that delivers and is halal, and a second one where people come."""
    kind = ["restaurant_italien"]
    return [
        faire(1, categories=kind, labels=["halal"], modalites=[{"genre": "livraison"}]),
        faire(2, categories=kind, modalites=[{"genre": "comptoir"}], **second),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "magasin de jouets",
        "boutique jouets",
        "marchand de jouets",
        "acheter des jouets",
        "commerces de jouets près de chez moi",
        "vente jouets",
    ],
)
def test_the_word_that_any_shop_is_is_not_required(demander, faire, text):
    listings = [faire(1, categories=["jouets"]), faire(2, categories=["sport"])]
    assert demander(listings, q=text) == ["1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bakery", ["1"]),
        ("flowers near me", ["2"]),
        ("cheese shop", ["3"]),
        ("wine shop", ["4"]),
        ("organic bakery", []),
    ],
)
def test_what_visitors_type(demander, faire, text, found):
    kinds = ("boulangerie", "fleuriste", "fromagerie", "caviste")
    listings = [faire(n, categories=[kind]) for n, kind in enumerate(kinds, 1)]
    assert demander(listings, q=text) == found


def test_every_english_word_stands_for_one_of_the_taxonomy():
    known = {
        word for code in taxonomie.categories() for word in words(" ".join(taxonomie.words(code)))
    }
    assert set(ANGLAIS.values()) <= known


def test_the_word_that_any_shop_is_counts_where_it_is_all_that_is_asked(demander, faire):
    listings = [faire(1, nom="La Boutique"), faire(2, nom="Chez Paul")]
    assert demander(listings, q="la boutique") == ["1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("livraison", ["1"]),
        ("pizza livraison", ["1"]),
        ("pizza livrée à domicile", ["1"]),
        ("pizzeria halal", ["1"]),
        ("pizza à emporter", ["2"]),
        ("pizza sans gluten", ["2"]),
        ("pizza végan", ["2"]),
        ("drive", []),
    ],
)
def test_what_a_listing_offers_and_its_labels_are_among_its_words(demander, faire, text, found):
    listings = pizzerias(faire, labels=["sans_gluten", "vegetarien"])
    assert demander(listings, q=text) == found


SEMAINE = {"semaine": {"mardi": [{"de": "09:00", "a": "19:00"}]}}
DIMANCHE = {"semaine": {"dimanche": [{"de": "09:00", "a": "13:00"}]}}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ouvert dimanche", ["2", "3"]),
        ("fleuriste ouvert le dimanche", ["2", "3"]),
        ("fleuristes ouverts les dimanches", ["2", "3"]),
        ("fleuriste open sunday", ["2", "3"]),
        ("fleuriste ouvert lundi", []),
        ("fleuriste ouvert autour de moi", ["1", "2", "3", "4"]),
    ],
)
def test_the_days_that_a_shop_opens_are_among_its_words(demander, faire, text, found):
    listings = [
        faire(1, categories=["fleuriste"], horaires=SEMAINE),
        faire(2, categories=["fleuriste"], horaires=DIMANCHE),
        faire(
            3,
            categories=["fleuriste"],
            horaires=SEMAINE,
            modalites=[{"genre": "comptoir"}, {"genre": "livraison", "horaires": DIMANCHE}],
        ),
        faire(4, categories=["fleuriste"]),
    ]
    assert sorted(demander(listings, q=text)) == found


@pytest.mark.parametrize("text", ["click & collect", "clic et collecte", "Click'n collect"])
def test_a_collection_however_it_is_typed(demander, faire, text):
    listings = [faire(n, modalites=[{"genre": g}]) for n, g in ((1, "comptoir"), (2, "drive"))]
    assert demander(listings, q=text) == ["1"]


def test_what_hides_a_number_is_no_word(demander, faire):
    hidden = faire(1, nom="Chez Zigomar [masqué]", description="Appelez le [masqué]")
    assert demander([hidden, faire(2, nom="Masques et tubas")], q="masque") == ["2"]


@pytest.mark.parametrize(
    ("text", "found"),
    [("vélo", ["2"]), ("livraison à vélo", ["1"]), ("pizza livraison à vélo", ["1"])],
)
def test_one_word_of_a_name_is_not_the_name(demander, faire, text, found):
    labels = ["livraison_decarbonee"]
    listings = [
        faire(
            1, categories=["restaurant_italien"], labels=labels, modalites=[{"genre": "livraison"}]
        ),
        faire(2, categories=["velo"]),
    ]
    assert demander(listings, q=text) == found


@pytest.mark.parametrize("liste", ["modalites", "labels"])
def test_every_name_is_found_whole(liste):
    for one in mots_admis.mots_admis()[liste]:
        for name in (one.nom, *one.synonymes):
            found = offres_nommees.named(words(name))
            assert found.keys() == {*words(name)} - VIDES
            assert all(offres_nommees.word_of(one.code) in offers for offers in found.values())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("hala", ["1"]),
        ("pizzeria halla", ["1"]),
        ("pizzeria hallal", ["1"]),
        ("biolojique", ["2"]),
        ("vegetarien", ["2"]),
        ("vegetariene", ["2"]),
        ("livraisn", ["1"]),
        ("pizzeria ouverte dimenche", ["2"]),
        ("biol", ["2"]),
        ("biol pizzeria", []),  # only the last word may be begun
        ("livr", []),  # of books, as often as of delivery
        ("ha", []),
    ],
)
def test_a_label_is_found_begun_or_misspelt(demander, faire, text, found):
    listings = pizzerias(faire, labels=["bio", "vegetarien"], horaires=DIMANCHE)
    assert demander(listings, q=text) == found


@pytest.mark.parametrize("text", ["livre", "livres", "Livre"])
def test_a_book_is_no_delivery(demander, faire, text):
    listings = [faire(1, categories=["librairie"]), faire(2, modalites=[{"genre": "livraison"}])]
    assert demander(listings, q=text) == ["1"]


def test_a_word_that_listings_have_is_no_misspelt_label(demander, faire):
    listings = [faire(1, nom="Cachet et cire"), faire(2, labels=["casher"])]
    assert demander(listings, q="cachet") == ["1"]


def test_a_label_counts_less_than_a_name(demander, faire):
    listings = [faire(1, labels=["bio"]), faire(2, nom="Bio du coin")]
    assert demander(listings, q="bio") == ["2", "1"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("C'Bio", "5"),
        ("c’bio", "5"),
        ("CBIO", "5"),
        ("c bio", "5"),
        ("bio", "1"),
        ("LE COMMERCE !", "6"),
        ("commerce", "2"),
        ("a l'etal", "7"),
        ("étal", "3"),
    ],
)
def test_a_name_typed_whole_comes_first(demander, faire, text, first):
    """What of « C'Bio » and « Le Commerce » is looked for is but « bio » and « commerce »."""
    listings = [
        faire(1, nom="Bio", labels=["bio"], description="Bio"),
        faire(2, nom="Commerce", categories=["autre"], description="Commerce"),
        faire(3, nom="Étal", description="L'étal"),
        faire(4, nom="Le commerce, c'est bio, à l'étal de Paul"),
        faire(5, nom="C’BIO"),
        faire(6, nom="Le commerce"),
        faire(7, nom="À l'Étal"),
    ]
    assert demander(listings, q=text)[0] == first


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("buraliste", "tabac"),
        ("hot dog", "restauration_rapide"),
        ("fast-food", "restauration_rapide"),
        ("laverie automatique", "blanchisserie"),
        ("sac à main", "maroquinerie"),
        ("bubble tea", "cafe_bar"),
        ("magazine", "presse_papeterie"),
        ("bouquiniste", "librairie"),
        ("matelas", "meubles"),
        ("aspirateur", "electromenager"),
    ],
)
def test_a_trade_is_found_by_what_people_call_it_or_buy_there(demander, faire, text, category):
    listings = [faire(1, categories=[category]), faire(2, categories=["serrurier"])]
    assert demander(listings, q=text) == ["1"]
