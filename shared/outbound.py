"""HTTP calls to addresses given by strangers: public hosts only, bounded in time and size.

Only https; the address that was checked is the one that is connected to, so that a name cannot
change its mind in between; no redirection is followed, no proxy of the environment is used. Hosts
that a setting names are trusted as they are.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    # It loads a command line of its own, colours included: imported by who calls someone.
    import httpx

_PORTS: Final = {"http": 80, "https": 443}
_PORTS_END: Final = 65_536
_REDIRECTIONS: Final = range(300, 400)
_CHUNK: Final = 16_384
_ADDRESSES_MAX: Final = 4
"""Of one name, that a call tries."""
_LOCAL: Final = "localhost"
"""A name that means this machine, and all names under it (RFC 6761)."""
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z][a-z0-9-]{0,62}")
"""The last part of a name never begins with a digit, that of a number does."""
_NAME_MAX: Final = 253
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_INTERNET: Final = (ipaddress.IPv6Network("2000::/3"), _NAT64)
"""All that IANA gives out of IPv6, and where IPv4 is reached from it. Of the rest some is of a
site, or carries IPv4 addresses, and Python's list of private networks does not have it all."""

_RESOLVERS: Final = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolution")
"""Apart from the loop of a call, which waits for its own threads before it ends: a resolver may
take longer than any deadline."""
Resolve = Callable[[str, int], list[str]]
IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class CallError(Exception):
    """The call was refused or did not succeed; the text says why, in French."""


@dataclass(frozen=True, slots=True)
class Reponse:
    """What came back."""

    statut: int
    entetes: "httpx.Headers"
    corps: bytes
    est_entiere: bool
    """False when the rest of the body was too long, or too long in coming."""

    @property
    def est_redirection(self) -> bool:
        """It sends elsewhere, where nobody goes."""
        return self.statut in _REDIRECTIONS


@dataclass(frozen=True, slots=True)
class Cible:
    """An address, once checked."""

    urls: "tuple[httpx.URL, ...]"
    """By IP address, each checked: one is for when those before it take no connection."""
    host: str
    """The name, for TLS."""
    authority: str
    """The `Host` header."""


def addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


