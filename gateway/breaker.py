"""Refuses at once what a silent service would make wait, until it answers (a circuit breaker)."""

import logging
from collections.abc import Callable
from math import inf
from typing import Final

from gateway.hop import HopError, SilenceError, UnreachableError
from shared.outages import Outage

logger = logging.getLogger(__name__)

SILENCES: Final = 5
"""Requests in a row left without an answer before the others are refused."""
PAUSE_S: Final = 2.0
"""After such a silence, how long before one request may try again."""


class Breaker:
    """What was last heard of one service.

    While it is silent one request at a time tries it. What fails at once (a refused connection)
    makes nobody wait: it counts for nothing.
    """

    def __init__(self, service: str, now: Callable[[], float]) -> None:
        self._service = service
        self._now = now
        self._outage = Outage(logger, f"{service} does not answer", f"{service} answers again")
        self._silences = 0
        self._next_try = -inf

    def let_pass(self) -> None:
        """Let a request ask the service; UnreachableError while it is silent."""
        if self._silences < SILENCES:
            return
        if self._now() < self._next_try:
            raise UnreachableError("the service was silent lately")
        self._next_try = inf

    def answered(self) -> None:
        """The service answered, whatever it said."""
        self._silences = 0
        self._outage.ended()

    def failed(self, error: BaseException) -> None:
        """A request that was let pass had no answer."""
        if isinstance(error, HopError):
            self._outage.failed(error, level=logging.WARNING)
        if isinstance(error, SilenceError):
            self._silences += 1
            if self._silences == SILENCES:
                logger.warning("the service is silent, requests are refused: %s", self._service)
            self._next_try = self._now() + PAUSE_S
        elif self._silences >= SILENCES:
            # Its client left, or the connection was refused: the next one may try.
            self._next_try = self._now()
