"""Public contract of the changes of the directory."""

from typing import Literal

from pydantic import BaseModel, Field

from shared.schemas.changements import NatureChangement, PageChangements
from shared.schemas.commerces import FicheDetail
from shared.schemas.commun import Instant
from shared.schemas.geo import Feature


class ChangementFiche(BaseModel):
    """Une fiche publiée, modifiée ou retirée."""

    curseur: str = Field(description="La place de ce changement, à passer dans `depuis`.")
    instant: Instant
    objet: Literal["fiche"]
    id: str
    nature: NatureChangement = Field(
        description="`creation` : elle paraît, ou reparaît ; `retrait` : elle n'est plus publiée."
    )
    motif: str | None = Field(description="Pourquoi elle est retirée.")
    fiche: Feature[FicheDetail] | None = Field(
        description="La fiche telle qu'elle est à la lecture ; absente si elle n'est plus publiée."
    )


class ChangementsFiches(PageChangements):
    """Une page de changements de l'annuaire."""

    elements: list[ChangementFiche]
