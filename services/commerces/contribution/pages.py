"""The page behind a mailed link: it shows what would be confirmed, and a button that does it."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

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
button {
  min-height: 2.75rem; padding: 0.5rem 1rem; border: 1px solid var(--accent);
  border-radius: 0.25rem; background: var(--accent); color: var(--fond); font-weight: 600;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
"""
_STYLE_HASH: Final = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; "
    "img-src data:; form-action 'self'; frame-ancestors 'none'",
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
_READS: Final = {False: "/v1/commerces/moi", True: "/v1/commerces/moi/donnees"}
"""What a token is for, and where: of who was refused, its data alone (True)."""


def question(link: LienRecu, *, refus: str | None = None, texte: str = "") -> str:
    """What a link would confirm; `refus`: why the answer was not taken, `texte`: as it was."""
    button, introduction = _QUESTIONS[link.objet]
    told = ""
    if refus is not None:
        told = f'<p role="alert" id="refus"><strong>{escape(refus)}</strong></p>'
    return _page(
        button,
        f"<p>{introduction} : <strong>{escape(link.nom)}</strong>.</p>{told}"
        f'<form method="post">{_answer_box(link, texte, refused=refus is not None)}'
        f"<button>{button}</button></form>",
    )


def _answer_box(link: LienRecu, texte: str, *, refused: bool) -> str:
    wrong = ' aria-invalid="true" aria-describedby="refus"' if refused else ""
    if link.objet is not ObjetLien.PRECISION:
        return ""
    return (
        f"<blockquote>{escape(link.precision or '')}</blockquote>"
        '<p><label for="message">Votre réponse</label><br>'
        f'<textarea id="message" name="message" rows="6" maxlength="{MESSAGE_MAX}"{wrong} required>'
        f"\n{escape(texte)}</textarea></p>"
    )


def answer(done: LienSuivi, adresse: str) -> str:
    """What following a link did; `adresse` is that of the suite."""
    told = f"<p>{_ANSWERS[done.objet]}</p><p><strong>{escape(done.nom)}</strong></p>"
    if done.jeton is not None:
        told += (
            "<p>Votre jeton, à garder pour vous, montré cette seule fois :</p>"
            f"<p><code>{escape(done.jeton)}</code></p>"
            f"<p>{_USES[done.objet is ObjetLien.DONNEES]} :</p>"
            f"<pre><code>curl -H 'Authorization: Token {escape(done.jeton)}' "
            f"{escape(adresse)}{_READS[done.objet is ObjetLien.DONNEES]}</code></pre>"
            f'<p><a href="{escape(adresse)}/docs#commerces-contribution">La documentation</a> dit '
            "le reste. Si vous n'avez rien à changer, vous n'avez rien à faire de ce jeton.</p>"
        )
    return _page("C'est fait", told)


def refusal(text: str) -> str:
    """Why a link does nothing, and what to do then."""
    return _page(
        "Ce lien ne marche pas",
        f"<p>{escape(text)}</p><p>Demandez-en un autre à l'adresse où vous vous êtes inscrit, ou "
        "à votre commune.</p>",
    )


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="fr"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        # No icon: else a browser asks the suite for one.
        f'<link rel="icon" href="data:,"><style>{_STYLE}</style>'
        f"<title>{title} – Mes commerces à domicile</title></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
