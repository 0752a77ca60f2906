"""The columns a file of shops may have, and the names that others give them (colonnes.csv)."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from services.commerces.mots import words as words_of
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JOURS, slug
from shared.transfers.misread import restored
from shared.transfers.tables import rows, words

_NOM_MAX: Final = 200
"""Characters of a name; what has more is a cell, and looking for a name in it would take long."""
_NOT_NAME: Final = re.compile(r"[^a-z0-9]")
_ASIDE: Final = re.compile(
    r"(?<!\s)\s*\("
    r"(?:obligatoires?|facultati(?:f|ve)s?|option(?:nel(?:le)?)?s?"
    r"|€|(?:en )?(?:euros?|min(?:utes?)?)|oui ?/ ?non|o ?/ ?n"
    r"|lambert ?93|l93|wgs ?84|epsg ?:? ?\d{4,5}"
    r"|plusieurs (?:choix|réponses?)(?: possibles?)?|n(?:°|uméro) et (?:rue|voie))\)",
    re.IGNORECASE,
)
"""What the header of a form adds to a name."""
_DE_VOTRE: Final = re.compile(r"\bde (?:votre|vos|notre|nos)\b", re.IGNORECASE)
_ARTICLES: Final = ("du", "de la", "de l", "des")
"""What a form replaces by « de votre »."""
_DU_COMMERCE: Final = re.compile(
    r"(?<!num[ée]ro)(?<!\bn[°o])\s(?:du |de la |de l['’]\s?|de (?:votre|notre) )"
    r"(?:commerce|établissement|etablissement|magasin|boutique|restaurant|point de vente"
    r"|entreprise|société|societe|enseigne)(?=\s*(?:\W|$))",
    re.IGNORECASE,
)
"""« Adresse complète de votre commerce »: those of a list are all of shops. « N° du commerce » is
none of a street."""
_VOTRE: Final = re.compile(
    r"\A(?:(?:quel(?:le)?s? (?:est|sont) )?(?:(?:votre|vos|notre|nos|le|la|les)\b|l['’])"
    r"|(?:proposez|assurez|faites|effectuez|pratiquez|offrez)-vous"
    r" (?:(?:le|la|les|un|une|du|des|de la|de) )?(?:service de )?)",
    re.IGNORECASE,
)
"""How the question of a form begins: « Quel est votre type d'activité ? », « Faites-vous la
livraison ? »."""
_ONE_S_OWN: Final = re.compile(
    r"(?:quel(?:le)?s? (?:est|sont) )?(?:votre|vos|notre|nos)\b", re.IGNORECASE
)
"""What is of who answers: « Votre nom », and not « Quel est le nom de votre commerce ? »."""
_LANGUES: Final = re.compile(r"[/|]|\s-\s")
"""What parts a name from the same in another language: « Nom / Name »."""
_DE_MODALITE: Final = (
    (
        "horaires",
        "horaires",
        "Horaires de cette modalité, sinon ceux du commerce.",
        "Tu-Sa 17:00-20:00",
    ),
    (
        "horaires_texte",
        "texte",
        "Les mêmes en toutes lettres, à défaut de la colonne précédente.",
        "",
    ),
    (
        "zone",
        "zone",
        "Codes INSEE, codes postaux ou noms de communes ; « rayon de 3 km » ; GeoJSON.",
        "94048, 94070",
    ),
    ("minimum", "montant", "Commande minimale, en euros.", "15"),
    ("frais", "montant", "Frais, en euros.", "3.50"),
    ("franco", "montant", "Montant à partir duquel les frais sont offerts.", "40"),
    ("delai_min", "entier", "Minutes entre la commande et le service.", "45"),
    ("commande_jusqu_a", "heure", "Heure limite de commande, HH:MM.", "17:30"),
    ("du", "date", "Premier jour où elle est proposée.", ""),
    ("au", "date", "Dernier jour où elle est proposée.", ""),
    (
        "canaux",
        "liste",
        "Comment on commande : voir `canaux` dans /v1/commerces/taxonomie.",
        "telephone, site",
    ),
    ("note", "texte", "Ce qu’aucune colonne ne dit.", "Sonnez deux fois."),
)
"""What a modality says of itself, in columns `livraison_zone`, `drive_horaires`…"""
_AUTRES_NOMS: Final = {
    Modalite.DRIVE: "drives retraitaudrive drivepieton drivethrough",
    Modalite.LIVRAISON: "livraisons livraisonon livraisonpossible livreadomicile"
    " livraisonadomicile livraisonsadomicile livraisondomicile"
    " delivery homedelivery",
    Modalite.POINT_COLLECTE: "pointdecollecte pointsdecollecte pointrelais pointsrelais pickup",
    Modalite.COMPTOIR: "venteaucomptoir venteaemporter aemporter emporter takeaway clickcollect"
    " clickandcollect clicketcollect retrait retraitenmagasin retraitenboutique retraitsurplace"
    " retraitdecommande retraitdecommandes retraitdescommandes retraitmagasin retraitboutique"
    " surplace ventesurplace aucomptoir clickncollect cliccollecte cliquecollecte"
    " venteemporter platsaemporter cliccollect clicetcollect cliqueretire cliquezretirez",
    Modalite.DEPANNAGE_URGENCE: "depannagedurgence depannage depannageurgence urgence"
    " serviceurgence servicedurgence",
}
"""Names that others give to the column of a modality; several may stand for one."""
_DETAILS: Final = {
    "horaires": "horaires horaire joursethoraires jours heures creneaux openinghours",
    "zone": "zone zones secteur secteurs perimetre rayon",
    "minimum": "minimum montantminimum montantminimal",
    "frais": "frais cout tarif tarifs prix",
    "delai_min": "delai delais",
    "note": "conditions precisions",
}
"""What others call the details of a modality: « Zone de livraison », « Horaires drive »."""
_LEURS_NOMS: Final = {
    "livraison_zone": "communesdesservies villesdesservies communeslivrees villeslivrees"
    " zonedesservie zonesdesservies",
    "livraison_minimum": "minimumdecommande commandeminimum commandeminimale"
    " montantminimumdecommande montantminidecommande montantmini commandemini minimumdachat"
    " panierminimum",
    "livraison_frais": "fraisdeport",
    "livraison_franco": "francodeport livraisongratuiteapartirde livraisonofferteapartirde"
    " livraisongratuitedes livraisonoffertedes fraisdeportoffertsapartirde",
    "livraison_commande_jusqu_a": "heurelimitedecommande heurelimite commandeavant"
    " commanderavant heurelimitedecommandelivraison",
    "depannage_urgence_zone": "zonedintervention secteurdintervention",
    "depannage_urgence_delai_min": "delaidintervention",
}
"""And what they call one of them in other words."""
SIRENE: Final = frozenset(
    [
        "etat_administratif",
        "statut_diffusion",
        "numero_voie",
        "indice_voie",
        "type_voie",
        "libelle_voie",
        "enseigne_2",
        "enseigne_3",
        "denomination_usuelle",
        "denomination",
        "nom_personne",
        "nom_usage",
        "prenom",
        "lambert_x",
        "lambert_y",
    ]
)
"""Columns of the SIRENE directory; others may give a street in parts too."""

ADRESSE: Final = frozenset(
    [
        *("adresse", "complement", "code_postal", "commune", "code_commune", "cle_ban"),
        *("numero_voie", "indice_voie", "type_voie", "libelle_voie", "longitude", "latitude"),
    ]
)
"""Columns that tell where a shop is, which an address may hold as an object."""
HORAIRES_DU_JOUR: Final = {jour: f"horaires_{jour}" for jour in JOURS}
"""Columns of the hours of one day, for lists that have seven; our template has one of all."""
DEMI_JOURNEES: Final = {
    jour: (f"horaires_{jour}_matin", f"horaires_{jour}_apres_midi") for jour in JOURS
}
"""The same in two columns a day."""
OUVERT: Final = "ouvert"
"""Column of whether a shop is open these days."""
PUBLICATION: Final = "publication"
"""Column of whether a shop agrees to be in the directory, which forms ask in many words."""
TELEPHONE_PUBLIC: Final = "telephone_public"
"""Column of whether its telephone numbers may be published."""
_AGREES: Final = re.compile(r"\b(?:accept|autoris|consent|accord\b)")
_WISHES: Final = re.compile(r"\b(?:souhait\w*|voulez) (?!.*\b(?:publica|diffusion))")
"""« Souhaitez-vous que vos coordonnées soient publiées ? », not « une publication Facebook »."""
_PUBLISHED: Final = re.compile(r"\b(?:publi(?:e|cation|able)|diffus(?!er)|apparai)")
_REFUSES: Final = re.compile(r"\b(?:non (?:publi|diffus)|pas\b|refus)")
_TELEPHONE: Final = re.compile(r"\b(?:tel|telephon\w*|mobile|portable)s?\b")
_NUMERO: Final = re.compile(r"\bnumeros?\b")
_OF_ONE_THING: Final = re.compile(r"\b(?:numero|mail|courriel|photo|logo)s?\b")
"""« Acceptez-vous que ces informations soient publiées ? », and not « votre courriel »."""
_OF_ALL: Final = re.compile(r"\b(?:informations?|infos?|donnees|nom|adresse)\b")
_BY_DAY: Final = {column: jour for jour, column in HORAIRES_DU_JOUR.items()}
_SEVERAL: Final = 2
JOURS_OUVERTS: Final = "jours_ouverts"
"""Column of the days alone, for lists that have the hours in another."""
_HORS_MODELE: Final = SIRENE.union(
    HORAIRES_DU_JOUR.values(),
    *DEMI_JOURNEES.values(),
    {JOURS_OUVERTS, OUVERT, PUBLICATION, "sous_categories"},
)
_DE_QUI_REPOND: Final = ADRESSE | {"nom"}
NOMS: Final = ("enseigne", "denomination_usuelle", "denomination")
"""Columns that serve as a name where there is none, the surest first."""
_DE_FAMILLE: Final = "nom"
_PRENOMS: Final = frozenset({"prenom", "prenoms"})
"""Beside a first name, « Nom » is that of a person."""


class Colonne(NamedTuple):
    """A column of the template."""

    nom: str
    genre: str
    description: str
    exemple: str
    autres_noms: tuple[str, ...]


def cle(name: str) -> str:
    """A column's name without accents, case, spaces, marks or « (obligatoire) »."""
    return _NOT_NAME.sub("", slug(_ASIDE.sub("", name)))


