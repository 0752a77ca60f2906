"""Public contract of the data quality: the rules, and what they find with each producer."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.schemas.commun import CurseurDemande, Instant, UnePage
from shared.schemas.formes import CODE_REGLE, PREFIXE_CONSTATS
from shared.schemas.imports import BilanCode, BilanLignes, ExempleConstat, Gravite
from shared.schemas.modeles import Demande, Modele, Reponse

CodeRegle = Annotated[
    str, Field(pattern=CODE_REGLE, description="Code de la règle.", examples=["PDCL"])
]
Producteur = Annotated[str, Field(min_length=1, max_length=200)]
CodeDemande = Annotated[
    CodeRegle | None, Field(description="Constats de cette règle seulement.", examples=["PDCL"])
]
PrefixeConstats = Annotated[
    str | None,
    Field(
        pattern=PREFIXE_CONSTATS,
        description="Les lignes de cet opérateur ; « NC » pour celles sans identifiant.",
        examples=["FRMGP"],
    ),
]


class SourceRegle(Reponse):
    """Qui publie la règle."""

    nom: str
    """Organisme ou document."""
    url: str | None
    """Où la lire ; nul si elle est de cette suite."""


class Regle(Reponse):
    """Une règle appliquée à chaque fichier reçu."""

    code: CodeRegle
    libelle: str
    """Ce que dit la règle, à montrer."""
    gravite: Gravite
    source: SourceRegle


class Regles(Modele):
    regles: list[Regle]


class Evolution(StrEnum):
    """Les deux derniers imports comparés, en part des lignes."""

    HAUSSE = "hausse"
    BAISSE = "baisse"
    STABLE = "stable"


class PointTendance(Reponse):
    """Un import passé."""

    import_id: int
    """Numéro de l'import."""
    instant: Instant
    nombre: int
    """Combien de fois la règle y a trouvé quelque chose."""
    part_pct: Annotated[float, Field(description="Constats pour cent lignes lues.")]


class ConstatSuivi(Reponse):
    """Ce qu'une règle trouve dans le dernier fichier d'un producteur, et dans ceux d'avant."""

    code: CodeRegle
    gravite: Gravite
    libelle: str
    """Ce que dit la règle, à montrer."""
    nombre: int
    """Combien de fois, dans le dernier fichier."""
    part_pct: Annotated[float, Field(description="Constats pour cent lignes lues.")]
    exemples: list[ExempleConstat]
    evolution: Annotated[
        Evolution | None, Field(description="Depuis l'import d'avant ; nulle pour le premier.")
    ]
    tendance: Annotated[
        list[PointTendance],
        Field(description="Douze imports au plus, le plus ancien d'abord."),
    ]


class QualiteProducteur(Reponse):
    """Le dernier fichier accepté d'un producteur."""

    producteur: str
    """Organisation dont viennent les données."""
    import_id: int
    """Numéro de l'import."""
    fichier: str
    """Nom du fichier."""
    instant: Instant
    lignes: BilanLignes
    constats: list[ConstatSuivi]


class QualiteRegle(Reponse):
    """Une règle, dans le dernier fichier de tous les producteurs."""

    code: CodeRegle
    gravite: Gravite
    libelle: str
    """Ce que dit la règle, à montrer."""
    nombre: int
    """Combien de fois, dans ces fichiers."""
    part_pct: float
    """Constats pour cent lignes lues."""
    producteurs: Annotated[int, Field(description="Nombre de producteurs concernés.")]


class Qualite(UnePage):
    """La qualité des données : par règle pour tous, puis producteur par producteur."""

    lignes_lues: int
    """Lignes du dernier fichier de chaque producteur."""
    regles: list[QualiteRegle]
    producteurs: list[QualiteProducteur]


class QualiteOperateur(Reponse):
    """Un opérateur dans le dernier fichier accepté d'un producteur."""

    prefixe: Annotated[
        str, Field(description="Préfixe AFIREV de ses points ; « NC » sans identifiant.")
    ]
    operateur: Annotated[str, Field(description="Nom le plus fréquent sous ce préfixe.")]
    producteur: str
    """Organisation dont viennent les données."""
    import_id: int
    """Numéro de l'import."""
    fichier: str
    """Nom du fichier."""
    instant: Instant
    lignes_lues: Annotated[int, Field(description="Lignes de cet opérateur.")]
    constats: list[ConstatSuivi]


class QualiteOperateurs(UnePage):
    """La qualité opérateur par opérateur, ceux qui ont le plus de lignes d'abord."""

    operateurs: list[QualiteOperateur]


class RechercheConstats(Demande):
    """Les constats à montrer."""

    producteur: Annotated[
        Producteur | None, Field(description="Fichiers de ce producteur seulement.")
    ] = None
    code: CodeDemande = None
    gravite: Annotated[
        Gravite | None, Field(description="Constats de cette gravité seulement.")
    ] = None
    curseur: CurseurDemande = None

    def keeps(self, found: BilanCode | QualiteRegle) -> bool:
        return self.code in (None, found.code) and self.gravite in (None, found.gravite)


class RechercheQualite(RechercheConstats):
    """Ce qu'il faut montrer de la qualité."""

    limite: Annotated[int, Field(ge=1, le=100, description="Producteurs par page.")] = 20


class RechercheQualiteOperateurs(RechercheConstats):
    """Ce qu'il faut montrer des opérateurs."""

    prefixe: PrefixeConstats = None
    limite: Annotated[int, Field(ge=1, le=100, description="Opérateurs par page.")] = 20


class DemandeAnomalies(Demande):
    """Whose faults, and of which kind."""

    producteur: Annotated[
        Producteur, Field(description="Le producteur du fichier.", examples=["demonstration"])
    ]
    code: CodeDemande = None
    prefixe: PrefixeConstats = None
