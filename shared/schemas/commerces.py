"""Public contract of the directory of shops: what may be asked and what is answered."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from shared.schemas.champs import FieldOf, chosen
from shared.schemas.commerces_horaires import EtatOuverture, Horaires
from shared.schemas.commerces_ouverture import OuvertureFiche
from shared.schemas.commerces_positions import LonLat, position_or_commune
from shared.schemas.commerces_regimes import RegimeApplique, RegimeEnBref
from shared.schemas.commerces_valeurs import (
    AccessibiliteCommerce,
    CanalCommande,
    GenreContact,
    LabelCommerce,
    Modalite,
    Paiement,
    Tri,
    VerifiePar,
)
from shared.schemas.commerces_zones import Zone
from shared.schemas.commun import (
    CurseurDeLien,
    Instant,
    Jour,
    MomentDeParis,
    Montant,
    split_values,
)
from shared.schemas.formes import CODE_CATEGORIE, about
from shared.schemas.geo import Feature, PageGeoJSON
from shared.schemas.lieux import BboxDemandee, CommuneDemandee, EptDemande
from shared.schemas.modeles import ABSENT, Demande, Modele, Reponse, of_standard

ChampsFiche = Annotated[
    list[Annotated[str, FieldOf(lambda: FicheResume)]] | None,
    Field(
        min_length=1,
        max_length=40,
        description="Propriétés à rendre, toutes sans ce paramètre ; l'identifiant, la position, "
        "la distance et l'ouverture demandées restent.",
        examples=[["nom", "adresse", "modalites"]],
    ),
    BeforeValidator(split_values),
]
"""Names of the properties that a search of listings returns."""


class CriteresOffre(Demande):
    """Critères des recherches : tous se combinent par « et », les valeurs d'un même par « ou ».

    Ceux d'une modalité valent ensemble pour une même modalité : `livre_a` et `a` gardent un
    commerce qui livre à cette adresse à cette heure, pas un commerce ouvert qui livre plus tard.
    """

    livre_a: Annotated[
        str | None,
        Field(
            max_length=60,
            description="Qui dessert ce lieu : une position lon,lat ou un code INSEE. Sans "
            "`modalite`, la livraison. Une modalité où le client vient (`drive`, `comptoir`, "
            "`point_collecte`) dessert tout lieu, à moins qu'elle ait une zone. Un code INSEE "
            "garde les zones qui nomment la commune et les rayons et contours qui contiennent son "
            "point de référence.",
            examples=["2.3522,48.8566"],
        ),
    ] = None
    modalite: Annotated[
        list[Modalite] | None,
        Field(max_length=5, description="Modalité proposée ; plusieurs valeurs possibles."),
        BeforeValidator(split_values),
    ] = None
    a: Annotated[
        MomentDeParis | None,
        Field(
            description="Commerces ouverts à cet instant, pour une des modalités demandées, à "
            "l'heure de Paris, jours fériés et congés compris. Sans décalage "
            "(`2026-11-24T19:00`), c'est l'heure de Paris."
        ),
    ] = None
    inclure_inconnus: Annotated[
        bool,
        Field(
            description="Garder aussi ceux dont on ne sait pas s'ils sont ouverts (`a`) ou "
            "jusqu'où ils livrent (`livre_a`) : ils ne sont jamais dits fermés."
        ),
    ] = False
    inclure_fermes: Annotated[
        bool,
        Field(
            description="Avec `a`, garder aussi les commerces fermés à cet instant, par leurs "
            "horaires ou par une règle de crise, et ceux dont on ne sait pas : `ouverture` dit "
            "l'état de chacun et jusqu'à quand."
        ),
    ] = False
    q: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Mots cherchés dans le nom, la catégorie, la description, les labels et "
            "les modalités (« boucherie halal », « pizza livraison »), sans égard aux accents, aux "
            "pluriels ni aux fautes de frappe ; « magasin de » et « ouvert » ne comptent pas. Le "
            "nom d'une commune, un arrondissement de Paris (« 15e », « paris 15 ») ou un code "
            "postal y désigne aussi le lieu, « rue Mouffetard » ou « 12 bd st-michel » l'adresse ; "
            "« dimanche » et « lundi », les commerces qui ouvrent ce jour-là.",
            examples=["fromagerie", "boulangerie vincennes"],
        ),
    ] = None
    label: Annotated[
        list[LabelCommerce] | None,
        Field(max_length=15, description="Label déclaré ; plusieurs valeurs possibles."),
        BeforeValidator(split_values),
    ] = None
    accessibilite: Annotated[
        list[AccessibiliteCommerce] | None,
        Field(max_length=8, description="Accessibilité déclarée ; plusieurs valeurs possibles."),
        BeforeValidator(split_values),
    ] = None
    paiement: Annotated[
        list[Paiement] | None,
        Field(max_length=8, description="Moyen de paiement ; plusieurs valeurs possibles."),
        BeforeValidator(split_values),
    ] = None

    @field_validator("livre_a")
    @classmethod
    def _a_place(cls, value: str | None) -> str | None:
        return None if value is None else position_or_commune(value)


class CriteresFiches(CriteresOffre):
    """Critères d'offre, de catégorie et de lieu."""

    categorie: Annotated[
        list[Annotated[str, Field(pattern=CODE_CATEGORIE)]] | None,
        Field(
            max_length=20,
            description="Code de la taxonomie ; une catégorie comprend celles qui sont dessous.",
            examples=[["alimentation"]],
        ),
        BeforeValidator(split_values),
    ] = None
    commune: CommuneDemandee = None
    ept: EptDemande = None


