"""The columns a file of shops may have, and the names that others give them (colonnes.csv)."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import slug
from shared.tables import rows, words

_NOT_NAME: Final = re.compile(r"[^a-z0-9]")
_ASIDE: Final = re.compile(
    r"\s*\((?:obligatoires?|facultati(?:f|ve)s?|option(?:nel(?:le)?)?s?|€)\)", re.IGNORECASE
)
"""What the header of a form adds to a name."""
_DE_MODALITE: Final = (
    ("horaires", "horaires", "Horaires de cette modalité, sinon ceux du commerce."),
    ("horaires_texte", "texte", "Les mêmes en toutes lettres, à défaut de la colonne précédente."),
    (
        "zone",
        "zone",
        "Codes INSEE, codes postaux ou noms de communes ; « rayon de 3 km » ; GeoJSON.",
    ),
    ("minimum", "montant", "Commande minimale, en euros."),
    ("frais", "montant", "Frais, en euros."),
    ("franco", "montant", "Montant à partir duquel les frais sont offerts."),
    ("delai_min", "entier", "Minutes entre la commande et le service."),
    ("commande_jusqu_a", "heure", "Heure limite de commande, HH:MM."),
    ("du", "date", "Premier jour où elle est proposée."),
    ("au", "date", "Dernier jour où elle est proposée."),
    ("canaux", "liste", "Comment on commande : voir `canaux` dans /v1/commerces/taxonomie."),
    ("note", "texte", "Ce qu’aucune colonne ne dit."),
)
"""What a modality says of itself, in columns `livraison_zone`, `drive_horaires`…"""
_AUTRES_NOMS: Final = {
    Modalite.DRIVE: "drives retraitaudrive",
    Modalite.LIVRAISON: "livraisons livraisonadomicile livraisonsadomicile delivery",
    Modalite.POINT_COLLECTE: "pointdecollecte pointsdecollecte pointrelais pointsrelais",
    Modalite.COMPTOIR: "venteaucomptoir venteaemporter aemporter emporter takeaway clickcollect"
    " clickandcollect clicketcollect retrait retraitenmagasin retraitenboutique retraitsurplace",
    Modalite.DEPANNAGE_URGENCE: "depannagedurgence",
}
"""Names that others give to the column of a modality; several may stand for one."""
SIRENE: Final = frozenset(
    [
        "etat",
        "diffusion",
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

NOMS: Final = ("enseigne", "denomination_usuelle", "denomination")
"""Columns that serve as a name where there is none, the surest first."""


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
    for modalite in Modalite:
        said = "Oui si cette modalité est proposée."
        names = tuple(_AUTRES_NOMS[modalite].split())
        found[modalite] = Colonne(modalite, "oui_non", said, "", names)
        for suffix, genre, description in _DE_MODALITE:
            name = f"{modalite}_{suffix}"
            others = (cle(f"{name}_osm"),) if suffix == "horaires" else ()
            found[name] = Colonne(name, genre, description, "", others)
    return found


COLONNES: Final = _read()
_BY_KEY: Final = {cle(nom): nom for nom in COLONNES} | {
    autre: colonne.nom for colonne in COLONNES.values() for autre in colonne.autres_noms
}


def nom(received: str) -> str | None:
    """The column that a received name stands for."""
    return _BY_KEY.get(cle(received))


def rang(received: str) -> int:
    """Among the names of a column, 0 for its own, then the surest first."""
    found = cle(received)
    colonne = COLONNES[_BY_KEY[found]]
    return colonne.autres_noms.index(found) + 1 if found in colonne.autres_noms else 0


def du_modele() -> list[Colonne]:
    """The columns of the template that a chamber of commerce fills in."""
    return [colonne for colonne in COLONNES.values() if colonne.nom not in SIRENE]


def liste_de(colonne: Colonne) -> str:
    """The closed list that a column takes its words from, if it does."""
    return "canaux" if colonne.nom.endswith("_canaux") else colonne.nom
