"""Public contract of the contributions: what merchants ask without an account, and decisions."""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, Strict, model_validator

from shared.schemas.commerces_gestion import (
    COURRIEL_MAX,
    FicheDecrite,
    FicheGeree,
    Texte,
    courriel,
)
from shared.schemas.commun import CurseurDemande, Instant, Leurre, Numero, Siret
from shared.schemas.formes import JETON, about
from shared.schemas.geo import Feature
from shared.schemas.lieux import CommuneDemandee
from shared.schemas.modeles import Demande, DemandeDePage, Reponse

Courriel = Annotated[
    str,
    Field(max_length=COURRIEL_MAX, description="Gardé privé : il ne sert qu'à vous écrire."),
    AfterValidator(courriel),
]
MESSAGE_MAX = 500
Message = Annotated[Texte, Field(max_length=MESSAGE_MAX)]
"""What a person wrote to another: plain text, in which personal data is masked."""


class GenreProposition(StrEnum):
    """Ce qui est demandé."""

    INSCRIPTION = "inscription"
    REVENDICATION = "revendication"
    MODIFICATION = "modification"
    FERMETURE = "fermeture"
    REOUVERTURE = "reouverture"


class EtatProposition(StrEnum):
    """Où en est une demande ; les deux premiers états l'attendent encore d'être décidée."""

    EN_ATTENTE = "en_attente"
    A_PRECISER = "a_preciser"
    ACCEPTEE = "acceptee"
    REFUSEE = "refusee"
    REMPLACEE = "remplacee"
    APPLIQUEE = "appliquee"
    RETIREE = "retiree"


class ObjetLien(StrEnum):
    """Ce que confirme un lien reçu par courriel."""

    INSCRIPTION = "inscription"
    ACCES = "acces"
    DONNEES = "donnees"
    CONFIRMATION = "confirmation"
    PRECISION = "precision"


class InscriptionNouvelle(Demande):
    """Une demande sans compte : inscrire un commerce, ou se dire titulaire d'une fiche."""

    courriel: Courriel
    fiche: Annotated[FicheDecrite | None, Field(description="Le commerce à inscrire.")] = None
    fiche_id: Annotated[
        Numero | None, Field(description="La fiche déjà publiée dont vous êtes titulaire.")
    ] = None
    siret: Annotated[Siret | None, Field(description="Avec `fiche_id` : celui du commerce.")] = None
    message: Annotated[Message | None, Field(description="Pour l'agent qui décidera.")] = None
    site_web: Leurre = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if (self.fiche is None) == (self.fiche_id is None):
            raise ValueError("donner `fiche` pour un commerce nouveau, ou `fiche_id`, pas les deux")
        if self.fiche is not None and self.siret is not None:
            raise about("siret", "le SIRET d'un commerce nouveau se donne dans `fiche`")
        return self


class InscriptionRecue(Reponse):
    """Ce qui est dit d'une demande avant que son adresse soit confirmée : rien de personnel."""

    etat: Literal["a_confirmer"] = "a_confirmer"
    expire_le: Instant
    """Le lien envoyé par courriel est à suivre avant."""


class DemandeAcces(Demande):
    """Demander par courriel un lien vers sa fiche."""

    courriel: Courriel
    fiche_id: Numero
    """La fiche dont vous êtes titulaire."""
    site_web: Leurre = None


class AccesDemande(Reponse):
    """La même réponse, que l'adresse soit connue ou non."""

    etat: Literal["envoye_si_connu"] = "envoye_si_connu"


def _bare(value: str) -> str:
    """A token without what mail programs put in it: spaces where they cut lines, signs after it."""
    return re.sub(r"[^A-Za-z0-9_-]", "", value)


class QuestionLien(DemandeDePage):
    """Le jeton d'un lien reçu par courriel."""

    jeton: Annotated[
        str,
        Field(pattern=JETON, description="Tel que dans le lien reçu."),
        BeforeValidator(_bare),
    ]


