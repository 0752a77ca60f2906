"""Hot reads: public GETs answered from the vitrine, ahead of the web framework.

A read is an ordinary function, declared once: FastAPI documents it from its signature, and
`Reads` calls it. FastAPI's own road (routing, dependencies, response) costs more than the search.
"""

import inspect
import re
import time
import types
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote_to_bytes

from fastapi import APIRouter, Depends, Query
from fastapi.params import Path
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from shared import problems
from shared.addresses import service_url
from shared.auth import PUBLIC
from shared.compression import COMPRESS_FROM, compress, negotiate
from shared.conditional import matches
from shared.live import Living, etag_of, names
from shared.observability import Observer
from shared.problems import InvalidParameter, Problem, Unavailable
from shared.vitrine import Direct, Vitrine, Vue

Headers = tuple[tuple[bytes, bytes], ...]
Function = TypeVar("Function", bound=Callable[..., Any])

ANY_ORIGIN: Final = (b"access-control-allow-origin", b"*")
COMMON: Final[Headers] = (
    (b"cache-control", b"public, max-age=10, stale-while-revalidate=30, stale-if-error=86400"),
    (b"vary", b"accept-encoding"),
    ANY_ORIGIN,
)
LIVE: Final[Headers] = (
    (b"cache-control", b"public, max-age=0, stale-if-error=86400"),
    *COMMON[1:],
)
"""Of an answer that depends on what is live: it may differ the next second."""
CONDITIONS: Final = frozenset({b"accept-encoding", b"if-none-match", b"origin"})
"""Request headers that a read looks at."""
EXPOSED: Final = b"etag, link, x-request-id, relance-fraicheur"
CACHE_BYTES: Final = 64_000_000
"""Answers of the current version kept in memory, in bytes."""
ASKED_MAX: Final = 10_000
"""Questions remembered as asked once."""
ENTRY_BYTES: Final = 1_000
"""What an answer weighs beside its body: question, headers, dictionary."""
QUERY_MAX: Final = 4_000
"""Longest query string read, in bytes."""
NOW: Final = b"=maintenant"
"""What a question about the present has in its query string: its answer ages without a change."""
NOW_S: Final = 60
"""How long the present lasts: one answer serves for this many seconds."""
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
"""Of a path template."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body of ready bytes and what else its headers say."""

    body: bytes
    headers: Headers = ()


def _not_called() -> NoReturn:
    raise AssertionError("a hot read is called by Reads, never by the framework")


VueDep = Annotated[Vue, Depends(_not_called)]
UrlDep = Annotated[str, Depends(_not_called)]
"""Last parameter of a read that writes absolute links: `shared.addresses.service_url`."""


@dataclass(frozen=True, slots=True)
class Read:
    """A declared read: its function and how its input is made."""

    function: Callable[..., Answer]
    template: str
    media_type: bytes
    parameters: tuple[tuple[str, TypeAdapter[Any]], ...]
    """Those of the path, in order."""
    query: type[BaseModel] | None
    lists: frozenset[str]
    """Query parameters that may be repeated."""
    has_url: bool
    """Whether the answer depends on the address it is asked at."""
    live: bool = False
    """Whether every answer depends on the service's `Direct`."""

    def __call__(
        self, vue: Vue, found: tuple[str, ...], query_string: bytes, url: str = ""
    ) -> Answer:
        arguments: list[Any] = [vue]
        for (name, adapter), text in zip(self.parameters, found, strict=True):
            try:
                arguments.append(adapter.validate_python(text))
            except ValidationError as error:
                raise _refused(error, ("path", name)) from error
        values = parse_query(query_string, self.lists)
        if self.query is not None:
            try:
                arguments.append(self.query.model_validate(values))
            except ValidationError as error:
                raise _refused(error, ("query",), list(self.query.model_fields)) from error
        elif values:
            name = next(iter(values))
            raise InvalidParameter(
                name, f"Paramètre inconnu : {name}. Cette ressource n'en accepte aucun."
            )
        if self.has_url:
            arguments.append(url)
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


def _refused(
    error: ValidationError, place: tuple[str, ...], accepted: Sequence[str] = ()
) -> Problem:
    errors = [{**item, "loc": (*place, *item["loc"])} for item in error.errors()]
    return problems.refusal(errors, accepted)