def _read() -> Mapping[str, Colonne]:
    found = {
        row["colonne"]: Colonne(
            row["colonne"],
            row["genre"],
            row["description"],
            row["exemple"],
            words(row["autres_noms"]),
        )
        for row in rows(Path(__file__).with_name("colonnes.csv"))
    }
    for jour, name in HORAIRES_DU_JOUR.items():
        told = f"Heures du {jour}."
        found[name] = Colonne(name, "horaires", told, "", (jour, jour[:3], f"{jour}horaires"))
    for jour, (matin, apres_midi) in DEMI_JOURNEES.items():
        afternoon = (f"{jour}apresmidi", f"{jour}aprem")
        found |= {
            matin: Colonne(matin, "horaires", f"Heures du {jour} matin.", "", (f"{jour}matin",)),
            apres_midi: Colonne(
                apres_midi, "horaires", f"Heures du {jour} après-midi.", "", afternoon
            ),
        }
    for modalite in Modalite:
        said = "Oui si cette modalité est proposée."
        names = tuple(_AUTRES_NOMS[modalite].split())
        found[modalite] = Colonne(modalite, "oui_non", said, "", names)
        for suffix, genre, description, example in _DE_MODALITE:
            name = f"{modalite}_{suffix}"
            # Once is enough to fill in: those of five modalities would make sixty columns.
            shown = example if modalite is Modalite.LIVRAISON else ""
            found[name] = Colonne(name, genre, description, shown, _of_detail(modalite, suffix))
    return found


