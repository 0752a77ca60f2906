"""What is masked in a comment, and what an address becomes."""

import re
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.anonymat import MASQUE, PAS_UN_JOUR, empreinte, masquer, origine

SEL = bytes(32)


@pytest.mark.parametrize(
    "personal",
    [
        "jean.dupont@exemple.fr",
        "06 12 34 56 78",
        "0612345678",
        "jean.dupont [at] exemple.com",
        "jean (Arobase) exemple.fr",
        "jean{@}exemple.fr",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "06\u00a012\u00a034\u00a056\u00a078",
        "(06) 12 34 56 78",
        "06–12–34–56–78",
        "06‑12‑34‑56‑78",
        "06 - 12 - 34 - 56 - 78",
        "01.00.2000.00",
        "01.12.2026.10",
        "33612345678",
        "33 6 12 34 56 78",
        "contact @ exemple.fr",
        "+33 6 12 34 56 78",
        "+33 (0)6 12 34 56 78",
        "0033612345678",
        "+44 7911 123456",
        "AB-123-CD",
        "ab-123-cd",
        "AB123CD",
        "AB 123 CD",
    ],
)
def test_what_names_someone_is_masked(personal):
    assert masquer(f"Appeler {personal} merci") == f"Appeler {MASQUE} merci"


@pytest.mark.parametrize(
    "plain",
    [
        "La borne de 150 kW est en panne depuis 3 jours",
        "CHARGE DE 150 KW IMPOSSIBLE",
        "Point FRMGPE750010101 : écran noir",
        "Au 123 de la rue, code 1234, le 2026-01-31 à 12:30",
        "SIRET 33612345600012, SIREN 732829320, code 75011, 94440",
        "Le 06/12/2026 14h30, le 01-12-2026 10 h, le 01.12.2026 10 h, de 06:00 à 12:00",
        "12 pièces @ 3.50 €, 33 000 €, 1 500,00 €",
        "<script>alert(1)</script>",
        "Stand (at home), borne [a tester]",
        "",
    ],
)
def test_the_rest_stays_as_it_was_written(plain):
    assert masquer(plain) == plain


@pytest.mark.parametrize("before", ["a@", "@@", "é" * 70, "[at]"])
def test_an_address_is_masked_from_where_its_word_begins(before):
    assert masquer(f"À {before}jean@exemple.fr merci") == f"À {MASQUE} merci"


AROUND = st.text("abc é@,.;:!?()<>\"'«/=-\n\t", max_size=8)
LOCAL = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+%-]{0,20}", fullmatch=True)
DOMAIN = st.from_regex(r"([a-z0-9-]{1,10}\.){1,3}(fr|com|example)", fullmatch=True)
HIDDEN = st.sampled_from([" @ ", "@ ", " @", " [at] ", "(at)", " {arobase} ", "[@]"])


@given(AROUND, LOCAL, DOMAIN, AROUND)
def test_masking_leaves_no_address_behind(before, local, domain, after):
    masked = masquer(f"{before}{local}@{domain}{after}")
    assert MASQUE in masked
    assert not [word for word in masked.split() if "@" in word.strip("@")]


@given(LOCAL, HIDDEN, DOMAIN, AROUND)
def test_nor_one_that_is_hidden_from_robots(local, at, domain, after):
    assert domain not in masquer(f"Écrivez à {local}{at}{domain} {after}")


@given(st.from_regex(r"\A0[1-9]([ .-]?[0-9]{2}){4}\Z"), st.text("abc é,.!?\n", max_size=20))
def test_no_telephone_number_stays(number, around):
    assume(re.match(PAS_UN_JOUR, number))
    assert number not in masquer(f"{around} {number} {around}")


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_a_line_is_one_origin_whatever_its_owner_numbers(line, one, other):
    here, there = (str(IPv6Address(line << 64 | host)) for host in (one, other))
    assert IPv6Address(line << 64 | one).ipv4_mapped or origine(here) == origine(there)


@given(st.integers(0, 2**32 - 1))
def test_an_ipv4_address_is_the_same_written_as_ipv6(number):
    address = IPv4Address(number)
    assert origine(f"::ffff:{address}") == origine(str(address)) == str(address)


@pytest.mark.parametrize("absent", [None, "", "unix:/run/relance", "testclient"])
def test_without_an_address_all_callers_are_one(absent):
    assert origine(absent) == ""


def test_a_zone_does_not_make_another_origin():
    assert origine("fe80::1%eth0") == origine("fe80::2%eth1")


def test_a_fingerprint_is_of_its_day_and_holds_no_address():
    first, next_day = empreinte("192.0.2.1", SEL), empreinte("192.0.2.1", b"\1" * 32)
    assert first == empreinte("192.0.2.1", SEL)
    assert len({first, next_day, empreinte("192.0.2.2", SEL)}) == 3
    assert b"192.0.2.1" not in first
