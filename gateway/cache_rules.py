"""What a shared cache may store and reuse (RFC 9111, RFC 5861): pure rules on headers."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

Headers = Sequence[tuple[bytes, bytes]]
Varied = tuple[tuple[bytes, bytes], ...]
"""Request headers that an answer says it varies with, and their values in its own request."""

SECONDS_MAX: Final = 2**31
"""What RFC 9111 § 1.2.2 asks of a longer duration."""
OK: Final = 200
FAILURES: Final = frozenset({500, 502, 503, 504})
"""Answers in whose place `stale-if-error` serves what is kept."""

_STATUSES: Final = frozenset({OK, 301, 308, 404, 410})
_DIRECTIVE: Final = re.compile(
    rb"([a-z0-9!#$%&'*+.^_`|~-]+)(?:=\"((?:[^\"\\]|\\.)*)\"|=([^\s,\"]*))?"
)
_WEIGHT: Final = re.compile(rb"q=(?:0?\.[0-9]{0,3}|[01](?:\.[0-9]{0,3})?)")
_CODINGS: Final = (b"br", b"deflate", b"gzip", b"zstd")
_ACCEPT_MAX: Final = 256
"""Bytes of `Accept-Encoding` that are read; a longer one accepts nothing special."""

_ONE_USE: Final = frozenset({b"content-range", b"set-cookie"})
_REFUSED: Final = frozenset({b"no-store", b"private"})
_STRICT: Final = frozenset({b"must-revalidate", b"proxy-revalidate", b"s-maxage"})
"""Directives under which nothing stale is served, whatever else is said (§ 4.2.4)."""
_NOT_KEPT: Final = frozenset({b"age", b"x-request-id"})
_OF_THE_BODY: Final = frozenset(
    {b"content-encoding", b"content-length", b"content-range", b"content-type"}
)
# Says how the service was doing at that moment; a 304 without it says that it does well again.
_OF_THE_MOMENT: Final = frozenset({b"relance-fraicheur"})

_NEUTRAL: Final = frozenset(
    {
        # In the key, or with a meaning that HTTP itself gives.
        *(b"accept-encoding", b"cache-control", b"host", b"if-none-match", b"origin", b"pragma"),
        *(b"connection", b"if-modified-since", b"keep-alive", b"te"),
        # An answer that depends on one of these has to say so in `Vary`.
        *(b"accept", b"accept-language", b"dnt", b"priority", b"purpose", b"referer"),
        *(b"upgrade-insecure-requests", b"user-agent"),
        # Written by proxies and tracers on every request.
        *(b"cdn-loop", b"forwarded", b"traceparent", b"tracestate", b"via", b"x-forwarded-for"),
        *(b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-prefix", b"x-forwarded-proto"),
        *(b"x-forwarded-server", b"x-real-ip", b"x-request-id"),
    }
)
"""Request headers that do not shape an answer unless its `Vary` names them."""


_OF_THE_KEY: Final = frozenset(
    {b"accept", b"accept-encoding", b"accept-language", b"host", b"origin"}
)
"""Request headers sent when the cache asks by itself, with those that the answer varies with."""


class Terms(NamedTuple):
    """How long an answer serves, in seconds."""

    fresh_s: int
    stale_s: int
    """After that, while it is asked for again."""
    error_s: int
    """After that, in place of a failure."""


def joined(headers: Headers, name: bytes) -> bytes:
    """All values of a header, as one list."""
    return b", ".join([value for found, value in headers if found == name])


def directives(value: bytes) -> dict[bytes, bytes]:
    """The directives of `Cache-Control` with their arguments; said twice differently, with none."""
    found: dict[bytes, bytes] = {}
    for name, quoted, token in _DIRECTIVE.findall(value.lower()):
        argument = quoted or token
        if found.setdefault(name, argument) != argument:
            found[name] = b""
    return found


def seconds(argument: bytes) -> int:
    """A duration; what is not one is none at all."""
    return min(int(argument[:10]), SECONDS_MAX) if argument.isdigit() else 0


def terms(status: int, headers: Headers) -> Terms | None:
    """How long an answer to an anonymous GET may serve others; None when it may not at all.

    Only what says so itself is kept: no heuristic lifetime, and `Expires` alone does not count.
    """
    named = dict(headers)
    if status not in _STATUSES or not named.keys().isdisjoint(_ONE_USE):
        return None
    if named.get(b"content-type", b"").startswith(b"text/event-stream"):
        return None
    found = _terms(joined(headers, b"cache-control"))
    if found is None or (status != OK and not found.fresh_s):
        return None
    return found if any(found) or b"etag" in named else None


@lru_cache(maxsize=256)  # services say the same few things
def _terms(value: bytes) -> Terms | None:
    said = directives(value)
    if not said.keys().isdisjoint(_REFUSED):
        return None
    if b"no-cache" in said:
        return Terms(0, 0, 0)
    lifetime = said.get(b"s-maxage", said.get(b"max-age"))
    if lifetime is None and b"public" not in said:
        return None
    fresh_s = seconds(lifetime or b"")
    if not said.keys().isdisjoint(_STRICT):
        return Terms(fresh_s, 0, 0)
    stale = said.get(b"stale-while-revalidate", b""), said.get(b"stale-if-error", b"")
    return Terms(fresh_s, seconds(stale[0]), seconds(stale[1]))


def varied(headers: Headers, asked: Headers) -> Varied | None:
    """What an answer varies with besides `Accept-Encoding`; None when that cannot be known."""
    names = _varying(joined(headers, b"vary"))
    return None if b"*" in names else tuple([(name, joined(asked, name)) for name in names])


@lru_cache(maxsize=256)
def _varying(vary: bytes) -> tuple[bytes, ...]:
    names = {name.strip() for name in vary.lower().split(b",")}
    return tuple(sorted(names - {b"", b"accept-encoding"}))


def suits(variant: Varied, asked: Headers) -> bool:
    """Whether a request has the headers that an answer varies with."""
    return all(joined(asked, name) == value for name, value in variant)


def odd_header(asked: Headers, variant: Varied) -> bytes | None:
    """A request header that may have shaped the answer and is in no key: nobody else may get it."""
    odd = {name for name, _ in asked} - _NEUTRAL
    if odd:
        odd.difference_update([name for name, _ in variant])
        return min((name for name in odd if not name.startswith(b"sec-")), default=None)
    return None


def impersonal(asked: Headers, variant: Varied) -> list[tuple[bytes, bytes]]:
    """A request's headers, less what is only its client's."""
    keyed = _OF_THE_KEY.union(name for name, _ in variant)
    return [header for header in asked if header[0] in keyed]


@lru_cache(maxsize=256)
def _accepted(value: bytes) -> bytes:
    weights = {}
    for item in value.lower().split(b","):
        coding, separator, parameter = item.partition(b";")
        weight = parameter.strip()
        taken = not separator or (
            _WEIGHT.fullmatch(weight) is not None and float(weight[2:] + b"0") > 0
        )
        weights[coding.strip()] = taken
    rest = weights.get(b"*", False)
    return b",".join([coding for coding in _CODINGS if weights.get(coding, rest)])


def accepted(value: bytes) -> bytes:
    """The known codings that `Accept-Encoding` takes, in one order: what the key holds of it."""
    return _accepted(value) if len(value) <= _ACCEPT_MAX else b""


def suits_codings(headers: Headers, codings: bytes) -> bool:
    """Whether every client that takes these codings can read the answer."""
    said = joined(headers, b"content-encoding")
    used = {coding.strip() for coding in said.lower().split(b",")} if said else set()
    return used <= {b"identity", *codings.split(b",")}


def forbids_keeping(asked: Headers) -> bool:
    """Whether a client wants nothing of this exchange to be kept."""
    value = joined(asked, b"cache-control")
    return bool(value) and b"no-store" in directives(value)


def asks_validation(asked: Headers, *, age: float, fresh_s: int) -> bool:
    """Whether a client wants the service asked before it gets an answer of this age."""
    value = joined(asked, b"cache-control")
    if not value:
        return b"no-cache" in joined(asked, b"pragma").lower()
    said = directives(value)
    if b"no-cache" in said or (b"max-age" in said and age > seconds(said[b"max-age"])):
        return True
    return b"min-fresh" in said and fresh_s - age < seconds(said[b"min-fresh"])


def kept(headers: Headers, size: int) -> Headers:
    """The headers that go with a kept answer, whose body has this size."""
    names = dict(headers).keys()
    if b"content-length" in names and names.isdisjoint(_NOT_KEPT):
        return headers
    replaced = {b"content-length", *_NOT_KEPT}
    found = [header for header in headers if header[0] not in replaced]
    return [*found, (b"content-length", b"%d" % size)]


def freshened(headers: Headers, newer: Headers) -> list[tuple[bytes, bytes]]:
    """The headers of a kept answer, brought up to date by a 304 (§ 3.2)."""
    added = [
        header for header in newer if header[0] not in _OF_THE_BODY and header[0] not in _NOT_KEPT
    ]
    replaced = {name for name, _ in added} | _OF_THE_MOMENT
    return [*(header for header in headers if header[0] not in replaced), *added]


def of_304(headers: Headers) -> list[tuple[bytes, bytes]]:
    """What a 304 says of a kept answer: nothing of the body the client has."""
    return [
        header
        for header in headers
        if header[0] == b"content-location" or not header[0].startswith(b"content-")
    ]
