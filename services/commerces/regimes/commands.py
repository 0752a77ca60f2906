"""Every change of the crisis rules: its row and its journal entry in one transaction."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from services.commerces import taxonomie
from services.commerces.models import JOURNAL, LigneRegime
from services.commerces.regimes import queries
from services.commerces.regimes.calendrier import Calendrier
from services.commerces.regimes.importation import BilanRegimes
from services.commerces.regimes.osm import Lecture
from services.commerces.regimes.regles import check_territories, check_window
from shared import clock, journal
from shared.conditional import etag, require_match
from shared.db import hold
from shared.problems import Conflict
from shared.schemas.commerces_regimes_gestion import RegimeSaisie

REGIMES_MAX: Final = 1_000
"""They are all in memory, and all in one answer."""
_VALUES: Final = (
    "nom",
    "motif",
    "source",
    "categories",
    "territoires",
    "modalites",
    "debut",
    "fin",
    "jours",
    "creneau",
)


def version(regime: LigneRegime) -> str:
    """The strong ETag of a rule as its authors see it."""
    return etag("regime", regime.id, regime.version)


def create(
    session: Session, saisie: RegimeSaisie, *, acteur: str, origine: str | None = None
) -> LigneRegime:
    """A new rule."""
    hold(session, "commerces.regimes")  # two creations must not both be the last one allowed
    if queries.count(session) >= REGIMES_MAX:
        raise Conflict(f"L'annuaire tient déjà {REGIMES_MAX} régimes : supprimez les plus anciens.")
    regime = LigneRegime(**_columns(saisie), origine=origine)
    session.add(regime)
    session.flush()
    _journal(session, regime, "regime.cree", acteur)
    return regime


def replace(
    session: Session,
    regime: LigneRegime,
    saisie: RegimeSaisie,
    *,
    acteur: str,
    if_match: str | None,
) -> None:
    """The whole rule anew."""
    require_match(if_match, version(regime))
    rewrite(session, regime, saisie, acteur=acteur)


def rewrite(session: Session, regime: LigneRegime, saisie: RegimeSaisie, *, acteur: str) -> bool:
    """The whole rule anew, whoever read it; False when that changes nothing."""
    columns = _columns(saisie)
    if all(getattr(regime, name) == value for name, value in columns.items()):
        return False
    for name, value in columns.items():
        setattr(regime, name, value)
    regime.version += 1
    session.flush()
    _journal(session, regime, "regime.modifie", acteur)
    return True


def delete(session: Session, regime: LigneRegime, *, acteur: str, if_match: str | None) -> None:
    """A rule that should not have been; one that ends is given its end instead."""
    require_match(if_match, version(regime))
    _journal(session, regime, "regime.supprime", acteur)
    session.delete(regime)


def _columns(saisie: RegimeSaisie) -> dict[str, Any]:
    taxonomie.check_written(saisie.categories)
    check_window(saisie.debut, saisie.fin, saisie.jours, saisie.creneau)
    return {
        **{name: getattr(saisie, name) for name in _VALUES},
        "modalites": [str(genre) for genre in saisie.modalites],
        "territoires": check_territories(saisie.territoires),
        "jours": None if saisie.jours is None else [str(jour) for jour in saisie.jours],
        "creneau": None if saisie.creneau is None else saisie.creneau.model_dump(),
    }


def _journal(session: Session, regime: LigneRegime, genre: str, acteur: str) -> None:
    kept = {name: getattr(regime, name) for name in _VALUES}
    body = {**kept, "version": regime.version, "origine": regime.origine}
    journal.append(session, JOURNAL, [(genre, str(regime.id), acteur, body)])


def journal_turns(session: Session, now: datetime | None = None) -> int:
    """One entry for each rule that began or ceased to hold since the last time.

    Answers are kept until something changes; the instant that passes changes these.
    """
    instant = now or clock.now(session)
    turned = [one for one in queries.to_announce(session, instant) if _turned(one, instant)]
    for regime in turned:
        regime.annonce_le = instant
    session.flush()
    body: dict[str, Any] = {}
    entries = [("regime.tourne", str(one.id), "calendrier", body) for one in turned]
    journal.append(session, JOURNAL, entries)
    return len(turned)


def _turned(regime: LigneRegime, now: datetime) -> bool:
    turn = Calendrier([queries.read(regime)], bool).after(regime.annonce_le)
    return turn is not None and turn <= now


def take_in(session: Session, lecture: Lecture, *, acteur: str) -> BilanRegimes:
    """The rules of a file: new ones created, known ones renewed; none is removed."""
    known = queries.of_files(session, list(lecture.regles))
    created = changed = 0
    for origine, saisie in lecture.regles.items():
        regime = known.get(origine)
        if regime is None:
            create(session, saisie, acteur=acteur, origine=origine)
            created += 1
        else:
            changed += rewrite(session, regime, saisie, acteur=acteur)
    same = len(lecture.regles) - created - changed
    absent = queries.left_by_files(session, list(lecture.regles))
    left = tuple(f"{one.id} ({one.nom})" for one in absent)
    return BilanRegimes(lecture.lignes, created, changed, same, tuple(lecture.remarques), left)
