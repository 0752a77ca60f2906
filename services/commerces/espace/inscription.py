"""The page where a merchant looks for its shop, then claims its listing or registers it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from services.commerces.espace import cadre
from services.commerces.espace.cadre import OBLIGATOIRE
from services.commerces.mots_admis import mots_admis
from shared import territoire
from shared.http.html import Child, Html, el
from shared.schemas.commerces_contribution import MESSAGE_MAX
from shared.schemas.commerces_gestion import COURRIEL_MAX
from shared.territoire import Resolution

TITRE: Final = "Inscrire mon commerce"
NOM_MAX: Final = 120
SCRIPT: Final = "inscription.js"
_SANS_POSITION: Final = (
    " Sans elle, votre commerce est placé au milieu de la commune, et l’agent en est prévenu."
)
_ICI: Final = "Je suis dans mon commerce : prendre la position de cet appareil"
_ENVOI: Final = "Un courriel vous sera envoyé, avec un lien à suivre pour confirmer."


class Trouvee(NamedTuple):
    """A published listing that may be the shop one looks for."""

    numero: str
    nom: str
    adresse: str
    code_postal: str
    commune: str

    @property
    def situee(self) -> str:
        return f"{self.adresse}, {self.code_postal} {self.commune}"


def recherche(nom: str, commune: str | None, *, refus: str | None) -> bytes:
    """What is asked first: the name of the shop, and where it is."""
    return cadre.page(
        TITRE,
        el(
            "p",
            "Vous tenez un commerce dans la Métropole du Grand Paris : montrez ce que vous "
            "proposez (livraison, drive, vente au comptoir…). Sans compte ni mot de passe, et "
            "gratuitement.",
        ),
        el("p", "Voyons d’abord s’il est déjà dans l’annuaire."),
        _recherche(nom, commune, refus),
        el(
            "p",
            "Vous gérez déjà votre fiche ? ",
            el("a", "Ouvrir mon commerce", href="mon-commerce"),
        ),
    )


def _recherche(nom: str, commune: str | None, refus: str | None) -> Html:
    told = refus and el("p", refus, id="refus", class_="bilan", role="alert")
    wrong = {"aria_describedby": "refus"} if refus else {}
    return el(
        "form",
        told,
        el(
            "div",
            el("label", "Nom du commerce", OBLIGATOIRE, for_="nom"),
            el(
                "input",
                id="nom",
                name="nom",
                value=nom,
                required=True,
                maxlength=str(NOM_MAX),
                autocomplete="organization",
                **wrong,
            ),
            class_="champ",
        ),
        el(
            "div",
            el("label", "Commune", OBLIGATOIRE, for_="commune"),
            el(
                "select",
                el("option", "Choisir…", value=""),
                cadre.communes(choisie=commune),
                id="commune",
                name="commune",
                required=True,
                **wrong,
            ),
            class_="champ",
        ),
        el("button", "Continuer"),
        action="inscription",
        aria_label="Chercher mon commerce",
    )


def resultats(nom: str, where: Resolution, trouvees: Sequence[Trouvee]) -> bytes:
    """The listings that may be this shop, then the form that registers a new one."""
    back = el("a", "Changer de nom ou de commune", href="inscription")
    return cadre.page(
        TITRE,
        el("p", "« ", el("strong", nom), f" », {where.nom}. ", back),
        _trouvees(trouvees) if trouvees else None,
        el("h2", "Il n’est pas dans l’annuaire" if trouvees else "L’inscrire"),
        cadre.bilan(),
        _nouvelle(nom, where),
        script=SCRIPT,
    )


def _trouvees(trouvees: Sequence[Trouvee]) -> Child:
    return (
        el("h2", "Est-ce l’un de ceux-ci ?"),
        el(
            "ul",
            (
                el(
                    "li",
                    el("p", el("strong", one.nom), el("br"), one.situee),
                    el(
                        "p",
                        el(
                            "a",
                            "C’est le mien",
                            el("span", f" : {one.nom}", class_="lecteur"),
                            href=f"inscription?fiche={one.numero}",
                        ),
                    ),
                )
                for one in trouvees
            ),
            class_="liste",
        ),
    )


def revendication(one: Trouvee) -> bytes:
    """The form by which one says that a published listing is one's own."""
    return cadre.page(
        "C’est mon commerce",
        el("p", el("strong", one.nom), el("br"), one.situee),
        el(
            "p",
            "Vous en êtes déjà titulaire ? ",
            el("a", "Recevoir un lien vers ma fiche", href=f"mon-commerce?fiche={one.numero}"),
        ),
        el("h2", "En devenir titulaire"),
        cadre.bilan(),
        el(
            "form",
            _courriel(),
            _siret("siret"),
            _pour_l_agent("Par exemple votre fonction dans ce commerce."),
            _leurre(),
            el("p", f"{_ENVOI} Un agent de la commune ou de la CCI décidera."),
            el("button", "Envoyer ma demande"),
            data_inscription=True,
            data_fiche=one.numero,
            hidden=True,
            novalidate=True,
        ),
        script=SCRIPT,
    )


