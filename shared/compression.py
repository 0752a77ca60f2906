"""Compresses answers for who takes gzip, and for nobody who refuses it."""

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipMiddleware, IdentityResponder
from starlette.types import Receive, Scope, Send

from shared.replies import takes_gzip


class Gzip(GZipMiddleware):
    """Starlette's, which takes `gzip;q=0` for a wish."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = ",".join(Headers(scope=scope).getlist("accept-encoding"))
            if not takes_gzip(asked.encode("latin-1")):
                plain = IdentityResponder(
                    self.app, self.minimum_size, exclude_content_types=self.exclude_content_types
                )
                await plain(scope, receive, send)
                return
        await super().__call__(scope, receive, send)
