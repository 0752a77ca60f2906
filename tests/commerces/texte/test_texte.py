"""Full-text search, on examples and against what it must always do."""

import csv
import json

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.commerces.mots import (
    GENERIQUES,
    VIDES,
    fold,
    forme,
    is_derived,
    sans_pluriel,
    words,
)
from services.commerces.texte.index import Index, Indexes
from services.commerces.texte.lexique import Lexique
from services.commerces.texte.questions import MOTS_MAX, QUESTION_MAX, Reader
from shared.memory.columns import Texts, Writer
from shared.memory.made import SEGMENTS

LETTERS = "abcdefghijklmnopqrstuvwxyzàéèçœ"
WORD = st.text(LETTERS, min_size=1, max_size=12)
NAMES = st.lists(st.lists(WORD, min_size=1, max_size=4).map(" ".join), min_size=1, max_size=8)


def encoded(lexique: Lexique, documents) -> Texts:
    writer = Writer()
    for document in documents:
        texts = (document,) if isinstance(document, str) else document
        writer.append(lexique.encode(list(zip((96, 32, 12), texts, strict=False))))
    return writer.texts()


class Shops:
    """Documents (a name, or name, category and description) in one index or several."""

    def __init__(self, *parts) -> None:
        self.lexique = Lexique()
        self.indexes = [Index.of(encoded(self.lexique, part), self.lexique) for part in parts]
        self.reader = Reader(self.lexique, self.indexes)

    def scores(self, text, **options) -> dict[int, float]:
        """Row, in the documents put end to end → score."""
        question = self.reader.ask(text, **options)
        found, shift = {}, 0
        for index in self.indexes:
            rows, scores = index.search(question)
            assert (np.diff(rows) > 0).all()
            assert (scores > 0).all()
            found |= dict(zip((rows + shift).tolist(), scores.tolist(), strict=True))
            shift += index.size
        return found

    def first(self, text, **options) -> list[int]:
        scores = self.scores(text, **options)
        return sorted(scores, key=lambda row: (-scores[row], row))


RUE = Shops(
    [
        ("Fromagerie du Port", "Fromagerie", "Crèmerie, affineur."),
        ("L'Étoile", "Boucherie - charcuterie", "Viande halal. Fromagerie à côté."),
        ("Chez Oki", "Restaurant, resto, traiteur", "Cuisine japonaise, sushis."),
        ("Le Cèdre", "Restaurant, resto, traiteur", "Spécialités libanaises ; plats à emporter"),
        ("Bella Pizzeria", "Restaurant, resto, traiteur", ""),
        ("Au Bon Livre", "Librairie", "Libraire indépendant, Œuvres choisies"),
        ("Boulangerie Vésinet-Gare", "Boulangerie", "Pains et gâteaux"),
        ("Le Restaurant japonais", "Restaurant, resto, traiteur", ""),
        ("La", "Épicerie fine", "Vins fins"),
        ("Marée 75", "Poissonnerie", "Poisson frais"),
        ("Cave Dubois", "Caviste", "Vins, boissons"),
    ]
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fromagrie", [0, 1]),
        ("FROMAGERIES", [0, 1]),
        ("pizeria", [4]),
        ("librairy", [5]),
        ("resto japonais", [7, 2]),
        ("restos libanais", [3]),
        ("restos libanaise", [3]),
        ("bouchrie", [1]),
        ("epicrie fine", [8]),
        ("boulangeries", [6]),
        ("étoile", [1]),
        ("l'etoile", [1]),
        ("letoile", [1]),
        ("vesinet gare", [6]),
        ("vésinetgare", [6]),
        ("oeuvre", [5]),
        ("œuvres", [5]),
        ("gateau", [6]),
        ("75", [9]),
        ("76", []),
        ("boul", [6]),
        ("resto jap", [7, 2]),
        ("poisson", [9]),
        ("la", [8]),
        ("boulangerie de la gare", [6]),
        ("gare boulangerie", [6]),
        ("boulangerie japonaise", []),
        ("xylophone", []),
        ("", []),
        ("?!", []),
    ],
)
def test_what_a_question_finds(text, expected) -> None:
    assert RUE.first(text) == expected


