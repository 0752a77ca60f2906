"""Hot reads: public GETs answered from the vitrine, ahead of the web framework.

A read is an ordinary function, declared once: FastAPI documents it from its signature, and
`Reads` calls it. FastAPI's own road (routing, dependencies, response) costs more than the search.
"""

import inspect
import types
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote_to_bytes

import brotli
from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import problems
from shared.auth import PUBLIC
from shared.conditional import matches
from shared.observability import Observer
from shared.problems import InvalidParameter, Problem, Unavailable
from shared.vitrine import Vitrine, Vue

Headers = tuple[tuple[bytes, bytes], ...]
Function = TypeVar("Function", bound=Callable[..., Any])

ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
COMMON: Final[Headers] = (
    (b"cache-control", b"public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"),
    (b"vary", b"accept-encoding"),
    ANY_ORIGIN,
)
CONDITIONS: Final = frozenset({b"accept-encoding", b"if-none-match", b"origin"})
"""Request headers that a read looks at."""
EXPOSED: Final = b"etag, link, x-request-id, relance-fraicheur"
COMPRESS_FROM: Final = 1_000
"""Bytes under which compressing costs more than it saves."""
CACHE_BYTES: Final = 64_000_000
"""Answers of the current version kept in memory, in bytes."""
ASKED_MAX: Final = 10_000
"""Questions remembered as asked once."""
ENTRY_BYTES: Final = 1_000
"""What an answer weighs beside its body: question, headers, dictionary."""
QUERY_MAX: Final = 4_000
"""Longest query string read, in bytes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body of ready bytes and what else its headers say."""

    body: bytes
    headers: Headers = ()


def _no_vue() -> NoReturn:
    raise AssertionError("a hot read is called by Reads, never by the framework")


VueDep = Annotated[Vue, Depends(_no_vue)]


@dataclass(frozen=True, slots=True)
class Read:
    """A declared read: its function and how its input is made."""

    function: Callable[..., Answer]
    template: str
    media_type: bytes
    query: type[BaseModel] | None
    lists: frozenset[str]
    """Query parameters that may be repeated."""
    has_key: bool
    """Whether the last segment of the path is a parameter."""

    def __call__(self, vue: Vue, key: str | None, query_string: bytes) -> Answer:
        arguments: list[Any] = [vue]
        if key is not None:
            arguments.append(key)
        values = parse_query(query_string, self.lists)
        if self.query is not None:
            try:
                arguments.append(self.query.model_validate(values))
            except ValidationError as error:
                raise _refused(error, self.query) from error
        elif values:
            name = next(iter(values))
            raise InvalidParameter(
                name, f"Paramètre inconnu : {name}. Cette ressource n'en accepte aucun."
            )
        return self.function(*arguments)


def parse_query(query_string: bytes, lists: frozenset[str]) -> dict[str, str | list[str]]:
    """Names and values of a query string; a name that is not a list comes once."""
    values: dict[str, Any] = {}
    if not query_string:
        return values
    if len(query_string) > QUERY_MAX:
        raise InvalidParameter("?", "La requête dépasse 4 000 octets.")
    escaped = b"%" in query_string or b"+" in query_string
    for pair in query_string.split(b"&"):
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition(b"=")
        name, value = _text(raw_name, escaped), _text(raw_value, escaped)
        if name in lists:
            values.setdefault(name, []).append(value)
        elif name in values:
            raise InvalidParameter(name, "Le paramètre est répété.")
        else:
            values[name] = value
    return values


def _text(raw: bytes, escaped: bool) -> str:
    try:
        return (unquote_to_bytes(raw.replace(b"+", b" ")) if escaped else raw).decode()
    except UnicodeDecodeError as error:
        raise InvalidParameter("?", "La requête n'est pas de l'UTF-8.") from error


def _refused(error: ValidationError, model: type[BaseModel]) -> Problem:
    errors = [{**item, "loc": ("query", *item["loc"])} for item in error.errors()]
    return problems.refusal(errors, list(model.model_fields))


class Reads:
    """The hot reads of one service: a registry, then an ASGI layer in front of the framework."""

    def __init__(self) -> None:
        self.router = APIRouter(dependencies=[PUBLIC])
        self._exact: dict[str, Read] = {}
        self._keyed: dict[str, Read] = {}

    def get(self, path: str, *, model: Any, media_type: str) -> Callable[[Function], Function]:
        """Declare a read at `path`; `model` documents its answer."""

        def declare(function: Function) -> Function:
            read = _describe(function, path, media_type)
            if read.has_key:
                self._keyed[path[: path.rindex("{")]] = read
            else:
                self._exact[path] = read
            document = {"content": {media_type: {}}, "model": model}
            self.router.get(path, response_model=None, responses={200: document})(function)
            return function

        return declare

    def find(self, path: str) -> tuple[Read, str | None] | None:
        """The read at a path, with the value of its path parameter."""
        read = self._exact.get(path)
        if read is not None:
            return read, None
        cut = path.rfind("/") + 1
        read = self._keyed.get(path[:cut])
        if read is not None and cut < len(path):
            return read, path[cut:]
        return None

    def wrap(self, app: ASGIApp, vitrine: Vitrine, observer: Observer) -> ASGIApp:
        """The layer that answers the reads and leaves all else to `app`.

        It watches its own requests: one more ASGI layer would cost as much as the search.
        """
        answers = _Answers()

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
                found = self.find(scope["path"][len(scope.get("root_path", "")) :])
                if found is not None:
                    watch = observer.begin(scope)
                    read, key = found
                    status, headers, body = _respond(read, key, vitrine, answers, scope)
                    raw = [*headers, (b"x-request-id", watch.request_id.encode())]
                    await send({"type": "http.response.start", "status": status, "headers": raw})
                    await send({"type": "http.response.body", "body": body})
                    observer.end(watch, scope, read.template, status, len(body))
                    return
            await app(scope, receive, send)

        return layer


