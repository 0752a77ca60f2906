"""The frame of the merchants' pages, and the fields of their forms.

A field is known by its `data-champ`, its place in the body that the API takes: there the script
writes what the API says of it, in the paragraph that the field is described by.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

from services.commerces import taxonomie
from shared import territoire
from shared.http.frame import NO_ICON, document, framed
from shared.http.html import Child, Html, el, prose

TITRE: Final = "Mes commerces à domicile"
OBLIGATOIRE: Final = " (obligatoire)"
SANS_SCRIPT: Final = (
    "Cette page a besoin de JavaScript, qui est désactivé dans votre navigateur. Activez-le, ou "
    "demandez à votre commune ou à la CCI de faire la démarche avec vous."
)
TROP_ANCIEN: Final = (
    "La page tarde à s’ouvrir : votre connexion est lente, ou votre navigateur date d’avant 2022."
)
"""Shown after a while, unless the script has started."""


def page(titre: str, *content: Child, script: str | None = None) -> bytes:
    """A whole page; `script` is the module that makes its forms work."""
    warned = script and (
        el("noscript", el("p", SANS_SCRIPT, class_="bilan")),
        el("p", TROP_ANCIEN, class_="bilan patience", data_patience=True),
    )
    return document(
        f"{titre} – {TITRE}",
        NO_ICON,
        el("link", rel="stylesheet", href="espace/espace.css"),
        script and el("script", type="module", src=f"espace/{script}"),
        body=framed(titre, warned, *content, header=el("p", TITRE)),
    )


def refus(titre: str, textes: Iterable[str]) -> bytes:
    """Why there is no such page, with the way to begin again."""
    again = el("p", el("a", "Chercher ou inscrire un commerce", href="inscription"))
    return page(titre, (prose(texte) for texte in textes), again)


def bilan() -> Html:
    """Where the script tells what became of what was sent; it moves the focus there."""
    return el("div", class_="bilan", data_bilan=True, tabindex="-1", hidden=True)


def nom_html(champ: str) -> str:
    """The `id` of a field."""
    return f"c-{champ.replace('/', '-')}"


def texte(
    champ: str, libelle: str, *, aide: str | None = None, type_: str = "text", **attributs: str
) -> Html:
    """A box of one line."""
    box = el("input", type=type_, **_named(champ, aide), **attributs)
    return _champ(champ, libelle, aide, box)


def zone_de_texte(champ: str, libelle: str, *, aide: str | None = None, maxi: int) -> Html:
    """A box of several lines."""
    box = el("textarea", rows="4", maxlength=str(maxi), **_named(champ, aide))
    return _champ(champ, libelle, aide, box)


def choix(champ: str, libelle: str, options: Child, *, aide: str | None = None) -> Html:
    """One among several."""
    return _champ(champ, libelle, aide, el("select", options, **_named(champ, aide)))


def case(libelle: str, id_: str, **attributs: str | bool) -> Html:
    """A box to tick."""
    box = el("input", type="checkbox", id=id_, **attributs)
    return el("p", box, el("label", libelle, for_=id_), class_="case")


def cases(champ: str, legende: str, mots: Mapping[str, str], *, aide: str | None = None) -> Html:
    """Several boxes to tick: the list of their values."""
    own = nom_html(champ)
    return el(
        "fieldset",
        el("legend", legende),
        _aide(own, aide),
        erreur(own),
        el(
            "div",
            (case(text, f"{own}-{code}", value=code) for code, text in mots.items()),
            class_="cases",
        ),
        **_named(champ, aide),
    )


def erreur(own: str) -> Html:
    """Where what is wrong with a field is told."""
    return el("p", id=f"{own}-erreur", class_="erreur", hidden=True)


def categories() -> list[Html]:
    """The options of a category: each branch with what it holds."""
    tree = taxonomie.categories()
    return [
        el(
            "optgroup",
            (
                el("option", one.nom, value=code)
                for code, one in tree.items()
                if taxonomie.lineage(code)[-1] == root
            ),
            label=branch.nom,
        )
        for root, branch in tree.items()
        if branch.parent is None
    ]


def communes(*, choisie: str | None = None) -> list[Html]:
    """The options of a place: communes by name, the arrondissements of Paris after it."""
    codes = [one.code for one in territoire.communes()]
    arrondissements = [f"751{number:02}" for number in range(1, 21)]
    places = [found for code in (*codes, *arrondissements) if (found := territoire.resolve(code))]
    by_name = sorted(places, key=lambda one: (_plain(one.commune.nom), one.code))
    return [el("option", one.nom, value=one.code, selected=one.code == choisie) for one in by_name]


def _plain(nom: str) -> str:
    """For an order that knows no accents."""
    return unicodedata.normalize("NFD", nom).encode("ascii", "ignore").decode()


def _champ(champ: str, libelle: str, aide: str | None, box: Html) -> Html:
    own = nom_html(champ)
    return el(
        "div", el("label", libelle, for_=own), _aide(own, aide), erreur(own), box, class_="champ"
    )


def _aide(own: str, aide: str | None) -> Html | None:
    return el("p", aide, id=f"{own}-aide", class_="aide") if aide else None


def _named(champ: str, aide: str | None) -> dict[str, str]:
    own = nom_html(champ)
    described = f"{own}-aide {own}-erreur" if aide else f"{own}-erreur"
    return {"id": own, "data_champ": champ, "aria_describedby": described}
