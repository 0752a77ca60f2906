"""The collector of cycles, put aside where it has nothing to find."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


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


def settled() -> None:
    """What was made to start stays until the end: the collector never looks at it again.

    A pass over all of a service's modules, contracts and routes took 0.2 to 0.3 s, about every
    20,000 requests, and everyone waited.
    """
    gc.freeze()
