"""Web addresses as shops type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.imports.sites import sites
from shared.schemas.commerces_gestion import Contact
from shared.schemas.commerces_valeurs import GenreContact

FACEBOOK = "https://www.facebook.com/exemple"


@pytest.mark.parametrize(
    ("received", "kind", "kept", "codes"),
    [
        ("https://exemple.fr/", "site", "https://exemple.fr/", []),
        ("http://exemple.fr", "site", "http://exemple.fr", []),
        ("exemple.fr", "site", "https://exemple.fr", ["SITP"]),
        ("https//exemple.fr", "site", "https://exemple.fr", ["SITP"]),
        ("http://https://exemple.fr", "site", "https://exemple.fr", ["SITP"]),
        ("/https://exemple.fr", "site", "https://exemple.fr", ["SITP"]),
        ("http:// www.exemple.fr", "site", "http://www.exemple.fr", ["SITP"]),
        ("Http://exemple.fr", "site", "http://exemple.fr", ["SITP"]),
        ("exemple.fr:8080/x", "site", "https://exemple.fr:8080/x", ["SITP"]),
        ("contact@exemple.fr", "courriel", "contact@exemple.fr", ["SITC"]),
        ("https://contact@exemple.fr", "courriel", "contact@exemple.fr", ["SITC"]),
        ("@facebook/exemple", "facebook", FACEBOOK, ["SITP"]),
        ("instagram/exemple", "instagram", "https://www.instagram.com/exemple", ["SITP"]),
        (FACEBOOK, "facebook", FACEBOOK, []),
        ("https://www.epicery.com/x", "commande", "https://www.epicery.com/x", []),
        ("https://exemple.fr?mail=a@exemple.org", "courriel", "a@exemple.org", ["SITC"]),
        ("https://wa.me/33612345678", "telephone", "+33612345678", ["SITP"]),
        ("https://api.whatsapp.com/send?phone=33612345678", "telephone", "+33612345678", ["SITP"]),
        ("http://exemple.com ou ailleurs", "site", "http://exemple.com", ["SITT"]),
        ("https://exemple.fr/ma page", None, None, ["SITI"]),
        ("http://www.les exemples.com", None, None, ["SITI"]),
        ("facebook/et/instagram", None, None, ["SITI"]),
        ("facebook", None, None, ["SITI"]),
        ("@exemple", None, None, ["SITI"]),
        ("http://exemple..com", None, None, ["SITI"]),
        ("https://www'exemple.fr", None, None, ["SITI"]),
        ("javascript:alert(1)", None, None, ["SITR"]),
        (" JavaScript:alert(1)//exemple.fr", None, None, ["SITR"]),
        ("java\nscript:alert(1)", None, None, ["SITI"]),
        ("data:text/html,<script>", None, None, ["SITR"]),
        ("http://javascript:alert(1)", None, None, ["SITI"]),
        ("<Nul>", None, None, ["NULX"]),
        ("", None, None, []),
    ],
)
def test_sites(received, kind, kept, codes):
    found = sites("site", received)
    assert [(one.genre, one.valeur) for one in found.contacts] == ([(kind, kept)] if kind else [])
    assert [one.code for one in found.constats] == codes


@pytest.mark.parametrize(
    "received",
    [
        "www.exemple.fr, exemple.org",
        "www.exemple.fr,www.exemple.org",
        "www.exemple.fr www.exemple.org; www.exemple.fr",
        "https://www.exemple.fr / http://exemple.org",
        "www.exemple.fr\nexemple.org",
        "www.exemple.fr et exemple.org",
    ],
)
def test_several_sites_of_a_cell_are_all_kept(received):
    found = sites("site", received)
    hosts = [one.valeur.partition("://")[2].removeprefix("www.") for one in found.contacts]
    assert hosts == ["exemple.fr", "exemple.org"]


def test_an_address_with_a_comma_is_one():
    for received in ("https://exemple.fr/a,b", "http://exemple.fr/magasin-12,326.html"):
        assert [one.valeur for one in sites("site", received).contacts] == [received]


def test_a_cell_of_blanks_is_soon_given_up():
    (found,) = sites("site", "a" + " " * 100_000 + "b").constats
    assert found.code == "SITI"


@pytest.mark.parametrize("received", ["oui", "Non", "X", "page"])
def test_yes_is_no_name_of_an_account(received):
    assert sites("facebook", received, GenreContact.FACEBOOK).contacts == ()


def test_an_account_is_known_by_its_column():
    found = sites("instagram", "@exemple", GenreContact.INSTAGRAM)
    assert found.contacts[0].valeur == "https://www.instagram.com/exemple"
    dotted = sites("instagram", "chez.zigomar", GenreContact.INSTAGRAM)
    assert dotted.contacts[0].valeur == "https://www.instagram.com/chez.zigomar"
    for site in ("exemple.fr", "EXEMPLE.COM"):
        assert sites("facebook", site, GenreContact.FACEBOOK).contacts[0].genre == "site"


ADDRESSES = st.from_regex(
    r"(https?:/?/?|HTTP://|javascript:|//)?(www\.)?[a-zé0-9.-]{1,12}\.(fr|com)"
    r"[/?#:@ ]?[a-z0-9é=%/@-]{0,8}",
    fullmatch=True,
)


@given(st.one_of(ADDRESSES, st.text(alphabet="htps:/.@wjavcrifé '\"<", max_size=40)))
def test_a_kept_address_is_one_of_the_contract(received):
    for one in sites("site", received).contacts:
        assert Contact(genre=one.genre, valeur=one.valeur).valeur == one.valeur
