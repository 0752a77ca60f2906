"""What searches keep, as a client sees it."""

from datetime import date

import pytest

from shared import territoire
from shared.schemas.commerces import FicheDetail
from shared.schemas.geo import Feature
from tests.commerces.conftest import ids

SEMAINE = {
    "semaine": {
        jour: [{"de": "09:00", "a": "19:00"}]
        for jour in ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi")
    },
    "feries": {"politique": "ferme"},
}
SOIR = {"semaine": {"samedi": [{"de": "18:00", "a": "02:00"}]}}
HOTEL_DE_VILLE = "2.3522,48.8566"


def livraison(**changes):
    return {"genre": "livraison", "horaires": SEMAINE, **changes}


def rayon(metres):
    return {"type": "rayon", "rayon_m": metres}


def communes(*codes):
    return {"type": "communes", "codes": list(codes)}


def test_a_minimal_search(ouvrir, faire):
    client = ouvrir([faire(1)])
    answer = client.get("/fiches")
    assert ids(answer) == ["1"]
    assert answer.headers["content-type"] == "application/geo+json"
    assert answer.json()["numberMatched"] == 1
    detail = client.get("/fiches/1").json()
    Feature[FicheDetail].model_validate(detail)
    assert detail["properties"]["modalites_detail"][0]["genre"] == "comptoir"


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        (rayon(900), True),
        (rayon(100), False),
        (communes("75104"), True),
        (communes("75056"), True),
        (communes("75105"), False),
        ({"type": "codes_postaux", "codes": ["75004"]}, True),
        ({"type": "codes_postaux", "codes": ["94440"]}, False),
        (None, False),
    ],
)
def test_who_delivers_here(demander, faire, zone, found):
    listings = [faire(1, lon=2.36, lat=48.855, modalites=[livraison(zone=zone)])]
    assert demander(listings, livre_a=HOTEL_DE_VILLE) == (["1"] if found else [])


def test_an_unsaid_zone_is_unknown_for_who_comes_and_everywhere_for_who_waits(demander, faire):
    listings = [
        faire(1, modalites=[{"genre": "livraison"}]),
        faire(2, modalites=[{"genre": "depannage_urgence"}]),
        faire(3, modalites=[{"genre": "drive"}]),
    ]
    every = "livraison,depannage_urgence,drive"
    assert demander(listings, livre_a="93066", modalite=every) == ["3"]
    assert sorted(demander(listings, livre_a="93066", modalite=every, inclure_inconnus="true")) == [
        "1",
        "2",
        "3",
    ]


def test_a_postcode_serves_the_three_communes_of_94440(demander, faire):
    zone = {"type": "codes_postaux", "codes": ["94440"]}
    listings = [faire(1, lon=2.5, lat=48.75, modalites=[livraison(zone=zone)])]
    for code in ("94048", "94070", "94075"):
        assert demander(listings, livre_a=code) == ["1"]
    assert demander(listings, livre_a="94011") == []


def test_all_that_is_asked_of_a_modality_holds_of_the_same_one(demander, faire):
    listings = [
        faire(
            1,
            modalites=[
                livraison(zone=communes("93066")),
                {"genre": "comptoir", "horaires": SOIR},
            ],
        )
    ]
    saturday_night = "2026-11-28T23:00:00+01:00"
    assert demander(listings, livre_a="93066") == ["1"]
    assert demander(listings, a=saturday_night) == ["1"]
    assert demander(listings, a=saturday_night, livre_a="93066") == []
    assert demander(listings, a="2026-11-29T01:30:00+01:00", modalite="comptoir") == ["1"]


def test_unknown_hours_are_never_said_closed(ouvrir, faire):
    client = ouvrir([faire(1), faire(2, modalites=[{"genre": "comptoir", "horaires": SEMAINE}])])
    params = {"a": "2026-11-24T10:00:00+01:00"}
    assert ids(client.get("/fiches", params=params)) == ["2"]
    answer = client.get("/fiches", params={**params, "inclure_inconnus": "true"})
    states = {f["id"]: f["properties"]["ouverture"] for f in answer.json()["features"]}
    assert states["1"] == {"etat": "inconnu"}
    assert states["2"] == {"etat": "ouvert", "jusqu_a": "2026-11-24T18:00:00Z"}


