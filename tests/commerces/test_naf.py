"""The two nomenclatures are told apart by the last letter of a code."""

import csv

import pytest

from services.commerces.naf import CodesNaf, Nomenclature, nomenclature, sort_codes

FILES = {"naf_rev2.csv": Nomenclature.REV2, "naf2025.csv": Nomenclature.NAF_2025}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("10.71C", Nomenclature.REV2),
        ("10.71H", Nomenclature.NAF_2025),
        ("47.21Z", Nomenclature.REV2),
        ("47.21Y", Nomenclature.NAF_2025),
        ("47.21M", None),
        ("99.99Z", None),
        ("4721Z", None),
        ("47.21Z ", None),
        ("", None),
    ],
)
def test_the_last_letter_tells(code, expected):
    assert nomenclature(code) is expected


@pytest.mark.parametrize(("name", "expected"), FILES.items())
def test_every_real_code_is_of_its_list(donnees_reelles, name, expected):
    with (donnees_reelles / "commerces" / name).open(encoding="utf-8", newline="") as file:
        codes = [row["code"] for row in csv.DictReader(file)]
    assert len(codes) > 700
    assert {nomenclature(code) for code in codes} == {expected}


def test_codes_are_sorted_whatever_their_order():
    assert sort_codes(["10.71H", "10.71C"]) == CodesNaf("10.71C", "10.71H")
    assert sort_codes(["10.71C"]) == CodesNaf("10.71C", None)
    assert sort_codes([]) == CodesNaf(None, None)


@pytest.mark.parametrize("codes", [["10.71C", "56.10A"], ["10.71M"], ["10.71H", "10.71J"]])
def test_two_codes_of_one_list_are_refused(codes):
    with pytest.raises(ValueError, match=r"NAF|nomenclature"):
        sort_codes(codes)