class FiltresFiches(CriteresFiches):
    """Critères, et un rectangle."""

    bbox: BboxDemandee = None


class RechercheFiches(FiltresFiches):
    """Recherche de commerces, page par page."""

    autour: Annotated[
        LonLat | None,
        Field(description="Position lon,lat d'où mesurer les distances, au lieu de `livre_a`."),
    ] = None
    rayon_m: Annotated[
        int | None,
        Field(ge=1, le=100_000, description="Distance à `autour` au plus, en mètres."),
    ] = None
    tri: Annotated[
        Tri | None,
        Field(
            description="`distance` à `autour` ou à `livre_a`, `pertinence` pour `q`, `lieu` pour "
            "un parcours stable. Par défaut : la distance avec `autour`, sinon la pertinence avec "
            "`q`, sinon le lieu."
        ),
    ] = None
    limite: Annotated[int, Field(ge=1, le=500, description="Commerces par page.")] = 50
    curseur: CurseurDeLien = None
    champs: ChampsFiche = None

    @model_validator(mode="after")
    def _sortable(self) -> Self:
        if self.tri is Tri.DISTANCE and self.autour is None and self.livre_a is None:
            raise about("tri", "le tri par distance demande `autour` ou `livre_a`")
        if self.tri is Tri.PERTINENCE and self.q is None:
            raise about("tri", "le tri par pertinence demande `q`")
        if self.rayon_m is not None and self.autour is None:
            raise about("rayon_m", "`rayon_m` demande `autour`")
        return self


class ContactPublic(Reponse):
    """Un moyen de joindre le commerce, que son titulaire rend public."""

    genre: GenreContact
    """Téléphone, site, commande…"""
    valeur: str
    """Numéro ou adresse."""


class FicheResume(Reponse):
    """Un commerce sur une carte ou dans une liste."""

    model_config = ConfigDict(json_schema_extra=chosen(lambda: FicheResume))

    nom: str
    """Nom du commerce."""
    categories: list[str]
    """Codes de la taxonomie, la principale d'abord."""
    categorie: str
    """Nom de la catégorie principale."""
    adresse: str
    """Numéro et voie."""
    code_postal: str
    """Code postal."""
    commune: str
    """Nom de la commune."""
    code_commune: str
    """Code INSEE ; celui de l'arrondissement à Paris."""
    ept: str
    """Territoire de la Métropole : T1 (Paris) à T12."""
    modalites: list[Modalite]
    """Comment il sert ses clients."""
    labels: list[LabelCommerce]
    """Labels et engagements."""
    paiements: list[Paiement]
    """Moyens de paiement acceptés."""
    accessibilites: list[AccessibiliteCommerce]
    """Accès des personnes handicapées, tel que déclaré."""
    telephone: str | None
    """Téléphone public."""
    site: str | None
    """Site web."""
    commande: str | None
    """Adresse où commander en ligne."""
    verifie_le: date
    """Jour de la dernière confirmation."""
    niveau_preuve: int
    """0 importée, 1 déclarée, 2 SIRET vérifié, 3 attestée."""


class FicheTrouvee(FicheResume):
    """Un commerce trouvé par une recherche."""

    distance_m: Annotated[float | None, ABSENT] = None
    """Avec `autour` ou `livre_a` : distance sur le sol, en mètres ; d'une commune, depuis son point
    de référence."""
    ouverture: Annotated[EtatOuverture | None, ABSENT] = None
    """Avec `a` : pour la plus favorable des modalités demandées."""
    regime: Annotated[RegimeApplique | None, ABSENT] = None
    """Quand une question porte sur une modalité et qu'une règle de crise limite le commerce."""


