"""The collector of cycles, put aside while what is made holds none, and for what stays."""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_SERVING: Final = threading.Event()


@contextmanager
def uncollected() -> Iterator[None]:
    """A while without it: millions of rows make no cycle, and looking for some takes its time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


@contextmanager
def serving() -> Iterator[None]:
    """A while in which what is loaded stays: the process answers, and does nothing else.

    Without this, looking for cycles among all that a read model and its framework hold stops
    every answer for a third of a second, now and then.
    """
    _SERVING.set()
    try:
        yield
    finally:
        _SERVING.clear()
        gc.unfreeze()


def loaded() -> None:
    """Tell that what lives as long as the process is there: it is not looked through again."""
    if _SERVING.is_set():
        gc.collect()
        gc.freeze()
