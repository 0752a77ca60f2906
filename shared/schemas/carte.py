"""What the maps of all services are asked."""

from typing import Annotated

from pydantic import Field

ZOOM_MAX = 20
"""Deepest zoom answered: a screen then shows a doorstep."""
Zoom = Annotated[
    int,
    Field(
        ge=0,
        le=ZOOM_MAX,
        description="Zoom de la carte, pour des tuiles de 512 pixels (MapLibre) ; un de moins "
        "que celui des cartes à tuiles de 256 pixels.",
        examples=[11],
    ),
]
