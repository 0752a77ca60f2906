"""Reading of the reference files that ship with the package (see data/PROVENANCE.md)."""

import json
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


def read(name: str) -> Any:
    """One JSON or GeoJSON file of the reference."""
    return json.loads((_DATA / name).read_text("utf-8"))
