import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """The files of the project: what git knows, or would take."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return sorted({path for name in names.split("\0") if name and (path := ROOT / name).is_file()})


@pytest.fixture(scope="session")
def sources() -> dict[str, ast.Module]:
    """Our modules by path, parsed; a migration is a record, not a module to keep short."""
    folders = ("services", "gateway", "shared")
    paths = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return {
        str(path.relative_to(ROOT)): ast.parse(path.read_text())
        for path in paths
        if "versions" not in path.parts
    }
