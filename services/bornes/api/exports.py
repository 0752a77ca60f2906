"""The registry as files."""

import zlib
from collections.abc import Iterable, Iterator
from typing import Annotated

import brotli
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from services.bornes.exports.irve_statique import NOM, irve_statique
from services.bornes.models import JOURNAL
from shared import journal
from shared.auth import PUBLIC
from shared.conditional import etag, matches
from shared.reads import negotiate
from shared.schemas.bornes_imports import SansParametre

router = APIRouter(prefix="/exports", dependencies=[PUBLIC])
CSV = "text/csv; charset=utf-8"


@router.get(
    "/irve-statique.csv",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/csv": {"schema": {"type": "string"}}}},
        304: {"description": "Rien n'a changé depuis la version citée."},
    },
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
    headers = {
        "ETag": etag(NOM, curseur.encode(), weak=True),
        "Last-Modified": instant.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        "Cache-Control": "public, max-age=60",
        "Vary": "Accept-Encoding",
    }
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{NOM}"'
    coding = negotiate(accept_encoding.encode("latin-1"))
    content = _content(engine)
    if coding is not None:
        headers["Content-Encoding"] = coding.decode()
        content = _compressed(content, coding)
    return StreamingResponse(content, media_type=CSV, headers=headers)


def _content(engine: Engine) -> Iterator[bytes]:
    """The file, on a connection of its own: the request's ends before the answer does."""
    with Session(engine) as session:
        for piece in irve_statique(session):
            yield piece.encode()


def _compressed(pieces: Iterable[bytes], coding: bytes) -> Iterator[bytes]:
    if coding == b"br":
        packer = brotli.Compressor(quality=1)
        yield from map(packer.process, pieces)
        yield packer.finish()
    else:
        deflate = zlib.compressobj(1, wbits=31)
        yield from map(deflate.compress, pieces)
        yield deflate.flush()