def _of_detail(modalite: Modalite, suffix: str) -> tuple[str, ...]:
    """The names that others give to a detail of a modality."""
    own = (cle(f"{modalite}_horaires_osm"),) if suffix == "horaires" else ()
    called = [cle(modalite), *_AUTRES_NOMS[modalite].split()]
    composed = [
        f"{detail}{link}{name}"
        for detail in _DETAILS.get(suffix, "").split()
        for name in called
        for link in ("de", "du", "dela", "")
    ]
    return (*own, *_LEURS_NOMS.get(f"{modalite}_{suffix}", "").split(), *composed)


COLONNES: Final = _read()
_BY_KEY: Final = {cle(nom): nom for nom in COLONNES} | {
    autre: colonne.nom for colonne in COLONNES.values() for autre in colonne.autres_noms
}


def nom(received: str) -> str | None:
    """The column that a received name stands for: as it is, in two languages, or as a question."""
    bare = received.strip()
    if len(bare) > _NOM_MAX:
        return None
    told = restored(bare)
    return _BY_KEY.get(cle(told)) or _in_languages(told) or _asked(told) or _consent(told)


class Noms(dict[str, str | None]):
    """The column of each name of a file, worked out once for each as they come.

    Beside « Prénom », « Nom » is that of who holds the shop: it would be published as the shop's.
    """

    def __init__(self, received: Iterable[str] = ()) -> None:
        super().__init__()
        self._beside_first_name = False
        self._families: list[str] = []
        self.meet(received)

    def meet(self, received: Iterable[str]) -> None:
        """Know these names, all before the columns of any are asked for."""
        for one in received:
            if one not in self:
                self._add(one)

    def _add(self, received: str) -> None:
        self[received] = nom(received)
        key = cle(received) if len(received) <= _NOM_MAX else ""
        self._beside_first_name |= key in _PRENOMS
        if key == _DE_FAMILLE:
            self._families.append(received)
        if self._beside_first_name:
            self.update(dict.fromkeys(self._families, "nom_personne"))
            self._families.clear()


