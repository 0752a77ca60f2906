"""The page behind a mailed link: it shows what would be confirmed, and a button that does it."""

from html import escape
from typing import Final

from shared.schemas.commerces_contribution import MESSAGE_MAX, LienRecu, LienSuivi, ObjetLien

HEADERS: Final = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",  # the address holds the token
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
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
    told = "" if refus is None else f'<p role="alert"><strong>{escape(refus)}</strong></p>'
    return _page(
        button,
        f"<p>{introduction} : <strong>{escape(link.nom)}</strong>.</p>{told}"
        f'<form method="post">{_answer_box(link, texte)}<button>{button}</button></form>',
    )


def _answer_box(link: LienRecu, texte: str) -> str:
    if link.objet is not ObjetLien.PRECISION:
        return ""
    return (
        f"<blockquote>{escape(link.precision or '')}</blockquote>"
        '<p><label for="message">Votre réponse</label><br>'
        f'<textarea id="message" name="message" rows="6" cols="60" maxlength="{MESSAGE_MAX}" '
        f"required>\n{escape(texte)}</textarea></p>"
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
            f'<p><a href="{escape(adresse)}/docs#commerces">La documentation</a> dit le reste. '
            "Si vous n'avez rien à changer, vous n'avez rien à faire de ce jeton.</p>"
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
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title} — Mes commerces à domicile</title></head>"
        f"<body><main><h1>{title}</h1>{body}</main></body></html>"
    )
