"""What is installed: each dependency with its reason, each lock true to pyproject.toml."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

EXTRAS = {"base": (), "embarque": ("embarque",), "dev": ("embarque", "dev")}
"""Lock → the optional groups it holds."""


@pytest.fixture(scope="module")
def project(root):
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def pins(root, name):
    """Package → the versions a lock gives, one for each kind of machine."""
    found: dict[str, set[Version]] = {}
    text = (root / f"requirements/{name}.lock").read_text()
    for package, version in re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE):
        found.setdefault(canonicalize_name(package), set()).add(Version(version))
    return found


def test_every_dependency_has_its_reason(root):
    text = (root / "pyproject.toml").read_text()
    listed = re.findall(r'^    "[\w-]+(?:\[[\w,]+\])?[><=].*$', text, re.MULTILINE)
    assert len(listed) > 30
    assert [line for line in listed if not re.search(r'",\s+# \S', line)] == []


@pytest.mark.parametrize("name", EXTRAS)
def test_a_lock_satisfies_the_project(root, project, name):
    wanted = [*project["dependencies"]]
    for extra in EXTRAS[name]:
        wanted += project["optional-dependencies"][extra]
    locked = pins(root, name)
    for requirement in map(Requirement, wanted):
        if requirement.name != project["name"]:
            versions = locked[canonicalize_name(requirement.name)]
            assert all(version in requirement.specifier for version in versions), requirement


def test_the_locks_agree(root):
    everything = pins(root, "dev")
    for name in EXTRAS:
        assert pins(root, name).items() <= everything.items()


@pytest.mark.parametrize("name", [*EXTRAS, "conformite"])
def test_a_lock_holds_hashed_versions_and_nothing_else(root, name):
    for line in (root / f"requirements/{name}.lock").read_text().splitlines():
        assert re.fullmatch(
            r"[\w.-]+==[^\s;]+( ; [^\\]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        ), line


def test_the_verifiers_stay_apart(root):
    """Programs whose licence is not ours to mix with are in no lock of the project."""
    text = (root / "requirements/conformite.in").read_text()
    apart = {canonicalize_name(name) for name in re.findall(r"^([\w-]+)", text, re.MULTILINE)}
    assert apart
    assert apart <= pins(root, "conformite").keys()
    for name in EXTRAS:
        assert apart.isdisjoint(pins(root, name))
