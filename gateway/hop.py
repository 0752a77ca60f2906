"""The ways the hop to a service can fail, and what its client is told of each.

Only `BrokenError` may mean a kept connection that its service had closed: `gateway.pool` asks once
more. Only `SilenceError` makes clients wait: `gateway.breaker` counts it.
"""

from typing import ClassVar, Final

from shared.problems import BadGateway, GatewayTimeout, Problem, Unavailable

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""What may be asked twice."""
_PERHAPS_DONE: Final = (
    " Ce qui était demandé a pu être fait, ou l'être encore : renvoyée avec la même "
    "Idempotency-Key, la requête en reçoit la réponse et n'est pas faite deux fois."
)


class HopError(Exception):
    """The exchange with the service failed."""

    answered: ClassVar[type[Problem]] = BadGateway
    sentence: ClassVar[str] = "Le service a rompu l'échange ou mal répondu."
    has_left: ClassVar[bool] = True
    """What was asked may have been done."""


class UnreachableError(HopError):
    """No connection to the service could be opened."""

    answered = Unavailable
    sentence = "Le service est injoignable pour l'instant."
    has_left = False


class SilenceError(HopError):
    """The service made its client wait too long."""

    answered = GatewayTimeout
    sentence = "Le service n'a pas répondu à temps."


class BrokenError(HopError):
    """The service cut the exchange, or said what is not HTTP."""


class StoppedError(HopError):
    """Our own server stops: an answer without end is ended."""


def problem_of(error: type[HopError] | HopError, method: str) -> Problem:
    """What a client is told of its request that failed so."""
    perhaps = _PERHAPS_DONE if error.has_left and method not in SAFE else ""
    return error.answered(error.sentence + perhaps)
