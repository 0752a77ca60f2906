"""Parsing of an upstream response."""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.hop import BrokenError

Headers = list[tuple[bytes, bytes]]

HEADERS_MAX = 65_536
"""Bytes of names and values."""
_FINAL_STATUSES = range(200, 600)


class Answer:
    """What one request received so far."""

    def __init__(self, *, is_head: bool) -> None:
        self.status = 0
        """0 until the headers are complete."""
        self.headers: Headers = []
        self.length: int | None = None
        """Of the body, as announced."""
        self.chunks: list[bytes] = []
        """What came of the body and was not taken yet."""
        self.waiting = 0
        """Their size."""
        self.is_begun = False
        self.is_complete = False
        self.is_last = True
        """Nothing more may be asked on this connection."""
        self.error: Exception | None = None
        self._is_head = is_head
        self._is_chunked = False
        self._size = 0
        self._parser = HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        """Read what came; bytes after the end are nobody's answer."""
        self.is_begun = True
        if self.is_complete:
            self.is_last = True
            return
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            self.fail(BrokenError(str(error)))

    def end(self) -> None:
        """The service closed: the end of a body without length, a cut for any other."""
        if self.status and self.length is None and not self._is_chunked:
            self.is_complete = True
        self.fail(BrokenError("closed before the end"))

    def fail(self, error: Exception) -> None:
        """No more will come; what was complete stays so."""
        self.is_last = True
        if not self.is_complete and self.error is None:
            self.error = error

    def take(self) -> bytes:
        """What came of the body since the last time."""
        taken = self.chunks[0] if len(self.chunks) == 1 else b"".join(self.chunks)
        self.chunks.clear()
        self.waiting = 0
        return taken

    # Called by the parser

    def on_message_begin(self) -> None:
        if self.is_complete:
            raise BrokenError("two answers to one request")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.status:
            return  # a trailer, which the next hop cannot have
        self._size += len(name) + len(value)
        if self._size > HEADERS_MAX:
            raise BrokenError("headers too large")
        name = name.lower()
        if name == b"content-length":
            self.length = int(value)
        elif name == b"transfer-encoding":
            if value.lower() != b"chunked":
                raise BrokenError("unknown transfer coding")
            self._is_chunked = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < _FINAL_STATUSES.start:
            self.headers, self.length = [], None
            return
        if status not in _FINAL_STATUSES:
            raise BrokenError("unknown status")
        self.status = status
        if self._is_head:
            self.on_message_complete()

    def on_body(self, chunk: bytes) -> None:
        self.chunks.append(chunk)
        self.waiting += len(chunk)

    def on_message_complete(self) -> None:
        if self.status:
            self.is_complete = True
            self.is_last = not self._parser.should_keep_alive()