@pytest.mark.parametrize("asked", ["casher", "cacher", "cachère", "kasher"])
def test_a_word_is_found_however_it_is_spelled(asked) -> None:
    assert Shops(["Boucherie Cacher Lévy", "Boucherie Martin"]).first(f"boucherie {asked}") == [0]


def test_the_name_counts_more_than_the_category_and_that_more_than_the_description() -> None:
    shops = Shops([("A", "B", "vin"), ("A", "vin", "B"), ("vin", "A", "B")])
    assert shops.first("vin") == [2, 1, 0]


def test_as_written_counts_more_than_another_form_and_that_more_than_a_mistake() -> None:
    shops = Shops(["fromagrienne", "fromagries", "fromagrie", *["fromagerie"] * 30], ["x"] * 4_000)
    assert shops.first("fromagrie")[:4] == [2, 1, 0, 3]
    assert shops.first("fromagrie", completer=False)[:3] == [2, 1, 3]


def test_a_short_name_counts_more() -> None:
    assert Shops(["Le Bar du Coin de la Rue", "Le Bar"]).first("bar") == [1, 0]


def test_a_rare_word_counts_more() -> None:
    rare = [("Restaurant", "Restaurant", "japonais"), ("Japonais", "Restaurant", "")]
    assert Shops([*rare, *[("A", "Restaurant", "")] * 50]).first("restaurant japonais") == [1, 0]


def test_a_word_that_some_have_is_corrected_only_to_one_far_more_frequent() -> None:
    misspelt = ["fromagrie"]
    assert Shops(misspelt, ["fromagerie"] * 9, ["x"] * 4_000).first("fromagrie") == [0]
    found = Shops(misspelt, ["fromagerie"] * 10, ["x"] * 4_000).first("fromagrie")
    assert found == list(range(11))
    frequent = ["poisson"] * 3, ["boisson"] * 40
    assert Shops(*frequent, ["x"] * 2_000).first("poisson") == [0, 1, 2]


def test_two_mistakes_are_thought_of_when_one_explains_little() -> None:
    assert len(Shops(["karantol"], ["karentol"] * 9).first("karantok")) == 1
    assert len(Shops(["karantol"], ["karentol"] * 10).first("karantok")) == 11


def test_a_rare_correction_comes_after_a_frequent_one() -> None:
    shops = Shops(["Bouchorie"], [("x", "y", "boucherie")] * 11)
    assert shops.first("bouchrie")[-1] == 0


def test_the_nearest_correction_comes_first_however_frequent_another() -> None:
    shops = Shops(["Crèmerie Haute"] * 50, ["Crêperie du Port"] * 2, ["x"] * 300)
    for typed in ("crrêperie", "crêperei"):
        assert shops.first(typed)[:3] == [50, 51, 0]


def test_a_word_that_listings_have_is_not_taken_for_another_of_its_root() -> None:
    shops = Shops([("Mange tes graines", "Restaurant", "manger")] * 3, [("A", "manga", "")] * 3)
    assert shops.first("manga") == shops.first("mangas") == [3, 4, 5]
    assert Shops([("Mange tes graines", "manger", "")]).first("manga") == [0]


@pytest.mark.parametrize(
    ("one", "several"), [("vin", "vins"), ("bistro", "bistros"), ("bar", "bars")]
)
def test_a_plural_finds_what_its_singular_does(one, several) -> None:
    names = ["Vin", "Vins fins", "Vinaigre", "Bistro", "Bistrots", "Bar", "Barbier", "Le Bars"]
    shops = Shops(names)
    assert shops.scores(one).keys() == shops.scores(several).keys()
    assert len(shops.scores(several)) > 1


@pytest.mark.parametrize("text", ["beaux-ats", "beau-arts", "beaux-arts", "beaux arts"])
def test_what_a_hyphen_joins_is_corrected_in_one_piece(text) -> None:
    shops = Shops(["Beaux-Arts Dubois", "Beau Lieu", "Le Chat"], ["x"] * 40)
    assert shops.first(text) == [0]


def test_each_side_of_a_hyphen_is_corrected_where_it_can_be() -> None:
    shops = Shops([("Chez Oki", "Restaurant", "cuisine sri-lankaise"), ("Lan", "", "")])
    assert shops.first("sri-lanaise") == [0]


