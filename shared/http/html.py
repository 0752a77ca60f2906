"""Safe HTML building: plain text is always escaped, only `Html` values are not."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final


class Html(str):
    """Markup that is already safe."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
_VOID = frozenset({"br", "hr", "input", "link", "meta"})
_AS_WRITTEN = frozenset({"code", "pre", "textarea"})
_BEFORE: Final = re.compile(" (?=[:;!?»])|(?<=«) ")
_APOSTROPHE: Final = re.compile(r"(?<=\w)'(?=\w|«|$)")
"""At the end too: what is elided may be followed by a `code`."""


def el(name: str, /, *children: Child, **attributes: str | bool) -> Html:
    """An element; `class_` stands for class, `aria_label` for aria-label, True for a bare name."""
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{shown}>")
    inside = "".join(map(_raw if name in _AS_WRITTEN else _child, children))
    return Html(f"<{name}{shown}>{inside}</{name}>")


def unbroken(text: str) -> str:
    """A French text in which no line begins with its « : » nor ends with its « « »."""
    return _BEFORE.sub("\N{NO-BREAK SPACE}", text)


def curled(text: str) -> str:
    """A French text with its apostrophes as printers have them."""
    return _APOSTROPHE.sub("’", text)


def join(children: Iterable[Child]) -> Html:
    """Several children one after the other."""
    return Html("".join(map(_child, children)))


def prose(text: str) -> Html:
    """Paragraphs of a description; `code` between backticks is the only mark-up it may use."""
    return join(el("p", inline(part)) for part in text.strip().split("\n\n") if part.strip())


def inline(text: str) -> Html:
    """A text of one line, with the same mark-up."""
    pieces = text.split("`")
    return join(el("code", p) if n % 2 else curled(p) for n, p in enumerate(pieces))


def _child(child: Child) -> str:
    if isinstance(child, str) and not isinstance(child, Html):
        return escape(unbroken(child))
    return _raw(child) if child is None or isinstance(child, (str, int)) else join(child)


def _raw(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    return escape(str(child)) if isinstance(child, (str, int)) else "".join(map(_raw, child))


def _attribute(key: str, value: str | bool) -> str:
    if value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
