"""What a file calls an identifier is believed only where nothing contradicts it."""

from random import Random

import pytest
from sqlalchemy import select

from services.commerces.imports.identite import identifiant
from services.commerces.models import Provenance
from tests.commerces.imports.conftest import SHOP, codes, done

SIRETS = ("73282932000074", "35600000000048", "55208131766522", "44306184100047")
NAMES = ("Fromagerie Zigomar", "Boucherie Paul", "Librairie Vert", "Primeur Gris")


def shop(number, **values):
    """One of four shops of one street, each with its SIRET."""
    known = {"nom": NAMES[number], "siret": SIRETS[number], "adresse": f"{number} rue de l'Essai"}
    return SHOP | known | values


@pytest.fixture
def numbers(shown):
    """The listing of each name, and the SIRET that it shows."""
    return lambda: {nom: (fiche.id, shown.siret) for nom, (fiche, shown) in shown().items()}


@pytest.mark.parametrize("absent", ["-", "N/A", "#N/A", "null", "nan", "néant", "0", "000", " - "])
def test_an_absence_is_no_identifier(absent):
    found, said = identifiant(absent)
    assert (found, [one.code for one in said]) == (None, ["NULX"])


def test_a_number_that_a_spreadsheet_broke_is_no_identifier():
    for broken in ("1.23E+05", "1,23e+11"):
        found, said = identifiant(broken)
        assert (found, [one.code for one in said]) == (None, ["IDEN"])
    assert identifiant("3E12") == ("3E12", ())
    assert identifiant("12.0") == ("12", ())
    for whole in ("3.1.0", "A-1.0"):
        assert identifiant(whole) == (whole, ())


def test_shops_without_identifier_are_not_one(take):
    found = take(shop(0, identifiant="N/A"), shop(1, identifiant="N/A"))
    assert (done(found), codes(found)) == ((2, 0, 0), {"NULX": 2})


def test_two_sirets_under_one_identifier_are_two_shops(session, take):
    shops = [shop(0, identifiant="C1"), shop(1, identifiant="C1"), shop(2, identifiant="C2")]
    found = take(*shops)
    assert (done(found), codes(found)) == ((3, 0, 0), {"IDEN": 2})
    assert done(take(*shops)) == (0, 0, 0)
    assert "id:C1" not in session.scalars(select(Provenance.cle)).all()


@pytest.mark.parametrize("column", ["id", "_id", "référence"])
def test_the_numbers_of_rows_move_no_listing(take, numbers, column):
    take(*({column: n + 1, **shop(n)} for n in range(3)))
    before = numbers()
    moved = [{column: n, **shop(one)} for n, one in enumerate((3, 0, 1, 2), 1)]
    found = take(*moved)
    assert done(found) == (1, 0, 0)
    assert codes(found)["IDEN"] >= 3
    after = numbers()
    assert {name: after[name] for name in before} == before
    for _ in range(3):
        assert done(take(*moved)) == (0, 0, 0)
    found = take(*({column: n, **shop(one)} for n, one in enumerate((0, 1, 2), 1)))
    assert done(found) == (0, 0, 1)
    assert numbers() == after


@pytest.mark.parametrize("order", [(3, 0, 1, 2), (2, 1, 0), (1, 2, 3), (1, 0)])
def test_the_numbers_of_rows_move_no_listing_without_sirets_either(take, numbers, order):
    def rows(*shops):
        return [{"id": n, **shop(one), "siret": None} for n, one in enumerate(shops, 1)]

    take(*rows(0, 1, 2))
    before = numbers()
    take(*rows(*order), complet=False)
    after = numbers()
    assert {name: after[name] for name in before} == before
    assert sum(done(take(*rows(*order), complet=False))) == 0


def test_a_shop_that_changes_under_its_identifier_keeps_its_listing(take, numbers):
    """Renamed, moved, or written as another line of the file, which is known too."""
    shops = [shop(n, siret=None, identifiant=f"C{n}") for n in range(3)]
    take(*shops)
    before = numbers()
    shops[0] |= {"nom": "Chez Renommé", "adresse": "9 rue du Nouveau"}
    shops[1] |= {name: shops[2][name] for name in ("nom", "adresse")}
    found = take(*shops)
    assert (done(found), codes(found).get("IDEN")) == ((0, 2, 0), None)
    assert numbers()["Chez Renommé"] == before[NAMES[0]]


def test_who_takes_a_shop_over_keeps_its_identifier(take, numbers):
    take(shop(0, identifiant="C1"), shop(1, identifiant="C2"))
    before = numbers()
    found = take(shop(0, identifiant="C1", siret=SIRETS[2]), shop(1, identifiant="C2"))
    assert (done(found), codes(found)) == ((0, 1, 0), {})
    assert numbers()[NAMES[0]] == (before[NAMES[0]][0], SIRETS[2])


EDITIONS = (
    (("z0", "A", 0), ("z1", "A", None)),
    (("z0", "A", 1), ("z1", "B", 0), ("z2", "A", None)),
    (("z0", "A", 1), ("z1", "B", 1), ("z2", "B", None)),
    (("z0", "B", 1), ("z1", "A", 0)),
    (("z0", "B", 0), ("z1", "B", None), ("z2", "B", None)),
)
"""Editions of one file: identifier, name, and which SIRET."""


def test_two_lines_that_come_to_one_listing_are_one(take, numbers):
    for number, edition in enumerate(EDITIONS):
        lines = [
            SHOP
            | {
                "identifiant": key,
                "nom": f"Commerce {nom}",
                "siret": None if siret is None else SIRETS[siret],
                "description": f"Édition {number}",
            }
            for key, nom, siret in edition
        ]
        found = take(*lines)
    assert found.bilan.lignes.doublon == 1
    assert sum(done(found)[:2]) == 2


@pytest.mark.parametrize("seed", range(20))
def test_whatever_changes_hands_from_one_edition_to_the_next_is_taken(take, seed):
    rng = Random(seed)
    for edition in range(6):
        lines = [
            shop(rng.randrange(2), identifiant=f"z{number}", siret=rng.choice((*SIRETS[:2], None)))
            | {"position": rng.choice(("48.7375,2.5553", "48.7400,2.5600"))}
            | {"telephone": rng.choice(("01 42 36 00 00", "01 42 36 00 01"))}
            | {"description": f"Édition {edition}"}
            for number in rng.sample(range(4), rng.randint(1, 4))
        ]
        found = take(*lines, complet=rng.random() < 0.7)
        counts = found.bilan.lignes
        assert counts.accepte + counts.repare + counts.doublon == counts.lues


@pytest.mark.parametrize("said", [{"description": "Au fond de la cour"}, {}])
def test_a_shop_listed_twice_stays_when_its_lines_get_identifiers(take, numbers, said):
    """Of two lines of its name and address, it is the one that says what it says, or the last."""
    twice = ({**shop(0), "siret": None, **said}, {**shop(0), "siret": None})
    take(*twice, shop(1))
    before = numbers()
    found = take(*({"identifiant": f"C{n}", **one} for n, one in enumerate(twice)), shop(1))
    assert done(found) == (1, 0, 0)
    assert found.bilan.fiches.suspendues == 0
    assert before[NAMES[1]] == numbers()[NAMES[1]]
