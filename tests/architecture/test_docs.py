"""The documents say what the code does."""

import ast
import importlib
import inspect
import json
import pkgutil
import re
from enum import Enum
from typing import Annotated, get_origin

import pytest
from pydantic import BaseModel

import shared.schemas
from gateway.embedded import SERVICES
from services.bornes.cellules import CODES
from services.commerces.imports.constats import CODES as CODES_COMMERCES
from shared.schemas.problemes import CATALOGUE
from shared.settings import Settings

READMES = ("README.md", "README.en.md")
GUIDES = ("docs/guide-developpeur-mobile.md", "docs/guide-operateur.md")


def commands(text):
    """Lines of the shell blocks, without their comments."""
    blocks = re.findall(r"^```sh[ 0-9]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).splitlines()
    return [re.sub(r"\s+#.*", "", line) for line in lines]


def test_both_readmes_give_the_same_commands(root):
    french, english = (commands((root / name).read_text()) for name in READMES)
    assert french
    assert french == english


def test_both_readmes_have_the_same_sections(root):
    french, english = (
        re.findall("^#+", (root / name).read_text(), re.MULTILINE) for name in READMES
    )
    assert french == english


def test_every_setting_is_documented(root):
    text = (root / "docs/reglages.md").read_text()
    settings = {f"RELANCE_{field.upper()}" for field in Settings.model_fields}
    settings |= {f"RELANCE_{name.upper()}_URL" for name in SERVICES}
    settings |= {f"RELANCE_{name.upper()}_DATABASE_URL" for name in (*SERVICES, "gateway")}
    assert {setting for setting in settings if f"`{setting}`" not in text} == set()


def test_the_settings_have_the_defaults_that_are_documented(root):
    """In code where they are one value; in words where there is none, or it depends."""
    rows = re.findall(
        r"^\| (`[^|]+) \|.*\| (.+) \|$", (root / "docs/reglages.md").read_text(), re.MULTILINE
    )
    told = {
        name: value
        for names, values in rows
        for name, value in zip(re.findall("`(\\w+)`", names), values.split(", "), strict=False)
    }
    expected = {
        f"RELANCE_{name.upper()}": f"`{field.default:g}`"
        if isinstance(field.default, float)
        else f"`{field.default}`"
        for name, field in Settings.model_fields.items()
        if field.default_factory is None and field.default not in {None, ""}
    }
    assert len(expected) > 15
    assert {name: told.get(name) for name in expected} == expected


def public_schemas():
    """What the modules of shared.schemas define: models, enumerations and annotated types."""
    for info in pkgutil.iter_modules(shared.schemas.__path__, "shared.schemas."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if name.startswith("_"):
                continue
            if inspect.isclass(value) and value.__module__ == info.name:
                if issubclass(value, BaseModel | Enum | tuple):
                    yield name
            elif get_origin(value) is Annotated:
                yield name


def test_the_glossary_has_every_public_schema(root):
    glossary = (root / "docs/glossaire.md").read_text()
    assert {name for name in public_schemas() if f"`{name}`" not in glossary} == set()


def test_every_local_link_leads_somewhere(root, tracked):
    broken = []
    for path in tracked:
        if path.suffix == ".md":
            targets = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", path.read_text())
            broken += [(path, t) for t in targets if not (path.parent / t).exists()]
    assert broken == []


def test_the_notice_says_where_every_data_file_comes_from(root, tracked):
    notice = (root / "NOTICE.md").read_text()
    data = [path for path in tracked if path.suffix in {".csv", ".geojson", ".json"}]
    ours = {root / "docs/openapi", root / "tests/conformite"}
    unnamed = [
        path.relative_to(root)
        for path in data
        if path.parent not in ours
        and f"`{path.relative_to(root)}`" not in notice
        and f"`{path.parent.relative_to(root)}/*{path.suffix}`" not in notice
    ]
    assert unnamed == []


def anchors(text):
    """What the titles of a document are called in links, as GitHub and GitLab name them."""
    titles = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    kept = ("".join(c for c in title.lower() if c.isalnum() or c in " -_") for title in titles)
    return {title.strip().replace(" ", "-") for title in kept}


def test_every_local_anchor_names_a_title(tracked):
    broken = []
    for path in tracked:
        if path.suffix == ".md":
            for target, anchor in re.findall(
                r"\]\((?!https?:)([^)#]*)#([^)]+)\)", path.read_text()
            ):
                titled = path.parent / target if target else path
                if anchor not in anchors(titled.read_text()):
                    broken.append((path, target, anchor))
    assert broken == []


def test_every_decision_is_in_the_index(root):
    folder = root / "docs/adr"
    index = (folder / "README.md").read_text()
    decisions = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert re.findall(r"\((\d{4}-[\w-]+\.md)\)", index) == decisions


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_shows_json_that_reads(root, guide):
    shown = re.findall(r"^```json\n(.*?)^```", (root / guide).read_text(), re.MULTILINE | re.DOTALL)
    assert [json.loads(block) for block in shown]


def test_the_guides_name_rules_with_their_severity(root):
    text = (root / "docs/guide-operateur.md").read_text()
    rows = re.findall(r"^\| ((?:`[A-Z]{4}`,? ?)+) \| `(\w+)` \|", text, re.MULTILINE)
    told = {code: gravite for codes, gravite in rows for code in re.findall("[A-Z]{4}", codes)}
    assert len(told) > 15
    assert told == {code: CODES[code].gravite for code in told}


@pytest.mark.parametrize(("service", "codes"), [("bornes", CODES), ("commerces", CODES_COMMERCES)])
def test_every_code_of_finding_is_given_by_a_rule(sources, service, codes):
    """In a report, or in SQL that writes one."""
    texts = [
        node.value
        for path, module in sources.items()
        for node in ast.walk(module)
        if path.startswith(f"services/{service}/")
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    given = {code for text in texts for code in re.findall(r"\b[A-Z0-9]{4}\b", text)}
    assert codes.keys() - given == set()


def test_the_guides_name_problems_with_their_status(root):
    text = (root / "docs/guide-operateur.md").read_text()
    rows = re.findall(r"^\| (\d{3}) \| `([\w-]+)` \|", text, re.MULTILINE)
    assert len(rows) > 8
    assert [(status, code) for status, code in rows if CATALOGUE[code].statut != int(status)] == []
    text = (root / "docs/guide-developpeur-mobile.md").read_text()
    _, _, table = text.partition("| code | que faire |")
    told = re.findall("`([a-z]+(?:-[a-z]+)+|introuvable|indisponible)`", table.partition("\n\n")[0])
    assert len(told) > 5
    assert set(told) <= set(CATALOGUE)
