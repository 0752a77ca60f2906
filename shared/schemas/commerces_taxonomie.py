"""Public contract of the directory's taxonomy."""

from shared.schemas.modeles import Reponse


class Categorie(Reponse):
    """Un genre de commerce."""

    code: str
    """Ce qu'écrivent les fiches et les recherches."""
    nom: str
    """Nom de la catégorie, à montrer."""
    parent: str | None
    """Code de la catégorie dont elle fait partie."""
    synonymes: list[str]
    """Mots français sous lesquels on la cherche."""
    schema_org: str
    """Type de schema.org."""
    osm: list[str]
    """Étiquettes d'OpenStreetMap, écrites clé=valeur."""
    naf_rev2: list[str]
    """Codes NAF rév. 2 qui y correspondent."""
    naf_2025: list[str]
    """Codes NAF 2025 qui y correspondent."""


class MotAdmis(Reponse):
    """Un mot d'une liste fermée."""

    code: str
    """Ce qu'écrivent les fiches et les recherches."""
    nom: str
    """Le mot, à montrer."""
    synonymes: list[str]
    """Autres façons de l'écrire, reconnues dans un fichier importé."""


class Taxonomie(Reponse):
    """Les mots d'une fiche : les catégories, parents d'abord, et les listes fermées."""

    categories: list[Categorie]
    modalites: list[MotAdmis]
    """Comment un commerce sert ses clients."""
    labels: list[MotAdmis]
    """Ce qu'il déclare de ses produits ou de son métier."""
    paiements: list[MotAdmis]
    accessibilites: list[MotAdmis]
    canaux: list[MotAdmis]
    """Comment on commande."""