def _respond(
    read: Read, key: str | None, vitrine: Vitrine, answers: "_Answers", scope: Scope
) -> tuple[int, Headers, bytes]:
    """Status, headers and body of a read."""
    vue = vitrine.vue
    asked = {name: value for name, value in scope["headers"] if name in CONDITIONS}
    extra: Headers = ((b"access-control-expose-headers", EXPOSED),) if b"origin" in asked else ()
    if vitrine.perimee_depuis is not None:
        since = vitrine.perimee_depuis.isoformat(timespec="seconds").encode()
        extra = (*extra, (b"relance-fraicheur", b"perimee; depuis=" + since))
    try:
        if vue is None:
            raise Unavailable("Les données se chargent ; réessayez dans quelques secondes.")
        tags = asked.get(b"if-none-match")
        if tags is not None and matches(tags.decode("latin-1"), vue.etag.decode()):
            return 304, (*COMMON, *vue.headers, *extra), b""
        coding = negotiate(asked[b"accept-encoding"]) if b"accept-encoding" in asked else None
        headers, body = answers.get(read, key, vue, scope, coding)
    except Problem as problem:
        status, refused, body = problems.render(problem, scope["path"])
        headers = (*refused, ANY_ORIGIN)
    else:
        status = 200
    # HEAD: the headers of GET, Content-Length included, and nothing after them.
    return status, (*headers, *extra), b"" if scope["method"] == "HEAD" else body


class _Answers:
    """Answers of the current version, ready to send: kept when a question comes back.

    Maps open on the same places and clients start on the same view; a version never changes,
    so what was answered once is right until the next. A question asked once is only noted: an
    answer that is kept for nothing is written to cold memory, which costs more than the search.
    """

    def __init__(self) -> None:
        self._vue: Vue | None = None
        self._known: dict[tuple[str, bytes, bytes | None], tuple[Headers, bytes]] = {}
        self._size = 0
        self._asked: set[int] = set()
        """Hashes of questions: two that share one are only kept a little early."""

    def get(
        self, read: Read, key: str | None, vue: Vue, scope: Scope, coding: bytes | None
    ) -> tuple[Headers, bytes]:
        """Headers and body of the answer to GET."""
        if vue is not self._vue:
            self._forget()
            self._vue = vue
        question = (scope["path"], scope["query_string"], coding)
        known = self._known.get(question)
        if known is None:
            known = self._work_out(read, key, vue, scope, coding)
            if self._comes_back(hash(question)):
                self._size += len(known[1]) + ENTRY_BYTES
                if self._size > CACHE_BYTES:
                    self._forget()
                self._known[question] = known
        return known

    def _comes_back(self, question: int) -> bool:
        if question in self._asked:
            return True
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked.add(question)
        return False

    def _work_out(
        self, read: Read, key: str | None, vue: Vue, scope: Scope, coding: bytes | None
    ) -> tuple[Headers, bytes]:
        answer = read(vue, key, scope["query_string"])
        body = answer.body
        headers: Headers = (*COMMON, *vue.headers, (b"content-type", read.media_type))
        if coding is not None and len(body) >= COMPRESS_FROM:
            body = compress(body, coding)
            headers = (*headers, (b"content-encoding", coding))
        return (*headers, *answer.headers, (b"content-length", b"%d" % len(body))), body

    def _forget(self) -> None:
        self._known = {}
        self._size = 0


def _describe(function: Callable[..., Answer], path: str, media_type: str) -> Read:
    """Read a function's signature: (vue), then a path parameter, then a query model."""
    hints = get_type_hints(function, include_extras=True)
    query: type[BaseModel] | None = None
    for name in inspect.signature(function).parameters:
        if get_origin(hints[name]) is Annotated:
            kind, *extras = get_args(hints[name])
            if any(isinstance(extra, type(Query())) for extra in extras):
                query = kind
    lists = frozenset(
        name
        for name, field in (query.model_fields if query else {}).items()
        if _is_list(field.annotation)
    )
    return Read(function, path, media_type.encode(), query, lists, has_key="{" in path)


def _is_list(annotation: Any) -> bool:
    if isinstance(annotation, types.UnionType):
        return any(map(_is_list, get_args(annotation)))
    return get_origin(annotation) in {list, tuple, frozenset, set}


def negotiate(accept: bytes) -> bytes | None:
    """The best of br and gzip that the client takes (RFC 9110 § 12.5.3), None for neither."""
    weights: dict[bytes, float] = {}
    for item in accept.lower().split(b","):
        coding, _, parameters = item.partition(b";")
        _, _, weight = parameters.partition(b"q=")
        try:
            weights[coding.strip()] = float(weight) if weight else 1.0
        except ValueError:
            weights[coding.strip()] = 0.0
    rest = weights.get(b"*", 0.0)
    best = max((b"br", b"gzip"), key=lambda coding: weights.get(coding, rest))
    return best if weights.get(best, rest) > 0 else None


def compress(body: bytes, coding: bytes) -> bytes:
    """The body as br or gzip, at levels that cost less than they save on the wire.

    A search is ten times cheaper than gzip's default level.
    """
    if coding == b"br":
        return bytes(brotli.compress(body, quality=1))
    return zlib.compress(body, level=1, wbits=31)
