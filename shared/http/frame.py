"""The frame of the pages: the document that each is, what is around its content, how that looks."""

from pathlib import Path
from typing import Final

from shared.http.html import Child, el

_STYLE: Final = Path(__file__).with_suffix(".css").read_bytes()
"""What framed pages look like: their colours, what `framed` puts there."""
NO_ICON: Final = el("link", rel="icon", href="data:,")
"""Without it, a browser asks the site for one."""


def document(title: str, *head: Child, body: Child) -> bytes:
    """A whole page; `head`: what its head holds beside its title."""
    whole = el(
        "html",
        el(
            "head",
            el("meta", charset="utf-8"),
            el("meta", name="viewport", content="width=device-width, initial-scale=1"),
            el("title", title),
            *head,
        ),
        el("body", body),
        lang="fr",
    )
    return f"<!doctype html>{whole}".encode()


def framed(title: str, *content: Child, header: Child) -> Child:
    """The body of a page of the suite: a way past its header, its content, what holds of all."""
    return (
        el("a", "Aller au contenu", href="#contenu", class_="evitement"),
        el("header", header),
        el("main", el("h1", title), *content, id="contenu", tabindex="-1"),
        el(
            "footer",
            el("p", "Accessibilité : non conforme (audit RGAA à venir)."),
            el("p", "Aucun cookie, aucun traceur, aucune ressource tierce."),
        ),
    )


def files(folder: Path, *, style: str) -> dict[str, bytes]:
    """The files that framed pages ask for, by name; that of their style begins with the frame's."""
    found = {file.name: file.read_bytes() for file in folder.iterdir()}
    return found | {style: _STYLE + found[style]}
