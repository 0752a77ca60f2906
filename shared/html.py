"""Safe HTML building: plain text is always escaped, only `Html` values are not."""

from collections.abc import Iterable
from html import escape


class Html(str):
    """Markup that is already safe."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
_VOID = frozenset({"br", "hr", "input", "link", "meta"})


def el(name: str, /, *children: Child, **attributes: str | bool) -> Html:
    """An element; `class_` stands for class, `aria_label` for aria-label, True for a bare name."""
    shown = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{join(children)}</{name}>")


def join(children: Iterable[Child]) -> Html:
    """Several children one after the other."""
    return Html("".join(map(_child, children)))


def prose(text: str) -> Html:
    """Paragraphs of a description; `code` between backticks is the only mark-up it may use."""
    return join(el("p", inline(part)) for part in text.strip().split("\n\n") if part.strip())


def inline(text: str) -> Html:
    """A text of one line, with the same mark-up."""
    pieces = text.split("`")
    return join(el("code", piece) if n % 2 else piece for n, piece in enumerate(pieces))


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Html):
        return child
    if isinstance(child, (str, int)):
        return escape(str(child))
    return join(child)


def _attribute(key: str, value: str | bool) -> str:
    if value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
