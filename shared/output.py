"""What commands write for their users: files, whole or what they were before; and lines."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, TextIO

import typer

_STANDARD: Final = Path("-")
_OBEYED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""What a terminal does something else with than to show it: moves, erases, turns round."""


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """A text for who runs a command; what strangers wrote of it, the terminal shows and no more."""
    typer.echo(_OBEYED.sub(lambda sign: f"\\u{ord(sign[0]):04x}", text), err=err, nl=nl)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A UTF-8 text to write, put in the place of the file at `path` once it is whole.

    Whoever serves that file, or reads it each night, finds the former one until then, and still if
    what writes it fails or is killed. A pipe or a terminal is given what comes as it comes, and so
    is the standard output, which « - » means.
    """
    if path == _STANDARD:
        yield sys.stdout
        return
    place = path.resolve()  # a link goes on leading where it led
    if place.exists() and not place.is_file():
        how: AbstractContextManager[TextIO] = place.open("w", encoding="utf-8", newline="")
    elif _may_be_replaced(place):
        how = _beside(place)
    else:
        how = _elsewhere(place)
    with how as file:
        yield file


def _may_be_replaced(place: Path) -> bool:
    """Whether another file can take the place of one, and be of its owner and its group."""
    if not (place.parent.is_dir() and os.access(place.parent, os.W_OK)):
        return False
    if os.geteuid() == 0 or not place.exists():
        return True
    former = place.stat()
    groups = {os.getegid(), *os.getgroups()}
    return former.st_uid == os.geteuid() and former.st_gid in groups


@contextmanager
def _beside(place: Path) -> Iterator[TextIO]:
    draft = place.with_name(f".{place.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            if place.exists():
                former = place.stat()
                os.chown(draft, former.st_uid, former.st_gid)
                shutil.copymode(place, draft)
            yield file
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _elsewhere(place: Path) -> Iterator[TextIO]:
    """Where an account may write a file, but put no other in its place."""
    # Opened before there is anything to write: what it is refused is known before the work is done.
    with (
        place.open("a", encoding="utf-8", newline="") as file,
        TemporaryFile("w+", encoding="utf-8", newline="") as draft,
    ):
        yield draft
        draft.seek(0)
        file.truncate(0)
        shutil.copyfileobj(draft, file)
