"""The feed of changes of a service: pages of its journal, each entry with what is now public.

An entry carries its object as the vitrine shows it when the page is read, not as it was: the
journal stays small, and a reader converges because the page stops where the vitrine stands. What
is shown of an object is thus never older than its entry, and any later change has a later entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import Request, Response
from sqlalchemy import Engine, Table

from shared import journal
from shared.conditional import etag, unless_held
from shared.feeds.events import Event, Lot, Place
from shared.hot.answering import COMMON, freshness, shown
from shared.journal import ZERO, Curseur, Entree
from shared.pages import decode_cursor, encode_cursor, link_header
from shared.problems import InvalidParameter
from shared.schemas.changements import QuestionChangements
from shared.vitrine import Vitrine, Vue

Describe = Callable[[Entree, str, Vue], bytes | None]
"""An entry as a JSON object, given its cursor and what is public; None when it is not public."""
Subject = Callable[[Entree, Vue], object]
"""What the filters of a live stream look at in an entry."""
DEPUIS = "depuis"
_KEPT = dict(COMMON)[b"cache-control"].decode()


@dataclass(frozen=True, slots=True)
class Feed:
    """The changes of one service."""

    service: str
    """Whose cursors these are: another service's are refused."""
    journal: Table
    describe: Describe

    def encode(self, place: Curseur) -> str:
        return encode_cursor(self.service, *place)

    def decode(self, text: str, parametre: str = DEPUIS) -> Curseur:
        """The place a cursor names; whether it is in this journal is for `read` to say."""
        service, xid, position = decode_cursor(text, (str, int, int), parametre=parametre)
        if service != self.service or min(xid, position) < 0:
            raise self._unknown(parametre)
        return Curseur(xid, position)

    def read(
        self, engine: Engine, vue: Vue, after: Curseur, limit: int, *, parametre: str = DEPUIS
    ) -> tuple[list[Entree], bool]:
        """The entries after a place that the vitrine shows, and whether others follow them.

        A place is that of an entry, or the beginning. The entry is read again with those that
        follow it: a cursor of another database would silently skip changes.
        """
        if after == vue.curseur:
            # What most readers ask most of the time: not a question for PostgreSQL.
            return [], False
        with engine.connect() as connection:
            found = journal.after_known(connection, self.journal, after, limit + 1)
        if found is None:
            raise self._unknown(parametre)
        public = [entry for entry in found if entry.curseur <= vue.curseur]
        return public[:limit], len(public) > limit

    def write(self, entry: Entree, vue: Vue) -> bytes | None:
        return self.describe(entry, self.encode(entry.curseur), vue)

    def answer(
        self, request: Request, question: QuestionChangements, if_none_match: str | None
    ) -> Response:
        """A page of the feed, or 304 when the caller has it. It waits: not for the event loop."""
        after = ZERO if question.depuis is None else self.decode(question.depuis)
        vitrine: Vitrine = request.app.state.vitrine
        vue = shown(vitrine)
        headers = {"Cache-Control": _KEPT, **freshness(vitrine)}
        # The view says which entries there are and what is shown of them.
        headers["ETag"] = etag(vue.etag, *after, question.limite, weak=True)
        unless_held(if_none_match, headers)
        entries, more = self.read(request.app.state.engine, vue, after, question.limite)
        last = self.encode(entries[-1].curseur if entries else after)
        if more:
            following = "?" + urlencode({DEPUIS: last, "limite": question.limite})
            headers["Link"] = link_header({"next": following})
        items = [item for entry in entries if (item := self.write(entry, vue)) is not None]
        body = _page(items, last, following if more else None)
        return Response(body, media_type="application/json", headers=headers)

    def _unknown(self, parametre: str) -> InvalidParameter:
        return InvalidParameter(
            parametre,
            f"Ce curseur n'est pas de ceux que les changements du service {self.service} donnent.",
        )


class ChangeSource:
    """The feed as a source of live events: the data of an event are an element of its pages."""

    name = "changement"

    def __init__(self, feed: Feed, subject: Subject, vitrine: Vitrine, engine: Engine) -> None:
        self._feed = feed
        self._subject = subject
        self._vitrine = vitrine
        self._engine = engine

    def head(self) -> Place | None:
        return None if self._vitrine.vue is None else self._vitrine.vue.curseur

    def read(self, after: Place, limit: int) -> Lot:
        vue = shown(self._vitrine)
        entries, _ = self._feed.read(self._engine, vue, Curseur(*after), limit)
        events = [
            Event(entry.curseur, data, self._subject(entry, vue))
            for entry in entries
            if (data := self._feed.write(entry, vue)) is not None
        ]
        return Lot(events, entries[-1].curseur if entries else after)

    def encode(self, place: Place) -> str:
        return self._feed.encode(Curseur(*place))

    def decode(self, text: str, parametre: str) -> Place:
        return self._feed.decode(text, parametre)

    def check(self, place: Place, parametre: str) -> None:
        vue = shown(self._vitrine)
        self._feed.read(self._engine, vue, Curseur(*place), 1, parametre=parametre)


def _page(items: list[bytes], last: str, following: str | None) -> bytes:
    links = b"" if following is None else b'{"rel":"next","href":"%b"}' % following.encode()
    return b'{"elements":[%b],"curseur":"%b","a_jour":%b,"liens":[%b]}' % (
        b",".join(items),
        last.encode(),
        b"true" if following is None else b"false",
        links,
    )