def halves(received: list[str]) -> list[str]:
    """Names in which each day that two columns share, as merged cells do, is told by halves."""
    days = [(place, _BY_DAY.get(nom(one) or "")) for place, one in enumerate(received)]
    told = [(place, jour) for place, jour in days if jour]
    shared = [place + 1 < len(received) and not received[place + 1] for place, _ in told]
    if len(told) < _SEVERAL or not all(shared):
        return received
    found = list(received)
    for place, jour in told:
        found[place : place + 2] = DEMI_JOURNEES[jour]
    return found


def _in_languages(received: str) -> str | None:
    """The column of a name told twice: « Nom / Name », « Retrait / Click & Collect »."""
    found = {_BY_KEY.get(cle(one)) for one in _LANGUES.split(_ASIDE.sub("", received))}
    return found.pop() if len(found) == 1 else None


def _asked(received: str) -> str | None:
    """The column that a form asks for: « Nom de votre commerce », « Vos horaires ».

    Not « Votre nom » nor « Votre adresse », which are those of who answers.
    """
    for told in (
        *(_DE_VOTRE.sub(one, received) for one in _ARTICLES),
        _DU_COMMERCE.sub("", received),
    ):
        found = _BY_KEY.get(cle(_VOTRE.sub("", told, count=1)))
        if found and not (found in _DE_QUI_REPOND and _ONE_S_OWN.match(told)):
            return found
    return None


def _consent(received: str) -> str | None:
    """Whether a shop, or its telephone number alone, may be published, however a form asks it."""
    told = " ".join(words_of(received))
    published = _PUBLISHED.search(told)
    if published is None or _REFUSES.search(told):
        return None
    agrees = _AGREES.search(told, 0, published.start()) or _WISHES.search(told)
    if not _OF_ALL.search(told) and (_TELEPHONE.search(told) or (agrees and _NUMERO.search(told))):
        return TELEPHONE_PUBLIC
    return PUBLICATION if agrees and not _OF_ONE_THING.search(told) else None


def rang(received: str) -> int:
    """Among the names of a column, 0 for its own, then the surest first, then what is made out."""
    found = cle(received)
    own = _BY_KEY.get(found)
    if own is None:
        return len(_BY_KEY)
    others = COLONNES[own].autres_noms
    return others.index(found) + 1 if found in others else 0


def du_modele() -> list[Colonne]:
    """The columns of the template that a chamber of commerce fills in."""
    return [colonne for colonne in COLONNES.values() if colonne.nom not in _HORS_MODELE]


def liste_de(colonne: Colonne) -> str:
    """The closed list that a column takes its words from, if it does."""
    return "canaux" if colonne.nom.endswith("_canaux") else colonne.nom
