"""The page behind a mailed link: it shows what would be confirmed, and a button that does it."""

from base64 import b64encode
from hashlib import sha256
from typing import Final

from shared.conditional import PRIVATE
from shared.http.frame import NO_ICON, document
from shared.http.html import Child, Html, el, inline, prose
from shared.schemas.commerces_contribution import MESSAGE_MAX, LienRecu, LienSuivi, ObjetLien

# Read on a telephone: nothing is wider than it, and a finger finds the button.
_STYLE: Final = """\
:root { color-scheme: light dark; --fond: #fff; --texte: #1b2630; --accent: #14405e; }
@media (prefers-color-scheme: dark) {
  :root { --fond: #12191f; --texte: #e6ebef; --accent: #8cc4ec; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--fond); color: var(--texte); overflow-wrap: anywhere; }
body, button, textarea { font: 1rem/1.6 system-ui, sans-serif; }
main { max-width: 40rem; margin: 0 auto; padding: 1rem; }
h1 { color: var(--accent); line-height: 1.25; }
a { color: var(--accent); }
blockquote { margin: 1rem 0; padding-left: 1rem; border-left: 3px solid var(--accent); }
pre { white-space: pre-wrap; }
textarea { width: 100%; padding: 0.5rem; border: 1px solid currentColor; border-radius: 0.25rem; }
summary { padding: 0.5rem 0; }
button, .bouton {
  display: inline-block; min-height: 2.75rem; padding: 0.5rem 1rem; border: 1px solid var(--accent);
  border-radius: 0.25rem; background: var(--accent); color: var(--fond); font-weight: 600;
  text-decoration: none;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    **PRIVATE,
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "img-src data:; form-action 'self'; frame-ancestors 'none'",
}
ANSWER_HEADERS: Final = {
    **HEADERS,
    # One script, which keeps the token for the merchant's page.
    "Content-Security-Policy": f"{HEADERS['Content-Security-Policy']}; script-src 'self'",
}
_QUESTIONS: Final = {
    ObjetLien.INSCRIPTION: ("Confirmer mon inscription", "Vous avez demandé à gérer"),
    ObjetLien.ACCES: ("Ouvrir ma fiche", "Vous avez demandé un lien vers"),
    ObjetLien.DONNEES: ("Ouvrir mes données", "Vous avez demandé vos données, gardées pour"),
    ObjetLien.CONFIRMATION: (
        "Tout est toujours exact",
        "Vous vérifiez la fiche de",
    ),
    ObjetLien.PRECISION: ("Envoyer ma réponse", "Un agent vous demande une précision sur"),
}
_ANSWERS: Final = {
    ObjetLien.INSCRIPTION: "Votre adresse est confirmée. Un agent de la commune ou de la CCI "
    "examine votre demande ; sa décision vous sera envoyée.",
    ObjetLien.ACCES: "Votre fiche est ouverte.",
    ObjetLien.DONNEES: "Vos données sont ouvertes.",
    ObjetLien.CONFIRMATION: "Merci : votre fiche est confirmée aujourd'hui.",
    ObjetLien.PRECISION: "Votre réponse est transmise. La décision de l'agent vous sera envoyée.",
}

_USES: Final = {
    False: "Il ouvre votre fiche pendant trente jours, à vous ou à qui tient votre site : la lire, "
    "la corriger, la confirmer, reprendre ou effacer vos données. Pour la lire",
    True: "Il permet de lire ce que l'annuaire garde de vous, et de l'effacer (DELETE à la même "
    "adresse), rien d'autre. Pour le lire",
}
_KEPT: Final = (
    "Gardez dans vos favoris l'adresse de la page qui s'ouvrira : dans trente jours, ou depuis un "
    "autre appareil, vous y demanderez un nouveau lien."
)
_ONCE: Final = (
    "À garder pour vous, montré cette seule fois. « Quitter », sur la page où vous tenez votre "
    "fiche, y met fin :"
)
_OPENS: Final = {False: "Ouvrir ma fiche", True: "Ouvrir mes données"}
_READS: Final = {False: "/v1/commerces/moi", True: "/v1/commerces/moi/donnees"}
"""What a token is for, and where: of who was refused, its data alone (True)."""


def question(link: LienRecu, *, refus: str | None = None, texte: str = "") -> bytes:
    """What a link would confirm; `refus`: why the answer was not taken, `texte`: as it was."""
    button, introduction = _QUESTIONS[link.objet]
    told = None if refus is None else el("p", el("strong", refus), role="alert", id="refus")
    return _page(
        button,
        el("p", f"{introduction} : ", el("strong", link.nom), "."),
        told,
        el(
            "form",
            _answer_box(link, texte, refused=refus is not None),
            el("button", button),
            method="post",
        ),
    )


def _answer_box(link: LienRecu, texte: str, *, refused: bool) -> Child:
    if link.objet is not ObjetLien.PRECISION:
        return None
    wrong = {"aria_invalid": "true", "aria_describedby": "refus"} if refused else {}
    box = el(
        "textarea",
        f"\n{texte}",
        id="message",
        name="message",
        rows="6",
        maxlength=str(MESSAGE_MAX),
        **wrong,
        required=True,
    )
    return (
        el("blockquote", link.precision),
        el("p", el("label", "Votre réponse", for_="message"), el("br"), box),
    )


def answer(done: LienSuivi, adresse: str) -> bytes:
    """What following a link did; `adresse` is that of the suite."""
    told = (prose(_ANSWERS[done.objet]), el("p", el("strong", done.nom)))
    if done.jeton is None:
        return _page("C’est fait", told, el("p", el("a", "Ma fiche", href=_own_page(done))))
    return _page("C’est fait", told, _token(done, done.jeton, adresse), script="espace/jeton.js")


def _token(done: LienSuivi, jeton: str, adresse: str) -> Child:
    """The way to the merchant's page, and the token, for who writes a program."""
    data_only = done.objet is ObjetLien.DONNEES
    call = f"curl -H 'Authorization: Token {jeton}' {adresse}{_READS[data_only]}"
    return (
        el(
            "p",
            el("a", _OPENS[data_only], href=_own_page(done), class_="bouton"),
        ),
        None if data_only else prose(_KEPT),
        el(
            "details",
            el("summary", "Pour un programme : votre jeton"),
            prose(_ONCE),
            el("p", el("code", jeton, id="jeton")),
            prose(f"{_USES[data_only]} :"),
            el("pre", el("code", call)),
            el(
                "p",
                el("a", "La documentation", href=f"{adresse}/docs#commerces-contribution"),
                inline(" dit le reste."),
            ),
        ),
    )


def _own_page(done: LienSuivi) -> str:
    """The merchant's page, beside this one."""
    return f"mon-commerce?fiche={done.fiche_id}"


def served(text: str) -> bytes:
    """What a link that was followed already says: a double click shows this answer alone."""
    return _page(
        "C’est déjà fait",
        prose(text),
        prose("Un lien ne sert qu'une fois. Pour revenir à votre fiche, recevez-en un autre."),
        _again(),
    )


def refusal(text: str) -> bytes:
    """Why a link does nothing, and what to do then."""
    return _page(
        "Ce lien ne marche pas",
        prose(text),
        prose("Recevez-en un autre."),
        _again(),
    )


def _again() -> Child:
    return el(
        "ul",
        el("li", el("a", "J'ai déjà une fiche", href="mon-commerce")),
        el("li", el("a", "Je m'inscris", href="inscription")),
    )


def _page(title: str, *content: Child, script: str | None = None) -> bytes:
    return document(
        f"{title} – Mes commerces à domicile",
        NO_ICON,
        el("style", Html(_STYLE)),
        script and el("script", type="module", src=script),
        body=el("main", el("h1", title), *content),
    )
