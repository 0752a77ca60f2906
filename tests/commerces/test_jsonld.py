"""A shop as JSON-LD: what schema.org calls things, and nothing that could leave its script."""

import re
from datetime import date

import pytest

from services.commerces.jsonld import hours
from shared.schemas.commerces import FicheJsonLd

HORAIRES = {
    "semaine": {
        "vendredi": [{"de": "18:00", "a": "02:00"}],
        "samedi": [{"de": "09:00", "a": "24:00"}, {"de": "00:30", "a": "01:00", "condition": "x"}],
    },
    "feries": {"politique": "ferme"},
    "exceptions": [
        {"du": "2026-08-03", "au": "2026-08-23", "motif": "congés"},
        {"du": "2026-12-24", "creneaux": [{"de": "09:00", "a": "16:00"}]},
    ],
}
SQUARE = [[2.3, 48.8], [2.4, 48.8], [2.4, 48.9], [2.3, 48.9], [2.3, 48.8]]


@pytest.fixture
def lire(ouvrir, faire):
    """The JSON-LD of one listing, as text and as JSON."""

    def read(**changes):
        answer = ouvrir([faire(1, **changes)]).get("/fiches/1/jsonld")
        assert answer.headers["content-type"] == "application/ld+json"
        FicheJsonLd.model_validate(answer.json())
        return answer.text, answer.json()

    return read


def test_a_shop_is_of_the_type_of_its_category(lire):
    _, found = lire(categories=["boulangerie", "traiteur"], siret="73282932000074")
    assert found["@type"] == "Bakery"
    assert found["@id"].endswith("/fiches/1")
    assert found["identifier"]["value"] == "73282932000074"
    assert found["address"]["addressLocality"] == "Paris"
    assert found["geo"]["longitude"] == 2.3522


def test_nothing_can_close_the_script_around_it(lire):
    text, found = lire(nom="A & B </script> <!-- \u2028", description="5 < 6 > 4 & \u2029")
    assert not re.search("[<>&\u2028\u2029]", text)
    assert found["name"] == "A & B </script> <!-- \u2028"
    assert found["description"] == "5 < 6 > 4 & \u2029"


def test_what_is_not_known_is_left_out(lire):
    _, found = lire()
    for name in ("identifier", "description", "url", "openingHoursSpecification", "sameAs"):
        assert name not in found


def test_contacts_that_are_public(lire):
    contacts = [
        {"genre": "instagram", "valeur": "https://instagram.com/essai", "public": True},
        {"genre": "commande", "valeur": "https://exemple.fr/commander", "public": True},
        {"genre": "facebook", "valeur": "https://facebook.com/prive", "public": False},
    ]
    _, found = lire(contacts=contacts)
    assert found["sameAs"] == ["https://instagram.com/essai"]
    assert found["potentialAction"]["target"] == "https://exemple.fr/commander"


def test_every_public_way_to_reach_a_shop(lire):
    contacts = [
        {"genre": "telephone", "valeur": "+33199001234", "public": True},
        {"genre": "telephone", "valeur": "+33199001235", "public": True},
        {"genre": "courriel", "valeur": "bonjour@exemple.fr", "public": True},
        {"genre": "courriel", "valeur": "prive@exemple.fr", "public": False},
    ]
    text, found = lire(contacts=contacts)
    assert found["telephone"] == ["+33199001234", "+33199001235"]
    assert found["email"] == "bonjour@exemple.fr"
    assert "prive" not in text


def test_hours_as_schema_org_writes_them():
    found = hours(HORAIRES)
    week = {
        (one["dayOfWeek"].rpartition("/")[2], one["opens"], one["closes"])
        for one in found["openingHoursSpecification"]
    }
    # A closing before the opening is the next day's; a slot under a condition is not promised.
    assert week == {
        ("Friday", "18:00", "02:00"),
        ("Saturday", "09:00", "23:59"),
        ("PublicHolidays", "00:00", "00:00"),
    }
    special = [
        (one["validFrom"], one["validThrough"], one["opens"], one["closes"])
        for one in found["specialOpeningHoursSpecification"]
    ]
    assert special == [
        ("2026-08-03", "2026-08-23", "00:00", "00:00"),
        ("2026-12-24", "2026-12-24", "09:00", "16:00"),
    ]
    assert hours(None) == {}


@pytest.mark.parametrize(
    ("zone", "kind"),
    [
        ({"type": "communes", "codes": ["93066", "93048"]}, "AdministrativeArea"),
        ({"type": "codes_postaux", "codes": ["94440"]}, "AdministrativeArea"),
        ({"type": "rayon", "rayon_m": 900}, "GeoCircle"),
        (
            {"type": "polygone", "geometrie": {"type": "Polygon", "coordinates": [SQUARE]}},
            "GeoShape",
        ),
        (
            {"type": "polygone", "geometrie": {"type": "MultiPolygon", "coordinates": [[SQUARE]]}},
            "GeoShape",
        ),
        (None, None),
    ],
)
def test_each_modality_is_an_offer_with_its_area(lire, zone, kind):
    modalite = {
        "genre": "livraison",
        "zone": zone,
        "horaires": HORAIRES,
        "minimum": "20.00",
        "frais": "2.50",
        "au": date(2026, 12, 31),
    }
    _, found = lire(modalites=[modalite])
    (offer,) = found["makesOffer"]
    area = offer["itemOffered"].get("areaServed")
    if isinstance(area, list):
        area = area[0]
    assert (area and area["@type"]) == kind
    assert offer["itemOffered"]["hoursAvailable"]
    assert offer["priceSpecification"]["price"] == "2.50"
    assert offer["eligibleTransactionVolume"]["minPrice"] == "20.00"
    assert offer["validThrough"] == "2026-12-31"


