"""What is refused before routing: bad hosts, bodies too large, forged identity headers."""

from typing import NamedTuple

from starlette.types import Message, Receive, Scope, Send

from gateway.refusals import refuse
from shared.counts import figure
from shared.problems import Problem, TooLarge

Headers = list[tuple[bytes, bytes]]

# The rest of such a request is not read: its connection cannot serve another.
_CLOSE = {"Connection": "close"}
_WATCHED = frozenset({b"host", b"authorization", b"content-length", b"transfer-encoding"})


class Screened(NamedTuple):
    """The headers of a request, once looked at."""

    headers: Headers
    """Without `Authorization`, and without names a service could take for another."""
    authorization: bytes | None
    is_streamed: bool
    """The body comes without announcing its length."""


def screen(headers: Headers, *, max_body: int) -> Screened:
    """Look once at each header; an ordinary anonymous GET has only its Host to look at."""
    watched = [header for header in headers if header[0] in _WATCHED or b"_" in header[0]]
    if len(watched) == 1 and watched[0][0] == b"host":
        return Screened(headers, None, is_streamed=False)
    if sum(name == b"host" for name, _ in watched) != 1:
        raise Problem("La requête doit porter exactement un en-tête Host.", headers=_CLOSE)
    values = dict(watched)
    if int(values.get(b"content-length", 0)) > max_body:
        raise _too_large(max_body)
    # Some servers read X_Y as X-Y: an underscore is how a made-up identity would slip in.
    kept = [header for header in headers if header[0] != b"authorization" and b"_" not in header[0]]
    return Screened(kept, values.get(b"authorization"), is_streamed=b"transfer-encoding" in values)


class BoundedBody:
    """Counts a body that comes without a length, and answers 413 in place of its reader."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, *, max_body: int) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._max = max_body
        self._size = 0
        self._is_started = False
        self._is_ended = False
        """The client has said all."""

    @property
    def is_exceeded(self) -> bool:
        """The client sent more than is accepted."""
        return self._size > self._max

    async def receive(self) -> Message:
        """The next message of the client, a disconnection once it said too much."""
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self._is_ended = not message.get("more_body", False)
        return {"type": "http.disconnect"} if self.is_exceeded else message

    async def send(self, message: Message) -> None:
        """Pass a message on, unless the answer will be the refusal."""
        if self.is_exceeded and not self._is_started:
            return
        self._is_started = True
        await self._send(message)

    async def close(self) -> None:
        """Refuse what was too large, once its reader gave up."""
        if self.is_exceeded and not self._is_started:
            unread = None if self._is_ended else self._receive
            await refuse(_too_large(self._max), self._scope, self._send, unread=unread)


def _too_large(max_body: int) -> Problem:
    return TooLarge(f"Le corps dépasse {figure(max_body)} octets.", headers=_CLOSE)
