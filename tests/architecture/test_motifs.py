"""No regular expression takes more than about linear time on a text from foreign hands.

Each of ours is tried on texts made from it (`tests.rows`), and its steps are counted
(`tests.steps`), not the seconds. A bound on the text is no excuse: 500 blanks were enough once to
stop a whole process, and somebody moves a bound one day.
"""

import ast
import importlib
import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from services.bornes import cellules, irve
from services.bornes.avitaillement import schema as avitaillement
from services.bornes.statuts import dynamique
from tests.architecture.conftest import ROOT
from tests.rows import SQUARE, grows, sample, units
from tests.steps import Counter

CALLS = {"compile", "findall", "finditer", "fullmatch", "match", "search", "split", "sub", "subn"}
WAYS = ("fullmatch", "search")
SCHEMAS = (irve.COLONNES, avitaillement.COLONNES, dynamique.COLONNES)
MADE_FROM = {
    "services/bornes/cellules.py": "the pattern of a column: SCHEMAS",
    "services/bornes/irve.py": "words of ours, kept in a table: found there",
    "services/bornes/statuts/dynamique.py": "the patterns of columns: SCHEMAS",
    "services/commerces/imports/modalites.py": "words of ours, kept in a table: found there",
    "shared/hot/reads.py": "the paths of our own routes",
    "shared/schemas/commerces_horaires.py": "a pattern of the contract: found there",
}
"""Where a pattern is made of what a function is given, and why that hides none."""


class Motif(NamedTuple):
    """A pattern, where it is, and how it is used: `match`, `fullmatch`, else from anywhere."""

    place: str
    pattern: re.Pattern[Any]
    ways: tuple[str, ...]


def way_of(method: str) -> str:
    return method if method in {"match", "fullmatch"} else "search"


def space_of(path: str) -> dict[str, Any]:
    name = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return vars(importlib.import_module(name))


def held(value: Any, depth: int = 0) -> Iterator[tuple[re.Pattern[Any], tuple[str, ...]]]:
    """The patterns that a value is or holds, and the ways to use them, if it tells."""
    if isinstance(value, re.Pattern):
        yield value, ()
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        yield value.__self__, (way_of(value.__name__),)
    elif isinstance(value, dict | tuple | list) and depth < 4:
        for one in value.values() if isinstance(value, dict) else value:
            yield from held(one, depth + 1)


