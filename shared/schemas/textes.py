"""The texts under the fields of a model, which describe them in the contract."""

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, get_args, get_origin

from pydantic import Field


def describe(model: type[Any]) -> None:
    """Give the fields that a model declares the texts under them, as if `Field` said them.

    The type of a field may have a text of its own, which is then the one that counts.
    """
    texts = _under_fields(model.__module__).get(model.__qualname__, {})
    if texts:
        model.__annotations__ = {
            name: _told(kind, texts[name]) if name in texts else kind
            for name, kind in model.__annotations__.items()
        }


def _told(kind: Any, text: str) -> Any:
    own, *extras = get_args(kind) if get_origin(kind) is Annotated else (kind,)
    return Annotated[(own, Field(description=text), *extras)]


@cache
def _under_fields(module: str) -> Mapping[str, Mapping[str, str]]:
    """Those of each class of a module, by its qualified name."""
    # Pydantic reads the source of each class anew, and looks for it in every frame that calls.
    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError, LookupError):  # compiled alone, or typed by hand: no texts
        return {}
    return dict(_classes(ast.parse(source), ""))


def _classes(
    parent: ast.Module | ast.ClassDef | ast.FunctionDef, prefix: str
) -> Iterator[tuple[str, Mapping[str, str]]]:
    for node in parent.body:
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, dict(_texts(node))
            yield from _classes(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef):
            yield from _classes(node, f"{prefix}{node.name}.<locals>.")


def _texts(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, below in pairwise(node.body):
        match field, below:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                yield name, inspect.cleandoc(text)
