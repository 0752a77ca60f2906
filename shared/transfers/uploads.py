"""Uploaded import files: received whole within bounds, a few at a time."""

import hashlib
import re
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from threading import BoundedSemaphore
from typing import Annotated, Any, BinaryIO, Final, NamedTuple, Protocol, cast

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from shared.conditional import CREATED, PRIVATE
from shared.http.addresses import local
from shared.http.bodies import pieces_of
from shared.http.media import BINARY, JSON, TEXT, media_type_of
from shared.idempotency import StoredAnswer
from shared.problems import Unavailable, Unsupported
from shared.schemas.imports import EtatImport
from shared.transfers.waiting import whole

IN_MEMORY: Final = 1 << 20
"""Bytes of a body kept in memory; the rest goes to a temporary file."""
_HINTS: Final = (
    (re.compile(r"multipart/.*"), "Il est le corps de la requête, non un champ de formulaire."),
    (
        re.compile(r"application/x-www-form-urlencoded"),
        "`curl --data-binary` le dit de tout fichier : ajoutez `-H 'Content-Type: …'`.",
    ),
    (
        re.compile(r"application/vnd\.(openxmlformats|oasis).*"),
        "Enregistrez d'abord le classeur en CSV.",
    ),
)
"""What to do of a media type that people often send, by its pattern."""
_CODINGS: Final = frozenset({"identity", "gzip", "x-gzip"})
"""A gzip file is known by its first bytes, said so or not."""
PLACES_MAX: Final = 2
"""Imports under way: one that applies, one that reads its file meanwhile."""


class Recu(NamedTuple):
    """A body received whole."""

    fichier: BinaryIO
    sha256: str


CSV_OU_GZIP: Final = (
    "text/csv",
    "text/plain",
    "application/gzip",
    "application/x-gzip",
    # What generic clients say of any file, and browsers of a CSV where Excel is installed.
    "application/octet-stream",
    "application/vnd.ms-excel",
)
"""How a CSV is sent, compressed or not; it is known by what it holds."""


_DOCUMENTED: Final = {
    "text/csv": TEXT,
    "application/json": {"schema": {}},
    "application/geo+json": {"schema": {}},
    "application/x-ndjson": TEXT,
    "application/gzip": BINARY,
    "application/octet-stream": BINARY,
}


def file_body(description: str, types: Sequence[str] = CSV_OU_GZIP) -> dict[str, Any]:
    """How OpenAPI says that the body is a file, of these media types."""
    content = {name: schema for name, schema in _DOCUMENTED.items() if name in types}
    return {"requestBody": {"required": True, "description": description, "content": content}}


@asynccontextmanager
async def received(request: Request, types: Sequence[str]) -> AsyncGenerator[Recu]:
    """The body as a seekable file; of these media types, the first when none is said."""
    media_type = media_type_of(request, types[0])
    if media_type not in types:
        hints = (f" {hint}" for pattern, hint in _HINTS if pattern.fullmatch(media_type))
        raise Unsupported(
            f"Le fichier est attendu en {', '.join(types[:-1])} ou {types[-1]}, pas en "
            f"{media_type or 'rien'}.{next(hints, '')}"
        )
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in _CODINGS:
        raise Unsupported(f"Un fichier s'envoie tel quel ou en gzip, pas en {coding[:40]}.")
    limit: int = request.app.state.settings.taille_max_corps
    sha = hashlib.sha256()
    with SpooledTemporaryFile(max_size=IN_MEMORY) as file:
        async for piece in pieces_of(request, limit):
            sha.update(piece)
            file.write(piece)
        yield Recu(cast("BinaryIO", file), sha.hexdigest())


class Places:
    """The imports that a service has under way in a process.

    They apply one after the other: more than a few would only hold connections.
    """

    def __init__(self) -> None:
        self._free = BoundedSemaphore(PLACES_MAX)

    def after(self, dependency: Any) -> Any:
        """A place for the time of a request, taken once another dependency has given its value.

        Neither the unknown nor those whose file is still on its way hold one.
        """

        def take(_before: Annotated[Any, dependency]) -> Iterator[None]:
            if not self._free.acquire(blocking=False):
                raise Unavailable(
                    "Trop d'imports sont en cours ; réessayez dans une minute.",
                    headers={"Retry-After": "60"},
                )
            try:
                yield
            finally:
                self._free.release()

        return Depends(take, scope="function")


class Publie(Protocol):
    """An import as a contract shows it."""

    @property
    def id(self) -> int | None: ...
    @property
    def etat(self) -> EtatImport: ...
    def model_dump_json(self) -> str: ...


def answered(request: Request, found: Publie, etag: str) -> StoredAnswer:
    """The answer to who has sent a file: tried, held or applied."""
    statut = {EtatImport.ESSAI: 200, EtatImport.EN_ATTENTE: 202}.get(found.etat, 201)
    entetes = {"content-type": JSON}
    if found.id is not None:
        entetes |= {"location": local(request.scope, f"/imports/{found.id}"), "etag": etag}
    return StoredAnswer(statut, entetes, found.model_dump_json().encode())


def answers(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """How the contract tells of that answer."""
    return {
        200: {"model": model, "description": "Essai : rien n'a été gardé."},
        201: {"description": "Fichier importé : ce qui a changé est public.", "headers": CREATED},
        202: {"model": model, "description": "En attente d'une confirmation.", "headers": CREATED},
    }


def json_list(models: Iterable[BaseModel]) -> Iterator[str]:
    """A JSON list by pieces, one an object."""
    before = "["
    for model in models:
        yield before + model.model_dump_json()
        before = ","
    yield "[]" if before == "[" else "]"


def attachment(pieces: Iterable[str], name: str, media_type: str) -> StreamingResponse:
    """A file for its reader only, made whole before it leaves."""
    return StreamingResponse(
        whole(pieces),
        media_type=media_type,
        headers={**PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'},
    )
