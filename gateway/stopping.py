"""Leaves through the front door when a signal says to stop: whatever was opened is closed."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

LOOK_S: Final = 1.0
"""How often who waits looks whether a signal came of which Python dropped the exception."""


@contextmanager
def stopped_by_signals() -> Iterator[threading.Event]:
    """Ctrl-C and SIGTERM end the process without an error.

    What it gives is then set: Python drops what is raised while it calls back, as it does within
    an import, and the process would go on.
    """
    told = threading.Event()

    def leave(_number: int, _frame: FrameType | None) -> None:
        told.set()
        sys.exit(0)

    previous = {number: signal.signal(number, leave) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _hung_up_as_stopped():
            yield told
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def _hung_up_as_stopped() -> Iterator[None]:
    """A terminal that is closed stops what it started, unless that was to outlive it (nohup).

    Else nothing would be closed: the PostgreSQL of a demonstration would stay.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)

    if sys.platform == "win32" or signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGHUP, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
