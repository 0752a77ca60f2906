"""State and price of a refuelling point: the latest word of its operator, with its date.

The two are heard apart: a till and a pump are not the same machine.
"""

from datetime import datetime, timedelta
from typing import Generic, NamedTuple, TypeVar

AVANCE = timedelta(minutes=5)
"""How far a clock may run ahead of ours."""
RAPPEL = timedelta(hours=1)
"""A value told again is published again after this long: a heartbeat must not fill the journal."""

T = TypeVar("T")


class Datee(NamedTuple, Generic[T]):
    """A value and its dates."""

    valeur: T
    horodatage: datetime | None = None
    """When it was true, as published."""
    entendu_le: datetime | None = None
    """When it was last told, published or not: what is older comes too late."""


def entendre(
    connu: Datee[T], valeur: T, horodatage: datetime, maintenant: datetime
) -> tuple[Datee[T], str | None]:
    """What is known once this was heard, and the code of why it was not taken."""
    if horodatage > maintenant + AVANCE:
        return connu, "HORF"
    if connu.entendu_le is not None and horodatage <= connu.entendu_le:
        return connu, None if valeur == connu.valeur else "HORP"
    if (
        valeur == connu.valeur
        and connu.horodatage is not None
        and horodatage - connu.horodatage < RAPPEL
    ):
        return connu._replace(entendu_le=horodatage), None
    return Datee(valeur, horodatage, horodatage), None


def is_published(before: Datee[T], after: Datee[T]) -> bool:
    """Whether readers see a difference."""
    return before[:2] != after[:2]
