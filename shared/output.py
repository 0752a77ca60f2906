"""Files that commands write for their users: whole, or what they were before."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text to write, put in the place of the file at `path` once it is whole.

    Whoever serves that file, or reads it each night, finds the former one until then, and still if
    what writes it fails or is killed. A pipe or a terminal is given what comes as it comes.
    """
    place = path.resolve()  # a link goes on leading where it led
    if place.exists() and not place.is_file():
        with place.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            yield file
        if place.exists():
            shutil.copymode(place, draft)
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