class LienRecu(Reponse):
    """Ce qu'un lien confirmerait : le lire ne confirme rien."""

    objet: ObjetLien
    nom: str
    """Le commerce dont il s'agit."""
    precision: str | None = None
    """Ce qu'un agent demande : la réponse se donne en suivant le lien."""
    expire_le: Instant


class LienSuivi(Reponse):
    """Ce qu'un lien a confirmé."""

    objet: ObjetLien
    fiche_id: int
    """La fiche concernée."""
    nom: str
    """Nom du commerce."""
    jeton: str | None = None
    """À présenter dans `Authorization: Token` ; il n'est montré qu'une fois."""
    expire_le: Instant | None = None


class Ecart(Reponse):
    """Un champ qui change : un champ de la fiche, ou une modalité entière."""

    champ: str
    """`nom`, `horaires`… ou `modalites/livraison`."""
    avant: Any
    """Tel que lu par qui l'a demandé ; nul pour une fiche à inscrire."""
    apres: Any
    """Tel que demandé."""
    actuel: Any
    """Tel qu'il est maintenant."""
    change_depuis: bool
    """La fiche a changé sur ce champ depuis la demande."""


class EtapeProposition(Reponse):
    """Un état atteint : rien ne s'efface, hors les textes d'un commerçant qui le demande."""

    etat: EtatProposition
    auteur: str
    """Une organisation, ou `commercant`."""
    texte: str | None
    """Ce qui a été écrit alors ; nul si rien ne l'a été, ou si c'est effacé."""
    instant: Instant


class PropositionSuivie(Reponse):
    """Une demande, telle que la voit qui l'a faite."""

    id: int
    """Numéro de la demande."""
    fiche_id: int
    """La fiche concernée."""
    genre: GenreProposition
    etat: EtatProposition
    appliques: list[str]
    """Champs changés tout de suite, sans décision."""
    ecarts: list[Ecart]
    """Champs qui attendent une décision, ou l'ont reçue ; pour qui décide d'une inscription, tout
    ce qu'elle déclare."""
    version_fiche: int
    """La version de la fiche qui avait été lue."""
    cree_le: Instant
    etapes: list[EtapeProposition]


class PropositionADecider(PropositionSuivie):
    """Une demande, telle que la voit qui en décide."""

    nom: str
    """Nom du commerce."""
    code_commune: str
    """Code INSEE ; celui de l'arrondissement à Paris."""
    courriel: str | None
    """Adresse de qui demande ; nulle une fois oubliée."""
    niveau: int
    """Niveau de preuve de qui demande : 1 déclaré, 2 SIRET vérifié, 3 attesté."""
    reconnu: bool
    """Qui demande répond de cette fiche : un agent l'a déjà reconnu, et rien ne l'a écarté."""
    autres_titulaires: int
    """Combien d'autres personnes un agent a reconnues comme titulaires de cette fiche."""
    siret: str | None
    """Celui que déclare qui demande."""
    memes_siret: list[int]
    """Autres fiches de même SIRET : peut-être des doublons."""


class PropositionNouvelle(Demande):
    """Ce qu'un commerçant demande de sa fiche ; seuls les champs qui changent comptent."""

    fiche: Annotated[
        FicheDecrite | None, Field(description="La fiche entière, telle qu'elle devrait être.")
    ] = None
    fermeture: Annotated[bool, Strict(), Field(description="Le commerce ferme.")] = False
    reouverture: Annotated[
        bool,
        Strict(),
        Field(description="Le commerce dont la fiche est fermée rouvre, tel qu'elle le décrit."),
    ] = False
    message: Annotated[Message | None, Field(description="Pour l'agent qui décidera.")] = None

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        if [self.fiche is not None, self.fermeture, self.reouverture].count(True) != 1:
            raise ValueError("donner `fiche`, `fermeture` ou `reouverture`, et une seule")
        return self


class ReponsePrecision(Demande):
    """La réponse à un agent qui demande une précision."""

    message: Annotated[Message, Field(min_length=1)]
    """Votre réponse, lue par les agents seuls."""


