"""Sizes, names and first lines of our modules."""

import ast
import re
from pathlib import PurePath

import pytest

FILE_LINES = 400
FUNCTION_LINES = 40
SHAPELESS = {"utils", "helpers", "common", "base", "misc"}


def test_a_file_stays_short(root, sources):
    paths = [root / path for path in sources] + sorted((root / "tests").rglob("*.py"))
    sizes = {str(path): len(path.read_text().splitlines()) for path in paths}
    assert {path: size for path, size in sizes.items() if size > FILE_LINES} == {}


def test_a_function_stays_short(sources):
    sizes = {
        f"{path}::{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, module in sources.items()
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES} == {}


def test_a_module_says_what_it_owns(sources):
    silent = [path for path, module in sources.items() if not ast.get_docstring(module)]
    assert silent == []


@pytest.mark.parametrize("package", ["gateway", "shared", "services/bornes", "services/commerces"])
def test_a_large_package_has_a_map_of_its_modules(root, sources, package):
    shown = set(re.findall(r"`(\w+)`", ast.get_docstring(sources[f"{package}/__init__.py"])))
    modules = {path.stem for path in (root / package).glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (root / package).glob("*/__init__.py")}
    assert (modules | folders) - shown == set()
    assert shown - modules - folders - {"relance"} == set()


def test_no_module_is_a_drawer(sources):
    assert [path for path in sources if PurePath(path).stem in SHAPELESS] == []
