"""Public contract of the merchants' pages: what their addresses may say."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from shared.schemas.commun import Numero
from shared.schemas.modeles import DemandeDePage


def _unsaid(value: Any) -> Any:
    """A field that a form leaves empty says nothing."""
    return (value.strip() or None) if isinstance(value, str) else value


class RechercheEspace(DemandeDePage):
    """Le commerce qu'on vient inscrire."""

    nom: Annotated[
        Annotated[str, Field(max_length=120)] | None,
        BeforeValidator(_unsaid),
        Field(description="Son nom."),
    ] = None
    commune: Annotated[
        Annotated[str, Field(max_length=20)] | None,
        BeforeValidator(_unsaid),
        Field(description="Code INSEE de sa commune, ou de son arrondissement à Paris."),
    ] = None
    fiche: Annotated[
        Numero | None, Field(description="La fiche publiée dont on est titulaire.")
    ] = None


class DemandeEspace(DemandeDePage):
    """La fiche qu'on vient tenir."""

    fiche: Annotated[Numero | None, Field(description="Son numéro.")] = None
