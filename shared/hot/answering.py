"""The ASGI layer that answers hot reads: conditional requests, cached answers, compression."""

import logging
import time
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from shared import problems
from shared.conditional import matches, unmodified
from shared.hot.live import NOW, Living, etag_of, names
from shared.hot.reads import Answer, Read, Reads
from shared.http.addresses import service_url
from shared.http.replies import (
    COMPRESS_FROM,
    Answered,
    Headers,
    Reply,
    compress,
    negotiate,
    reply,
    send_reply,
)
from shared.observability import Observer, named
from shared.problems import Internal, Problem, Unavailable
from shared.schemas.problemes import CATALOGUE
from shared.vitrine import Direct, Vitrine, Vue

logger = logging.getLogger(__name__)
EXPOSED: Final = b"etag, link, retry-after, x-request-id, relance-fraicheur"
ANY_PAGE: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", EXPOSED),
)
"""Said to all, pages or not: a cache may give one caller's answer to another."""
COMMON: Final[Headers] = (
    (b"cache-control", b"public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"),
    (b"vary", b"accept-encoding"),
    *ANY_PAGE,
)
LIVE: Final[Headers] = (
    (b"cache-control", b"public, max-age=0, stale-if-error=86400"),
    *COMMON[1:],
)
"""Of an answer that depends on what is live: it may differ the next second."""
OK: Final = 200
CACHE_BYTES: Final = 64_000_000
"""Answers of the current version kept in memory, in bytes."""
ASKED_MAX: Final = 10_000
"""Questions remembered as asked once."""
ENTRY_BYTES: Final = 1_500
"""What an answer weighs beside its body: question, headers, dictionary."""
NOW_S: Final = 60
"""How long the present lasts: one answer serves for this many seconds."""


class Question(NamedTuple):
    """What an answer depends on, beside the version of the data."""

    path: str
    query: bytes
    coding: bytes | None
    url: str
    """Address of the service, where the answer holds links."""
    present: bytes
    """Which present it is about, if any: a state's ETag."""


@dataclass
class Known:
    """The answer to a question, and what tells a client that it has it."""

    etag: bytes
    reply: Reply
    _shared: Headers

    @cached_property
    def unchanged(self) -> Reply:
        """To the client that has it: most answers are found for one that has none."""
        return _unchanged(self._shared, self.etag)

    def unless(self, held: bool) -> Reply:
        """The reply, unless the client wants no answer that it holds."""
        return self.unchanged if held and self.reply.status == OK else self.reply


class Answering:
    """An ASGI layer that answers the reads and leaves all else to the framework behind it.

    It watches its own requests: one more layer would cost as much as a search.
    """

    def __init__(
        self,
        reads: Reads,
        framework: ASGIApp,
        vitrine: Vitrine,
        observer: Observer,
        direct: Direct | None = None,
    ) -> None:
        self._find, self._is_plain, self._is_live = reads.find, reads.is_plain, reads.is_live
        self._framework = framework
        self._vitrine = vitrine
        self._observer = observer
        self._answers, self._live_answers = _Answers(), _Answers()
        self._living = None if direct is None else Living(direct)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered = self.now(scope, waits=True) if scope["type"] == "http" else None
        if answered is None:
            await self._framework(scope, receive, send)
        else:
            await send_reply(send, answered)

    def now(self, scope: Scope, *, waits: bool = False) -> Answered | None:
        """The reply to a read; None for all else.

        An answer with links is left to `__call__`, once the server knows the client's address:
        `waits` says so.
        """
        method = scope["method"]
        if method not in {"GET", "HEAD"}:
            return None
        # Less the gateway's prefix: the same question is the same behind it.
        path = scope["path"][len(scope.get("root_path", "")) :]
        found = self._find(path)
        if found is None or (found[0].has_url and not waits):
            return None
        watch = self._observer.begin(scope)
        answer = self._reply(found[0], found[1], path, scope)
        if method == "HEAD":
            answer = answer.to_head()
        self._observer.end(watch, scope, found[0].template, answer.status, answer.size)
        return answer, watch.request_id.encode()

    def _reply(self, read: Read, values: tuple[str, ...], path: str, scope: Scope) -> Reply:
        sent = dict(scope["headers"])
        aged = freshness(self._vitrine)
        try:
            answer = self._answer(read, values, path, sent, scope)
        except Problem as problem:
            answer = _problem(problem, scope)
        except Exception:
            logger.exception("a read failed: %s", scope["path"], extra=named(scope))
            answer = _problem(Internal(CATALOGUE["erreur-interne"].description), scope)
        if not aged:
            return answer
        told = ((name.lower().encode(), value.encode()) for name, value in aged.items())
        return answer.plus(tuple(told))

    def _answer(
        self,
        read: Read,
        values: tuple[str, ...],
        path: str,
        sent: dict[bytes, bytes],
        scope: Scope,
    ) -> Reply:
        vue = shown(self._vitrine)
        query = scope["query_string"]
        plain = self._is_plain(query)
        state = vue.headers if plain else _state(vue, query)
        coding = negotiate(sent[b"accept-encoding"]) if b"accept-encoding" in sent else None
        url = service_url(scope) if read.has_url else ""
        present = b"" if state is vue.headers else state[0][1]
        question = Question(path, query, coding, url, present)
        if self._living is not None and (read.live or (not plain and self._is_live(query))):
            view = self._living.view(vue)
            live = self._live(read, values, question, view)
            if _has(sent.get(b"if-none-match"), live.etag):
                return live.unchanged
            return live.unless(_wants_newer(sent, None))
        known = self._answers.find(question, vue)
        shared = COMMON + state[1:]
        etag = _etag(state, path, query) if known is None else known.etag
        if _has(sent.get(b"if-none-match"), etag):
            return _unchanged(shared, etag) if known is None else known.unchanged
        if known is None:
            answer = read(vue, values, query, url)
            known = Known(etag, _packed(answer, shared, etag, read.media_type, coding), shared)
            self._answers.note(question, known)
        changed = vue.instant if state is vue.headers else None
        return known.unless(_wants_newer(sent, changed))

    def _live(self, read: Read, values: tuple[str, ...], question: Question, vue: Vue) -> Known:
        """The answer to a question about what is live, which only its content can tag."""
        known = self._live_answers.find(question, vue)
        if known is None:
            answer = read(vue, values, question.query, question.url)
            etag = etag_of((answer.body,) if isinstance(answer.body, bytes) else answer.body)
            known = Known(etag, _packed(answer, LIVE, etag, read.media_type, question.coding), LIVE)
            self._live_answers.note(question, known)
        return known


