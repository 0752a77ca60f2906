"""An ordinary week as a form has it: seven days of two slots, and the public holidays."""

from typing import Final

from services.commerces.espace import cadre
from shared.http.html import Html, el
from shared.schemas.commerces_horaires import PolitiqueFeries
from shared.schemas.commun import JOURS

CRENEAUX: Final = (("premier créneau", "de"), ("second créneau", "et de"))
FERIES: Final = {
    PolitiqueFeries.INCONNU: "Je ne sais pas encore",
    PolitiqueFeries.FERME: "Fermé",
    PolitiqueFeries.OUVERT: "Ouvert comme un autre jour",
}


def semaine(champ: str, nom: str) -> Html:
    """The hours at this place of the body; what the form cannot show is kept as it is."""
    own = cadre.nom_html(champ)
    return el(
        "div",
        cadre.erreur(own),
        el(
            "div",
            el("p", "Vos horaires d’aujourd’hui, gardés tels quels : ", el("code")),
            cadre.case("Les remplacer", f"{own}-remplacer", data_remplacer=True),
            data_gardes=True,
            hidden=True,
        ),
        el(
            "div",
            (_jour(own, champ, jour) for jour in JOURS),
            el(
                "p",
                el(
                    "button",
                    "Recopier le lundi sur les autres jours",
                    type="button",
                    class_="second",
                    data_recopier=True,
                ),
            ),
            cadre.choix(
                f"{champ}/feries",
                "Jours fériés",
                [el("option", text, value=value) for value, text in FERIES.items()],
            ),
            data_grille=True,
        ),
        data_champ=champ,
        data_semaine=True,
        id=own,
        role="group",
        aria_label=nom,
        aria_describedby=f"{own}-erreur",
    )


def _jour(own: str, champ: str, jour: str) -> Html:
    ident = f"{own}-{jour}"
    return el(
        "fieldset",
        el("legend", jour.capitalize()),
        cadre.erreur(ident),
        el("div", (_creneau(ident, jour, *one) for one in CRENEAUX), class_="creneaux"),
        id=ident,
        class_="jour",
        data_champ=f"{champ}/semaine/{jour}",
        data_jour=jour,
    )


def _creneau(ident: str, jour: str, nom: str, de: str) -> Html:
    said = f"{jour.capitalize()}, {nom}"
    described = f"{ident}-erreur"
    return el(
        "span",
        el("span", f"{de} ", aria_hidden="true"),
        el("input", type="time", aria_label=f"{said}, de", aria_describedby=described),
        el("span", " à ", aria_hidden="true"),
        el("input", type="time", aria_label=f"{said}, à", aria_describedby=described),
        class_="creneau",
    )
