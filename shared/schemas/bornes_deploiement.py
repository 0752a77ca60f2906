"""Public contract of the deployment: programmes and their progress against a target.

Every figure travels with its unit: a number of points is never a number of bornes.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from shared.schemas.bornes_sites import ProgrammeDemande, QuestionAu, VueSite
from shared.schemas.commun import CodeInsee, Jour, Siren
from shared.schemas.formes import ADRESSE_WEB_SEULE
from shared.schemas.modeles import Modele, Reponse


class Unite(StrEnum):
    """Ce qui est compté. Deux unités différentes ne se comparent jamais."""

    PDC = "pdc"
    STATION = "station"
    BORNE = "borne"
    PLACE = "place"


UNITES = {
    Unite.PDC: "points de charge",
    Unite.STATION: "stations",
    Unite.BORNE: "bornes",
    Unite.PLACE: "places de stationnement",
}
"""How each unit is written after a number."""


class Decoupage(StrEnum):
    COMMUNE = "commune"
    EPT = "ept"
    OPERATEUR = "operateur"
    MOIS = "mois"
    BANDE = "bande"


class Source(Reponse):
    """D'où vient un fait."""

    model_config = ConfigDict(frozen=True)

    texte: str
    """Qui le dit, et quand."""
    url: str
    """Où le lire."""


class Objectif(Reponse):
    """Une cible, avec son unité et le jour à partir duquel elle vaut."""

    model_config = ConfigDict(frozen=True)

    date_effet: date
    """Premier jour où il vaut."""
    precision: Annotated[
        Literal["jour", "mois"],
        Field(description="« mois » : seul le mois est connu, `date_effet` est son dernier jour."),
    ]
    valeur: Annotated[int, Field(gt=0)]
    """Ce qu'il faut atteindre, dans son unité."""
    unite: Unite
    echeance: date
    """Dernier jour pour l'atteindre."""
    texte: str
    """L'objectif tel qu'il a été annoncé, et comment il est lu ici."""
    source: Source


class ReseauRetenu(Reponse):
    """L'opérateur retenu par l'appel, reconnu à ses préfixes d'identifiants."""

    model_config = ConfigDict(frozen=True)

    nom: str
    """Nom du réseau."""
    siren: Siren
    prefixes: Annotated[list[str], Field(description="Préfixes AFIREV de ses points de charge.")]


class Programme(Reponse):
    """Un programme de déploiement et ses cibles, de la plus ancienne à la plus récente."""

    model_config = ConfigDict(frozen=True)

    code: Annotated[str, Field(examples=["AIP-2019"])]
    """Code du programme, stable : celui que demandent les autres opérations."""
    intitule: str
    """Nom du programme, à montrer."""
    date_lancement: date
    """Jour où il a été annoncé."""
    source: Source
    reseau_retenu: ReseauRetenu
    communes_exclues: list[CodeInsee]
    objectifs: list[Objectif]


class Perimetre(Reponse):
    """Où le programme s'applique."""

    communes_au_lancement: Annotated[int, Field(examples=[130])]
    """Nombre de communes le jour du lancement."""
    communes_aujourdhui: Annotated[
        int, Field(description="Le même territoire, dans les communes d'aujourd'hui.")
    ]
    exclues: list[CodeInsee]
    texte: str
    """Le périmètre, en toutes lettres."""


class ProgrammeDetail(Programme):
    """Un programme, son périmètre et son objectif en vigueur."""

    perimetre: Perimetre
    objectif_en_vigueur: Annotated[Objectif | None, Field(description="À ce jour.")]


class Programmes(Modele):
    programmes: list[ProgrammeDetail]


class QuestionAvancement(QuestionAu):
    """What may be asked of a programme's progress."""

    par: Annotated[Decoupage | None, Field(description="Détailler par…")] = None
    unite: Annotated[Unite, Field(description="Ce qui est compté.")] = Unite.PDC


class QuestionSansStation(QuestionAu):
    programme: ProgrammeDemande = "AIP-2019"


class QuestionSdirve(QuestionSansStation):
    """What the registry cannot know of a scheme (SDIRVE)."""

    adopte_le: Annotated[
        Jour | None,
        Field(
            description="Date d'adoption du schéma, au plus tard l'échéance de l'objectif en "
            "vigueur à `au` ; à défaut, sa date d'effet."
        ),
    ] = None
    url_sdirve: Annotated[
        str | None,
        Field(
            max_length=500,
            pattern=ADRESSE_WEB_SEULE,
            description="Où le schéma est publié, à écrire dans chaque ligne.",
        ),
    ] = None


class Comparaison(Reponse):
    """Un compte face à l'objectif en vigueur ; vide quand leurs unités diffèrent."""

    comparable: bool
    """Faux quand la comparaison n'a pas de sens : `motif` dit pourquoi."""
    motif: Annotated[str | None, Field(description="Pourquoi la comparaison n'a pas de sens.")]
    taux_pct: Annotated[float | None, Field(description="Part de l'objectif, en pour cent.")]
    reste: Annotated[int | None, Field(description="Ce qui manque, dans l'unité de l'objectif.")]
    jours_restants: Annotated[
        int | None, Field(description="Jusqu'à l'échéance ; négatif quand elle est passée.")
    ]
    rythme_mensuel_necessaire: Annotated[
        float | None, Field(description="Pour tenir l'échéance ; nul quand elle est passée.")
    ]
    projection_a_l_echeance: Annotated[
        int | None, Field(description="Si le rythme des douze derniers mois se maintient.")
    ]
    atteint_le: Annotated[
        date | None,
        Field(
            description="Jour où ce rythme atteindrait l'objectif ; nul s'il est déjà atteint "
            "ou ne le serait pas avant cent ans."
        ),
    ]


