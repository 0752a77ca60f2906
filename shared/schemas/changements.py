"""Public contract of a feed of changes, alike for every service."""

from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from shared.schemas.commun import Lien
from shared.schemas.modeles import Modele

LIMITE = 100
LIMITE_MAX = 1_000


class NatureChangement(StrEnum):
    """Ce qui est arrivé à un objet public."""

    CREATION = "creation"
    MODIFICATION = "modification"
    RETRAIT = "retrait"


CurseurChangements = Annotated[
    str | None,
    Field(
        max_length=1024,
        description="Curseur rendu par ce service ; absent : depuis le tout premier changement.",
    ),
]


class QuestionChangements(Modele):
    """Ce qui a changé depuis un curseur."""

    model_config = ConfigDict(extra="forbid")

    depuis: CurseurChangements = None
    limite: Annotated[
        int, Field(ge=1, le=LIMITE_MAX, description="Changements par page, 1 000 au plus.")
    ] = LIMITE


class PageChangements(Modele):
    """Une page de changements (`elements`), dans l'ordre où ils ont été validés."""

    curseur: str = Field(
        description="À garder, et à passer dans `depuis` pour la suite : même quand il n'y a plus "
        "rien, il reste bon sans limite de temps."
    )
    a_jour: bool = Field(description="Vrai quand il n'y a rien d'autre pour l'instant.")
    liens: list[Lien] = Field(description="`next` : la page suivante, tant qu'il y en a une.")