def test_an_instant_may_be_written_as_a_clock_in_paris_shows_it(ouvrir, faire):
    client = ouvrir([faire(1, modalites=[livraison()])])
    for moment, found in (
        ("2026-11-24T18:59", ["1"]),
        ("2026-11-24T18:59:59", ["1"]),
        ("2026-11-24T19:00", []),
        ("2026-07-21T18:59", ["1"]),
        ("2026-07-21T19:00", []),
    ):
        assert ids(client.get("/fiches", params={"a": moment})) == found, moment
    for wrong in ("2026-11-24", "2026-11-31T10:00", "2026-11-24T25:00", "2026-11-24 10:00"):
        assert client.get("/fiches", params={"a": wrong}).status_code == 400, wrong


def test_a_modality_without_hours_follows_the_shop_unless_its_own_are_unreadable(demander, faire):
    listings = [
        faire(1, horaires=SEMAINE),
        faire(2, horaires=SEMAINE, modalites=[{"horaires_texte": "7J/7"}]),
        faire(3, horaires=SOIR, modalites=[{"horaires": SEMAINE}]),
    ]
    assert sorted(demander(listings, a="2026-11-24T10:00:00+01:00")) == ["1", "3"]
    assert sorted(demander(listings, a="2026-12-25T10:00:00+01:00")) == []


def test_a_modality_is_offered_between_its_days(demander, faire):
    listings = [
        faire(
            1, modalites=[{"horaires": SEMAINE, "du": date(2026, 11, 1), "au": date(2026, 11, 24)}]
        )
    ]
    assert demander(listings, a="2026-11-24T10:00:00+01:00") == ["1"]
    assert demander(listings, a="2026-11-25T10:00:00+01:00") == []
    assert demander(listings, a="2026-10-31T10:00:00+01:00") == []


def test_a_category_holds_those_under_it(demander, faire):
    listings = [
        faire(1, categories=["restaurant_japonais"]),
        faire(2, categories=["fromagerie", "traiteur"]),
        faire(3, categories=["librairie"]),
    ]
    assert sorted(demander(listings, categorie="restauration")) == ["1", "2"]
    assert demander(listings, categorie="restaurant") == ["1"]
    assert sorted(demander(listings, categorie="librairie,fromagerie")) == ["2", "3"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fromagrie", ["1"]),
        ("FROMAGERIES", ["1"]),
        ("librairy", ["2"]),
        ("resto japonais", ["3"]),
        ("pizeria", ["4"]),
        ("sri-lanais", ["5"]),
        ("beaux-ats", ["6"]),
        ("introuvable", []),
    ],
)
def test_a_text_is_found_whatever_its_spelling(demander, faire, text, expected):
    listings = [
        faire(1, nom="Chez Paul", categories=["fromagerie"]),
        faire(2, nom="Le Livre ouvert", categories=["librairie"]),
        faire(3, nom="Sakura", categories=["restaurant_japonais"]),
        faire(4, nom="Da Mario", categories=["restaurant_italien"]),
        faire(5, nom="Jaffna", categories=["restaurant_indien"]),
        faire(6, nom="Au fil", categories=["loisirs_creatifs"]),
    ]
    assert demander(listings, q=text) == expected


def position(code: str) -> dict[str, float]:
    """Where a commune or an arrondissement is."""
    return dict(zip(("lon", "lat"), territoire.point_of(code), strict=True))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fromagerie montreuil", ["1"]),
        ("fromagerie 93100", ["1"]),
        ("fromagerie paris", ["2", "3"]),
        ("fromagerie paris 15", ["2"]),
        ("fromagerie Paris 15ème", ["2"]),
        ("fromagerie 15e", ["2"]),
        ("fromagerie paris 1er", ["3"]),
        ("fromagerie saint-maur", ["4"]),
        ("fromagerie st maur des fossés", ["4"]),
        ("fromagerie sainte anne", ["5"]),
        ("fromagerie bobigny", []),
    ],
)
def test_a_text_may_name_a_place(demander, faire, text, expected):
    there = ("93048", "93100"), ("75115", "75015"), ("75101", "75001"), ("94068", "94100")
    listings = [
        faire(number, categories=["fromagerie"], code_postal=postcode, **position(code))
        for number, (code, postcode) in enumerate(there, 1)
    ]
    listings.append(faire(5, nom="Ste-Anne", categories=["fromagerie"], **position("92012")))
    assert sorted(demander(listings, q=text)) == expected


