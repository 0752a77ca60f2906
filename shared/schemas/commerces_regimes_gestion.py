"""Public contract of the writing of crisis rules by the Métropole and the CCI."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from shared.schemas.commerces_gestion import Ligne, Texte, adresse_web
from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_regimes import Regime
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import JOURS, Instant, JourSemaine, of_the_century
from shared.schemas.formes import CODE_CATEGORIE, LIEU_DE_REGLE, about
from shared.schemas.modeles import Demande, each_once

_Borne = Annotated[Instant, AfterValidator(of_the_century)]


_JOURS = tuple(JourSemaine)


def _said(text: str) -> str:
    if not text:
        raise ValueError("le texte est vide")
    return text


def _week(jours: list[JourSemaine]) -> list[JourSemaine]:
    """Each day once, Monday first: equal windows are equal."""
    return sorted(each_once(jours), key=_JOURS.index)


class RegimeSaisie(Demande):
    """Une règle de crise telle qu'on l'écrit."""

    nom: Ligne
    """Nom de la règle, que lit le public."""
    motif: Annotated[
        Texte,
        AfterValidator(_said),
        Field(description="Pourquoi, tel qu'on le dit au public avec les résultats."),
    ]
    source: Annotated[
        Annotated[str, Field(max_length=500), AfterValidator(adresse_web)] | None,
        Field(description="Adresse du texte qui la décide."),
    ] = None
    categories: Annotated[
        list[Annotated[str, Field(pattern=CODE_CATEGORIE)]],
        AfterValidator(each_once),
        Field(
            max_length=100,
            description="Codes de la taxonomie, avec ce qu'ils contiennent ; aucun : tous les "
            "commerces. Seule la catégorie principale d'un commerce compte.",
        ),
    ] = []
    territoires: Annotated[
        list[Annotated[str, Field(pattern=LIEU_DE_REGLE)]],
        AfterValidator(each_once),
        Field(
            max_length=200,
            description="`metropole`, départements, territoires (T1 à T12) ou codes INSEE ; "
            "aucun : toute la Métropole.",
        ),
    ] = []
    modalites: Annotated[
        list[Modalite],
        AfterValidator(each_once),
        Field(
            max_length=5,
            description="Ce qui reste permis : aucune, fermé ; toutes, une exception qui rouvre.",
        ),
    ]
    debut: _Borne
    fin: Annotated[
        _Borne | None, Field(description="Premier instant où elle ne vaut plus ; exclu.")
    ] = None
    jours: Annotated[
        Annotated[
            list[JourSemaine],
            Field(min_length=1, max_length=len(JOURS)),
            AfterValidator(_week),
        ]
        | None,
        Field(
            description="Dans sa période, les seuls jours où elle vaut, et où commencent ses "
            "heures ; nul : tous.",
            examples=[["dimanche"]],
        ),
    ] = None
    creneau: Annotated[
        Heures | None,
        Field(
            description="Dans sa période, les seules heures où elle vaut, à l'heure de Paris : un "
            "couvre-feu de 21 h à 6 h ; nul : toutes.",
            examples=[{"de": "21:00", "a": "06:00"}],
        ),
    ] = None

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.fin is not None and self.fin <= self.debut:
            raise about("fin", "`fin` doit suivre `debut`")
        return self


class RegimeGere(Regime):
    """Une règle de crise telle que ses auteurs la voient."""

    version: int
    """Change à chaque écriture ; l'`ETag` en dépend."""
    origine: str | None
    """La règle du fichier d'où elle vient."""
