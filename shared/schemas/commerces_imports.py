"""Public contract of the directory's imports: what is sent and what becomes of it."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import CurseurDemande, Instant, Jour
from shared.schemas.formes import SANS_NUL
from shared.schemas.imports import (
    SEUIL_PERTE,
    Attendu,
    Barriere,
    BilanCode,
    BilanLignes,
    EtatImport,
    Gravite,
    NomFichier,
)
from shared.schemas.modeles import ABSENT, Demande, Modele, Reponse

DEBUT = date(2000, 1, 1)


class StatutLigne(StrEnum):
    """Ce qu'est devenue une ligne."""

    ACCEPTE = "accepte"
    REPARE = "repare"
    REJETE = "rejete"
    DOUBLON = "doublon"


def _of_our_time(value: date) -> date:
    if value < DEBUT:
        raise ValueError("une date à partir de 2000 est attendue")
    return value


class OptionsImportCommerces(Demande):
    """Comment prendre un fichier de commerces."""

    essai: Annotated[
        bool, Field(description="Tout vérifier et tout compter, puis ne rien garder.")
    ] = False
    strict: Annotated[
        bool, Field(description="Refuser tout le fichier si une seule de ses lignes est rejetée.")
    ] = False
    complet: Annotated[
        bool,
        Field(
            description="Le fichier dit tous les commerces de sa source : ceux qu'il ne nomme plus"
            " sont suspendus. Sans effet pour un fichier SIRENE."
        ),
    ] = True
    publier: Annotated[
        bool, Field(description="Publier les nouvelles fiches ; sinon, elles sont en brouillon.")
    ] = True
    modalite: Annotated[
        Modalite | None, Field(description="Modalité des lignes qui n'en disent aucune.")
    ] = None
    edition: Annotated[
        Jour | None,
        AfterValidator(lambda value: value and _of_our_time(value)),
        Field(description="Jour du fichier, qui date ses informations ; sinon, aujourd'hui."),
    ] = None
    anterieure: Annotated[
        bool,
        Field(
            description="Prendre une édition plus ancienne que la dernière de la source : les"
            " fiches reviennent à ce qu'elle dit."
        ),
    ] = False
    licence: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=120,
            pattern=r"^[^\x00-\x1f]+$",
            description="Licence des données, montrée avec chaque fiche.",
            examples=["Licence Ouverte 2.0"],
        ),
    ] = None
    seuil_perte: Annotated[
        float,
        Field(
            ge=0,
            le=1,
            description="Part des commerces connus de la source que le fichier peut faire"
            " disparaître sans confirmation.",
        ),
    ] = SEUIL_PERTE


class EnvoiCommerces(OptionsImportCommerces):
    """Ce que dit l'adresse d'un import ; le fichier est le corps."""

    source: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            pattern=r"^\S(?:[^\x00-\x1f]*\S)?$",
            description="D'où viennent les commerces. Par défaut, l'organisation de la clé ; seules"
            " la CCI et la Métropole peuvent en nommer une autre.",
        ),
    ] = None
    nom: NomFichier = "commerces.csv"

    def options(self) -> OptionsImportCommerces:
        kept = set(OptionsImportCommerces.model_fields)
        return OptionsImportCommerces(**self.model_dump(include=kept))


class ConstatLigne(Reponse):
    """Un constat sur une ligne : ce qui a été reçu, ce qui est gardé."""

    code: str
    """Code de la règle, expliqué par `libelle`."""
    gravite: Gravite
    libelle: str
    """Ce que dit la règle, à montrer."""
    colonne: str | None
    """Colonne en cause ; nulle si c'est toute la ligne."""
    recu: str | None
    """La valeur reçue ; nulle si elle manque, ou est oubliée."""
    retenu: str | None
    """La valeur gardée à sa place ; nulle si rien n'est gardé, ou si elle est oubliée."""
    attendu: Attendu


class LigneRapport(Reponse):
    """Une ligne du fichier et ce qu'elle est devenue."""

    ligne: Annotated[
        int,
        Field(description="Ligne du fichier, l'en-tête étant la 1 ; rang dans une liste JSON."),
    ]
    statut: StatutLigne
    nom: str | None
    """Nom du commerce, tel que lu."""
    fiche: Annotated[int | None, Field(description="La fiche que la ligne décrit.")]
    constats: list[ConstatLigne]