def periods(horaires, today):
    found = hours(horaires, today)["specialOpeningHoursSpecification"]
    assert all((one["opens"], one["closes"]) == ("00:00", "00:00") for one in found)
    return [(one["validFrom"], one["validThrough"]) for one in found]


def test_closures_of_every_year_are_dated():
    """schema.org has no yearly period: those of three years are told."""
    closed = {**HORAIRES, "exceptions": [], "fermetures": [{"du": "08-01", "au": "08-20"}]}
    assert periods(closed, date(2026, 8, 20)) == [
        ("2026-08-01", "2026-08-20"),
        ("2027-08-01", "2027-08-20"),
        ("2028-08-01", "2028-08-20"),
    ]
    assert periods(closed, date(2026, 8, 21))[0] == ("2027-08-01", "2027-08-20")


def test_a_closure_over_the_new_year_is_told_while_it_lasts():
    closed = {"fermetures": [{"du": "12-24", "au": "01-02"}]}
    assert periods(closed, date(2026, 1, 2))[:2] == [
        ("2025-12-24", "2026-01-02"),
        ("2026-12-24", "2027-01-02"),
    ]
    assert periods(closed, date(2026, 1, 3))[0] == ("2026-12-24", "2027-01-02")


def test_a_closure_at_the_end_of_february():
    closed = {"fermetures": [{"du": "02-20", "au": "02-29"}, {"du": "02-29", "au": "03-02"}]}
    assert periods(closed, date(2027, 1, 1))[:4] == [
        ("2027-02-20", "2027-02-28"),
        ("2027-03-01", "2027-03-02"),
        ("2028-02-20", "2028-02-29"),
        ("2028-02-29", "2028-03-02"),
    ]
    alone = {"fermetures": [{"du": "02-29", "au": "02-29"}]}
    assert periods(alone, date(2027, 1, 1)) == [("2028-02-29", "2028-02-29")]


def test_an_exception_is_cut_out_of_a_closure():
    """Two dated hours of one day would contradict each other: the exception wins."""
    closed = {
        "fermetures": [{"du": "08-01", "au": "08-20"}],
        "exceptions": [{"du": "2026-08-15", "creneaux": [{"de": "09:00", "a": "12:00"}]}],
    }
    found = hours(closed, date(2026, 1, 1))["specialOpeningHoursSpecification"]
    assert [(one["validFrom"], one["validThrough"], one["opens"]) for one in found[:3]] == [
        ("2026-08-15", "2026-08-15", "09:00"),
        ("2026-08-01", "2026-08-14", "00:00"),
        ("2026-08-16", "2026-08-20", "00:00"),
    ]


def test_the_dates_of_a_modality_are_told_with_its_week(lire):
    _, found = lire(modalites=[{"horaires": HORAIRES}])
    told = found["makesOffer"][0]["itemOffered"]["hoursAvailable"]
    assert [one["validFrom"] for one in told if "validFrom" in one] == ["2026-08-03", "2026-12-24"]


def test_payments_are_told_in_words(lire):
    _, found = lire(paiements=["carte", "titre_restaurant"])
    assert found["paymentAccepted"] == "Carte, Titre-restaurant"


def test_a_modality_whose_hours_are_a_text_does_not_borrow_the_shop_s(lire):
    """Those are not known: searches say `inconnu` of it."""
    drive = {"genre": "drive", "horaires_texte": "le soir"}
    _, found = lire(horaires=HORAIRES, modalites=[drive, {"genre": "comptoir"}])
    own, followed = (offer["itemOffered"] for offer in found["makesOffer"])
    assert "hoursAvailable" not in own
    assert followed["hoursAvailable"]


@pytest.mark.parametrize(
    ("frais", "told"),
    [
        ("3.50", [("3.50", {"maxPrice": "40.00"}), ("0.00", {"minPrice": "40.00"})]),
        (None, [("0.00", {"minPrice": "40.00"})]),
    ],
)
def test_from_what_amount_nothing_is_charged_is_told(lire, frais, told):
    _, found = lire(modalites=[{"genre": "livraison", "frais": frais, "franco": "40.00"}])
    volume = {"@type": "PriceSpecification", "priceCurrency": "EUR"}
    charges = found["makesOffer"][0]["priceSpecification"]
    assert (charges if isinstance(charges, list) else [charges]) == [
        {
            "@type": "DeliveryChargeSpecification",
            "price": price,
            "priceCurrency": "EUR",
            "eligibleTransactionVolume": {**volume, **bound},
        }
        for price, bound in told
    ]
