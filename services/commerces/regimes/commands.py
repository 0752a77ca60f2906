"""Every change of the crisis rules: its row and its journal entry in one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from services.commerces import taxonomie
from services.commerces.models import JOURNAL, LigneRegime
from services.commerces.regimes import queries
from services.commerces.regimes.calendrier import Calendrier, par_valeur
from services.commerces.regimes.importation import BilanRegimes
from services.commerces.regimes.osm import Lecture, Remarque
from services.commerces.regimes.regles import check_territories, check_window
from shared import clock, journal
from shared.conditional import etag, require_match
from shared.counts import figure
from shared.db import hold
from shared.problems import Conflict, InvalidBody
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
_WINDOW: Final = frozenset({"jours", "creneau"})
"""What no rules file can say."""


def version(regime: LigneRegime) -> str:
    """The strong ETag of a rule as its authors see it."""
    return etag("regime", regime.id, regime.version)


def create(
    session: Session, saisie: RegimeSaisie, *, acteur: str, origine: str | None = None
) -> LigneRegime:
    """A new rule."""
    hold(session, "commerces.regimes")  # two creations must not both be the last one allowed
    if queries.count(session) >= REGIMES_MAX:
        raise Conflict(
            f"L'annuaire tient déjà {figure(REGIMES_MAX)} régimes : supprimez les plus anciens."
        )
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
    _rewrite(session, regime, _columns(saisie), acteur=acteur)


def _rewrite(
    session: Session, regime: LigneRegime, columns: Mapping[str, Any], *, acteur: str
) -> bool:
    """Some values of a rule anew; False when that changes nothing."""
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
    turn = Calendrier([queries.read(regime)], par_valeur(bool)).after(regime.annonce_le)
    return turn is not None and turn <= now


def take_in(session: Session, lecture: Lecture, *, acteur: str) -> BilanRegimes:
    """The rules of a file: new ones created, known ones renewed; none is removed.

    Of a known rule, only what the file says otherwise than when it was last read: what an agent
    wrote since is kept, the window too, which no file can say.
    """
    known = queries.of_files(session, list(lecture.regles))
    bilan = BilanRegimes(lecture.lignes, remarques=list(lecture.remarques))
    for origine, regle in lecture.regles.items():
        regime = known.get(origine)
        if regime is None:
            regime = create(session, regle.saisie, acteur=acteur, origine=origine)
            regime.lu = _said(regle.saisie)
            bilan.crees += 1
            continue
        try:
            changed = _renew(session, regime, regle.saisie, acteur=acteur)
        except InvalidBody:
            bilan.remarques.append(Remarque(regle.ligne, _REFUSED.format(regime=regime)))
            continue
        bilan.modifies += changed
        bilan.inchanges += not changed
        if own := _own(regime):
            bilan.gardes.append(f"{_cited(regime)} : {', '.join(own)}")
    bilan.absents += map(_cited, queries.left_by_files(session, list(lecture.regles)))
    return bilan


_REFUSED: Final = (
    "Règle {regime.id} ({regime.nom}) laissée comme elle est : avec ce que dit ce fichier et ce "
    "qu'un agent y a écrit, elle ne vaudrait jamais."
)


def _renew(session: Session, regime: LigneRegime, saisie: RegimeSaisie, *, acteur: str) -> bool:
    """What a file says otherwise than before; False when that changes nothing of the rule."""
    said, before = _said(saisie), regime.lu or {}
    columns = {
        name: value
        for name, value in _columns(saisie).items()
        if name in said and (name not in before or before[name] != said[name])
    }
    now = queries.read(regime)
    check_window(
        columns.get("debut", now.debut), columns.get("fin", now.fin), now.jours, now.creneau
    )
    regime.lu = said
    return _rewrite(session, regime, columns, acteur=acteur)


def _said(saisie: RegimeSaisie) -> dict[str, Any]:
    """What a file says of a rule, as it is kept to be compared with the next one."""
    columns = _columns(saisie)
    read: dict[str, Any] = orjson.loads(
        orjson.dumps({name: columns[name] for name in columns.keys() - _WINDOW})
    )
    return read


def _own(regime: LigneRegime) -> list[str]:
    """What a rule says otherwise than its file: an agent wrote it."""
    current = orjson.loads(orjson.dumps({name: getattr(regime, name) for name in _VALUES}))
    said = {**dict.fromkeys(_WINDOW), **(regime.lu or {})}
    return [name for name in _VALUES if name not in said or said[name] != current[name]]


def _cited(regime: LigneRegime) -> str:
    return f"{regime.id} ({regime.nom})"