def _nouvelle(nom: str, where: Resolution) -> Html:
    lon, lat = territoire.point_of(where.code) or (where.commune.lon, where.commune.lat)
    return el(
        "form",
        _courriel(),
        cadre.texte(
            "fiche/nom",
            f"Nom du commerce{OBLIGATOIRE}",
            maxlength=str(NOM_MAX),
            value=nom,
            autocomplete="organization",
        ),
        cadre.choix(
            "fiche/categories",
            f"Catégorie{OBLIGATOIRE}",
            (el("option", "Choisir…", value=""), cadre.categories()),
        ),
        emplacement("fiche/", _code_postal(where), aide=_SANS_POSITION),
        _siret("fiche/siret"),
        _telephone(),
        cadre.cases(
            "fiche/modalites",
            f"Ce que vous proposez{OBLIGATOIRE}",
            {one.code: one.nom for one in mots_admis()["modalites"]},
            aide="Une au moins. Les horaires, les zones et les prix se donneront ensuite.",
        ),
        _pour_l_agent("Ce qui aide un agent à vous reconnaître."),
        _leurre(),
        el("p", f"{_ENVOI} Rien n’est publié avant qu’un agent ait accepté."),
        el("button", "Inscrire mon commerce"),
        data_inscription=True,
        data_lon=str(lon),
        data_lat=str(lat),
        data_commune=where.nom,
        hidden=True,
        novalidate=True,
    )


def _code_postal(where: Resolution) -> str:
    """The postcode of a place that has one alone."""
    found = [
        code
        for code in where.commune.codes_postaux
        if where.code in {place.code for place in territoire.places_of_postcode(code)}
    ]
    return found[0] if len(found) == 1 else ""


def emplacement(prefixe: str, code_postal: str = "", *, aide: str = "") -> Child:
    """The address of a shop, and where it stands; `aide` says more of its position."""
    maxi = {"maxlength": str(NOM_MAX)}
    return (
        cadre.texte(
            f"{prefixe}adresse",
            f"Numéro et voie{OBLIGATOIRE}",
            autocomplete="address-line1",
            **maxi,
        ),
        cadre.texte(
            f"{prefixe}complement",
            "Complément d’adresse",
            aide="Galerie, bâtiment, étage…",
            autocomplete="address-line2",
            **maxi,
        ),
        cadre.texte(
            f"{prefixe}code_postal",
            f"Code postal{OBLIGATOIRE}",
            value=code_postal,
            inputmode="numeric",
            maxlength="5",
            autocomplete="postal-code",
        ),
        cadre.texte(
            f"{prefixe}position",
            "Position",
            aide="Latitude et longitude, comme les copie une carte en ligne : 48.7375, 2.5553."
            + aide,
        ),
        el("p", el("button", _ICI, type="button", class_="second", data_position=True)),
    )


def _telephone() -> Child:
    champ = "fiche/contacts/telephone"
    return (
        cadre.texte(champ, "Téléphone", type_="tel", autocomplete="tel-national"),
        cadre.case("Montrer ce numéro au public", f"{cadre.nom_html(champ)}-public"),
    )


def _courriel() -> Html:
    return cadre.texte(
        "courriel",
        f"Votre adresse électronique{OBLIGATOIRE}",
        aide="Elle n’est jamais publiée : elle sert à vous écrire.",
        type_="email",
        maxlength=str(COURRIEL_MAX),
        autocomplete="email",
    )


def _siret(champ: str) -> Html:
    return cadre.texte(
        champ,
        "SIRET",
        aide="Quatorze chiffres. Facultatif : il aide l’agent à vous reconnaître, et vous permet "
        "ensuite de changer plus de choses sans attendre.",
        inputmode="numeric",
    )


def _pour_l_agent(aide: str) -> Html:
    return cadre.zone_de_texte(
        "message", "Message pour l’agent qui décidera", aide=aide, maxi=MESSAGE_MAX - 100
    )


def _leurre() -> Html:
    """Only robots fill it."""
    box = el("input", id="site_web", data_champ="site_web", tabindex="-1", autocomplete="off")
    label = el("label", "À laisser vide", for_="site_web")
    return el("p", label, box, class_="lecteur", aria_hidden="true")