def test_only_the_last_word_may_be_a_start() -> None:
    shops = Shops(["Boulangerie Martin"])
    assert shops.first("boulangerie mar") == [0]
    assert shops.first("mar boulangerie") == []
    assert shops.first("boulangerie mar", completer=False) == []
    assert shops.first("m") == []


def test_a_question_is_bounded() -> None:
    shops = Shops(["un deux trois quatre cinq six sept huit neuf"])
    assert len(shops.reader.ask("ab cd ef gh ij kl mn op qr st")) == MOTS_MAX
    assert len(shops.reader.ask("x" * QUESTION_MAX + " abc")) == 1


def test_nothing_indexed_finds_nothing() -> None:
    assert Shops([]).scores("pain") == Shops([], [""]).scores("pain") == {}


@given(NAMES)
def test_a_text_is_found_by_itself(names) -> None:
    shops = Shops(names)
    for row, name in enumerate(names):
        assert row in shops.scores(name)
        assert row in shops.scores(name.upper())
        assert row in shops.scores(name, completer=False)


@given(NAMES, st.data())
def test_plurals_and_starts_are_found(names, data) -> None:
    row = data.draw(st.integers(0, len(names) - 1))
    word = words(names[row])[-1]
    size = data.draw(st.integers(min(2, len(word)), len(word)))
    shops = Shops(names)
    # A start that is a word of listings is taken for that word.
    if size == len(word) or not shops.lexique.family(word[:size]):
        assert row in shops.scores(word[:size])
    if len(word) >= 3 and word[-1] not in "sx":
        assert row in shops.scores(word + "s", completer=False)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("vin", ["Vin", "Vins fins"]),
        ("vins", ["Vin", "Vins fins"]),
        ("viny", ["Vinyle"]),
        ("thé", ["Thés"]),
        ("boucher", ["Boucher", "Boucherie"]),
        ("fleur", ["Fleurs", "Fleuriste"]),
        ("chocolat", ["Chocolat", "Chocolatier"]),
        ("librairi", ["Librairie"]),
        ("café", ["Café"]),
        ("petit", ["Petit", "Petites"]),
        ("déco", ["Déco", "Décorateur"]),
        ("bio", ["Bio", "Biologiques"]),
        ("thaï", ["Thaï", "Thaïlandaise"]),
        ("italie", ["Italie", "Italien", "Italiennes"]),
        ("liban", ["Liban", "Libanaise"]),
        ("bijou", ["Bijou", "Bijoutier"]),
        ("nature", ["Nature", "Naturelle"]),
    ],
)
def test_a_whole_word_is_no_start_of_another(asked, found) -> None:
    names = ["Vin", "Vins fins", "Vinyle", "Vinaigre", "Thés", "Théâtre", "Boucher", "Boucherie"]
    names += ["Fleurs", "Fleuriste", "Chocolat", "Chocolatier", "Librairie", "Café", "Cafetière"]
    names += ["Petit", "Petites", "Pétitions", "Déco", "Décorateur", "Découverte"]
    names += ["Bio", "Biologiques", "Biographies", "Thaï", "Thaïlandaise", "Bijou", "Bijoutier"]
    names += ["Italie", "Italien", "Italiennes", "Liban", "Libanaise", "Nature", "Naturelle"]
    assert {names[row] for row in Shops(names).scores(asked)} == set(found)


def test_a_start_that_few_listings_have_goes_on() -> None:
    assert len(Shops(["Boul", *["Boulangerie"] * 3]).scores("boul")) == 4
    assert len(Shops(["Boul", *["Boulon"] * 2]).scores("boul")) == 1
    assert len(Shops(["Beau par nature", "Parfums"]).scores("par")) == 2
    assert len(Shops(["Boul", "Boulon", *["x"] * 2_000]).scores("boul")) == 2


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=8), WORD)
def test_a_word_of_a_listing_finds_what_is_made_of_it_only(word, more) -> None:
    assume(word not in VIDES | GENERIQUES)  # as words, nobody looks for them
    longer = fold(word + more)
    if 1 in Shops([word, longer]).scores(word):
        made_of = any(is_derived(longer, one) for one in (word, sans_pluriel(word)))
        assert forme(longer) == forme(word) or made_of
    assert Shops([longer]).scores(word)


