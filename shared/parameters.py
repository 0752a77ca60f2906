"""Parameters of routes that mean the same in every service."""

from typing import Annotated

from fastapi import Path, Query

from shared.schemas.commun import SansParametre

Identifiant = Annotated[int, Path(ge=1, le=2**31 - 1)]
"""The number of a row, in a path."""
RienDautre = Annotated[SansParametre, Query()]
"""No parameter after the `?`: one that is given is refused by its name."""