class BilanFiches(Reponse):
    """Ce que l'import change dans l'annuaire."""

    creees: int
    """Fiches nouvelles."""
    modifiees: int
    """Fiches déjà connues, qui changent."""
    confirmees: Annotated[
        int,
        Field(description="Dites de même par une édition plus récente : `verifie_le` la suit."),
    ] = 0
    suspendues: int
    """Fiches que le fichier ne nomme plus, ou dont il dit le commerce fermé, vacant ou refusant
    d'être publié."""
    a_masquer: Annotated[
        int,
        Field(
            description="Publiées, de cette source, dont l'information a plus de 365 jours : elles"
            " vont être cachées. `avis` dit que faire."
        ),
    ] = 0


class BilanCommerces(Reponse):
    """Ce qu'un import a constaté et fait."""

    forme: Literal["csv", "json"]
    """Ce que le fichier est."""
    sirene: bool
    """Vrai : ce sont des établissements du répertoire SIRENE."""
    encodage: str
    """Encodage reconnu dans le fichier."""
    separateur: str | None
    """Ce qui sépare les colonnes d'un CSV ; nul pour du JSON."""
    colonnes_ignorees: list[str]
    """Colonnes du fichier que rien ne lit."""
    lignes: BilanLignes
    fiches: BilanFiches
    barriere: Barriere
    codes: list[BilanCode]
    avis: Annotated[
        list[str], Field(description="Ce qu'il faut savoir de la suite, en toutes lettres.")
    ] = []
    oublie_le: Annotated[
        Instant | None,
        Field(
            description="Depuis quand les valeurs reçues, qui peuvent être personnelles, ne sont"
            " plus dans le rapport : il en reste les codes."
        ),
    ] = None


class ImportCommerces(Reponse):
    """Un fichier de commerces et ce qu'il est devenu."""

    model_config = ConfigDict(from_attributes=True)

    id: Annotated[int | None, Field(description="Nul pour un essai, dont rien n'est gardé.")]
    source: str
    """D'où viennent les commerces."""
    nom: str
    """Nom du fichier."""
    taille: Annotated[int, Field(description="Octets reçus.")]
    sha256: str
    """Empreinte du fichier reçu : le même fichier a la même."""
    etat: EtatImport
    acteur: str
    """Organisation qui l'a envoyé."""
    instant: Instant
    options: OptionsImportCommerces
    bilan: BilanCommerces
    rapport: Annotated[
        list[LigneRapport] | None,
        Field(description="D'un essai : les premières lignes dont il y a quelque chose à dire."),
    ] = None


class RechercheImportsCommerces(Modele):
    """Les imports à lister."""

    model_config = ConfigDict(extra="forbid")

    source: Annotated[
        str | None,
        Field(max_length=100, pattern=SANS_NUL, description="Fichiers de cette source seulement."),
    ] = None
    etat: Annotated[EtatImport | None, Field(description="Dans cet état seulement.")] = None
    limite: Annotated[int, Field(ge=1, le=100, description="Imports par page.")] = 20
    curseur: CurseurDemande = None


class ColonneModele(Reponse):
    """Une colonne du modèle de fichier."""

    name: str
    """Nom de la colonne."""
    type: str
    """Type des valeurs, selon Table Schema."""
    description: str
    """Ce qu'il faut y écrire."""
    example: Annotated[str | None, ABSENT] = None
    """Une valeur possible."""
    valeurs: Annotated[
        list[str] | None,
        Field(
            description="Les seuls codes possibles, séparés par des virgules dans la cellule ;"
            " `/taxonomie` donne leurs noms et leurs synonymes."
        ),
        ABSENT,
    ] = None
    constraints: Annotated[dict[str, bool] | None, ABSENT] = None
    """`required` : la colonne est obligatoire."""


class ModeleImport(Reponse):
    """Le modèle de fichier (Table Schema), lisible par une machine."""

    schema_: Annotated[str, Field(alias="$schema")]
    """La norme que suit ce modèle."""
    name: str
    """Nom du modèle, pour un programme."""
    title: str
    """Nom du modèle, à montrer."""
    fields: list[ColonneModele]
