"""Hot reads: public GETs answered from the vitrine, ahead of the web framework.

A read is an ordinary function, declared once: FastAPI documents it from its signature, and
`shared.hot.answering` calls it. FastAPI's own road (routing, dependencies, response) costs more
than the search.
"""

import inspect
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Annotated, Any, Final, NoReturn, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import unquote_to_bytes

from fastapi import Depends, Query
from fastapi.params import Path
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared import problems
from shared.auth import PUBLIC
from shared.conditional import UNCHANGED
from shared.hot.live import NOW, names
from shared.http.media import BINARY, of_type
from shared.http.replies import Headers, Piece
from shared.parameters import is_list
from shared.problems import InvalidParameter, Problem
from shared.routing import service_router
from shared.vitrine import Vue

Function = TypeVar("Function", bound=Callable[..., Any])

QUERY_MAX: Final = 4_000
"""Longest query string read, in bytes."""
MOVED: Final = 308
"""What was asked is elsewhere: the same question goes there."""
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
"""Of a path template."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A body of ready bytes, in one piece or several, and what else its headers say."""

    body: bytes | Sequence[Piece]
    headers: Headers = ()
    status: int = 200
    """Another than 200 has no body."""

    def asking(self, query: bytes) -> "Answer":
        """The same, its `Location` with the question that was asked here."""
        headers = (
            (name, b"%b?%b" % (value, query) if name == b"location" else value)
            for name, value in self.headers
        )
        return replace(self, headers=tuple(headers))


def _not_called() -> NoReturn:
    raise AssertionError("a hot read is called ahead of the framework, never by it")


VueDep = Annotated[Vue, Depends(_not_called)]
UrlDep = Annotated[str, Depends(_not_called)]
"""Last parameter of a read that writes absolute links: `shared.http.addresses.service_url`."""


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
        answer = self.function(*arguments)
        return answer.asking(query_string) if answer.status == MOVED and query_string else answer


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
    """The hot reads of one service."""

    def __init__(self, *, live: Sequence[str] = ()) -> None:
        """`live` names the query parameters that make an answer depend on what is live."""
        self.router = service_router(dependencies=[PUBLIC])
        self._live = tuple(name.encode() + b"=" for name in live)
        # Escaped, any of these words may be there.
        special = [*map(re.escape, (*self._live, NOW)), b"%"]
        self._special: Final = re.compile(b"|".join(special)).search
        self._exact: dict[str, Read] = {}
        self._patterns: dict[str, list[tuple[re.Pattern[str], Read]]] = defaultdict(list)
        """By what comes before the first parameter."""
        self._others: frozenset[str] = frozenset()

    def get(
        self,
        path: str,
        *,
        model: Any,
        media_type: str,
        live: bool = False,
        autres: Mapping[int | str, dict[str, Any]] = MappingProxyType({}),
        nom: str | None = None,
    ) -> Callable[[Function], Function]:
        """Declare a read at `path`; `model` documents its answer, `autres` its other statuses.

        Without a model, it is bytes. `nom` names it in the contract, where its function answers at
        two addresses.
        """

        def declare(function: Function) -> Function:
            read = replace(_describe(function, path, media_type), live=live)
            prefix, parameter, _ = path.partition("{")
            if parameter:
                self._patterns[prefix].append((_pattern(path), read))
            else:
                self._exact[path] = read
            found = {"model": model} if model else {"content": {media_type: BINARY}}
            responses = {200: found, **UNCHANGED, **autres}
            self.router.get(
                path,
                name=nom,
                response_model=None,
                response_class=of_type(media_type),
                responses=responses,
            )(function)
            return function

        return declare

    def leave(self, paths: Iterable[str]) -> None:
        """Leave addresses that other routes spell out: none is the parameter of a read.

        A template is no address: `/fiches/{id}`, as it is written, asks for the listing `{id}`.
        """
        spelled = frozenset(path for path in paths if "{" not in path)
        self._others = spelled - self._exact.keys()

    def find(self, path: str) -> tuple[Read, tuple[str, ...]] | None:
        """The read at a path, with the values of its path parameters."""
        read = self._exact.get(path)
        if read is not None:
            return read, ()
        if path in self._others:
            return None
        cut = path.find("/", 1)
        while cut > 0:
            for pattern, read in self._patterns.get(path[: cut + 1], ()):
                match = pattern.fullmatch(path)
                if match is not None:
                    return read, match.groups()
            cut = path.find("/", cut + 1)
        return None

    def is_plain(self, query_string: bytes) -> bool:
        """Whether a query surely asks nothing of what is live nor of the present: one look."""
        return self._special(query_string) is None

    def is_live(self, query_string: bytes) -> bool:
        """Whether what a query asks depends on what is live."""
        return any(names(name, query_string) for name in self._live)


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
        if is_list(field.annotation)
    )
    has_url = UrlDep in hints.values()
    return Read(function, path, media_type.encode(), tuple(parameters), query, lists, has_url)


def _pattern(template: str) -> re.Pattern[str]:
    """What the paths of a template look like; its parameters are the groups."""
    literals = map(re.escape, _PARAMETER.split(template)[::2])
    return re.compile("([^/]+)".join(literals))