class Reads:
    """The hot reads of one service: a registry, then an ASGI layer in front of the framework."""

    def __init__(self, *, live: Sequence[str] = ()) -> None:
        """`live` names the query parameters that make an answer depend on what is live."""
        self.router = APIRouter(dependencies=[PUBLIC])
        self._live = tuple(name.encode() + b"=" for name in live)
        self._exact: dict[str, Read] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Read]]] = defaultdict(list)
        """By what comes before the first parameter."""

    def get(
        self, path: str, *, model: Any, media_type: str, live: bool = False
    ) -> Callable[[Function], Function]:
        """Declare a read at `path`; `model` documents its answer."""

        def declare(function: Function) -> Function:
            read = replace(_describe(function, path, media_type), live=live)
            prefix, parameter, _ = path.partition("{")
            if parameter:
                self._patterns[prefix].append((_pattern(path), read))
            else:
                self._exact[path] = read
            document = {"content": {media_type: {}}, "model": model}
            self.router.get(path, response_model=None, responses={200: document})(function)
            return function

        return declare

    def find(self, path: str) -> tuple[Read, tuple[str, ...]] | None:
        """The read at a path, with the values of its path parameters."""
        read = self._exact.get(path)
        if read is not None:
            return read, ()
        cut = path.find("/", 1)
        while cut > 0:
            for pattern, read in self._patterns.get(path[: cut + 1], ()):
                match = pattern.fullmatch(path)
                if match is not None:
                    return read, match.groups()
            cut = path.find("/", cut + 1)
        return None

    def is_live(self, read: Read, query_string: bytes) -> bool:
        """Whether an answer depends on what is live."""
        return read.live or any(names(name, query_string) for name in self._live)

    def wrap(
        self, app: ASGIApp, vitrine: Vitrine, observer: Observer, direct: Direct | None = None
    ) -> ASGIApp:
        """The layer that answers the reads and leaves all else to `app`.

        It watches its own requests: one more ASGI layer would cost as much as the search.
        """
        plain: tuple[_Answers, Living | None] = _Answers(), None
        live = plain if direct is None else (_Answers(), Living(direct))

        async def layer(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}:
                # Less the gateway's prefix: the same question is the same behind it.
                path = scope["path"][len(scope.get("root_path", "")) :]
                found = self.find(path)
                if found is not None:
                    watch = observer.begin(scope)
                    read, values = found
                    asked = (read, values, path)
                    kept = live if self.is_live(read, scope["query_string"]) else plain
                    status, headers, body = _respond(asked, vitrine, kept, scope)
                    raw = [*headers, (b"x-request-id", watch.request_id.encode())]
                    await send({"type": "http.response.start", "status": status, "headers": raw})
                    await send({"type": "http.response.body", "body": body})
                    observer.end(watch, scope, read.template, status, len(body))
                    return
            await app(scope, receive, send)

        return layer


def shown(vitrine: Vitrine) -> Vue:
    """What readers see; a problem before the first load."""
    if vitrine.vue is None:
        raise Unavailable("Les données se chargent ; réessayez dans quelques secondes.")
    return vitrine.vue


def _respond(
    asked: tuple[Read, tuple[str, ...], str],
    vitrine: Vitrine,
    kept: "tuple[_Answers, Living | None]",
    scope: Scope,
) -> tuple[int, Headers, bytes]:
    """Status, headers and body of a read, asked with these parameters at this path."""
    (read, values, path), (answers, living) = asked, kept
    sent = {name: value for name, value in scope["headers"] if name in CONDITIONS}
    extra: Headers = ((b"access-control-expose-headers", EXPOSED),) if b"origin" in sent else ()
    stale = vitrine.perimee_depuis  # read once: the database may come back meanwhile
    if stale is not None:
        since = stale.isoformat(timespec="seconds").encode()
        extra = (*extra, (b"relance-fraicheur", b"perimee; depuis=" + since))
    try:
        vue = shown(vitrine) if living is None else living.view(shown(vitrine))
        state = _state(vue, scope["query_string"])
        tags = sent.get(b"if-none-match")
        asks = tags is not None and tags.strip() != b"*"  # « * » asks whether the object exists
        if tags is not None and asks and vue.direct is None:
            own = _of_question(state, path, scope["query_string"])
            if matches(tags.decode("latin-1"), own[0][1].decode()):
                return 304, (*COMMON, *own, *extra), b""
        coding = negotiate(sent[b"accept-encoding"]) if b"accept-encoding" in sent else None
        url = service_url(scope) if read.has_url else ""
        present = b"" if state is vue.headers else state[0][1]
        question = (path, scope["query_string"], coding, url, present)
        headers, body = answers.get(question, read, values, vue, state)
        if tags is not None and asks and vue.direct is not None:
            own = headers[len(LIVE) : len(LIVE) + 1]
            if matches(tags.decode("latin-1"), own[0][1].decode()):
                return 304, (*LIVE, *own, *extra), b""
    except Problem as problem:
        status, refused, body = problems.render(problem, scope["path"])
        headers = (*refused, ANY_ORIGIN)
    else:
        status = 200
    # HEAD: the headers of GET, Content-Length included, and nothing after them.
    return status, (*headers, *extra), b"" if scope["method"] == "HEAD" else body


