"""The landing page, the pages of problem types, and what every page has."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.openapi import rubrics
from shared.http.frame import document, framed
from shared.http.html import Child, Html, curled, el, inline, join, prose
from shared.schemas.problemes import CATALOGUE

STATES = {"pret": "En service", "en_chargement": "Démarre", "injoignable": "Injoignable"}


def page(title: str, *content: Child, here: str = "") -> bytes:
    """A whole page; `here` is the address of the section of the menu it belongs to."""
    return document(
        title if title == "Grand Paris Relance" else f"{title} – Grand Paris Relance",
        el("link", rel="icon", href="/static/icone.svg", type="image/svg+xml"),
        el("link", rel="stylesheet", href="/static/style.css"),
        body=framed(title, *content, header=_header(here)),
    )


def _header(here: str) -> Child:
    links = (("/", "Accueil"), ("/docs", "Documentation"), ("/problemes", "Problèmes"))
    items = (
        el("li", el("a", text, href=href, **({"aria_current": "true"} if href == here else {})))
        for href, text in links
    )
    return (
        el("p", "Grand Paris Relance", class_="marque"),
        el("nav", el("ul", items), aria_label="Menu principal"),
    )


def home(document: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> bytes:
    """What is served here, in which state, and where to start."""
    tags = {tag["name"]: tag for tag in document["tags"]}
    return page(
        "Grand Paris Relance",
        prose(document["info"]["description"]),
        el("h2", "Services"),
        [_card(name, tags.get(name, {}), state, document) for name, state in states.items()]
        or el("p", "Aucun service n’est branché sur cette passerelle."),
        el("h2", "Pour commencer"),
        el(
            "ul",
            _link("/docs", "La documentation de toutes les opérations"),
            _link("/openapi.json", "Le contrat OpenAPI 3.1, pour vos outils"),
            _link("/problemes", "Les erreurs possibles et leurs codes"),
            _link("/sante/pret", "L’état des services, en JSON"),
        ),
        here="/",
    )


def _card(
    name: str, tag: Mapping[str, Any], state: Mapping[str, Any], document: Mapping[str, Any]
) -> Html:
    etat = str(state["etat"])
    return el(
        "section",
        el("h3", tag.get("x-titre", name)),
        el("p", el("strong", STATES.get(etat, "Indisponible")), class_=f"etat {etat}"),
        prose(tag.get("description", "")),
        _pages_of(name, document),
        el(
            "ul",
            (
                el(
                    "li",
                    el("a", one["x-titre"], href=f"/docs#{one['name']}"),
                    " : ",
                    inline(one["description"]),
                )
                for one in rubrics(document, name)
            ),
        ),
        class_="carte",
    )


def _pages_of(name: str, document: Mapping[str, Any]) -> Child:
    """The way to a service's own pages: what is read by people and asks for nothing."""
    found = [
        (path, item["get"])
        for path, item in document["paths"].items()
        if path.startswith(f"/v1/{name}/") and "get" in item and _is_page(item["get"])
    ]
    if not found:
        return None
    return el("ul", (_link(path, page["summary"].rstrip(".")) for path, page in found))


def _is_page(operation: Mapping[str, Any]) -> bool:
    content = operation["responses"].get("200", {}).get("content", {})
    asked = any(parameter.get("required") for parameter in operation.get("parameters", ()))
    return set(content) == {"text/html"} and not asked


def _link(href: str, text: str) -> Html:
    return el("li", el("a", text, href=href))


def no_page() -> bytes:
    """For an address where there is nothing."""
    return page(
        "Page introuvable",
        el("p", "Il n’y a rien à cette adresse. Elle est peut-être mal écrite, ou trop ancienne."),
        el(
            "ul",
            _link("/", "L’accueil et la liste des services"),
            _link("/docs", "La documentation de toutes les opérations"),
        ),
    )


def table(caption: str, columns: tuple[str, ...], rows: Iterator[Html]) -> Html:
    """A table that scrolls by itself where it does not fit: by the keyboard too."""
    head = el("thead", el("tr", (el("th", column, scope="col") for column in columns)))
    whole = el("table", el("caption", caption), head, el("tbody", rows))
    return el("div", whole, class_="large", role="group", tabindex="0", aria_label=caption)


def problems_index() -> bytes:
    """All the problem types, by status."""
    rows = (
        el(
            "tr",
            el("td", kind.statut),
            el("th", el("a", el("code", code), href=f"/problemes/{code}"), scope="row"),
            el("td", inline(kind.titre)),
        )
        for code, kind in CATALOGUE.items()
    )
    return page(
        "Problèmes",
        el("p", "Toute erreur a un code stable, que vos programmes peuvent reconnaître."),
        table("Codes d’erreur par statut HTTP", ("Statut", "Code", "Titre"), rows),
        here="/problemes",
    )


def problem_page(code: str) -> bytes | None:
    """The page a problem's `type` leads to."""
    kind = CATALOGUE.get(code)
    if kind is None:
        return None
    return page(
        curled(kind.titre),
        el("p", el("code", code), join((" – statut HTTP ", kind.statut))),
        prose(kind.description),
        here="/problemes",
    )
