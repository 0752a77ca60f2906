"""Compares the rows of a file with each other and with known points: what becomes of each."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from services.bornes.avitaillement.lecture import DATEES, PointLu
from services.bornes.avitaillement.schema import COLONNES
from services.bornes.imports.constats import Trouve, trouve
from services.bornes.imports.prise import Envoi

_DE_LA_STATION = [
    name
    for colonne in COLONNES
    if colonne.level == "station" and colonne.name not in {"id_station", "code_insee_commune"}
    for name in (("lon", "lat") if colonne.type == "geopoint" else (colonne.name,))
]
"""What should be the same in every row of a station."""


class Connu(Protocol):
    """A point of the registry, living or withdrawn."""

    id_point: Any
    producteur: Any
    import_id: Any
    date_maj: Any
    retire_le: Any


class Examen:
    """The rows of one file and their status, step by step.

    `demain` is the last day that a row may truly say it was brought up to date: today in Paris is
    tomorrow elsewhere.
    """

    def __init__(self, lus: Sequence[PointLu], *, demain: date) -> None:
        self.lus = lus
        self._demain = demain
        self._statuts = {lu.numero: _status(lu) for lu in lus}
        self._trouves: list[tuple[int, Trouve]] = []
        self._absents: set[str | None] = {None}
        """Ids whose rows count as if they were not there."""

    def retenus(self) -> Iterator[tuple[PointLu, Mapping[str, Any]]]:
        """The rows kept so far, with their values."""
        for lu in self.lus:
            if lu.valeurs is not None and self._statuts[lu.numero] in {"accepte", "repare"}:
                yield lu, lu.valeurs

    def presents(self) -> set[str | None]:
        """Ids that the file holds, in whatever state: their points are not withdrawn."""
        return {lu.id_point for lu in self.lus} - self._absents

    def lignes(self) -> Mapping[str, int]:
        """Rows by status."""
        return Counter(self._statuts.values())

    def constats(self) -> Iterator[tuple[int, Trouve]]:
        """All findings with their line."""
        for lu in self.lus:
            yield from ((lu.numero, constat) for constat in lu.constats)
        yield from self._trouves

    def note(self, lu: PointLu, constat: Trouve, statut: str | None = None) -> None:
        """Add a finding about a row, and what becomes of it."""
        self._trouves.append((lu.numero, constat))
        if statut is not None:
            self._statuts[lu.numero] = statut

    def compare_rows(self) -> None:
        """One row a point: the latest date_maj, then the last line. One description a station."""
        by_id: dict[str | None, list[tuple[date, int, PointLu]]] = defaultdict(list)
        for lu, valeurs in self.retenus():
            day = valeurs["date_maj"]
            if day > self._demain:
                self.note(lu, trouve("date_maj", "DATF", day.isoformat()))
            by_id[lu.id_point].append((self._told(day), lu.numero, lu))
        for versions in by_id.values():
            last = max(versions)
            for version in versions:
                if version is not last:
                    self._double(version, last)
        self._find_incoherent()

    def _told(self, day: date) -> date:
        """When a row was brought up to date, for who compares it: a day to come proves nothing."""
        return date.min if day > self._demain else day

    def _double(self, one: tuple[date, int, PointLu], last: tuple[date, int, PointLu]) -> None:
        lu, kept = one[2], last[2]
        same = (lu.valeurs, lu.dites) == (kept.valeurs, kept.dites)
        differs = "DOUA" if one[0] < last[0] else "DOUM"
        code = "DOUX" if same else differs
        constat = trouve("id_point", code, lu.id_point, f"ligne {kept.numero}")
        self.note(lu, constat, "doublon")

    def _find_incoherent(self) -> None:
        stations: dict[str, list[tuple[PointLu, Mapping[str, Any]]]] = defaultdict(list)
        for lu, valeurs in self.retenus():
            stations[valeurs["id_station"]].append((lu, valeurs))
        for rows in stations.values():
            for column in _DE_LA_STATION:
                said = {str(valeurs[column]) for _, valeurs in rows}
                if len(said) > 1:
                    self.note(rows[0][0], trouve(column, "COHS", " | ".join(sorted(said))))

    def keep_inside(self) -> None:
        """Points elsewhere than in the Métropole count as absent: one that moved out leaves."""
        for lu, valeurs in list(self.retenus()):
            if valeurs["territoire"] is None:
                place = f"{valeurs['lon']},{valeurs['lat']}"
                self.note(lu, trouve("coordonneesXY", "PERI", place), "rejete")
                self._absents.add(lu.id_point)

    def compare_known(
        self,
        connus: Mapping[str, Connu],
        tenues: Mapping[str, set[str]],
        envois: Mapping[int, Sequence[str]],
        envoi: Envoi,
    ) -> None:
        """Leave to other producers what is theirs.

        `tenues` gives the producers of a station, `envois` the prefixes of those who sent imports.
        """
        for lu, valeurs in list(self.retenus()):
            station = valeurs["id_station"]
            others = tenues.get(station, set()) - {envoi.producteur}
            connu = connus.get(str(lu.id_point))
            if others and not envoi.answers_for(station):
                found = trouve("id_station", "STAU", station, " | ".join(sorted(others)))
                self.note(lu, found, "rejete")
            elif (
                connu is not None
                and connu.retire_le is None
                and connu.producteur != envoi.producteur
                and (code := self._why_not(valeurs, connu, envois, envoi))
            ):
                self.note(lu, trouve("id_point", code, lu.id_point, connu.producteur), "doublon")

    def _why_not(
        self,
        valeurs: Mapping[str, Any],
        connu: Connu,
        envois: Mapping[int, Sequence[str]],
        envoi: Envoi,
    ) -> str | None:
        """Why another producer's living point is not taken over; None when it is.

        The row must be newer, or of the same date with a sender who alone of both answers for the
        identifier: aggregators copy operators' files with their dates.
        """
        row, known = self._told(valeurs["date_maj"]), self._told(connu.date_maj)
        answers = envoi.answers_for(connu.id_point)
        own = envoi.prefixes is not None and answers
        theirs = connu.id_point.startswith(tuple(envois.get(connu.import_id, ())))
        if row < known or (row == known and (theirs or not own)):
            return "DOUP"
        return None if answers else "DOUC"


def _status(lu: PointLu) -> str:
    if lu.valeurs is None:
        return "rejete"
    return "repare" if lu.est_repare else "accepte"


def differences(before: object, valeurs: Mapping[str, Any]) -> set[str]:
    """Names of the columns that a row changes in a known point; how it was received is none."""
    return {
        name for name, value in valeurs.items() if name != "recu" and getattr(before, name) != value
    }


def dated(name: str, code: str, horodatage: datetime) -> Trouve:
    """A state or price that was not taken."""
    return trouve(DATEES[name], code, horodatage.isoformat())
