"""The page of a commune's shops, in HTML: a list first, then a form and links; no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import shorten
from typing import Any, Final
from urllib.parse import urlencode

from services.commerces import mots_admis, taxonomie
from services.commerces.regimes.regles import TOUTES, Regime, permises
from services.commerces.statuts import A_CONFIRMER
from services.commerces.widget import plan
from services.commerces.widget.mots import a_partir_de, etat_en_mots, jour_en_mots
from shared.http.frame import NO_ICON, document
from shared.http.html import Child, Html, curled, el
from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commerces_widget import RechercheWidget
from shared.schemas.commun import PARIS, Ouverture

PAR_PAGE: Final = 15
MODALITES: Final[Mapping[str, str]] = {
    genre: curled(mots_admis.noms()[genre]) for genre in Modalite
}
_NOUVELLE: Final = el("span", " (nouvelle fenêtre)", class_="lecteur")
MOTIF_MAX: Final = 200
"""Characters of a rule's reason that are shown."""
HORAIRES_MAX: Final = 160
"""Characters of hours in words that are shown of a shop."""


@dataclass(frozen=True, slots=True)
class Commerce:
    """A shop of the page: its public properties, its state, its position."""

    proprietes: Mapping[str, Any]
    etat: EtatOuverture
    position: tuple[float, float]
    offertes: frozenset[str]
    """The modalities that it offers today."""
    regimes: Sequence[Regime] = ()
    """The crisis rules that limit it."""

    @property
    def services(self) -> list[str]:
        """The modalities that it offers and may offer, in the order of the contract."""
        given = self.offertes & permises(self.regimes)
        return [genre for genre in Modalite if genre in given]

    @property
    def ferme_par_decision(self) -> bool:
        """Whether rules leave it nothing of what it offers."""
        return permises(self.regimes).isdisjoint(self.offertes or TOUTES)


@dataclass(frozen=True, slots=True)
class Liste:
    """All that a page shows."""

    code: str
    """Of the commune, or of the arrondissement."""
    nom: str
    recherche: RechercheWidget
    total: int
    commerces: Sequence[Commerce]
    maintenant: datetime
    ecartes: int = 0
    """How many shops crisis rules keep out of the list."""
    regimes: Sequence[Regime] = ()
    """Those rules."""


@dataclass(frozen=True, slots=True)
class Style:
    """Where the style sheet is, and what it must be."""

    href: str
    integrite: str


def page(liste: Liste, style: Style) -> bytes:
    """The list of a commune."""
    niveau = liste.recherche.niveau
    title = f"Commerces à domicile : {liste.nom}"
    return _document(
        f"{_count(liste.total)} – {title}",
        style,
        _heading(niveau, title, class_="titre"),
        _form(liste),
        _heading(niveau + 1, _results(liste), id="resultats", tabindex="-1"),
        _kept_out(liste) if liste.ecartes else None,
        _list(liste) if liste.commerces else _nothing(liste),
        _pages(liste),
        _drawing(liste) if liste.commerces else None,
        el(
            "p",
            "Annuaire de la Métropole du Grand Paris. Un commerce sans horaires n’est pas "
            "forcément fermé.",
            class_="discret",
        ),
        _merchants(liste.code),
    )


def _merchants(code: str) -> Html:
    """The way to be on the list; out of the frame, which would not show that page."""
    href = f"../inscription?commune={code}"
    link = el("a", "Vous êtes commerçant ?", _NOUVELLE, href=href, target="_blank", rel="noopener")
    return el("p", link)


def refusal(
    title: str, texts: Sequence[str], style: Style, *, niveau: int = 1, back: str | None = None
) -> bytes:
    """A page that says why there is no list, with the way `back` to one that there is."""
    href = "?" if niveau == 1 else f"?niveau={niveau}"
    return _document(
        title,
        style,
        _heading(niveau, title, class_="titre"),
        (el("p", text) for text in texts),
        back and el("p", el("a", back, href=href, data_page=True)),
    )


