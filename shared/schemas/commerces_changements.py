"""Public contract of the changes of the directory."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from shared.schemas.changements import NatureChangement, PageChangements
from shared.schemas.commerces import FicheDetail
from shared.schemas.commun import Instant
from shared.schemas.geo import Feature
from shared.schemas.modeles import Reponse


class MotifRetrait(StrEnum):
    """Pourquoi une fiche n'est plus publiée : rien de ce qu'un agent en écrit."""

    SUSPENDUE = "suspendue"
    FERMEE = "fermee"
    ARCHIVEE = "archivee"
    FUSIONNEE = "fusionnee"
    EFFACEE = "effacee"


class ChangementFiche(Reponse):
    """Une fiche publiée, modifiée ou retirée."""

    curseur: str = Field(description="La place de ce changement, à passer dans `depuis`.")
    instant: Instant
    objet: Literal["fiche"]
    id: str
    """Identifiant de la fiche."""
    nature: NatureChangement = Field(
        description="`creation` : elle paraît, ou reparaît ; `retrait` : elle n'est plus publiée."
    )
    motif: MotifRetrait | None = Field(
        description="Pourquoi elle est retirée : suspendue, fermée, archivée, fusionnée avec une "
        "autre, effacée à la demande du commerçant."
    )
    fiche: Feature[FicheDetail] | None = Field(
        description="La fiche telle qu'elle est à la lecture ; nulle si elle n'est plus publiée."
    )


class ChangementsFiches(PageChangements):
    """Une page de changements de l'annuaire."""

    elements: list[ChangementFiche]