def shown(vitrine: Vitrine) -> Vue:
    """What readers see; a problem before the first load."""
    if vitrine.vue is None:
        raise Unavailable("Les données se chargent ; réessayez dans quelques secondes.")
    return vitrine.vue


def freshness(vitrine: Vitrine) -> dict[str, str]:
    """The header that says since when what is shown may have aged; none while it follows."""
    stale = vitrine.perimee_depuis  # read once: the database may come back meanwhile
    if stale is None:
        return {}
    return {"Relance-Fraicheur": f"perimee; depuis={stale.isoformat(timespec='seconds')}"}


def _state(vue: Vue, query: bytes) -> Headers:
    """ETag, then what else tells the state of the answer to a question."""
    if not names(NOW, query):
        return vue.headers
    minute = int(time.time()) // NOW_S
    return ((b"etag", b'%b.%d"' % (vue.etag[:-1], minute)),)


def _etag(state: Headers, path: str, query: bytes) -> bytes:
    """The state's tag with the question in it: one question's is no proof for another."""
    return b'%b-%08x"' % (state[0][1][:-1], zlib.crc32(b"%b?%b" % (path.encode(), query)))


def _has(tags: bytes | None, etag: bytes) -> bool:
    """Whether the client already holds this answer."""
    if tags is None or tags.strip() == b"*":  # « * » asks whether the object exists
        return False
    return tags == etag or matches(tags.decode("latin-1"), etag.decode())


def _wants_newer(sent: dict[bytes, bytes], changed: datetime | None) -> bool:
    """Whether an answer that exists is not wanted: for « * », or for a date nothing follows.

    Unlike a tag, neither proves that the question has an answer: it is for after the answer.
    """
    tags = sent.get(b"if-none-match")
    if tags is not None:
        return tags.strip() == b"*"
    since = sent.get(b"if-modified-since")
    return (
        since is not None and changed is not None and unmodified(since.decode("latin-1"), changed)
    )


def _unchanged(shared: Headers, etag: bytes) -> Reply:
    return reply(304, shared, ((b"etag", etag),))


def _packed(
    answer: Answer, shared: Headers, etag: bytes, media_type: bytes, coding: bytes | None
) -> Reply:
    """The reply that gives an answer, compressed when that saves."""
    if answer.status != OK:
        return reply(answer.status, shared, ((b"content-length", b"0"), *answer.headers))
    body = (answer.body,) if isinstance(answer.body, bytes) else answer.body
    size = sum(map(len, body))
    own: Headers = ((b"etag", etag), (b"content-type", media_type), *answer.headers)
    if coding is not None and size >= COMPRESS_FROM:
        body = (compress(b"".join(body), coding),)
        size = len(body[0])
        own = (*own, (b"content-encoding", coding))
    return reply(200, shared, (*own, (b"content-length", b"%d" % size)), body, size)


def _problem(problem: Problem, scope: Scope) -> Reply:
    status, headers, body = problems.render(problem, scope)
    return reply(status, ANY_PAGE, tuple(headers), (body,), len(body))


class _Answers:
    """Answers of the current version, ready to send: kept when a question comes back.

    Maps open on the same places and clients start on the same view; a version never changes,
    so what was answered once is right until the next. A question asked once is only noted: an
    answer that is kept for nothing is written to cold memory, which costs more than the search.
    """

    def __init__(self) -> None:
        self._state: tuple[object, object] = (None, None)
        """What is shown and what is live, as their own objects tell."""
        self._known: dict[Question, Known] = {}
        self._size = 0
        self._asked: set[int] = set()
        """Hashes of questions: two that share one are only kept a little early."""

    def find(self, question: Question, vue: Vue) -> Known | None:
        """What was kept for a question, of this version."""
        shown, live = self._state
        if vue.headers is not shown or vue.direct is not live:
            self._forget()
            self._state = vue.headers, vue.direct
        return self._known.get(question)

    def note(self, question: Question, known: Known) -> None:
        """Keep the answer to a question of the version last asked about, if it comes back."""
        if not self._comes_back(question):
            return
        known.reply = known.reply.whole()
        size = known.reply.size + ENTRY_BYTES
        if self._size + size > CACHE_BYTES:
            self._forget()
        self._known[question] = known
        self._size += size

    def _comes_back(self, question: Question) -> bool:
        """Whether a question was asked before; it now was."""
        number = hash(question)
        if number in self._asked:
            return True
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked.add(number)
        return False

    def _forget(self) -> None:
        self._known = {}
        self._size = 0