class ModaliteDetail(Reponse):
    """Une modalité et tout ce qui en dépend."""

    genre: Modalite
    """La modalité."""
    horaires: Horaires | None
    """Ceux de cette modalité ; sans eux ni `horaires_texte`, ceux du commerce valent."""
    horaires_osm: str | None
    """Les mêmes, au format `opening_hours` d'OpenStreetMap."""
    horaires_texte: str | None
    """Le texte reçu, quand il n'a pas pu être lu avec certitude."""
    zone: Zone | None
    """Où elle est proposée."""
    minimum: Montant | None
    """Commande minimale."""
    frais: Montant | None
    """Frais de service ou de livraison."""
    franco: Montant | None
    """Montant à partir duquel les frais sont offerts."""
    delai_min: int | None
    """Minutes entre la commande et le service."""
    canaux: list[CanalCommande]
    """Par où commander."""
    commande_jusqu_a: str | None
    """Heure limite de commande, à Paris, le jour même."""
    du: Jour | None
    """Premier jour où elle est proposée."""
    au: Jour | None
    """Dernier jour où elle est proposée."""
    note: str | None
    """Précision du commerçant : texte libre."""
    verifie_le: Instant
    """Dernière confirmation."""
    verifie_par: VerifiePar
    """Qui l'a confirmée."""
    source: str
    """D'où vient ce qui en est dit."""


class FicheComplete(FicheResume):
    """Ce qu'une fiche dit d'un commerce, hors de ses contacts."""

    model_config = ConfigDict(json_schema_extra=None)

    complement: str | None
    """Complément d'adresse."""
    description: str | None
    """Présentation du commerce : texte libre."""
    langues: list[str]
    """Langues parlées, en codes ISO 639-1."""
    siret: str | None
    """SIRET de l'établissement."""
    naf_rev2: str | None
    """Activité, en NAF rév. 2."""
    naf_2025: str | None
    """Activité, en NAF 2025."""
    horaires: Horaires | None
    """Ceux du commerce ; une modalité peut avoir les siens."""
    horaires_osm: str | None
    """Les mêmes, au format `opening_hours` d'OpenStreetMap."""
    horaires_texte: str | None
    """Le texte reçu, quand il n'a pas pu être lu avec certitude."""
    modalites_detail: list[ModaliteDetail]
    """Chaque modalité, avec ses horaires, sa zone et ses conditions."""
    verifie_par: VerifiePar
    """Qui a confirmé la fiche en dernier."""
    source: str
    """D'où vient la fiche."""
    licence: str | None
    """Licence de ces données."""


class FicheDetail(FicheComplete):
    """Tout ce que l'annuaire publie d'un commerce : une liste fermée."""

    contacts: list[ContactPublic]
    """Ce que le titulaire rend public."""
    regime: Annotated[RegimeApplique | None, ABSENT] = None
    """Quand une règle de crise le limite, à l'instant `a` ou au moment de la lecture."""
    ouverture: Annotated[OuvertureFiche | None, ABSENT] = None
    """Avec `a` : son état à cet instant."""


class Fiches(PageGeoJSON):
    """Une page de commerces (GeoJSON, avec les comptes et les liens d'OGC API Features)."""

    features: list[Feature[FicheTrouvee]]
    """Les commerces de cette page."""
    regimes: Annotated[list[RegimeEnBref], ABSENT] = []
    """Les règles de crise qui limitent ou écartent des commerces qui auraient répondu."""
    ecartes_par_regime: Annotated[int, ABSENT] = 0
    """Combien elles en écartent."""


class FacetteFiches(Reponse):
    """Combien de commerces répondraient avec cette valeur à la place de celles du filtre."""

    valeur: str
    """La valeur, telle que le filtre la prend."""
    libelle: str
    """La même, à montrer."""
    fiches: int
    """Combien de commerces répondraient."""


class FacettesFiches(Reponse):
    """Combien de commerces rend la recherche, et combien avec chaque valeur de chaque filtre."""

    fiches: int
    """Avec la question telle qu'elle est."""
    facettes: dict[str, list[FacetteFiches]]
    """Filtre → ses valeurs."""


class FicheJsonLd(Modele):
    """Un commerce en JSON-LD, au vocabulaire de schema.org (`LocalBusiness`)."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra=of_standard("schema.org", "https://schema.org/LocalBusiness"),
    )

    context: Annotated[Literal["https://schema.org"], Field(alias="@context")]
    type: Annotated[str | list[str], Field(alias="@type")]
    id: Annotated[str, Field(alias="@id")]
    name: str
    geo: dict[str, Any]
    address: dict[str, Any]
