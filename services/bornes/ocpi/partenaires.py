"""The partner's side of the handshake: which versions it speaks and where its modules answer.

We go where a partner tells us to, by the guarded way out (shared.outbound). Hosts named in
RELANCE_BORNES_OCPI_HOTES are trusted as they are.
"""

from codecs import BOM_UTF8
from http import HTTPStatus
from typing import Final, TypeVar

from pydantic import ValidationError

from services.bornes.ocpi import jetons
from services.bornes.ocpi.erreurs import (
    MISSING_ENDPOINTS,
    UNSUPPORTED_VERSION,
    UNUSABLE,
    ErreurOcpi,
    told,
)
from shared.counts import figure
from shared.outbound import CallError, Resolve, Sortie, addresses
from shared.schemas.ocpi import EndpointOcpi, EnveloppeOcpi, VersionDetail, VersionPubliee

DEADLINE_S: Final = 8.0
"""Each of the two answers must have come whole by then."""
ANSWER_MAX: Final = 262_144
_SUCCESS: Final = range(1000, 2000)

T = TypeVar("T")


class Partenaire:
    """The API of a partner, asked with the token it gave us."""

    def __init__(self, jeton: str, *, hotes: frozenset[str], resolve: Resolve = addresses) -> None:
        self._jeton = jeton
        self._sortie = Sortie(
            hotes=hotes, deadline_s=DEADLINE_S, body_max=ANSWER_MAX, resolve=resolve
        )

    def endpoints(self, url: str, version: str) -> list[EndpointOcpi]:
        """Its modules in a version; ErreurOcpi 3001, 3002 or 3003 when they cannot be had."""
        versions = self._get(url, EnveloppeOcpi[list[VersionPubliee]])
        urls = [one.url for one in versions if one.version == version]
        if not urls:
            raise ErreurOcpi(UNSUPPORTED_VERSION, f"Vos versions ne comptent pas OCPI {version}.")
        detail = self._get(urls[0], EnveloppeOcpi[VersionDetail])
        if detail.version != version:
            raise _unusable(urls[0], f"c'est le détail de la version {detail.version}")
        if not any(one.identifier == "credentials" for one in detail.endpoints):
            raise ErreurOcpi(MISSING_ENDPOINTS, "Votre version n'a pas de module « credentials ».")
        return detail.endpoints

    def _get(self, url: str, model: type[EnveloppeOcpi[T]]) -> T:
        try:
            content = self._fetch(url)
            answer = model.model_validate_json(content)
        except CallError as error:
            raise _unusable(url, str(error)) from error
        except ValidationError as error:
            raise _unusable(url, f"réponse illisible. {told(error.errors())}") from error
        if answer.status_code not in _SUCCESS or answer.data is None:
            raise _unusable(url, f"code OCPI {answer.status_code}")
        return answer.data

    def _fetch(self, url: str) -> bytes:
        headers = {"Authorization": jetons.header(self._jeton), "Accept": "application/json"}
        answer = self._sortie.exchange("GET", url, headers=headers)
        if answer.est_redirection:
            raise CallError(f"HTTP {answer.statut}, et aucune redirection n'est suivie")
        if answer.statut != HTTPStatus.OK:
            raise CallError(f"HTTP {answer.statut}")
        coding = answer.entetes.get("content-encoding", "identity").lower()
        if coding != "identity":
            raise CallError(f"réponse compressée ({coding[:20]}), ce qui n'était pas demandé")
        if not answer.est_entiere:
            raise CallError(
                f"réponse interrompue, ou trop longue (plus de {figure(ANSWER_MAX)} octets)"
            )
        return answer.corps.removeprefix(BOM_UTF8)


def _unusable(url: str, why: str) -> ErreurOcpi:
    message = f"Votre API ne répond pas comme prévu à {url} : {why.removesuffix('.')}."
    return ErreurOcpi(UNUSABLE, message)