def uses(module: ast.Module) -> Iterator[tuple[str, str]]:
    """The names whose methods are those of patterns, each with a way to use it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and node.attr in CALLS:
            name = getattr(node.value, "id", None) or getattr(node.value, "attr", None)
            if name is not None:
                yield name, way_of(node.attr)


def named(sources: dict[str, ast.Module]) -> Iterator[Motif]:
    """Those of modules and of their tables."""
    used = {path: sorted(set(uses(module))) for path, module in sources.items()}
    for path in sources:
        for name, value in list(space_of(path).items()):
            for pattern, told in held(value):
                ways = told or tuple(way for one, way in used[path] if one == name) or WAYS
                yield Motif(f"{path} {name}", pattern, ways)


def called(path: str, module: ast.Module) -> Iterator[Motif | str]:
    """Those that calls of `re` are given, where they are used; its path where that is not told."""
    for node in ast.walk(module):
        if not (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in CALLS
            and getattr(node.func.value, "id", None) == "re"
        ):
            continue
        flags = [one for one in node.args[1:] if ast.unparse(one).startswith("re.")]
        flags = [one for one in flags if not any(isinstance(n, ast.Call) for n in ast.walk(one))]
        told = ast.unparse(ast.Tuple([node.args[0], *(flags or [ast.Constant(0)])], ast.Load()))
        try:
            pattern = re.compile(*eval(told, space_of(path)))
        except NameError:
            yield path
            continue
        if node.func.attr != "compile":
            yield Motif(f"{path}:{node.lineno}", pattern, (way_of(node.func.attr),))


def promised(document: Any) -> Iterator[str]:
    """The patterns of a contract: its readers try them with an engine that has a way back."""
    if isinstance(document, dict):
        if isinstance(document.get("pattern"), str):
            yield document["pattern"]
        for one in document.values():
            yield from promised(one)
    elif isinstance(document, list):
        for one in document:
            yield from promised(one)


@pytest.fixture(scope="module")
def motifs(sources) -> list[Motif]:
    modules = {path: tree for path, tree in sources.items() if "migrations" not in path}
    found = [one for path, tree in modules.items() for one in called(path, tree)]
    assert {one for one in found if isinstance(one, str)} == set(MADE_FROM)
    told = [one for one in found if isinstance(one, Motif)]
    for path in sorted((ROOT / "docs" / "openapi").glob("*.json")):
        patterns = set(promised(json.loads(path.read_text())))
        told += [Motif(f"{path.name} {one}", re.compile(one), WAYS[1:]) for one in patterns]
    every = {(one.pattern, way): one for one in [*named(modules), *told] for way in one.ways}
    return [Motif(one.place, pattern, (way,)) for (pattern, way), one in every.items()]


def test_no_text_takes_more_than_about_linear_time(motifs):
    assert len(motifs) > 200  # all were reached
    slow = {
        f"{one.place} ({way}): {one.pattern.pattern!r}": text
        for one in motifs
        for way in one.ways
        if (text := grows(one.pattern, way)) is not None
    }
    assert slow == {}


def test_a_pattern_of_a_standard_takes_a_square_at_most():
    """We do not write them; a cell that has one is of 2,000 characters at most."""
    patterns = {one.pattern for columns in SCHEMAS for one in columns if one.pattern}
    assert patterns
    assert [one for one in patterns if grows(re.compile(one), "fullmatch", SQUARE)] == []


@pytest.mark.parametrize("longer", [0, 1])
def test_a_pattern_of_a_standard_reads_no_long_text(longer):
    column = replace(irve.COLONNES[0], pattern="a+", enum=())
    text = "a" * (cellules.MAX_TEXT + longer)
    if longer:
        with pytest.raises(cellules.Illisible):
            cellules.patterned(column, text)
    else:
        assert cellules.patterned(column, text) == (text, ())


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (r"\s+$", "search"),
        (r"(?:a|b|ab)*c", "match"),
        (r"(?:[^\S\n]|(?:[,&]|\bet\b)\s*|\bde\b)+", "fullmatch"),
        (r"\s*,?\s*(?:x )?\s*\(?\s*", "fullmatch"),
        (r"[?&][^=&]*=", "search"),
        (r"x.{0,500}.{0,500}y", "match"),
    ],
)
def test_a_slow_pattern_is_seen(pattern, way):
    assert grows(re.compile(pattern), way) is not None


@pytest.mark.parametrize(
    ("pattern", "way"),
    [
        (r"(?<!\s)\s+x", "search"),
        (r"(?:[^\S\n]|(?:[,&]|\bet\b)\s*+|\bde\b)++", "fullmatch"),
        (r"[\w.]{1,64}@[\w.]{1,64}", "search"),
        (r"\s+$", "match"),
    ],
)
def test_a_quick_pattern_passes(pattern, way):
    assert grows(re.compile(pattern), way) is None


def test_steps_are_those_of_matches_that_re_finds(motifs):
    drawn = random.Random(0)
    for one in motifs:
        counter = Counter(one.pattern)
        words = units(counter) or ["a"]
        for _ in range(5):
            text = sample(counter, drawn) + "".join(drawn.choices(words, k=drawn.randrange(12)))
            told = counter.told(text)
            counter.steps(text, "search")
            assert counter.ends == [match.end() for match in one.pattern.finditer(told)]
            counter.steps(text, "fullmatch")
            assert bool(counter.ends) == bool(one.pattern.fullmatch(told))
