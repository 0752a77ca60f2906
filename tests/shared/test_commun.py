"""Identifiers, amounts and instants of the public contract."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.schemas.commun import (
    CodeInsee,
    Instant,
    Jour,
    Lien,
    MomentDeParis,
    Montant,
    Page,
    Siren,
    Siret,
    is_siren,
    is_siret,
    luhn,
    slug,
)

SIREN = TypeAdapter(Siren)
SIRET = TypeAdapter(Siret)
CODE_INSEE = TypeAdapter(CodeInsee)
MONTANT = TypeAdapter(Montant)
INSTANT = TypeAdapter(Instant)
JOUR = TypeAdapter(Jour)

digits = st.text("0123456789", min_size=1, max_size=20)


def accepts(adapter: TypeAdapter[Any], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("siren", ["217500016", "929939411", "200054781", "356000000"])
def test_siren(siren: str):
    assert SIREN.validate_python(siren) == siren


@pytest.mark.parametrize(
    "text",
    ["", "217500017", "21750001", "2175000160", "217 500 016", "٢١٧٥٠٠٠١٦", "217500016\n", "0" * 9],
)
def test_not_a_siren(text: str):
    assert not accepts(SIREN, text)


@pytest.mark.parametrize(
    ("siret", "valid"),
    [
        ("21750001600019", True),
        ("21750001600018", False),
        ("2175000160001", False),
        ("217500016000190", False),
        ("00000000000000", False),
        # La Poste: its seat by the common rule, the others by the sum of their digits
        ("35600000000048", True),
        ("35600000009075", True),  # 3+5+6+9+7+5 = 35
        ("35600000009076", False),
        ("35600000000055", False),  # 3+5+6+5+5 = 24, though Luhn would take it
    ],
)
def test_siret(siret: str, valid: bool):
    assert is_siret(siret) is valid
    assert accepts(SIRET, siret) is valid


@pytest.mark.parametrize("siret", ["732 829 320 00074", " 732\u202f829\u00a0320 00074\n"])
def test_a_siret_may_be_written_with_spaces(siret: str):
    assert SIRET.validate_python(siret) == "73282932000074"


def test_a_siret_begins_with_a_siren():
    siret = next(s for n in range(10) if luhn(s := f"2175000170001{n}"))
    assert not is_siren(siret[:9])
    assert not is_siret(siret)


@given(digits, st.data())
def test_luhn_finds_any_single_wrong_digit(number: str, data: st.DataObject):
    number += next(check for check in "0123456789" if luhn(number + check))
    place = data.draw(st.integers(0, len(number) - 1))
    wrong = data.draw(st.sampled_from([d for d in "0123456789" if d != number[place]]))
    assert not luhn(number[:place] + wrong + number[place + 1 :])


@given(digits)
def test_luhn_has_one_check_digit(number: str):
    assert sum(luhn(number + check) for check in "0123456789") == 1


@pytest.mark.parametrize("code", ["75056", "75116", "93059", "2A004", "2B033", "97105", "01001"])
def test_code_insee(code: str):
    assert accepts(CODE_INSEE, code)


@pytest.mark.parametrize(
    "code", ["", "2C004", "2a004", "00001", "99100", "7505", "750566", " 75056"]
)
def test_not_a_code_insee(code: str):
    assert not accepts(CODE_INSEE, code)


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        ("1234.50", "1234.50"),
        ("-0.01", "-0.01"),
        ("-0.00", "0.00"),
        ("9999999999999.99", "9999999999999.99"),
        (Decimal(12), "12.00"),
        (Decimal("12.3400"), "12.34"),
        (Decimal("1E+2"), "100.00"),
    ],
)
def test_montant(received: object, sent: str):
    amount = MONTANT.validate_python(received)
    assert amount == Decimal(sent)
    assert json.loads(MONTANT.dump_json(amount)) == sent


@pytest.mark.parametrize(
    "value",
    [1234.5, 1234, True, None, "1234", "1234.5", "1,50", "1234.567", "+1.00", "1e3", "٣.٠٠", "NaN"]
    + [Decimal(text) for text in ("1.001", "1e13", "-1e13", "1e999999", "NaN", "sNaN", "Infinity")],
)
def test_not_a_montant(value: object):
    assert not accepts(MONTANT, value)


@given(st.decimals(places=2, min_value=-(10**12), max_value=10**12))
def test_montant_goes_round(amount: Decimal):
    assert MONTANT.validate_json(MONTANT.dump_json(amount)) == amount


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
        ("2026-01-31T09:00:00+01:00", "2026-01-31T08:00:00Z"),
        ("2026-01-31 09:00:00.250000+01:00", "2026-01-31T08:00:00.250000Z"),
    ],
)
def test_instant(text: str, sent: str):
    instant = INSTANT.validate_python(text)
    assert instant.tzinfo is UTC
    assert json.loads(INSTANT.dump_json(instant)) == sent


@pytest.mark.parametrize(
    "value",
    [
        *(1769846400, "1769846400", "hier", "2026-01-31", "2026-01-31T08:00:00", "", None),
        *("2026-13-31T08:00:00Z", "2026-01-31T08:00Z", "0001-01-01T00:00:00+14:00"),
        *("9999-12-31T23:59:59-01:00", datetime(2026, 1, 31, 8)),  # noqa: DTZ001 the point
    ],
)
def test_not_an_instant(value: object):
    assert not accepts(INSTANT, value)


offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=offsets))  # noqa: DTZ001
def test_instant_goes_round(instant: datetime):
    sent = INSTANT.dump_json(INSTANT.validate_python(instant))
    assert sent.endswith(b'Z"')
    assert INSTANT.validate_json(sent) == instant


def test_a_day_is_written_in_one_way():
    assert JOUR.validate_python("2022-12-31") == date(2022, 12, 31)
    assert JOUR.validate_python(date(2022, 12, 31)) == date(2022, 12, 31)
    for value in (
        0,
        "0",
        "1500000000",
        "20221231",
        "31/12/2022",
        "2022-12-31T00:00:00",
        "2022-13-01",
    ):
        assert not accepts(JOUR, value)


def test_page_of_a_type():
    page = Page[int](elements=[1, 2], liens=[Lien(rel="next", href="?curseur=x")])
    assert Page[int].model_validate_json(page.model_dump_json()) == page
    with pytest.raises(ValidationError):
        Page[int](elements=["x"])


def test_the_openapi_types_are_texts():
    class Facture(BaseModel):
        siret: Siret
        montant: Montant
        instant: Instant

    for mode in ("validation", "serialization"):
        properties = Facture.model_json_schema(mode=mode)["properties"]
        assert {schema["type"] for schema in properties.values()} == {"string"}
        assert all("examples" in schema for schema in properties.values())


@pytest.mark.parametrize("typed", ["L'Œuvre d'Été", "L’Œuvre  d’été", "l’oeuvre d'ete"])
def test_a_name_is_found_as_a_phone_or_a_keyboard_writes_it(typed) -> None:
    assert slug(typed) == "l_oeuvre_d_ete"


def test_letters_that_unicode_does_not_take_apart_are_not_dropped() -> None:
    assert slug("Ørsted Łódź Straße ǅ") == "orsted_lodz_strasse_dz"


@pytest.mark.parametrize("offset", ["", "Z", "+01:00", " 01:00", "-05:00"])
@pytest.mark.parametrize("seconds", ["", ":00"])
def test_minutes_are_enough_for_an_instant(seconds, offset):
    """In an address an unescaped + is a space; without an offset it is Paris that is meant."""
    wanted = {"Z": "Z", "-05:00": "-05:00"}.get(offset, "+01:00")
    found = TypeAdapter(MomentDeParis).validate_python(f"2026-11-24T19:00{seconds}{offset}")
    assert found == datetime.fromisoformat(f"2026-11-24T19:00:00{wanted}")


@pytest.mark.parametrize(
    "text",
    [
        *("2026-11-24T19:00+25:00", "2026-11-24T19:00+01", "19:00Z"),
        *("2026-13-24T19:00", "0001-01-01T00:00", "9999-12-31T23:59-01:00", None, 7),
    ],
)
def test_what_is_no_instant_is_refused(text):
    with pytest.raises(ValidationError):
        TypeAdapter(MomentDeParis).validate_python(text)