def test_a_place_weighs_less_than_a_name(demander, faire):
    here = {"code_postal": "75015", **position("75115")}
    listings = [
        faire(1, nom="Chez Paul", categories=["librairie"], **here),
        faire(2, nom="Paris Paul", categories=["librairie"], **here),
        faire(3, nom="Le 15", categories=["librairie"], **here),
    ]
    assert demander(listings, q="paul paris") == ["2", "1"]
    assert demander(listings, q="15")[0] == "3"


def test_relevance_puts_the_name_first(demander, faire):
    listings = [
        faire(1, nom="Au bon pain", description="À côté de la fromagerie Paul"),
        faire(2, nom="Fromagerie Paul", categories=["fromagerie"]),
    ]
    assert demander(listings, q="fromagerie") == ["2", "1"]


def test_labels_payments_and_accessibility_each_add_a_condition(demander, faire):
    listings = [
        faire(1, labels=["bio", "vrac"], paiements=["carte"], accessibilites=["fauteuil"]),
        faire(2, labels=["bio"], paiements=["especes"]),
    ]
    assert sorted(demander(listings, label="bio")) == ["1", "2"]
    assert demander(listings, label="bio", paiement="carte,cheque") == ["1"]
    assert demander(listings, accessibilite="fauteuil") == ["1"]
    assert demander(listings, label="halal") == []


def test_distances_and_their_order(ouvrir, faire):
    corner = faire(8, lon=2.353, lat=48.852)  # 312 metres away, in the square but not the disc
    client = ouvrir([*(faire(n, lon=2.35 + n / 1000, lat=48.85) for n in range(1, 8)), corner])
    answer = client.get("/fiches", params={"autour": "2.35,48.85", "limite": 3})
    assert ids(answer) == ["1", "2", "3"]
    away = [feature["properties"]["distance_m"] for feature in answer.json()["features"]]
    assert away == sorted(away)
    assert away[0] == pytest.approx(73.2, abs=0.5)
    assert answer.json()["numberMatched"] == 8
    assert ids(client.get("/fiches?autour=2.35,48.85&rayon_m=300")) == ["1", "2", "3", "4"]


def test_distances_from_a_commune_are_those_from_its_point(ouvrir, faire):
    """The question of the directory: `livre_a` by code, the nearest first."""
    lon, lat = territoire.point_of("93066")
    client = ouvrir([faire(n, lon=lon + n / 1000, lat=lat) for n in (2, 1, 3)])
    asked = {"livre_a": "93059", "modalite": "comptoir"}
    answer = client.get("/fiches", params={**asked, "tri": "distance"})
    assert ids(answer) == ["1", "2", "3"]
    from_point = client.get("/fiches", params={"autour": f"{lon},{lat}"}).json()["features"]
    away = [one["properties"]["distance_m"] for one in from_point]
    assert [one["properties"]["distance_m"] for one in answer.json()["features"]] == away
    unsorted = client.get("/fiches", params=asked).json()["features"]
    assert sorted(one["properties"]["distance_m"] for one in unsorted) == away


@pytest.mark.parametrize(
    ("params", "parametre"),
    [
        ({"rayon_m": 300}, "rayon_m"),
        ({"tri": "distance"}, "tri"),
        ({"tri": "pertinence"}, "tri"),
    ],
)
def test_what_wants_another_parameter_is_named(ouvrir, faire, params, parametre):
    answer = ouvrir([faire(1)]).get("/fiches", params=params)
    assert answer.status_code == 400
    assert answer.json()["parametre"] == parametre


@pytest.mark.parametrize(
    "params",
    [{}, {"autour": "2.35,48.85"}, {"q": "commerce"}, {"bbox": "2.2,48.8,2.5,48.9"}],
    ids=["lieu", "distance", "pertinence", "bbox"],
)
def test_following_the_pages_shows_each_listing_once(ouvrir, faire, params):
    client = ouvrir([faire(n, lon=2.35, lat=48.85 + n % 5 / 1000) for n in range(1, 24)])
    found, answer = [], client.get("/fiches", params={**params, "limite": 4})
    while True:
        found += ids(answer)
        links = answer.json()["links"]
        if not links:
            break
        assert answer.links["next"]["url"] == links[0]["href"]
        answer = client.get("/fiches" + links[0]["href"])
    assert len(found) == 23
    assert len(set(found)) == 23