@given(NAMES, st.text("abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=14), st.data())
def test_one_edit_in_a_word_is_forgiven(others, word, data) -> None:
    place = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    edited = data.draw(
        st.sampled_from(
            [
                word[:place] + word[place + 1 :],
                word[:place] + letter + word[place:],
                word[:place] + letter + word[place + 1 :],
                word[:place] + word[place : place + 2][::-1] + word[place + 2 :],
            ]
        )
    )
    shops = Shops([word, *others])
    # Unless the edit made another word that listings have.
    assume(not shops.lexique.family(edited) and not shops.lexique.starting(edited))
    assert 0 in shops.scores(edited)


@given(NAMES, NAMES, st.lists(WORD, min_size=1, max_size=3).map(" ".join) | st.none(), st.data())
def test_a_base_and_what_changed_answer_like_one(base, recent, text, data) -> None:
    asked = text or data.draw(st.sampled_from([*base, *recent]))
    together, apart = Shops([*base, *recent]), Shops(base, recent)
    assert apart.scores(asked) == together.scores(asked)


@given(st.lists(st.text(), max_size=4), st.text(), st.text())
def test_any_unicode_is_welcome(documents, text, name) -> None:
    shops = Shops([*documents, name])
    shops.scores(text)
    if words(name):
        assert len(documents) in shops.scores(name)


def test_an_index_is_built_once_and_forgotten_when_others_are_used() -> None:
    indexes = Indexes(Lexique())
    segments = [encoded(indexes.lexique, ["pain"] * size) for size in range(SEGMENTS + 1)]
    built = [indexes.of(segment) for segment in segments]
    assert [index.size for index in built] == list(range(SEGMENTS + 1))
    assert indexes.of(segments[-1]) is built[-1]
    assert indexes.of(segments[1]) is built[1]
    assert indexes.of(segments[0]) is not built[0]


def test_a_very_common_word_still_counts() -> None:
    shops = Shops(["pain paint pains painless painful"] * 3)
    assert shops.first("pai") == shops.first("pain") == [0, 1, 2]


FIRST_PAGE = 20
PARIS = "commerces/paris-commercants-livraison_2020-"


@pytest.fixture(scope="module")
def paris(donnees_reelles):
    """The shops of the two files: name, kind, description."""
    with (donnees_reelles / f"{PARIS}12.csv").open(encoding="utf-8-sig", newline="") as file:
        december = [
            (row["Nom du commerce"], kind(row["Type de commerce"]), row["Description"])
            for row in csv.DictReader(file, delimiter=";")
        ]
    records = json.loads((donnees_reelles / f"{PARIS}05.json").read_text())
    may = [
        (name, kind(told), more)
        for name, told, more in (
            [record["fields"].get(field, "") for field in MAY] for record in records
        )
    ]
    return [*december, *may], Shops(december, may)


def kind(told: str) -> str:
    """A kind of shop with the word that the taxonomy adds to it."""
    return f"{told} resto" if "restaurant" in told.casefold() else told


MAY = ("nom_du_commerce", "type_de_commerce", "precisions")


@pytest.mark.parametrize(
    ("text", "expected", "least"),
    [
        ("fromagrie", "fromagerie", 20),
        ("pizeria", "pizzeria", 20),
        ("librairy", "librairie", 20),
        ("resto japonais", "japon", 20),
        ("bouchrie", "boucherie", 18),
        ("epicrie fine", "epicerie", 19),
        ("boulangeries", "boulangerie", 20),
        ("restos libanais", "liban", 10),
        ("restos libanaise", "liban", 10),
        ("charcutrie", "charcuterie", 20),
        ("patiserie", "patisserie", 20),
        ("fleuristes", "fleuriste", 20),
        ("cave à vins", "cave", 20),
        ("sushis", "sushi", 14),
        ("boulang", "boulang", 20),
        ("étoile", "etoile", 11),
    ],
)
def test_the_first_page_of_paris_is_what_one_expects(paris, text, expected, least) -> None:
    documents, shops = paris
    page = shops.first(text)[:FIRST_PAGE]
    shown = [fold(" ".join(documents[row])) for row in page]
    assert sum(expected in document for document in shown) >= least, shown


def test_each_shop_of_paris_is_found_by_its_name(paris) -> None:
    documents, shops = paris
    lost = [name for row, (name, *_) in enumerate(documents) if row not in shops.scores(name)]
    assert [name for name in lost if words(name)] == []
