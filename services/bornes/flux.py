"""What the live stream of the registry tells: its changes, then the changes of state of its points.

A state that is told again is no event, nor is one that grows old: a listener that needs the states
of this moment reads them once, then follows.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from services.bornes.changements import FEED, endroits
from services.bornes.ecoute import endroit_at
from services.bornes.statuts import queries
from shared.feeds.changes import ChangeSource
from shared.feeds.events import Event, Lot, Place, Source
from shared.journal import Curseur
from shared.pages import decode_cursor, encode_cursor
from shared.problems import InvalidParameter
from shared.schemas.bornes_changements import GenreEvenement
from shared.vitrine import Vitrine

if TYPE_CHECKING:
    from sqlalchemy import Engine

ANCIEN: Final = timedelta(days=1)
"""Older changes of state are not told to who comes back: they say nothing of the present."""
_MARK: Final = "statuts"


def evenements(vitrine: Vitrine, engine: "Engine") -> Sequence[Source]:
    """The sources of the live stream."""
    return ChangeSource(FEED, endroits, vitrine, engine), StatutSource(vitrine, engine)


class StatutSource:
    """Changes of state of charging points, from their history."""

    name = GenreEvenement.STATUT.value

    def __init__(self, vitrine: Vitrine, engine: "Engine") -> None:
        self._vitrine = vitrine
        self._engine = engine

    def head(self) -> Place:
        with self._engine.connect() as connection:
            return queries.last_change(connection, _recent())

    def read(self, after: Place, limit: int) -> Lot:
        with self._engine.connect() as connection:
            rows = queries.changes(connection, Curseur(*after), limit, since=_recent())
        events = [event for row in rows if (event := self._event(row)) is not None]
        return Lot(events, Curseur(rows[-1].xid, rows[-1].position) if rows else after)

    def encode(self, place: Place) -> str:
        return encode_cursor(_MARK, *place)

    def decode(self, text: str, parametre: str) -> Place:
        mark, xid, position = decode_cursor(text, (str, int, int), parametre=parametre)
        if mark != _MARK or min(xid, position) < 0:
            raise _unknown(parametre)
        return Curseur(xid, position)

    def check(self, place: Place, parametre: str) -> None:
        """The history is dropped with time: only a place to come is surely not one of ours."""
        with self._engine.connect() as connection:
            if queries.is_to_come(connection, Curseur(*place)):
                raise _unknown(parametre)

    def _event(self, row: Any) -> Event | None:
        vue = self._vitrine.vue
        found = None if vue is None else vue.version.find_part(row.point_id)
        if found is None:
            return None  # no longer public
        segment, station = found
        told = {
            "id": row.point_id,
            "station": segment.table.ids[station].decode(),
            "etat_pdc": row.etat_pdc,
            "occupation_pdc": row.occupation_pdc,
            "horodatage": row.horodatage,
        }
        data = orjson.dumps(told, option=orjson.OPT_UTC_Z)
        return Event(Curseur(row.xid, row.position), data, [endroit_at(segment, station)])


def _recent() -> datetime:
    return datetime.now(UTC) - ANCIEN


def _unknown(parametre: str) -> InvalidParameter:
    return InvalidParameter(parametre, "Ce curseur n'a pas été donné par ce flux.")
