"""Which message a change makes for a subscriber, and its body."""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import orjson

from shared.journal import Entree
from shared.schemas.commerces_abonnements import GenreMessage
from shared.schemas.commerces_valeurs import StatutFiche

ESSAI: Final = "essai"
HORS_TERRITOIRE: Final = "hors_territoire"


class Message(NamedTuple):
    """A message to deliver."""

    id: str
    genre: str
    sujet: str
    corps: str


def genre_of(*, is_shown: bool, is_told: bool) -> GenreMessage | None:
    """What a change is to who knows a listing as shown, or does not; None: not its business."""
    if is_shown:
        return GenreMessage.MODIFIEE if is_told else GenreMessage.PUBLIEE
    return GenreMessage.RETIREE if is_told else None


def message(
    abonnement_id: int,
    entry: Entree,
    genre: GenreMessage,
    *,
    fiche: orjson.Fragment | None,
    raison: str | None,
) -> Message:
    """The message of an entry for a subscriber; `raison`: why a listing is no longer shown.

    Its identifier is of both: one server may receive what two subscriptions say of one change,
    that a shop left the territory of one and came into that of the other, and drops what it has
    seen before.
    """
    data: dict[str, Any] = {"id": entry.sujet, "fiche": fiche}
    if genre is GenreMessage.RETIREE:
        data["raison"] = HORS_TERRITOIRE if raison == StatutFiche.PUBLIEE else raison
    return Message(
        f"msg_{abonnement_id}_{entry.curseur.xid}_{entry.curseur.position}",
        genre,
        entry.sujet,
        _body(genre, entry.instant, data),
    )


def test_message(token: str, now: datetime) -> Message:
    """A message that announces nothing."""
    data = {"texte": "Ce message d'essai n'annonce aucun changement."}
    return Message(f"msg_essai_{token}", ESSAI, ESSAI, _body(ESSAI, now, data))


def _body(genre: str, instant: datetime, data: dict[str, Any]) -> str:
    body = {"type": genre, "timestamp": instant.astimezone(UTC), "data": data}
    return orjson.dumps(body, option=orjson.OPT_UTC_Z).decode()
