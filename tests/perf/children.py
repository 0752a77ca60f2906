"""Measures taken in a process of their own: its memory is theirs alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from tests.perf.servers import BenchError


def run_child(module: str, *arguments: str) -> dict[str, Any]:
    """What `python -m module arguments` tells, as one JSON object."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"« {' '.join(command)} » a échoué : {done.stderr[-2000:]}")
    return json.loads(done.stdout)


def peak_mb() -> float:
    """Most memory that this process ever held at once."""
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux: what it holds now
        return psutil.Process().memory_info().rss / 1e6
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024 / 1e6
