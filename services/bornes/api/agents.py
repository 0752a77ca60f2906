"""Who acts on the registry, by role."""

from typing import Final

METROPOLE: Final = "metropole"
"""Answers for every producer."""
ROLES: Final = frozenset({METROPOLE, "operateur", "commune"})
