"""The page where a merchant keeps its listing: empty, for it needs the token to be filled."""

from functools import cache
from typing import Final

from services.commerces.espace import cadre
from services.commerces.espace.cadre import OBLIGATOIRE
from services.commerces.espace.inscription import NOM_MAX, emplacement
from services.commerces.espace.semaine import semaine
from services.commerces.mots_admis import mots_admis
from services.commerces.zones import CHEZ_LE_CLIENT
from shared.http.html import Child, Html, el
from shared.schemas.commerces_contribution import MESSAGE_MAX
from shared.schemas.commerces_gestion import COURRIEL_MAX, URL_MAX
from shared.schemas.commerces_valeurs import Modalite

TITRE: Final = "Mon commerce"
SCRIPT: Final = "mon-commerce.js"
TEXTE_MAX: Final = 2_000
CONTACTS: Final = (
    ("telephone", "Téléphone", "tel"),
    ("courriel", "Courriel", "email"),
    ("site", "Site web", "url"),
    ("commande", "Adresse où commander en ligne", "url"),
    ("facebook", "Page Facebook", "url"),
    ("instagram", "Page Instagram", "url"),
)
PRIVES: Final = frozenset({"telephone", "courriel"})
"""What may be a person's own: shown when one says so."""


def page(numero: int | None) -> bytes:
    """The whole page; `numero` is that of the listing that one says one holds."""
    return cadre.page(
        TITRE,
        cadre.bilan(),
        _acces(numero),
        el(
            "div",
            el("p", el("strong", data_nom=True)),
            el("p", data_etat=True),
            _gestes(),
            el("h2", "Mes demandes"),
            el("div", data_demandes=True),
            el("h2", "Modifier ma fiche"),
            _formulaire(),
            el("h2", "Fermer, rouvrir"),
            _fermeture(),
            data_ouvert=True,
            hidden=True,
        ),
        _donnees(),
        script=SCRIPT,
    )


def _acces(numero: int | None) -> Html:
    """What is shown as long as no token opens a listing."""
    return el(
        "section",
        el("p", "Pour ouvrir votre fiche, recevez un lien par courriel : il n’y a pas de compte."),
        _demande_d_acces(numero),
        el("p", el("a", "Chercher mon commerce, ou l’inscrire", href="inscription")),
        el(
            "details",
            el("summary", "J’ai déjà un jeton"),
            el(
                "form",
                cadre.texte("jeton", "Jeton", autocomplete="off", spellcheck="false"),
                el("button", "Ouvrir"),
                data_jeton=True,
                novalidate=True,
            ),
        ),
        data_ferme=True,
        hidden=True,
    )


def _demande_d_acces(numero: int | None) -> Html:
    return el(
        "form",
        cadre.texte(
            "courriel",
            f"Votre adresse électronique{OBLIGATOIRE}",
            type_="email",
            maxlength=str(COURRIEL_MAX),
            autocomplete="email",
        ),
        cadre.texte(
            "fiche_id",
            f"Numéro de votre fiche{OBLIGATOIRE}",
            aide="Il est dans l’adresse que vous avez gardée. Sinon, cherchez votre commerce "
            "ci-dessous.",
            inputmode="numeric",
            value="" if numero is None else str(numero),
        ),
        el("button", "Recevoir un lien"),
        data_acces=True,
        novalidate=True,
    )


def _gestes() -> Html:
    return el(
        "p",
        el("button", "Tout est encore exact", type="button", data_confirmer=True),
        " ",
        _quitter(),
    )


def _quitter() -> Html:
    return el("button", "Quitter", type="button", class_="second", data_quitter=True)


def _fermer_les_autres() -> Html:
    return el("button", "Fermer mes autres accès", type="button", class_="second", data_autres=True)


@cache
def _formulaire() -> Html:
    """The same for all: several hundred boxes are written once."""
    return el(
        "form",
        el("p", data_delais=True),
        el(
            "p",
            el("strong", "Ce que vous avez demandé et qui attend encore est déjà montré ici."),
            data_attente=True,
            hidden=True,
        ),
        el("h3", "Horaires du commerce"),
        el("p", "Laissez vide un jour où vous fermez. Minuit s’écrit 00:00.", class_="aide"),
        semaine("horaires", "Horaires du commerce"),
        cadre.zone_de_texte(
            "horaires_texte",
            "Horaires en toutes lettres",
            aide="Seulement si la grille ne suffit pas : montrés tels quels.",
            maxi=TEXTE_MAX,
        ),
        el("h3", "Services proposés"),
        cadre.erreur(cadre.nom_html("modalites")),
        el(
            "div",
            (_modalite(Modalite(one.code), one.nom) for one in mots_admis()["modalites"]),
            id=cadre.nom_html("modalites"),
            data_champ="modalites",
        ),
        el("h3", "Fermeture exceptionnelle"),
        _exceptions(),
        el("h3", "Présentation"),
        cadre.zone_de_texte("description", "Description", maxi=TEXTE_MAX),
        (_contact(*one) for one in CONTACTS),
        _autres(),
        cadre.zone_de_texte("message", "Message pour l’agent", maxi=MESSAGE_MAX),
        el("button", "Envoyer mes changements"),
        data_fiche=True,
        novalidate=True,
    )


def _contact(genre: str, libelle: str, type_: str) -> Child:
    champ = f"contacts/{genre}"
    public = f"{cadre.nom_html(champ)}-public"
    return (
        cadre.texte(champ, libelle, type_=type_, maxlength=str(URL_MAX)),
        cadre.case("Montrer au public", public, aria_label=f"Montrer au public : {libelle}")
        if genre in PRIVES
        else None,
    )