def test_only_some_properties(ouvrir, faire):
    client = ouvrir([faire(1)])
    answer = client.get("/fiches", params={"champs": "nom,modalites", "autour": HOTEL_DE_VILLE})
    assert answer.json()["features"][0]["properties"] == {
        "nom": "Un commerce",
        "modalites": ["comptoir"],
        "distance_m": 0.0,
    }


def test_private_contacts_never_show(ouvrir, faire):
    contacts = [
        {"genre": "telephone", "valeur": "+33142360000", "public": True},
        {"genre": "courriel", "valeur": "prive@exemple.fr", "public": False},
    ]
    client = ouvrir([faire(1, contacts=contacts)])
    for path in ("/fiches", "/fiches/1", "/fiches/1/jsonld"):
        answer = client.get(path)
        assert "+33142360000" in answer.text
        assert "prive@exemple.fr" not in answer.text


@pytest.mark.parametrize(
    ("params", "parameter"),
    [
        ({"livre_a": "13055"}, "livre_a"),
        ({"livre_a": "ici"}, "livre_a"),
        ({"categorie": "inconnue"}, "categorie"),
        ({"commune": "13055"}, "commune"),
        ({"ept": "123456789"}, "ept"),
        ({"a": "demain"}, "a"),
        ({"couleur": "bleu"}, "couleur"),
        ({"curseur": "x"}, "curseur"),
        ({"limite": "501"}, "limite"),
    ],
)
def test_a_wrong_parameter_is_named(ouvrir, faire, params, parameter):
    answer = ouvrir([faire(1)]).get("/fiches", params=params)
    assert answer.status_code == 400
    assert answer.json()["parametre"] == parameter


@pytest.mark.parametrize("name", ["livre_a", "autour"])
def test_a_latitude_before_a_longitude_is_refused(ouvrir, faire, name):
    """In that order the place is off Somalia: nobody delivers there, which is not the answer."""
    client = ouvrir([faire(1, modalites=[livraison(zone=rayon(900))])])
    answer = client.get("/fiches", params={name: "48.8566,2.3522"})
    assert (answer.status_code, answer.json()["parametre"]) == (400, name)
    assert "Longitude d'abord" in answer.json()["detail"]
    for elsewhere in ("4.8357,45.7640", "-3.5,42.1"):
        assert client.get("/fiches", params={name: elsewhere}).status_code == 200


def test_what_is_not_published_is_not_found(ouvrir, faire):
    client = ouvrir([faire(1)])
    for path in ("/fiches/2", "/fiches/1x", "/fiches/2/jsonld"):
        assert client.get(path).status_code == 404


def test_the_taxonomy_is_public(ouvrir, faire):
    answer = ouvrir([faire(1)]).get("/taxonomie").json()
    assert {
        "code",
        "nom",
        "parent",
        "synonymes",
        "schema_org",
        "osm",
        "naf_rev2",
        "naf_2025",
    } == set(answer["categories"][0])


def test_an_empty_directory_answers(ouvrir):
    client = ouvrir([])
    for path in ("/fiches", "/facettes", "/grappes?zoom=8", "/fiches?q=x&livre_a=93066"):
        assert client.get(path).status_code == 200
    assert client.get("/tuiles/10/518/352.mvt").content == b""


def test_a_plain_box_is_the_same_as_a_long_question(ouvrir, faire):
    client = ouvrir([faire(n, lon=2.35 + n / 1000, lat=48.85) for n in range(1, 8)])
    plain = client.get("/fiches", params={"bbox": "2.3505,48.8,2.3545,48.9"})
    longer = client.get("/fiches", params={"bbox": "2.3505,48.8,2.3545,48.9", "tri": "lieu"})
    assert sorted(ids(plain)) == ["1", "2", "3", "4"]
    assert plain.json() == longer.json()


def test_a_text_may_be_ordered_by_distance_or_place(demander, faire):
    listings = [faire(n, lon=2.35 + n / 1000, lat=48.85) for n in (3, 1, 2)]
    here = {"q": "commerce", "autour": "2.35,48.85"}
    assert demander(listings, **here) == ["1", "2", "3"]
    assert sorted(demander(listings, **here, tri="lieu")) == ["1", "2", "3"]
    assert len(demander(listings, **here, tri="pertinence")) == 3
