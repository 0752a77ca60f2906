"""Texts, amounts, phones and mail addresses as people type them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.commerces.imports.nettoyage import courriels, ligne, montant, telephones, texte
from shared.anonymat import MASQUE
from shared.schemas.commerces_gestion import courriel, telephone

AROUND = st.text(alphabet=" /,;é", max_size=3)
"""What people leave before and after what they copy."""
NUMBERS = st.tuples(
    st.sampled_from(["0", "0", "+33", "+33 (0)", "O", "0033 ", ""]),
    st.from_regex(r"[1-9]([ .-]?[0-9]{2}){4}|[1-9]([ .-]?[0-9O]{2}){3,5}", fullmatch=True),
).map("".join)
MAILS = st.from_regex(r"[A-Za-z0-9._+-]{1,12}@([a-z0-9-]{1,8}\.){1,2}[a-z]{2,8}", fullmatch=True)


def some(strategy):
    """One or several in a cell, dressed, or what resembles none."""
    written = st.tuples(AROUND, strategy, AROUND).map("".join)
    return st.lists(written, min_size=1, max_size=3).map(" ".join) | st.text(max_size=40)


def read(found):
    return [one.valeur for one in found.contacts], [one.code for one in found.constats]


@pytest.mark.parametrize(
    ("received", "numbers", "codes"),
    [
        ("", [], []),
        ("<Nul>", [], ["NULX"]),
        ("01 42 36 00 00", ["+33142360000"], []),
        ("01 42 36 00 0٠", [], ["TELI"]),
        ("0612345٦78", [], ["TELI"]),
        ("01.42.36.00.00", ["+33142360000"], []),
        ("01-42-36-00-00", ["+33142360000"], []),
        ("0142360000", ["+33142360000"], []),
        ("01 42360000", ["+33142360000"], []),
        ("+33 1 42 36 00 00", ["+33142360000"], []),
        ("+33 (0)1 42 36 00 00", ["+33142360000"], []),
        ("0033142360000", ["+33142360000"], []),
        ("Magasin 01 42 36 00 00", ["+33142360000"], []),
        ("3630", ["3630"], []),
        ("33 1 42 36 00 00", ["+33142360000"], []),
        ("01•42•36•00•00", ["+33142360000"], []),
        ("01–42–36–00–00", ["+33142360000"], []),
        ("Tél. 01 42 36 00 00 Fax : 01 42 36 00 01", ["+33142360000"], []),
        ("Fax 01 42 36 00 01", [], ["TELI"]),
        ("Tél./Fax : 01 42 36 00 00", ["+33142360000"], []),
        ("TÉL. ET FAX 01 42 36 00 00", ["+33142360000"], []),
        ("Téléfax 01 42 36 00 01, tél. 01 42 36 00 00", ["+33142360000"], []),
        ("+32 2 123 45 67", ["+3221234567"], []),
        ("142360000", ["+33142360000"], ["TELR"]),
        ("O1 42 36 00 00", ["+33142360000"], ["TELR"]),
        ("01 42 36 00 00 / 06 39 98 00 01", ["+33142360000", "+33639980001"], ["TEL2"]),
        ("01 42 36 00 00,01 42 36 00 00", ["+33142360000"], []),
        ("0142360000 - 0639980001", ["+33142360000", "+33639980001"], ["TEL2"]),
        ("01 42 36 00 00 / 06 39", ["+33142360000"], ["TELI"]),
        ("01 42 36 00 0", [], ["TELI"]),
        ("01 42 36 00", [], ["TELI"]),
        ("sur place", [], ["TELI"]),
    ],
)
def test_phones(received, numbers, codes):
    assert read(telephones("telephone", received)) == (numbers, codes)


@given(some(NUMBERS))
def test_a_kept_phone_is_one_of_the_contract(received):
    for one in telephones("telephone", received).contacts:
        assert telephone(one.valeur) == one.valeur


@given(some(NUMBERS))
def test_digits_are_never_invented(received):
    for one in telephones("telephone", received).contacts:
        national = one.valeur.removeprefix("+33")
        typed = "".join(c for c in received.replace("O", "0").replace("o", "0") if c.isdigit())
        assert national.lstrip("+") in typed


@pytest.mark.parametrize(
    ("received", "mails", "codes"),
    [
        ("contact@exemple.fr", ["contact@exemple.fr"], []),
        (" contact@exemple.fr ", ["contact@exemple.fr"], []),
        ("a@exemple.fr,b@exemple.fr", ["a@exemple.fr", "b@exemple.fr"], ["MAI2"]),
        ("Samia,b@exemple.fr", ["b@exemple.fr"], ["MAII"]),
        ("Boulangerie - pâc@exemple.fr", [], ["MAII"]),
        ("contact@exemple", [], ["MAII"]),
        ("néant", [], ["NULX"]),
    ],
)
def test_mail_addresses(received, mails, codes):
    assert read(courriels("courriel", received)) == (mails, codes)


@given(some(MAILS))
def test_a_kept_mail_address_is_one_of_the_contract(received):
    for one in courriels("courriel", received).contacts:
        assert courriel(one.valeur) == one.valeur


@pytest.mark.parametrize(
    ("received", "kept", "codes"),
    [
        ("Chez Paul", "Chez Paul", []),
        (" Chez\u00a0 Paul\n", "Chez Paul", ["ESPA"]),
        ("CHEZ PAUL", "CHEZ PAUL", []),
        ("<b>Chez</b> Paul", "<b>Chez</b> Paul", ["BALI"]),
        ("Chez\0 Paul", "Chez Paul", ["ESPA"]),
        ("Caf\u00e9 \ufffd", "Café \ufffd", ["ACCE"]),
        ("Cafe\u0301", "Café", ["ESPA"]),
        ("x" * 30, "x" * 20, ["TRON"]),
        ("<Nul>", None, ["NULX"]),
        ("   ", None, []),
        ("Chez\u00ad\u200b Paul\u3164", "Chez Paul", ["ESPA"]),
        ("Chez\u2800Paul", "ChezPaul", ["ESPA"]),
        *((c, None, []) for c in "\u200b\u2060\u00ad\ufeff\u3164\u2800\u1160\u200e\u200d\ufe0f"),
    ],
)
def test_a_line(received, kept, codes):
    found = ligne("nom", received, 20)
    assert (found.valeur, [one.code for one in found.constats]) == (kept, codes)


def test_a_text_keeps_its_lines():
    assert texte("description", "un\r\ndeux", 20).valeur == "un\ndeux"
    assert texte("description", "un\r\ndeux", 20).constats == ()


@pytest.mark.parametrize(
    "personal",
    [
        "06 12 34 56 78",
        "(06) 12 34 56 78",
        "06–12–34–56–78",
        "06 – 12 – 34 – 56 – 78",
        "33612345678",
        "33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "contact @ exemple.fr",
        "contact@exemple.fr",
    ],
)
def test_what_is_a_persons_is_masked_in_a_text(personal):
    for around in ("Appeler {} merci", "{}", "wa.me/{}"):
        found = texte("description", around.format(personal), 200)
        assert (MASQUE in found.valeur, personal in found.valeur) == (True, False)
        assert [one.code for one in found.constats] == ["MASQ"]


@pytest.mark.parametrize(
    "plain",
    [
        "SIRET 33612345600012, SIREN 336123456, 94440, 06000 Nice",
        "Le 06/12/2026 14h30, le 07-12-2026 10 h, de 06:00 à 17:00",
        "12 pièces @ 3.50 €, 33 600 €, 67 000,00 €",
        "01 43 00 00 67, 33143000067",
    ],
)
def test_what_is_nobodys_stays(plain):
    assert texte("description", plain, 200) == (plain, ())


@given(st.text(max_size=60))
def test_a_line_is_one_line_that_can_be_shown(received):
    found = ligne("nom", received, 20).valeur
    assert found is None or (0 < len(found) <= 20 and not set(found) & set("\n\r\t\0"))


@given(st.text(max_size=60))
def test_a_clean_line_stays_as_it_is(received):
    once = ligne("nom", received, 60).valeur
    if once is not None:
        assert ligne("nom", once, 60).valeur == once


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("25", "25.00"),
        ("25,5 €", "25.50"),
        ("9.90 euros", "9.90"),
        ("5€50", "5.50"),
        ("5 euros 50", "5.50"),
        ("1 000 €", "1000.00"),
        ("1 500,00", "1500.00"),
        ("1\u202f500\u00a0€", "1500.00"),
        ("1000.0", "1000.00"),
        ("1 00", None),
        ("1  000", None),
        ("gratuit", None),
        ("-5", None),
    ],
)
def test_amounts(received, kept):
    assert montant("minimum", received).valeur == kept


@pytest.mark.parametrize(
    ("received", "kept"),
    [
        ("Appelez 06 39 98 12 34 ou paul.durand@exemple.fr", "Appelez [masqué] ou [masqué]"),
        ("Sur rdv +33 (0)7.39.98.12.34.", "Sur rdv [masqué]."),
        ("SMS:0033639981234", "SMS:[masqué]"),
        ("Voir jean.dupont [at] exemple.com.", "Voir [masqué]."),
        ("a.b(Arobase)exemple.fr ou c{@}exemple.fr", "[masqué] ou [masqué]"),
        ("O6-39-98-12-34", "[masqué]"),
        ("tel06 39\u00a098 12 34, a+b@mail.exemple.com", "tel[masqué], [masqué]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("read", [ligne, texte])
def test_what_is_a_persons_is_not_published_in_a_text(read, received, kept):
    found = read("description", received, 200)
    assert found.valeur == kept
    assert [one.code for one in found.constats if one.code != "ESPA"] == ["MASQ"]


@pytest.mark.parametrize(
    "received",
    [
        "Tél. 01 99 00 12 34",
        "0 800 99 00 12",
        "Lun 06:00-07:00, 08:30-12:30",
        "SIRET 73282932000607",
        "Instagram @boutique, 20 % @ 18 h",
        "Au marché (atelier 3.2), l'essai (at home)",
        "67 rue de la Paix, 75006",
    ],
)
def test_what_a_shop_publishes_itself_stays(received):
    assert texte("description", received, 200) == (received, ())


def test_nothing_is_cut_open_by_a_mask():
    found = ligne("nom", "x" * 115 + " a@b.fr", 120)
    assert found.valeur == "x" * 115 + " [mas"