class HorsPerimetre(Reponse):
    """Ce qui se trouve dans les communes que le programme exclut : montré, jamais ajouté."""

    communes: list[CodeInsee]
    valeur: int | None
    """Leur compte, dans l'unité demandée ; nul si elle ne se compte pas."""


class Constat(Reponse):
    """Ce que recense le registre (données IRVE des opérateurs), à une date."""

    libelle: str
    """Ce qui est compté, à montrer."""
    unite: Unite
    valeur: Annotated[
        int | None,
        Field(description="Nul quand IRVE ne permet pas de compter dans cette unité."),
    ]
    stations: int
    """Stations en service ce jour-là, quelle que soit l'unité demandée."""
    points_de_charge: int
    """Points de charge en service ce jour-là, de même."""
    points_sans_date: Annotated[
        int,
        Field(
            description="Points en service aujourd'hui sans date de mise en service : non comptés."
        ),
    ]
    points_redeclares: Annotated[
        int,
        Field(
            description="Points comptés qui semblent en être un autre, déclaré une fois de plus "
            "par connecteur ou par service (règle CONN) : il y aurait d'autant moins de points "
            "physiques."
        ),
    ]
    hors_perimetre: HorsPerimetre
    rythme_mensuel: Annotated[
        float | None, Field(description="Moyenne des douze derniers mois, dans l'unité demandée.")
    ]
    comparaison: Comparaison


class Constats(Modele):
    reseau_retenu: Annotated[Constat, Field(description="L'opérateur retenu par l'appel seul.")]
    tous_operateurs: Annotated[Constat, Field(description="Tous les opérateurs du périmètre.")]


class Declare(Reponse):
    """Ce que déclarent l'opérateur et la Métropole, site par site, à une date."""

    unite: Unite
    valeur: Annotated[
        int | None,
        Field(
            description="Dans les sites en service ; nul quand aucun site n'est déclaré, ou "
            "qu'aucun de ceux en service ne dit de valeur."
        ),
    ]
    sites_sans_valeur: Annotated[
        int, Field(description="Sites en service qui ne disent rien dans cette unité.")
    ]
    sites_par_vue: dict[VueSite, int]
    """Nombre de sites, selon ce qu'on en dit au public."""
    comparaison: Comparaison


class LigneAvancement(Reponse):
    """Une commune, un territoire, un opérateur, un mois ou une bande."""

    code: str
    """Code INSEE, territoire, préfixe AFIREV, mois (AAAA-MM) ou bande."""
    libelle: str
    """Le nom de la ligne, à montrer."""
    dans_perimetre: bool
    """Faux : la ligne est montrée, et n'entre pas dans les totaux."""
    declare: Annotated[
        int | None,
        Field(
            description="Nul si non réparti ainsi, ou si aucun des sites en service ne dit de "
            "valeur."
        ),
    ]
    reseau_retenu: int | None
    """Compté dans le registre, pour l'opérateur retenu ; nul si l'unité ne s'y compte pas."""
    tous_operateurs: int | None
    """De même, pour tous les opérateurs."""


class Avancement(Reponse):
    """L'avancement d'un programme à une date.

    La même question rend la même réponse tant que les producteurs ne corrigent pas leurs dates.
    """

    programme: str
    """Code du programme."""
    intitule: str
    """Nom du programme, à montrer."""
    au: date
    """Jour du constat, en fin de journée."""
    unite: Unite
    unite_libelle: Annotated[str, Field(examples=["points de charge"])]
    """L'unité, à écrire après un nombre."""
    perimetre: Perimetre
    objectif: Annotated[Objectif | None, Field(description="Celui en vigueur ce jour-là.")]
    objectifs_precedents: list[Objectif]
    declare: Declare
    constate: Constats
    """Ce que recense le registre."""
    par: Decoupage | None
    """Ce que détaillent les lignes ; nul : rien n'est détaillé."""
    lignes: Annotated[
        list[LigneAvancement],
        Field(
            description="Par mois : la situation à la fin de chacun. Les lignes hors périmètre "
            "sont montrées mais ne comptent pas dans les totaux."
        ),
    ]
    notes: Annotated[
        list[str], Field(description="Comment lire ces chiffres, et d'où ils viennent.")
    ]


class CommuneSansStation(Reponse):
    code: CodeInsee
    nom: str
    """Nom de la commune."""
    ept: Annotated[str, Field(examples=["T6"])]
    """Territoire de la Métropole : T1 (Paris) à T12."""
    population: Annotated[int | None, Field(description="Population municipale connue.")]
    stations_autres_operateurs: int
    """Stations d'autres opérateurs dans cette commune."""


class CommunesSansStation(Reponse):
    """Communes du périmètre sans station du réseau retenu, les plus peuplées d'abord."""

    programme: str
    """Code du programme."""
    au: date
    """Jour du constat, en fin de journée."""
    communes_perimetre: int
    """Nombre de communes du périmètre."""
    sans_reseau_retenu: int
    """Celles où l'opérateur retenu n'a pas de station."""
    sans_aucune_station: Annotated[
        int, Field(description="Parmi elles, celles où aucun opérateur n'a de station.")
    ]
    communes: list[CommuneSansStation]
    """Ces communes, la plus peuplée d'abord."""
    notes: list[str]
    """Comment lire ces chiffres, et d'où ils viennent."""
