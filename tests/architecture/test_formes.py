"""What a text must look like is said in words: nobody has to read a pattern."""

import importlib
import pkgutil

from pydantic import BaseModel

import shared.schemas
from gateway.embedded import SERVICES
from shared.schemas.formes import FORMES
from shared.schemas.geo import Bbox
from shared.schemas.modeles import Modele
from shared.settings import Settings
from shared.validation import sentence
from tests.architecture.test_openapi import operations_of

OWN = {Bbox.__get_pydantic_json_schema__(None, None)["pattern"]}
"""Shapes that a validator of ours words."""


def enforced(node) -> set[str]:
    """The patterns of a schema of pydantic-core."""
    if isinstance(node, dict):
        own = {node["pattern"]} if node.get("type") == "str" and "pattern" in node else set()
        return own.union(*(enforced(value) for key, value in node.items() if key != "metadata"))
    if isinstance(node, list | tuple):
        return set().union(*map(enforced, node))
    return set()


def models():
    for info in pkgutil.iter_modules(shared.schemas.__path__, "shared.schemas."):
        for value in vars(importlib.import_module(info.name)).values():
            if isinstance(value, type) and issubclass(value, BaseModel) and value is not BaseModel:
                yield value
    yield Settings


def shown(pattern) -> str:
    return sentence({"type": "string_pattern_mismatch", "loc": ("q",), "ctx": {"pattern": pattern}})


def in_contract(node) -> set[str]:
    if isinstance(node, dict):
        own = {node["pattern"]} if "pattern" in node else set()
        return own.union(*map(in_contract, node.values()))
    return set().union(*map(in_contract, node)) if isinstance(node, list) else set()


def test_every_shape_of_a_body_has_its_words():
    asked = set().union(*(enforced(model.__pydantic_core_schema__) for model in models()))
    unsaid = shown("nobody's")
    assert len(asked) > 20
    assert {pattern for pattern in asked if shown(pattern) == unsaid} == set()
    assert [pattern for pattern in FORMES if pattern in FORMES[pattern]] == []


def test_every_shape_of_a_parameter_has_its_words():
    asked = {
        pattern
        for name in SERVICES
        for _, _, operation in operations_of(name)
        for parameter in operation.get("parameters", ())
        for pattern in in_contract(parameter["schema"])
    }
    blank = r"^\s*$"  # of a form's field that is left empty: it asks for nothing
    unsaid = shown("nobody's")
    assert asked
    assert {one for one in asked - OWN - {blank} if shown(one) == unsaid} == set()


def test_every_model_of_the_contract_is_made_alike():
    """Else the text under its fields is lost, or pydantic looks for it: a tenth of a start."""
    ours = {one for one in models() if one.__module__.startswith("shared.schemas.")}
    assert len(ours) > 200
    assert {one for one in ours if not issubclass(one, Modele)} == set()
    assert {one for one in ours if one.model_config.get("use_attribute_docstrings")} == set()
