"""Public contract of the widget: what its address may say."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.formes import CODE_CATEGORIE, COULEUR
from shared.schemas.modeles import Demande, DemandeDePage


def _unsaid(value: Any) -> Any:
    """A field that a form leaves empty is not a criterion."""
    return None if isinstance(value, str) and not value.strip() else value


def _or_empty(schema: dict[str, Any]) -> None:
    """Say in the contract what `_unsaid` takes: a form sends all its fields."""
    schema["anyOf"].append({"type": "string", "pattern": r"^\s*$"})


Couleur = Annotated[
    str | None,
    Field(
        pattern=COULEUR,
        description="Couleur des titres, des liens et du bouton : six chiffres hexadécimaux. Son "
        "contraste avec le blanc doit atteindre 4,5.",
        examples=["14405e"],
    ),
]


class RechercheWidget(DemandeDePage):
    """Une page de la liste d'une commune, telle que son formulaire la demande."""

    q: Annotated[
        Annotated[str, Field(max_length=100)] | None,
        BeforeValidator(_unsaid),
        Field(description="Mots cherchés."),
    ] = None
    modalite: Annotated[
        Modalite | None,
        BeforeValidator(_unsaid),
        Field(description="Ceux qui proposent cette modalité.", json_schema_extra=_or_empty),
    ] = None
    categorie: Annotated[
        Annotated[str, Field(pattern=CODE_CATEGORIE)] | None,
        BeforeValidator(_unsaid),
        Field(
            description="Ceux de cette catégorie : son code dans `/taxonomie`.",
            json_schema_extra=_or_empty,
        ),
    ] = None
    ouverts: Annotated[
        Literal["maintenant"] | None,
        BeforeValidator(_unsaid),
        Field(description="Ceux qui sont ouverts maintenant.", json_schema_extra=_or_empty),
    ] = None
    page: Annotated[int, Field(ge=1, le=10_000, description="Numéro de la page.")] = 1
    niveau: Annotated[
        int, Field(ge=1, le=4, description="Niveau du titre dans la page qui l'accueille.")
    ] = 1
    couleur: Couleur = None


class StyleWidget(Demande):
    """La feuille de style du widget."""

    couleur: Couleur = None
