"""The partner behind a call, by the token that it presents."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.bornes.models import PartieOcpi


@dataclass(frozen=True, slots=True)
class Partie:
    """A partner as it presents itself."""

    empreinte: bytes
    """Of the token that it is to present; by it a change knows that nothing changed meanwhile."""
    jeton: str
    """The token it presented."""
    inscrite: bool
    """That is a C; otherwise an A, which opens versions and credentials only."""
    reprise: bool
    """It is the one before: it never received the other, and may ask again."""
    echange_ouvert: bool
    """It presents for the first time the token that it was given."""


def presented_by(found: PartieOcpi | None, tokens: Mapping[bytes, str]) -> Partie | None:
    """The partner of a row that was found by one of these tokens, by their digests."""
    if found is None or found.empreinte is None:
        return None
    if found.empreinte in tokens:
        return Partie(
            found.empreinte,
            tokens[found.empreinte],
            inscrite=found.inscrite_le is not None,
            reprise=False,
            echange_ouvert=found.precedente is not None,
        )
    assert found.precedente is not None, "found by neither of its tokens"
    return Partie(
        found.empreinte,
        tokens[found.precedente],
        inscrite=bool(found.precedente_inscrite),
        reprise=True,
        echange_ouvert=False,
    )
