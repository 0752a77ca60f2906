"""Answers are compressed for who takes gzip, and for nobody who refuses it."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from shared.compression import Gzip

TEXT = "texte " * 500


@pytest.mark.parametrize(
    ("asked", "compressed"),
    [
        ("gzip", True),
        ("br;q=0.5, gzip;q=0.1", True),
        ("gzip;q=0", False),
        ("GZIP; q=0.0, identity", False),
        ("identity", False),
        ("", False),
    ],
)
def test_gzip_is_for_who_takes_it(asked, compressed):
    app = Starlette(routes=[Route("/", lambda _: PlainTextResponse(TEXT))])
    app.add_middleware(Gzip, compresslevel=1)
    answer = TestClient(app).get("/", headers={"Accept-Encoding": asked})
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    assert answer.text == TEXT
    assert answer.headers["vary"] == "Accept-Encoding"
