"""Writes of refuelling stations: producers' files, and operators' announcements."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.bornes.avitaillement import queries
from services.bornes.avitaillement.etats import Datee, entendre, is_published
from services.bornes.avitaillement.examen import Examen, dated, differences
from services.bornes.avitaillement.lecture import DATEES, ETAT, PRIX, PointLu, lire_ligne
from services.bornes.imports import sql
from services.bornes.imports.chargement import rapporter
from services.bornes.imports.fichier import Fichier
from services.bornes.imports.prise import MOTIF, Envoi, Prise, objets
from services.bornes.models import JOURNAL, PointAvitaillement
from shared import clock, journal
from shared.counts import figure
from shared.schemas.bornes_avitaillement import (
    AnnonceAvitaillement,
    EtatAvitaillement,
    RefusAnnonce,
    SuiteAnnonce,
)
from shared.transfers.files import FichierRefuse

if TYPE_CHECKING:
    import psycopg

LIGNES_MAX = 5_000
"""Rows of one file: several times the refuelling points of the whole country."""
CREEE, MODIFIEE, RETIREE, ETAT_DIT = (
    f"avitaillement.{word}" for word in ("creee", "modifiee", "retiree", "etat")
)
"""Genres of the journal; the subject is a station."""
Said = Mapping[str, tuple[Any, datetime]]
"""A state, a price, or both, with their date."""
_HEARD = {ETAT: "etat_entendu_le", PRIX: "prix_entendu_le"}


def prendre(
    session: Session, cursor: "psycopg.Cursor[Any]", fichier: Fichier, envoi: Envoi
) -> Prise:
    """Take a file in this transaction: all its good rows, or none if the gate closes."""
    session.execute(text(sql.VERROU))
    lus = list(map(lire_ligne, islice(fichier.lignes(), LIGNES_MAX + 1)))
    if len(lus) > LIGNES_MAX:
        raise FichierRefuse(f"Un fichier d’avitaillement a au plus {figure(LIGNES_MAX)} lignes.")
    examen = Examen(lus, demain=clock.today(session) + timedelta(days=1))
    examen.compare_rows()
    if not envoi.hors_perimetre:
        examen.keep_inside()
    ids = {lu.id_point for lu in lus if lu.id_point is not None}
    connus = queries.known_points(session, ids, envoi.producteur)
    stations = {valeurs["id_station"] for _, valeurs in examen.retenus()}
    senders = queries.senders(session, {point.import_id for point in connus.values()})
    examen.compare_known(connus, queries.holders(session, stations), senders, envoi)
    living = [p for p in connus.values() if p.producteur == envoi.producteur and not p.retire_le]
    leaving = [point for point in living if point.id_point not in examen.presents()]
    barriere = envoi.barriere(len(living), len(leaving))
    points, touched = objets({}), Counter[str]()
    if not barriere.franchie:
        changes = _Changements(session, envoi)
        for lu, valeurs in examen.retenus():
            changes.take(examen, lu, valeurs, connus.get(str(lu.id_point)))
        changes.withdraw(leaving)
        touched = changes.write()
        points = objets(changes.natures)
    rapporter(cursor, examen.constats(), import_id=envoi.import_id)
    return Prise(examen.lignes(), points, objets(touched), barriere)


class _Changements:
    """What a file changes, point by point, then told station by station."""

    def __init__(self, session: Session, envoi: Envoi) -> None:
        self._session = session
        self._envoi = envoi
        self._maintenant = clock.now(session)
        self.natures = Counter[str]()
        self._stations: dict[str, set[str]] = {}
        """Names of what changes, by station."""
        self._created: list[PointAvitaillement] = []

    def take(
        self,
        examen: Examen,
        lu: PointLu,
        valeurs: Mapping[str, Any],
        connu: PointAvitaillement | None,
    ) -> None:
        """A row that is kept: a new point, a point that comes back, or a change if any."""
        point = connu or PointAvitaillement(etat_point=EtatAvitaillement.INCONNU)
        returns = connu is None or connu.retire_le is not None
        champs = differences(point, valeurs) | self._hear(examen, lu, point)
        if point.producteur != self._envoi.producteur:
            champs.add("producteur")
        if not champs and not returns:
            return
        before = {valeurs["id_station"], *({} if returns else {point.id_station})}
        for name, value in valeurs.items():
            setattr(point, name, value)
        point.producteur, point.import_id = self._envoi.producteur, self._envoi.import_id
        point.ligne, point.modifie_le = lu.numero, self._maintenant
        point.retire_le, point.motif_retrait = None, None
        if connu is None:
            self._created.append(point)
        self.natures["cree" if returns else "modifie"] += 1
        moved = returns or len(before) > 1
        for station in before:
            self._touch(station, {"points"} if moved else champs)

    def _hear(self, examen: Examen, lu: PointLu, point: PointAvitaillement) -> set[str]:
        """Take the state and the price of a row where they are news."""
        champs: set[str] = set()
        for name, said in lu.dites.items():
            published, refused = hear(point, {name: said}, self._maintenant)
            champs |= published
            for code in refused.values():
                examen.note(lu, dated(name, code, said[1]))
        return champs

    def withdraw(self, points: Iterable[PointAvitaillement]) -> None:
        """Points that the file no longer holds: kept, with a date and a reason."""
        for point in points:
            point.retire_le, point.motif_retrait = self._maintenant, MOTIF
            point.modifie_le = self._maintenant
            self.natures["retire"] += 1
            self._touch(point.id_station, {"points"})

    def _touch(self, station: str, champs: set[str]) -> None:
        self._stations.setdefault(station, set()).update(champs)

    def write(self) -> Counter[str]:
        """Send all to the database and tell the journal; stations by nature."""
        with self._session.no_autoflush:
            before = queries.holders(self._session, self._stations)
        self._session.add_all(self._created)
        self._session.flush()
        after = queries.holders(self._session, self._stations)
        natures = Counter[str]()
        entries = []
        for station, champs in sorted(self._stations.items()):
            nature = _nature(station in before, station in after)
            natures[nature] += 1
            corps: dict[str, Any] = {"import": self._envoi.import_id}
            corps |= {"motif": MOTIF} if nature == "retire" else {"champs": sorted(champs)}
            entries.append((_GENRES[nature], station, self._envoi.acteur, corps))
        journal.append(self._session, JOURNAL, entries)
        return natures


_GENRES = {"cree": CREEE, "modifie": MODIFIEE, "retire": RETIREE}


def _nature(lived: bool, lives: bool) -> str:
    """What became of a station that a file touched: it lived before, or it does now."""
    if not lives:
        return "retire"
    return "modifie" if lived else "cree"


def hear(
    point: PointAvitaillement, said: Said, maintenant: datetime
) -> tuple[set[str], dict[str, str]]:
    """Take what is said of a state, of a price, or of both: then all or nothing.

    Gives the names of what readers see change, and why each refused one was.
    """
    after: dict[str, Datee[Any]] = {}
    published: set[str] = set()
    refused: dict[str, str] = {}
    for name, (value, horodatage) in said.items():
        known = Datee(*(getattr(point, column) for column in _columns(name)))
        after[name], code = entendre(known, value, horodatage, maintenant)
        if code:
            refused[name] = code
        elif is_published(known, after[name]):
            published.add(name)
    if refused:
        return set(), refused
    for name, heard in after.items():
        for column, value in zip(_columns(name), heard, strict=True):
            setattr(point, column, value)
    return published, refused


def _columns(name: str) -> tuple[str, str, str]:
    return name, DATEES[name], _HEARD[name]


def annoncer(
    session: Session,
    annonces: Sequence[AnnonceAvitaillement],
    *,
    acteur: str,
    answers_for: Callable[[PointAvitaillement], bool],
) -> list[SuiteAnnonce]:
    """Take what an operator says of its points, in the order given.

    One that is refused leaves the others be: each has its own answer.
    """
    points = queries.known_points(session, {annonce.id_point for annonce in annonces})
    maintenant = clock.now(session)
    suites: list[SuiteAnnonce] = []
    told: dict[str, dict[str, Any]] = {}
    for annonce in annonces:
        point = points.get(annonce.id_point)
        changed, refus = False, None
        if point is None or point.retire_le is not None:
            refus = RefusAnnonce.INCONNU
        elif not answers_for(point):
            refus = RefusAnnonce.AUTRE_OPERATEUR
        else:
            published, refused = hear(point, annonce.dites(), maintenant)
            refus = RefusAnnonce(min(refused.values())) if refused else None
            changed = bool(published)
            if changed:
                told.setdefault(point.id_station, {})[point.id_point] = _told(point)
        suites.append(SuiteAnnonce.of(annonce.id_point, changed=changed, refus=refus))
    session.flush()
    entries = [(ETAT_DIT, key, acteur, {"points": points}) for key, points in sorted(told.items())]
    journal.append(session, JOURNAL, entries)
    return suites


def _told(point: PointAvitaillement) -> dict[str, Any]:
    """What the journal keeps of a state and a price: their history."""
    return {
        ETAT: point.etat_point,
        DATEES[ETAT]: point.horodatage_etat,
        PRIX: None if point.prix_kg is None else f"{point.prix_kg:.3f}",
        DATEES[PRIX]: point.horodatage_prix,
    }
