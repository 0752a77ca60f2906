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
