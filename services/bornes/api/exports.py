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

from services.bornes.exports import geojson, irve_statique
from services.bornes.exports.attente import whole
from services.bornes.models import JOURNAL
from shared import journal
from shared.answering import shown
from shared.auth import PUBLIC
from shared.conditional import etag, matches
from shared.journal import Curseur
from shared.replies import negotiate
from shared.schemas.bornes_imports import SansParametre

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
    engine: Engine = request.app.state.engine
    with engine.connect() as connection:
        curseur, instant = journal.head(connection, JOURNAL)
    export = Export(irve_statique.NOM, CSV, curseur, instant)
    return export.answer(lambda: _content(engine), if_none_match, accept_encoding)


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
    export = Export(geojson.NOM, GEOJSON, vue.curseur, vue.instant)
    return export.answer(
        lambda: geojson.stations_geojson(vue.version), if_none_match, accept_encoding
    )


class Export(NamedTuple):
    """A whole file, as of one place in the journal."""

    nom: str
    media_type: str
    curseur: Curseur
    instant: datetime

    def answer(
        self, content: Callable[[], Iterable[bytes]], if_none_match: str | None, accept: str
    ) -> Response:
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
        pieces = content()
        if coding is not None:
            headers["Content-Encoding"] = coding.decode()
            pieces = _compressed(pieces, coding)
        return StreamingResponse(pieces, media_type=self.media_type, headers=headers)


def _content(engine: Engine) -> Iterator[bytes]:
    """The file, on a connection that is free again before the first byte leaves."""
    with Session(engine) as session:
        return whole(irve_statique.irve_statique(session))


def _compressed(pieces: Iterable[bytes], coding: bytes) -> Iterator[bytes]:
    if coding == b"br":
        packer = brotli.Compressor(quality=1)
        yield from map(packer.process, pieces)
        yield packer.finish()
    else:
        deflate = zlib.compressobj(1, wbits=31)
        yield from map(deflate.compress, pieces)
        yield deflate.flush()