def _state(vue: Vue, query_string: bytes) -> Headers:
    """ETag, then what else tells the state of the answer to a question."""
    if not names(NOW, query_string):
        return vue.headers
    minute = int(time.time()) // NOW_S
    return ((b"etag", b'%b.%d"' % (vue.etag[:-1], minute)),)


def _of_question(state: Headers, path: str, query_string: bytes) -> Headers:
    """The state with the question in its ETag: one question's tag is no proof for another."""
    question = zlib.crc32(b"%b?%b" % (path.encode(), query_string))
    return ((b"etag", b'%b-%08x"' % (state[0][1][:-1], question)), *state[1:])


Question = tuple[str, bytes, bytes | None, str, bytes]
"""Path, query string, coding, address of the service, and which present it is about."""


class _Answers:
    """Answers of the current version, ready to send: kept when a question comes back.

    Maps open on the same places and clients start on the same view; a version never changes,
    so what was answered once is right until the next. A question asked once is only noted: an
    answer that is kept for nothing is written to cold memory, which costs more than the search.
    """

    def __init__(self) -> None:
        self._vue: Vue | None = None
        self._known: dict[Question, tuple[Headers, bytes]] = {}
        self._size = 0
        self._asked: set[int] = set()
        """Hashes of questions: two that share one are only kept a little early."""

    def get(
        self, question: Question, read: Read, values: tuple[str, ...], vue: Vue, state: Headers
    ) -> tuple[Headers, bytes]:
        """Headers and body of the answer to GET."""
        if vue is not self._vue:
            self._forget()
            self._vue = vue
        known = self._known.get(question)
        if known is None:
            path, query_string, coding, url, _ = question
            answer = read(vue, values, query_string, url)
            if vue.direct is None:
                own = (*COMMON, *_of_question(state, path, query_string))
            else:
                own = (*LIVE, etag_of(answer.body))
            known = _packed(answer, (*own, (b"content-type", read.media_type)), coding)
            if self._comes_back(hash(question)):
                self._keep(question, known)
        return known

    def _keep(self, question: Question, known: tuple[Headers, bytes]) -> None:
        size = len(known[1]) + ENTRY_BYTES
        if self._size + size > CACHE_BYTES:
            self._forget()
        self._known[question] = known
        self._size += size

    def _comes_back(self, question: int) -> bool:
        if question in self._asked:
            return True
        if len(self._asked) >= ASKED_MAX:
            self._asked.clear()
        self._asked.add(question)
        return False

    def _forget(self) -> None:
        self._known = {}
        self._size = 0


def _packed(answer: Answer, headers: Headers, coding: bytes | None) -> tuple[Headers, bytes]:
    """All headers of an answer, and its body, compressed when that saves."""
    body = answer.body
    if coding is not None and len(body) >= COMPRESS_FROM:
        body = compress(body, coding)
        headers = (*headers, (b"content-encoding", coding))
    return (*headers, *answer.headers, (b"content-length", b"%d" % len(body))), body


def _describe(function: Callable[..., Answer], path: str, media_type: str) -> Read:
    """Read a function's signature: (vue), path parameters, a query model, the service's URL."""
    hints = get_type_hints(function, include_extras=True)
    query: type[BaseModel] | None = None
    parameters: list[tuple[str, TypeAdapter[Any]]] = []
    for name in inspect.signature(function).parameters:
        if get_origin(hints[name]) is Annotated:
            kind, *extras = get_args(hints[name])
            if any(isinstance(extra, type(Query())) for extra in extras):
                query = kind
            elif any(isinstance(extra, Path) for extra in extras):
                parameters.append((name, TypeAdapter(hints[name])))
    assert [name for name, _ in parameters] == _PARAMETER.findall(path), function
    lists = frozenset(
        name
        for name, field in (query.model_fields if query else {}).items()
        if _is_list(field.annotation)
    )
    has_url = UrlDep in hints.values()
    return Read(function, path, media_type.encode(), tuple(parameters), query, lists, has_url)


def _pattern(template: str) -> re.Pattern[str]:
    """What the paths of a template look like; its parameters are the groups."""
    literals = map(re.escape, _PARAMETER.split(template)[::2])
    return re.compile("([^/]+)".join(literals))


def _is_list(annotation: Any) -> bool:
    if isinstance(annotation, types.UnionType):
        return any(map(_is_list, get_args(annotation)))
    return get_origin(annotation) in {list, tuple, frozenset, set}
