"""What fails again and again is told when it begins and when it ends, and tried less and less."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from shared.db import sqlstate

FIRST_S: Final = 1.0
LONGEST_S: Final = 15.0
"""Longest wait before another try: what is back is noticed within this time."""


class Outage:
    """The failures of one thing, from the first until it works again; for several threads.

    A log that says the same each second hides all else: each kind of failure is told once.
    """

    def __init__(
        self,
        logger: logging.Logger,
        begins: str,
        ends: str,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`begins` is logged before the failure, `ends` before how long it lasted."""
        self._logger = logger
        self._begins = begins
        self._ends = ends
        self._clock = clock
        self._lock = threading.Lock()
        self._since: float | None = None
        self._told: set[tuple[type, str | None]] = set()

    def failed(self, error: Exception, *, level: int = logging.ERROR, trace: bool = False) -> float:
        """Tell a failure, unless one like it was told; how many seconds to wait then.

        Half as long as it has lasted, within bounds. `trace`: tell where it came from too.
        """
        kind = (type(error), sqlstate(error))
        now = self._clock()
        with self._lock:
            if self._since is None:
                self._since = now
            lasted = now - self._since
            is_new = kind not in self._told
            self._told.add(kind)
        if is_new:
            # Some say nothing of themselves: a TimeoutError.
            told = str(error) or type(error).__name__
            self._logger.log(level, "%s: %s", self._begins, told, exc_info=error if trace else None)
        return min(max(lasted / 2, FIRST_S), LONGEST_S)

    def ended(self) -> None:
        """It works: tell so, if it did not."""
        if self._since is None:
            return
        with self._lock:
            since, self._since = self._since, None
            self._told.clear()
        if since is not None:
            self._logger.warning("%s, after %.0f s", self._ends, self._clock() - since)
