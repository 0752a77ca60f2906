"""Words of the directory that both its searches and its listings use: each a closed list."""

from enum import StrEnum

"""How codes of the taxonomy are written."""
_ISO_639_1 = (
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da "
    "de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy "
    "hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg "
    "li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or "
    "os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta "
    "te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUES = frozenset(_ISO_639_1.split())
"""Codes of ISO 639-1."""


class Modalite(StrEnum):
    """Comment un commerce sert ses clients."""

    DRIVE = "drive"
    LIVRAISON = "livraison"
    POINT_COLLECTE = "point_collecte"
    COMPTOIR = "comptoir"
    DEPANNAGE_URGENCE = "depannage_urgence"


class StatutFiche(StrEnum):
    """Où en est une fiche ; seule une fiche publiée se voit."""

    BROUILLON = "brouillon"
    EN_ATTENTE = "en_attente"
    PUBLIEE = "publiee"
    SUSPENDUE = "suspendue"
    FERMEE = "fermee"
    ARCHIVEE = "archivee"


class VerifiePar(StrEnum):
    """Qui a confirmé un fait en dernier."""

    COMMERCANT = "commercant"
    CCI = "cci"
    COMMUNE = "commune"
    METROPOLE = "metropole"
    SIRENE = "sirene"
    IMPORT = "import"


class LabelCommerce(StrEnum):
    """Ce qu'un commerce déclare de ses produits ou de son métier."""

    ARTISAN = "artisan"
    MAITRE_ARTISAN = "maitre_artisan"
    MAITRE_RESTAURATEUR = "maitre_restaurateur"
    FAIT_MAISON = "fait_maison"
    BIO = "bio"
    CIRCUIT_COURT = "circuit_court"
    COMMERCE_EQUITABLE = "commerce_equitable"
    VRAC = "vrac"
    ANTI_GASPILLAGE = "anti_gaspillage"
    REEMPLOI = "reemploi"
    LIVRAISON_DECARBONEE = "livraison_decarbonee"
    VEGETARIEN = "vegetarien"
    SANS_GLUTEN = "sans_gluten"
    CASHER = "casher"
    HALAL = "halal"


class Paiement(StrEnum):
    """Moyen de paiement accepté."""

    ESPECES = "especes"
    CARTE = "carte"
    SANS_CONTACT = "sans_contact"
    EN_LIGNE = "en_ligne"
    CHEQUE = "cheque"
    VIREMENT = "virement"
    TITRE_RESTAURANT = "titre_restaurant"
    CHEQUE_VACANCES = "cheque_vacances"


class AccessibiliteCommerce(StrEnum):
    """Ce qu'un commerce déclare de son accessibilité."""

    FAUTEUIL = "fauteuil"
    FAUTEUIL_AVEC_AIDE = "fauteuil_avec_aide"
    FAUTEUIL_IMPOSSIBLE = "fauteuil_impossible"
    SANITAIRES_ADAPTES = "sanitaires_adaptes"
    STATIONNEMENT_ADAPTE = "stationnement_adapte"
    BOUCLE_MAGNETIQUE = "boucle_magnetique"
    LANGUE_DES_SIGNES = "langue_des_signes"
    BALISE_SONORE = "balise_sonore"


class CanalCommande(StrEnum):
    """Comment on commande."""

    SUR_PLACE = "sur_place"
    TELEPHONE = "telephone"
    SMS = "sms"
    MESSAGERIE = "messagerie"
    COURRIEL = "courriel"
    SITE = "site"
    APPLICATION = "application"
    PLATEFORME = "plateforme"


class GenreContact(StrEnum):
    """Par où joindre un commerce."""

    TELEPHONE = "telephone"
    COURRIEL = "courriel"
    SITE = "site"
    COMMANDE = "commande"
    FACEBOOK = "facebook"
    INSTAGRAM = "instagram"


class Tri(StrEnum):
    """L'ordre d'une recherche."""

    LIEU = "lieu"
    DISTANCE = "distance"
    PERTINENCE = "pertinence"
