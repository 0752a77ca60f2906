"""Sizes, names and first lines of our modules."""

import ast
import re
from pathlib import PurePath

FILE_LINES = 400
FUNCTION_LINES = 40
LARGE = 9
"""Modules from which a package needs a map."""
NAMED_BY_SUBJECT = {"api", "schemas", "versions"}
"""Packages whose modules are each a resource, the models of one, or a migration."""
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


def test_a_large_package_has_a_map_of_its_modules(root, sources):
    for package in sorted({str(PurePath(path).parent) for path in sources}):
        modules = {path.stem for path in (root / package).glob("*.py")} - {"__init__"}
        if len(modules) < LARGE or PurePath(package).name in NAMED_BY_SUBJECT:
            continue
        shown = set(re.findall(r"`(\w+)`", ast.get_docstring(sources[f"{package}/__init__.py"])))
        folders = {path.parent.name for path in (root / package).glob("*/__init__.py")}
        assert (modules | folders) - shown == set(), package
        assert shown - modules - folders - {"relance"} == set(), package


def test_no_module_is_a_drawer(sources):
    assert [path for path in sources if PurePath(path).stem in SHAPELESS] == []