def _exceptions() -> Html:
    own = cadre.nom_html("exceptions")
    return el(
        "fieldset",
        el("legend", "Vous fermez quelques jours"),
        el("p", "Congés, travaux : elle vaut pour tous vos services.", class_="aide"),
        cadre.erreur(own),
        el("div", data_exceptions=True),
        el(
            "div",
            cadre.texte("exceptions/du", "Premier jour fermé", type_="date"),
            cadre.texte("exceptions/au", "Dernier jour fermé", type_="date"),
            class_="cote",
        ),
        cadre.texte("exceptions/motif", "Motif, montré au public", maxlength="100"),
        id=own,
        aria_describedby=f"{own}-erreur",
        data_champ="exceptions",
    )


def _modalite(genre: Modalite, nom: str) -> Html:
    champ = f"modalites/{genre}"
    own = cadre.nom_html(champ)
    return el(
        "fieldset",
        el("legend", nom),
        cadre.erreur(own),
        cadre.case("Proposé", f"{own}-offerte", data_offerte=True, aria_label=f"{nom} : proposé"),
        el(
            "div",
            _zone(champ) if genre in CHEZ_LE_CLIENT else None,
            None if genre is Modalite.COMPTOIR else _prix(champ),
            cadre.texte(f"{champ}/note", "Précision pour vos clients", maxlength="300"),
            cadre.case("Horaires à part", f"{own}-a-part", data_a_part=True),
            el(
                "div",
                semaine(f"{champ}/horaires", f"Horaires : {nom}"),
                data_horaires=True,
                hidden=True,
            ),
            data_detail=True,
            hidden=True,
        ),
        id=own,
        aria_describedby=f"{own}-erreur",
        data_champ=champ,
        data_modalite=genre,
    )


def _zone(champ: str) -> Html:
    own = cadre.nom_html(f"{champ}/zone")
    lieux, rayon = f"{champ}/zone/codes", f"{champ}/zone/rayon_m"
    sortes = {
        "": "Je ne précise pas",
        "rayon": "Un rayon autour du commerce",
        "lieux": "Des communes ou des codes postaux",
        "polygone": "La zone dessinée, gardée telle quelle",
    }
    added = f"{own}-commune"
    return el(
        "div",
        cadre.choix(
            f"{champ}/zone", "Où", [el("option", text, value=v) for v, text in sortes.items()]
        ),
        el(
            "div",
            cadre.texte(rayon, "Rayon, en kilomètres", inputmode="decimal"),
            data_zone="rayon",
            hidden=True,
        ),
        el(
            "div",
            cadre.texte(
                lieux,
                "Communes, ou codes postaux",
                aide="Séparés par des virgules : Vincennes, Paris 12e.",
            ),
            el("label", "Commune à ajouter", for_=added),
            el("p", el("select", cadre.communes(), id=added), " ", _ajouter(), class_="cote"),
            data_zone="lieux",
            hidden=True,
        ),
    )


def _ajouter() -> Html:
    return el("button", "Ajouter", type="button", class_="second", data_ajouter=True)


def _prix(champ: str) -> Html:
    montants = (
        ("minimum", "Commande minimale, en euros"),
        ("frais", "Frais, en euros"),
        ("franco", "Frais offerts à partir de, en euros"),
    )
    return el(
        "div",
        (
            cadre.texte(f"{champ}/{name}", libelle, inputmode="decimal")
            for name, libelle in montants
        ),
        cadre.texte(f"{champ}/delai_min", "Délai, en minutes", inputmode="numeric"),
        class_="cote",
    )


def _autres() -> Child:
    listes = (
        ("paiements", "Moyens de paiement"),
        ("labels", "Labels et engagements"),
        ("accessibilites", "Accessibilité"),
    )
    return (
        el(
            "details",
            el("summary", "Paiements, labels, accessibilité"),
            (
                cadre.cases(liste, legende, {one.code: one.nom for one in mots_admis()[liste]})
                for liste, legende in listes
            ),
        ),
        el(
            "details",
            el("summary", "Nom, catégorie, adresse"),
            el("p", "Un agent décide de la plupart de ces changements.", class_="aide"),
            cadre.texte("nom", f"Nom du commerce{OBLIGATOIRE}", maxlength=str(NOM_MAX)),
            cadre.choix("categories", "Catégorie principale", cadre.categories()),
            cadre.texte("siret", "SIRET", inputmode="numeric"),
            emplacement(""),
        ),
    )


def _fermeture() -> Child:
    return (
        el(
            "form",
            cadre.case("Mon commerce a fermé pour de bon", "fermeture"),
            el("button", "Demander le retrait de ma fiche", class_="second"),
            data_fermeture=True,
        ),
        el(
            "form",
            el("p", "Votre fiche est fermée : elle n’est plus montrée."),
            el("button", "Mon commerce rouvre"),
            data_reouverture=True,
            hidden=True,
        ),
    )


def _donnees() -> Html:
    return el(
        "section",
        el("h2", "Mes accès"),
        el(
            "p",
            "Vous avez perdu un appareil, ou quelqu’un a pu garder un de vos liens ? Fermez vos "
            "autres accès, pour toutes vos fiches. Celui de cette page reste.",
        ),
        el("p", _fermer_les_autres(), " ", _quitter()),
        el("h2", "Mes données"),
        el(
            "p",
            "Tout ce que l’annuaire garde de vous, c’est-à-dire de votre adresse électronique, "
            "pour toutes vos fiches.",
        ),
        el("p", el("button", "Télécharger", type="button", class_="second", data_telecharger=True)),
        el(
            "form",
            cadre.case(
                "Je veux que tout soit effacé, et mes fiches avec si personne d’autre n’en répond. "
                "Rien ne reviendra.",
                "effacement",
            ),
            el("button", "Tout effacer", class_="second"),
            data_effacement=True,
        ),
        data_donnees=True,
        hidden=True,
    )
