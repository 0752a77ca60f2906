"""The partner's side of the handshake: which versions it speaks and where its modules answer.

We go where a partner tells us to: only https, only public addresses, the address that was checked
is the one that is connected to, no redirection, a bounded time and a bounded answer. Hosts named in
RELANCE_BORNES_OCPI_HOTES are trusted as they are.
"""

import ipaddress
import socket
import time
from collections.abc import Callable
from typing import Final, TypeVar

import httpx
from pydantic import ValidationError

from services.bornes.ocpi import jetons
from services.bornes.ocpi.erreurs import (
    MISSING_ENDPOINTS,
    UNSUPPORTED_VERSION,
    UNUSABLE,
    ErreurOcpi,
)
from shared.schemas.ocpi import EndpointOcpi, EnveloppeOcpi, VersionDetail, VersionPubliee

DEADLINE_S: Final = 8.0
"""Each of the two answers must have come whole by then."""
ANSWER_MAX: Final = 262_144
_PORTS: Final = {"http": 80, "https": 443}
_PORTS_END: Final = 65_536
_SUCCESS: Final = range(1000, 2000)

T = TypeVar("T")
Resolve = Callable[[str, int], list[str]]


def addresses(host: str, port: int) -> list[str]:
    """The IP addresses of a host."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(one[4][0]) for one in found]


class Partenaire:
    """The API of a partner, asked with the token it gave us."""

    def __init__(self, jeton: str, *, hotes: frozenset[str], resolve: Resolve = addresses) -> None:
        self._jeton = jeton
        self._hotes = hotes
        self._resolve = resolve

    def endpoints(self, url: str, version: str) -> list[EndpointOcpi]:
        """Its modules in a version; ErreurOcpi 3001, 3002 or 3003 when they cannot be had."""
        versions = self._get(url, EnveloppeOcpi[list[VersionPubliee]])
        urls = [one.url for one in versions if one.version == version]
        if not urls:
            raise ErreurOcpi(UNSUPPORTED_VERSION, f"Vos versions ne comptent pas OCPI {version}.")
        detail = self._get(urls[0], EnveloppeOcpi[VersionDetail])
        if not any(one.identifier == "credentials" for one in detail.endpoints):
            raise ErreurOcpi(MISSING_ENDPOINTS, "Votre version n'a pas de module « credentials ».")
        return detail.endpoints

    def _get(self, url: str, model: type[EnveloppeOcpi[T]]) -> T:
        try:
            content = self._fetch(url)
            answer = model.model_validate_json(content)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValidationError) as error:
            raise _unusable(url, type(error).__name__) from error
        if answer.status_code not in _SUCCESS or answer.data is None:
            raise _unusable(url, f"code OCPI {answer.status_code}")
        return answer.data

    def _fetch(self, url: str) -> bytes:
        target, host = self._checked(httpx.URL(url))
        headers = {
            "Authorization": jetons.header(self._jeton),
            "Accept": "application/json",
            "Accept-Encoding": "identity",  # and what is compressed all the same is not opened
            "Host": host,
        }
        extensions = {"sni_hostname": target[1]}
        deadline = time.monotonic() + DEADLINE_S
        content = bytearray()
        with (
            httpx.Client(timeout=DEADLINE_S / 2, trust_env=False) as client,
            client.stream("GET", target[0], headers=headers, extensions=extensions) as answer,
        ):
            if answer.status_code != httpx.codes.OK:
                raise _unusable(url, f"HTTP {answer.status_code}")
            for chunk in answer.iter_raw(16_384):
                content += chunk
                if len(content) > ANSWER_MAX or time.monotonic() > deadline:
                    raise _unusable(url, "réponse trop longue")
        return bytes(content)

    def _checked(self, url: httpx.URL) -> tuple[tuple[httpx.URL, str], str]:
        """The URL by the address that was checked, its host name, and its Host header."""
        host, authority = url.host, url.netloc.decode()
        trusted = host in self._hotes or authority in self._hotes
        port = url.port or _PORTS.get(url.scheme, 0)
        if not host or url.userinfo or url.scheme not in _PORTS or not 0 < port < _PORTS_END:
            raise _unusable(str(url), "adresse refusée")
        if url.scheme != "https" and not trusted:
            raise _unusable(str(url), "https est exigé")
        found = self._resolve(host, port)
        if not found or not (trusted or all(_is_public(one) for one in found)):
            raise _unusable(str(url), "adresse privée ou réservée")
        return (url.copy_with(host=found[0]), host), authority


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_global and not ip.is_multicast


def _unusable(url: str, why: str) -> ErreurOcpi:
    return ErreurOcpi(UNUSABLE, f"Votre API ne peut pas être jointe à {url} : {why}.")