def is_public(address: str) -> bool:
    """Whether an address is one of the Internet, and so is the IPv4 address it may carry."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and not any(ip in network for network in _INTERNET):
        return False
    return all(one.is_global and not one.is_multicast for one in (ip, *_carried(ip)))


def _carried(ip: IP) -> list[ipaddress.IPv4Address]:
    if isinstance(ip, ipaddress.IPv4Address):
        return []
    found = [one for one in (ip.sixtofour, *(ip.teredo or ())) if one is not None]
    if ip in _NAT64:
        found.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return found


def look(url: str, *, hotes: frozenset[str]) -> "httpx.URL":
    """An address that may be called, as far as its text tells; CallError when it may not."""
    import httpx

    try:
        asked = httpx.URL(url)
        host = asked.host  # read from its Punycode, which may be none
    except (httpx.InvalidURL, TypeError, UnicodeError) as error:
        raise CallError("adresse refusée") from error
    known = asked.scheme in _PORTS and 0 < _port(asked) < _PORTS_END
    if not host or asked.userinfo or not known:
        raise CallError("adresse refusée")
    if _is_trusted(asked, hotes):
        return asked
    if asked.scheme != "https":
        raise CallError("https est exigé")
    if _is_private(host):
        raise CallError("adresse privée ou réservée")
    if not _is_named(asked):
        raise CallError("un nom d'hôte complet est attendu, comme exemple.fr")
    return asked


def _is_named(url: "httpx.URL") -> bool:
    """Whether a host has a name of the DNS, or a plain address.

    `127.1` and `0x7f000001` are neither: some resolvers read addresses in them.
    """
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return len(host) <= _NAME_MAX and _NAME.fullmatch(host) is not None
    return True


def _is_private(host: str) -> bool:
    """Whether a host surely is, whatever a resolver says: a literal address, or this machine."""
    if host.rstrip(".").rpartition(".")[2] == _LOCAL:
        return True
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return False
    return not is_public(str(literal))


def _port(url: "httpx.URL") -> int:
    return _PORTS[url.scheme] if url.port is None else url.port


def _is_trusted(url: "httpx.URL", hotes: frozenset[str]) -> bool:
    return url.host in hotes or url.netloc.decode() in hotes


@cache
def _tls() -> ssl.SSLContext:
    """Read once: the certificates cost more than the call."""
    import httpx

    return httpx.create_ssl_context(trust_env=False)


class Sortie:
    """The way out of the suite."""

    def __init__(
        self,
        *,
        hotes: frozenset[str],
        deadline_s: float,
        body_max: int,
        resolve: Resolve = addresses,
    ) -> None:
        self._hotes = hotes
        self._deadline_s = deadline_s
        self._body_max = body_max
        self._resolve = resolve

    def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None = None
    ) -> Reponse:
        """One request and its answer, whatever its status; all of it before the deadline."""
        import httpx

        try:
            return asyncio.run(self._exchange(method, url, dict(headers), content))
        except TimeoutError as error:
            raise CallError(f"pas de réponse en {self._deadline_s:g} s") from error
        except (httpx.HTTPError, OSError, UnicodeError) as error:
            raise CallError(f"connexion impossible ({type(error).__name__})") from error

    async def _exchange(
        self, method: str, url: str, headers: dict[str, str], content: bytes | None
    ) -> Reponse:
        import httpx

        # An event loop for one call: the only timeout that covers it whole, headers that come
        # byte by byte included.
        answer: httpx.Response | None = None
        corps = bytearray()
        try:
            async with (
                asyncio.timeout(self._deadline_s),
                httpx.AsyncClient(trust_env=False, verify=_tls()) as client,
            ):
                loop = asyncio.get_running_loop()
                cible = await loop.run_in_executor(_RESOLVERS, self._checked, url)
                own = {"Host": cible.authority, "Accept-Encoding": "identity"}
                answer = await self._answer(client, cible, method, {**headers, **own}, content)
                # Raw: what is compressed all the same is not opened.
                async for chunk in answer.aiter_raw(_CHUNK):
                    corps += chunk
                    if len(corps) > self._body_max:
                        return _reponse(answer, corps[: self._body_max], whole=False)
        except (TimeoutError, httpx.HTTPError):
            if answer is None:
                raise
            return _reponse(answer, corps, whole=False)
        return _reponse(answer, corps, whole=True)

    async def _answer(
        self,
        client: "httpx.AsyncClient",
        cible: Cible,
        method: str,
        headers: dict[str, str],
        content: bytes | None,
    ) -> "httpx.Response":
        """The answer, its body yet to be read, of the first address that takes a connection."""
        import httpx

        *others, last = cible.urls
        # A silent one leaves half of the time to the last one, and to the answer.
        connect_s = self._deadline_s / (2 * len(others) or 1)

        async def ask(url: "httpx.URL") -> "httpx.Response":
            request = client.build_request(
                method,
                url,
                headers=headers,
                content=content,
                timeout=httpx.Timeout(self._deadline_s, connect=connect_s),
                extensions={"sni_hostname": cible.host},
            )
            return await client.send(request, stream=True)

        for url in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await ask(url)
        return await ask(last)

    def _checked(self, url: str) -> Cible:
        asked = look(url, hotes=self._hotes)
        found = self._resolve(asked.host, _port(asked))
        trusted = _is_trusted(asked, self._hotes)
        if not found or not (trusted or all(map(is_public, found))):
            raise CallError("adresse privée ou réservée")
        urls = tuple(asked.copy_with(host=one) for one in found[:_ADDRESSES_MAX])
        return Cible(urls, asked.host, asked.netloc.decode())


def _reponse(answer: "httpx.Response", corps: bytearray, *, whole: bool) -> Reponse:
    return Reponse(answer.status_code, answer.headers, bytes(corps), whole)
