"""The rules files of « Ça reste ouvert » (Covid_enseignes), read through our correspondences.

A rule there names OpenStreetMap tags; ours names categories, each of which corresponds to some
tags. Where only some of them are in a rule, the doubt benefits the shop: a rule that opens takes
the category, a rule that restricts leaves it, and the report says so.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from io import StringIO
from itertools import product
from typing import Any, Final

import orjson
from pydantic import TypeAdapter, ValidationError

from services.commerces import taxonomie
from services.commerces.regimes.regles import TOUTES, territory
from shared.counts import figure
from shared.schemas.commerces_regimes import METROPOLE
from shared.schemas.commerces_regimes_gestion import RegimeSaisie
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import PARIS, Jour

COLONNES: Final = (
    "country",
    "country_subarea",
    "category",
    "category_osm",
    "start_date",
    "end_date",
    "legal_state",
)
PAYS: Final = "FR"
ETATS: Final[Mapping[str, frozenset[Modalite]]] = {
    "delivery": frozenset({Modalite.LIVRAISON}),
    "takeaway": frozenset({Modalite.COMPTOIR, Modalite.POINT_COLLECTE}),
    "pickup": frozenset({Modalite.POINT_COLLECTE}),
    "drive_through": frozenset({Modalite.DRIVE}),
}
"""What may follow `only:`."""
OCTETS_MAX: Final = 5_000_000
LIGNES_MAX: Final = 10_000
CELLULE_MAX: Final = 100_000
COMBINAISONS_MAX: Final = 1_000
"""Combinations of tags of one selector: the cross product of its alternatives."""
_DAY: Final = timedelta(days=1)
_JOUR: Final[TypeAdapter[Any]] = TypeAdapter(Jour)

Tags = frozenset[str]
"""Tags that hold together, written key=value."""


@dataclass(frozen=True, slots=True)
class Remarque:
    """What was not understood of a line, or only in part."""

    ligne: int
    texte: str


@dataclass(frozen=True, slots=True)
class RegleLue:
    """A rule of a file, and the line that says it."""

    ligne: int
    saisie: RegimeSaisie


@dataclass(slots=True)
class Lecture:
    """What a file says."""

    lignes: int = 0
    regles: dict[str, RegleLue] = field(default_factory=dict)
    """By what identifies them in such files."""
    remarques: list[Remarque] = field(default_factory=list)


class FichierIllisibleError(ValueError):
    """A file that is not a rules file at all."""


class _NotUnderstoodError(ValueError):
    """Why a line makes no rule."""


def lire(content: bytes) -> Lecture:
    """The rules of a file that hold in France, and what was not understood of it."""
    found = Lecture()
    for line, row in _rows(content):
        found.lignes += 1
        try:
            key, saisie, notes = _rule(row)
        except _NotUnderstoodError as error:
            found.remarques.append(Remarque(line, str(error)))
            continue
        if key in found.regles:
            notes = ["La même règle figure déjà plus haut : la première est gardée."]
        found.regles.setdefault(key, RegleLue(line, saisie))
        found.remarques += [Remarque(line, note) for note in notes]
    return found


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    if len(content) > OCTETS_MAX:
        raise FichierIllisibleError("Le fichier dépasse 5 Mo.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.DictReader(StringIO(text, newline=""), delimiter=delimiter, restval="")
    try:
        names = [name.strip().lower() for name in reader.fieldnames or ()]
        missing = [name for name in COLONNES if name not in names]
        if missing:
            raise FichierIllisibleError(f"Colonnes absentes : {', '.join(missing)}.")
        reader.fieldnames = names
        for number, row in enumerate(reader):
            if number >= LIGNES_MAX:
                raise FichierIllisibleError(f"Le fichier dépasse {figure(LIGNES_MAX)} lignes.")
            cells = {name: (row[name] or "").strip() for name in names}
            if max(map(len, cells.values())) > CELLULE_MAX:
                raise FichierIllisibleError(f"Une case dépasse {figure(CELLULE_MAX)} caractères.")
            yield reader.line_num, cells
    except csv.Error as error:
        raise FichierIllisibleError(f"Ce n'est pas un CSV : {error}.") from error


def _rule(row: Mapping[str, str]) -> tuple[str, RegimeSaisie, list[str]]:
    if row["country"].upper() != PAYS:
        raise _NotUnderstoodError(f"Règle d'un autre pays : {row['country'] or 'non dit'}.")
    modalites = _allowed(row["legal_state"])
    debut, fin = _period(row)
    categories, notes = _categories(row, opens=modalites == TOUTES)
    name = row["category"] or "default"
    try:
        saisie = RegimeSaisie(
            nom=f"Règle nationale « {name} »",
            motif=row.get("details") or _reason(modalites),
            source=row.get("source_url") or None,
            categories=categories,
            territoires=_territories(row["country_subarea"]),
            modalites=[genre for genre in Modalite if genre in modalites],
            debut=debut,
            fin=fin,
        )
    except ValidationError as error:
        detail = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise _NotUnderstoodError(f"Règle refusée : {detail}.") from error
    key = "/".join((PAYS, row["country_subarea"], name, row["start_date"]))
    return key, saisie, notes


def _reason(modalites: frozenset[Modalite]) -> str:
    if not modalites:
        return "Fermeture au public décidée par l'État."
    if modalites == TOUTES:
        return "Ouverture au public permise par l'État."
    return "Ouverture limitée par l'État à certaines modalités."


def _allowed(state: str) -> frozenset[Modalite]:
    kind, _, rest = state.partition(":")
    if not rest and kind in {"open", "closed"}:
        return TOUTES if kind == "open" else frozenset()
    if kind == "only" and rest:
        words = [word.strip() for word in rest.split(",")]
        unknown = [word for word in words if word not in ETATS]
        if not unknown:
            return frozenset().union(*(ETATS[word] for word in words))
        raise _NotUnderstoodError(f"« {', '.join(unknown)} » n'est pas une modalité.")
    raise _NotUnderstoodError(
        f"État « {state} » : il ne dit pas quelles modalités restent permises."
    )


def _period(row: Mapping[str, str]) -> tuple[datetime, datetime | None]:
    """From the first midnight of Paris to that which follows the last day."""
    try:
        first = _JOUR.validate_python(row["start_date"])
        last = _JOUR.validate_python(row["end_date"]) if row["end_date"] else None
    except ValidationError:
        raise _NotUnderstoodError(
            f"Dates illisibles : « {row['start_date']} », « {row['end_date']} »."
        ) from None
    return _midnight(first), None if last is None else _midnight(last + _DAY)


def _midnight(day: Any) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _territories(area: str) -> list[str]:
    """A part of France, by the code of its département or commune, or of the region (11)."""
    code = area.removeprefix("FR-")
    if code in {"", "11", "IDF"}:
        return [METROPOLE]
    found = territory(code)
    if found is None:
        raise _NotUnderstoodError(f"« {area} » n'est pas un territoire de la Métropole.")
    return [found]


def _categories(row: Mapping[str, str], *, opens: bool) -> tuple[list[str], list[str]]:
    """The categories that tags stand for, and what of them is none of ours."""
    if not row["category_osm"]:
        if row["category"] not in {"", "default"}:
            raise _NotUnderstoodError(f"« {row['category']} » ne dit aucune étiquette OSM.")
        return [], []
    asked = list(_selectors(row["category_osm"]))
    taken, notes = [], []
    for code, own in _correspondences().items():
        covered = [tags for tags in own if any(one <= tags for one in asked)]
        if len(covered) == len(own) or (covered and opens):
            taken.append(code)
        if covered and len(covered) < len(own):
            what = "prise" if opens else "laissée"
            others = ", ".join("+".join(sorted(tags)) for tags in own if tags not in covered)
            notes.append(f"Catégorie « {code} » {what} : la règle ne dit rien de {others}.")
    every = [tags for own in _correspondences().values() for tags in own]
    unused = {one for one in asked if not any(one <= tags for tags in every)}
    unknown = sorted("+".join(sorted(one)) for one in unused)
    if unknown:
        notes.insert(0, f"Étiquettes sans catégorie chez nous : {', '.join(unknown)}.")
    if not taken:
        raise _NotUnderstoodError(" ".join(notes) or "Aucune étiquette OSM.")
    return taken, notes


def _selectors(text: str) -> Iterator[Tags]:
    """Each combination of tags that a selector accepts: `|` separates values of one key."""
    try:
        objects = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _NotUnderstoodError("Étiquettes OSM illisibles : du JSON est attendu.") from None
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise _NotUnderstoodError("Étiquettes OSM illisibles : une liste d'objets est attendue.")
    for one in objects:
        choices = [_values(key, value) for key, value in one.items()]
        if not _few(choices):
            raise _NotUnderstoodError("Étiquettes OSM illisibles : trop de combinaisons.")
        if choices:
            yield from map(frozenset, product(*choices))


def _values(key: str, value: Any) -> list[str]:
    if not isinstance(value, str):
        raise _NotUnderstoodError("Étiquettes OSM illisibles : un texte est attendu par clé.")
    return [f"{key}={word.strip()}" for word in value.split("|")]


def _few(choices: Iterable[list[str]]) -> bool:
    count = 1
    for choice in choices:
        count *= len(choice)
    return count <= COMBINAISONS_MAX


@cache
def _correspondences() -> Mapping[str, list[Tags]]:
    """The tags of each category that has some."""
    return {
        code: [frozenset(tags.split("+")) for tags in category.osm]
        for code, category in taxonomie.categories().items()
        if category.osm
    }
