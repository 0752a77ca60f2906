"""Public contract of when searches of stations look: open at an instant."""

from typing import Annotated

from pydantic import Field

from shared.schemas.commun import Moment

OuvertA = Annotated[
    Moment | None,
    Field(
        description="Stations dont les horaires disent avec certitude qu'elles sont ouvertes "
        "à cet instant, à l'heure de Paris, jours fériés compris."
    ),
]
