"""Cursors and Link."""

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.pages import (
    CURSOR_MAX,
    announce,
    decode_cursor,
    encode_cursor,
    link_header,
    next_page,
    passed,
)
from shared.problems import InvalidParameter
from shared.schemas.commun import Page, UnePage

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
part = st.integers(-(2**63), 2**63 - 1) | texts


def written(value: object) -> str:
    return (
        urlsafe_b64encode(json.dumps(value, separators=(",", ":")).encode()).rstrip(b"=").decode()
    )


@given(st.lists(part, max_size=4))
def test_a_cursor_comes_back(parts: list[str | int]):
    cursor = encode_cursor(*parts)
    assert cursor.replace("-", "").replace("_", "").isalnum()
    assert decode_cursor(cursor, [type(part) for part in parts]) == tuple(parts)


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda b: urlsafe_b64encode(b).decode()))
def test_any_other_text_is_refused(text: str):
    try:
        parts = decode_cursor(text, [int, str])
    except InvalidParameter as problem:
        assert problem.members["parametre"] == "curseur"  # noqa: PT017 both outcomes are right
    else:
        assert encode_cursor(*parts) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "é",
        written([1]),
        written([1, 2]),
        written(["1", "a"]),
        written([True, "a"]),
        written([1.0, "a"]),
        written({"a": 1}),
        written(1),
        written([2**63, "a"]),
        written([1, "a\0"]),
        written([1, "\ud800"]),
        encode_cursor(1, "a") + "=",
        encode_cursor(1, "a") + "\n",
        encode_cursor(1, "a" * CURSOR_MAX),
        urlsafe_b64encode(b'[1, "a"]').decode(),
        urlsafe_b64encode(b"[" * 700).decode(),
        urlsafe_b64encode(b"[" + b"9" * 700 + b',"a"]').decode(),
    ],
)
def test_a_cursor_we_did_not_write_is_refused(text: str):
    with pytest.raises(InvalidParameter):
        decode_cursor(text, [int, str])


def test_the_refusal_names_the_parameter():
    with pytest.raises(InvalidParameter) as caught:
        decode_cursor("x", [int], parametre="depuis")
    assert caught.value.members["parametre"] == "depuis"


class Asked(BaseModel):
    """What is asked of a list."""

    mot: str | None = None
    limite: int = 2
    curseur: str | None = None


@pytest.mark.parametrize("number", range(3))
def test_the_last_page_announces_none(number):
    page = Page[int](elements=[])
    assert announce(page, Asked(), [1, 2, 3][:number], lambda row: (row,)) == {}
    assert (page.curseur_suivant, page.liens) == (None, [])


def test_a_page_announces_the_one_that_goes_on_after_its_last_row():
    page, asked = UnePage(), Asked(mot="été", limite=2)
    headers = announce(page, asked, ["a", "b", "c"], lambda row: (row, 1))
    assert decode_cursor(page.curseur_suivant, (str, int)) == ("b", 1)
    (link,) = page.liens
    assert link.href == next_page(asked, page.curseur_suivant)
    assert link.href == f"?mot=%C3%A9t%C3%A9&limite=2&curseur={page.curseur_suivant}"
    assert headers == {"Link": link_header({"next": link.href})}


def test_the_next_page_asks_what_is_yes_or_no_as_the_contract_writes_it():
    class Filtered(Asked):
        gratuit: bool | None = None
        mots: list[str] | None = None

    assert next_page(Filtered(gratuit=True), "x") == "?gratuit=true&curseur=x"
    assert next_page(Filtered(gratuit=False, mots=["a", "b"]), "x") == (
        "?gratuit=false&mots=a&mots=b&curseur=x"
    )


def test_a_page_goes_on_after_what_ended_the_one_before():
    assert passed(Asked(), int) is None
    assert passed(Asked(curseur=encode_cursor(7)), int) == 7
    with pytest.raises(InvalidParameter):
        passed(Asked(curseur=encode_cursor("a")), int)


def test_link_header():
    assert link_header({}) == ""
    assert link_header({"next": "/stations?curseur=a%20b&limite=2", "first": "/stations"}) == (
        '</stations?curseur=a%20b&limite=2>; rel="next", </stations>; rel="first"'
    )


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_no_address_breaks_out_of_link(url: str):
    header = link_header({"next": url})
    assert header.isascii()
    assert header.isprintable()
    assert header.count(">") == header.count("<") == 1
