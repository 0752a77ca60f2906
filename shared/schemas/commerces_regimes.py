"""Public contract of crisis rules: what some shops may still do, where and when."""

from typing import Annotated, Final

from pydantic import BeforeValidator, Field

from shared.schemas.commerces_horaires import Heures
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import Instant, JourDuSiecle, JourSemaine, MomentDeParis, split_values
from shared.schemas.formes import CODE_CATEGORIE, CODE_INSEE
from shared.schemas.modeles import Demande, Reponse

METROPOLE: Final = "metropole"
"""The ground of the State's rules: all communes of the Métropole."""


class RegimeEnBref(Reponse):
    """Une règle de crise, et pourquoi elle existe."""

    id: int
    """Numéro de la règle."""
    nom: str
    """Nom de la règle, à montrer."""
    motif: str
    """Pourquoi, tel qu'on le dit au public."""
    modalites: list[Modalite]
    """Ce qui reste permis ; rien : fermé."""
    debut: Instant
    fin: Instant | None
    """Premier instant où elle ne vaut plus."""
    jours: list[JourSemaine] | None
    """Dans sa période, les seuls jours où elle vaut ; nul : tous."""
    creneau: Heures | None
    """Dans sa période, les seules heures où elle vaut, à l'heure de Paris ; nul : toutes."""


class Regime(RegimeEnBref):
    """Une règle de crise entière : catégories, territoires, période, heures, modalités permises."""

    source: str | None
    """Adresse du texte qui la décide."""
    categories: list[str]
    """Codes de la taxonomie, avec ce qu'ils contiennent ; aucun : tous les commerces."""
    territoires: list[str]
    """`metropole`, un département, un territoire (T1 à T12) ou des codes INSEE."""


class RegimeApplique(Reponse):
    """Ce que les règles de crise laissent à un commerce, à l'instant demandé."""

    modalites: list[Modalite]
    """Celles que le commerce propose et qui restent permises."""
    regimes: list[RegimeEnBref]
    """Les règles qui décident, de la plus large à la plus locale."""


class Regimes(Reponse):
    """Les règles de crise, de la plus ancienne à la plus récente."""

    regimes: list[Regime]


class RechercheRegimes(Demande):
    """Quelles règles montrer ; toutes, passées et à venir comprises, sans paramètre."""

    a: Annotated[MomentDeParis | None, Field(description="Règles en vigueur à cet instant.")] = None
    jour: Annotated[
        JourDuSiecle | None,
        Field(
            description="Règles en vigueur à un moment de ce jour, à l'heure de Paris : le "
            "couvre-feu du soir aussi, que `a` à midi ne donne pas ; `creneau` dit ses heures.",
            examples=["2020-10-20"],
        ),
    ] = None
    commune: Annotated[
        str | None,
        Field(
            pattern=CODE_INSEE,
            description="Règles qui valent dans cette commune, ou cet arrondissement de Paris, "
            "celles d'un territoire plus large comprises.",
            examples=["93066"],
        ),
    ] = None
    categorie: Annotated[
        list[Annotated[str, Field(pattern=CODE_CATEGORIE)]] | None,
        Field(max_length=20, description="Règles qui visent une de ces catégories."),
        BeforeValidator(split_values),
    ] = None
