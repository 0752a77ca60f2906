"""Roles of the organisations that act on the registry."""

from typing import Final

METROPOLE: Final = "metropole"
"""Answers for every producer."""
ROLES: Final = frozenset({METROPOLE, "operateur", "commune"})
