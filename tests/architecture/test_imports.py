"""What imports what: the contracts of .importlinter, and what they cannot say."""

import ast
import subprocess
import sys
from pathlib import Path


def test_the_import_contracts_hold(root):
    # In a process of its own: it disables the loggers of the one it runs in.
    command = Path(sys.executable).with_name("lint-imports")
    result = subprocess.run(
        [command, "--no-cache"], check=False, cwd=root, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout


def test_an_api_names_sessions_and_writes_no_sql(sources):
    taken = {
        (path, alias.name)
        for path, module in sources.items()
        if "/api/" in path
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name not in {"Engine", "Session"}
    }
    assert taken == set()