class DecisionProposition(Demande):
    """Ce qu'un agent décide d'une demande, et pourquoi."""

    decision: Literal["accepter", "refuser", "demander", "retirer"]
    """`demander` : le commerçant reçoit un lien pour répondre. `retirer`, d'une inscription ou
    d'une revendication acceptée : cette adresse n'ouvre plus la fiche (boîte volée, départ) ; ses
    jetons cessent aussitôt."""
    raison: Annotated[Message, Field(min_length=1, description="Envoyée au commerçant.")]
    atteste: Annotated[
        bool,
        Strict(),
        Field(
            description="En acceptant : vous attestez que cette personne répond du commerce "
            "(niveau de preuve 3)."
        ),
    ] = False

    remplace: Annotated[
        bool,
        Strict(),
        Field(
            description="En acceptant une revendication : cette personne prend la place de celles "
            "qui répondaient de la fiche (vente, départ), qui en sont averties."
        ),
    ] = False

    @model_validator(mode="after")
    def _when_accepted(self) -> Self:
        if self.decision != "accepter":
            if self.atteste:
                raise about("atteste", "on n'atteste qu'en acceptant")
            if self.remplace:
                raise about("remplace", "on ne remplace des titulaires qu'en acceptant")
        return self


class RecherchePropositions(Demande):
    """Les demandes dont l'agent répond."""

    etat: Annotated[
        EtatProposition | None, Field(description="Demandes dans cet état seulement.")
    ] = None
    genre: Annotated[
        GenreProposition | None, Field(description="Demandes de ce genre seulement.")
    ] = None
    fiche: Annotated[Numero | None, Field(description="Demandes sur cette fiche seulement.")] = None
    commune: CommuneDemandee = None
    limite: Annotated[int, Field(ge=1, le=100, description="Demandes par page.")] = 20
    curseur: CurseurDemande = None


class MaFiche(Reponse):
    """La fiche d'un commerçant, prête à être corrigée puis renvoyée."""

    niveau: int
    """Niveau de preuve : 1 déclaré, 2 SIRET vérifié, 3 attesté."""
    reconnu: bool
    """Un agent vous a reconnu : avant, tout ce que vous demandez attend une décision, et vous ne
    lisez de la fiche que ce que lit le public et ce que vous avez envoyé."""
    sans_attendre: list[str]
    """Champs que vous changez sans attendre de décision."""
    saisie: dict[str, Any]
    """La fiche au format de `FicheDecrite`, à corriger et à renvoyer dans une proposition."""
    fiche: Feature[FicheGeree]
    """La fiche telle que l'annuaire la garde."""


class DonneesFiche(Reponse):
    """Ce que l'annuaire garde d'un commerçant pour une fiche."""

    siret: str | None
    """Celui que vous avez déclaré."""
    niveau: int
    """Niveau de preuve : 1 déclaré, 2 SIRET vérifié, 3 attesté."""
    cree_le: Instant
    accepte_le: Instant | None
    refuse_le: Instant | None
    """Quand un agent a refusé de vous reconnaître, ou que vous avez cessé de répondre de la fiche :
    tout est oublié 60 jours après."""
    fiche: Feature[FicheGeree]
    """La fiche telle que l'annuaire la garde."""
    propositions: list[PropositionSuivie]
    courriers: list["CourrierGarde"]
    liens_valables_jusqu_au: list[Instant]


class DonneesTitulaire(DonneesFiche):
    """Tout ce que l'annuaire garde d'un commerçant."""

    courriel: str
    """Votre adresse."""
    autres: list[DonneesFiche]
    """De même, pour chaque autre fiche dont la même adresse a été dite titulaire."""


class CourrierGarde(Reponse):
    """Un courriel envoyé ou à envoyer ; son texte est oublié dès qu'il est parti."""

    genre: str
    """Ce qui l'a fait envoyer."""
    sujet: str | None
    """Son titre ; nul une fois oublié."""
    texte: str | None
    """Son texte ; nul une fois oublié."""
    cree_le: Instant
    parti_le: Instant | None