def _document(title: str, style: Style, *content: Child) -> bytes:
    sheet = el(
        "link",
        rel="stylesheet",
        href=style.href,
        integrity=style.integrite,
        crossorigin="anonymous",
    )
    return document(title, NO_ICON, sheet, body=el("main", *content))


def _heading(niveau: int, *content: Child, **attributes: str) -> Html:
    return el(f"h{niveau}", *content, **attributes)


def _count(total: int) -> str:
    return f"{total} commerces" if total > 1 else f"{total or 'Aucun'} commerce"


def _results(liste: Liste) -> str:
    last = _last(liste)
    where = f", page {liste.recherche.page} sur {last}" if last > 1 else ""
    return f"{_count(liste.total)} {'trouvés' if liste.total > 1 else 'trouvé'}{where}"


def _last(liste: Liste) -> int:
    return max(1, -(-liste.total // PAR_PAGE))


def _form(liste: Liste) -> Html:
    asked = liste.recherche
    roots = {
        code: category.nom
        for code, category in taxonomie.categories().items()
        if category.parent is None or code == asked.categorie
    }
    kept = (("niveau", asked.niveau), ("couleur", asked.couleur))
    return el(
        "form",
        el(
            "p",
            el("label", "Nom ou produit", for_="q"),
            el("input", type="search", id="q", name="q", value=asked.q or "", maxlength="100"),
        ),
        _select("modalite", "Service proposé", "Tous les services", MODALITES, asked.modalite),
        _select("categorie", "Type de commerce", "Tous les commerces", roots, asked.categorie),
        el(
            "p",
            el(
                "input",
                type="checkbox",
                id="ouverts",
                name="ouverts",
                value="maintenant",
                checked=asked.ouverts is not None,
            ),
            el("label", " Ouverts maintenant", for_="ouverts"),
            class_="case",
        ),
        [
            el("input", type="hidden", name=name, value=str(value))
            for name, value in kept
            if value is not None
        ],
        el("button", "Filtrer", type="submit"),
        role="search",
        aria_label="Filtrer les commerces",
        action=liste.code,
    )


def _select(
    name: str, label: str, every: str, choices: Mapping[str, str], chosen: str | None
) -> Html:
    options = [
        el("option", text, value=value, selected=value == chosen) for value, text in choices.items()
    ]
    return el(
        "p",
        el("label", label, for_=name),
        el("select", el("option", every, value=""), options, id=name, name=name),
    )


def _nothing(liste: Liste) -> Html:
    if liste.total:
        return el("p", "Cette page n’existe plus. ", _page_link(liste, 1, "Première page"))
    return el("p", "Aucun commerce ne répond à ces critères : élargissez la recherche.")


def _kept_out(liste: Liste) -> Html:
    many = "s" if liste.ecartes > 1 else ""
    why = " ; ".join(map(_decision, liste.regimes))
    return el("p", f"{liste.ecartes} commerce{many} écarté{many} par décision. {why}")


def _decision(regime: Regime) -> str:
    """A rule and its reason, cut short where it is long: the page has to stay small."""
    return f"{regime.nom} : {shorten(regime.motif, MOTIF_MAX, placeholder='…')}"


def _list(liste: Liste) -> Html:
    first = _first(liste)
    items = (
        _item(liste, commerce, number) for number, commerce in enumerate(liste.commerces, first)
    )
    return el("ol", items, role="list")


def _first(liste: Liste) -> int:
    return (liste.recherche.page - 1) * PAR_PAGE + 1


def _item(liste: Liste, commerce: Commerce, number: int) -> Html:
    told = commerce.proprietes
    services = ", ".join(MODALITES[genre].lower() for genre in commerce.services)
    links = _links(told)
    return el(
        "li",
        _heading(liste.recherche.niveau + 2, f"{number}. {told['nom']}", class_="nom"),
        el("p", told["categorie"]),
        _horaires(commerce, liste.maintenant),
        (el("p", _decision(regime)) for regime in commerce.regimes),
        el("p", f"{told['adresse']}, {told['code_postal']} {told['commune']}"),
        el("p", f"Services : {services}") if services else None,
        el("p", links, class_="actions") if links else None,
        el("p", _verifie(told["verifie_le"], liste.maintenant), class_="discret"),
    )


def _verifie(jour: str, maintenant: datetime) -> str:
    """How fresh it is: what nobody confirmed for long is not said as what was yesterday."""
    day = date.fromisoformat(jour)
    old = (maintenant.astimezone(PARIS).date() - day).days >= A_CONFIRMER
    return f"Vérifié le {jour_en_mots(day)} {day.year}{', à confirmer' if old else ''}"


def _links(told: Mapping[str, Any]) -> list[Html]:
    found = []
    if told["telephone"]:
        number = told["telephone"]
        label = f"Appeler {told['nom']} : {_spaced(number)}"
        found.append(el("a", _spaced(number), href=f"tel:{number}", aria_label=label))
    for name, text in (("commande", "Commander en ligne"), ("site", "Site web")):
        if told[name]:
            hidden = el("span", f" : {told['nom']}", class_="lecteur")
            attributes = {"target": "_blank", "rel": "noopener noreferrer"}
            found.append(el("a", text, hidden, _NOUVELLE, href=told[name], **attributes))
    return found


def _spaced(number: str) -> str:
    """`+33142360000` as French people read it."""
    if not number.startswith("+33"):
        return number
    digits = f"0{number[3:]}"
    return " ".join(digits[place : place + 2] for place in range(0, len(digits), 2))


def _horaires(commerce: Commerce, now: datetime) -> list[Html]:
    """Whether it is open, and its hours in words as they were written.

    Where the words are all that is known, hours are not said to be unknown.
    """
    etat = Ouverture.FERME if commerce.ferme_par_decision else commerce.etat.etat
    told = el("p", _etat_en_mots(commerce, now), class_=f"etat {etat}")
    texts = _ecrits(commerce)
    if not texts:
        return [told]
    written = el("p", f"Horaires : {' ; '.join(texts)}")
    is_all = etat is Ouverture.INCONNU and not commerce.etat.raison
    return [written] if is_all else [told, written]


def _ecrits(commerce: Commerce) -> list[str]:
    """Hours in words, of the shop then of its services: the long ones share what room is left."""
    whole = commerce.proprietes["horaires_texte"]
    own: dict[str, list[str]] = {}
    for modalite in commerce.proprietes["modalites_detail"]:
        text = modalite["horaires_texte"]
        if text is not None and text != whole and modalite["genre"] in commerce.services:
            own.setdefault(text, []).append(MODALITES[modalite["genre"]].lower())
    pieces = [f"{', '.join(services)} : {text}" for text, services in own.items()]
    pieces = pieces if whole is None else [whole, *pieces]
    shown, room = dict[str, str](), HORAIRES_MAX
    for left, piece in zip(range(len(pieces), 0, -1), sorted(pieces, key=len), strict=True):
        shown[piece] = shorten(piece, room // left, placeholder="…")
        room -= len(shown[piece])
    return [shown[piece] for piece in pieces]


def _etat_en_mots(commerce: Commerce, now: datetime) -> str:
    if not commerce.ferme_par_decision:
        return etat_en_mots(commerce.etat, now)
    until = commerce.etat.jusqu_a
    return "Fermé par décision" + (f", ouvre {a_partir_de(until, now)}" if until else "")


def _pages(liste: Liste) -> Html | None:
    here, last = liste.recherche.page, _last(liste)
    if last == 1 or here > last:
        return None
    links = [
        _page_link(liste, here - 1, "Page précédente") if here > 1 else None,
        _page_link(liste, here + 1, "Page suivante") if here < last else None,
    ]
    return el("nav", links, aria_label="Pages de la liste")


def _page_link(liste: Liste, number: int, text: str) -> Html:
    asked = liste.recherche.model_dump(mode="json", exclude_none=True)
    return el("a", text, href=f"?{urlencode({**asked, 'page': number})}", data_page=True)


def _drawing(liste: Liste) -> Html:
    points = [commerce.position for commerce in liste.commerces]
    return el(
        "details",
        el("summary", "Voir le plan"),
        plan.drawing(liste.code, points, first=_first(liste)),
    )
