"""The registry as files."""

import zlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple

import brotli
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes.avitaillement.vitrine import GENRE
from services.bornes.exports import avitaillement, geojson, irve_statique
from services.bornes.exports.attente import whole
from services.bornes.models import JOURNAL
from shared import journal
from shared.answering import shown
from shared.auth import PUBLIC
from shared.conditional import etag, matches
from shared.journal import Curseur
from shared.replies import negotiate
from shared.schemas.commun import SansParametre
from shared.segments import Version
from shared.vitrine import Vue

router = APIRouter(prefix="/exports", dependencies=[PUBLIC])
CSV = "text/csv; charset=utf-8"
GEOJSON = "application/geo+json"
UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "Rien n'a changé depuis la version citée."}
}


@router.get(
    "/irve-statique.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **UNCHANGED},
)
def irve_statique_csv(
    request: Request,
    _: Annotated[SansParametre, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Tous les points de charge en service, au schéma IRVE statique 2.3.1."""
    return _csv(request, irve_statique.NOM, irve_statique.irve_statique).answer(
        if_none_match, accept_encoding
    )


@router.get(
    "/stations.geojson",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}, **UNCHANGED},
)
def stations_geojson(
    request: Request,
    _: Annotated[SansParametre, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Toutes les stations en service, en GeoJSON : le fond d'une carte en un téléchargement."""
    vue = shown(request.app.state.vitrine)
    return _geojson(geojson.NOM, vue, vue.version).answer(if_none_match, accept_encoding)


@router.get(
    "/avitaillement.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}, **UNCHANGED},
)
def avitaillement_csv(
    request: Request,
    _: Annotated[SansParametre, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Tous les points d'avitaillement, au schéma `/avitaillement/schema.json`."""
    return _csv(request, avitaillement.NOM_CSV, avitaillement.avitaillement).answer(
        if_none_match, accept_encoding
    )


@router.get(
    "/avitaillement.geojson",
    response_class=StreamingResponse,
    responses={200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}, **UNCHANGED},
)
def avitaillement_geojson(
    request: Request,
    _: Annotated[SansParametre, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str, Header()] = "",
) -> Response:
    """Toutes les stations d'avitaillement, en GeoJSON."""
    vue = shown(request.app.state.vitrine)
    export = _geojson(avitaillement.NOM_GEOJSON, vue, vue.autres[GENRE])
    return export.answer(if_none_match, accept_encoding)


class Export(NamedTuple):
    """A whole file, as of one place in the journal."""

    nom: str
    media_type: str
    curseur: Curseur
    instant: datetime
    content: Callable[[], Iterable[bytes]]

    def answer(self, if_none_match: str | None, accept: str) -> Response:
        """The file, streamed and compressed as asked, or 304 when the client has it."""
        headers = {
            "ETag": etag(self.nom, self.curseur.encode(), weak=True),
            "Last-Modified": self.instant.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "Cache-Control": "public, max-age=60",
        }
        if matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers)
        headers["Content-Disposition"] = f'attachment; filename="{self.nom}"'
        coding = negotiate(accept.encode("latin-1"))
        pieces = self.content()
        if coding is not None:
            headers["Content-Encoding"] = coding.decode()
            pieces = _compressed(pieces, coding)
        return StreamingResponse(pieces, media_type=self.media_type, headers=headers)


def _csv(request: Request, nom: str, write: Callable[[Session], Iterator[str]]) -> Export:
    """A file read from the database."""
    engine: Engine = request.app.state.engine
    with engine.connect() as connection:
        curseur, instant = journal.head(connection, JOURNAL)
    return Export(nom, CSV, curseur, instant, lambda: _content(engine, write))


def _geojson(nom: str, vue: Vue, version: Version) -> Export:
    """A file written from memory."""
    return Export(nom, GEOJSON, vue.curseur, vue.instant, lambda: geojson.stations_geojson(version))


def _content(engine: Engine, write: Callable[[Session], Iterator[str]]) -> Iterator[bytes]:
    """The file, on a connection that is free again before the first byte leaves."""
    with Session(engine) as session:
        return whole(write(session))


def _compressed(pieces: Iterable[bytes], coding: bytes) -> Iterator[bytes]:
    if coding == b"br":
        packer = brotli.Compressor(quality=1)
        yield from map(packer.process, pieces)
        yield packer.finish()
    else:
        deflate = zlib.compressobj(1, wbits=31)
        yield from map(deflate.compress, pieces)
        yield deflate.flush()
