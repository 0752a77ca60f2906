"""When two listings may be one shop, and why: a score between 0 and 1 with its reasons.

The same SIRET is the same establishment, and two SIRETs are two. Else both stand within 100 metres
and have names alike; a shared phone or web site adds to it, another category takes away. A phone
alone proves nothing: one owner may have two shops side by side.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import floor
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from rapidfuzz import fuzz

from services.commerces import taxonomie
from services.commerces.imports.identite import words
from services.commerces.imports.sites import genre_de
from shared.schemas.commerces_valeurs import GenreContact
from shared.territoire.mesures import COS_PARIS, METRES_PER_DEGREE, metres_apart

DISTANCE_M: Final = 100.0
NOM_MIN: Final = 0.6
"""Names less alike are those of two shops, whatever they share."""
SEUIL: Final = 0.6
"""Pairs under this score are not worth an agent's time."""
SIRET_MAX: Final = 20
"""More listings under one SIRET are the stalls of a market, not one shop."""
POIDS_NOM, POIDS_DISTANCE, POIDS_TELEPHONE, POIDS_DOMAINE = 0.6, 0.15, 0.15, 0.1
AUTRE_CATEGORIE: Final = 0.85
PARTIE: Final = 0.9
"""A name held in another one is as alike as this at most."""
_ARTICLES: Final = frozenset(
    ["a", "au", "aux", "chez", "d", "de", "des", "du", "et", "l", "la", "le", "les"]
)
_CELL: Final = DISTANCE_M / METRES_PER_DEGREE


@dataclass(frozen=True, slots=True)
class Candidat:
    """What a listing is compared by."""

    id: int
    nom: str
    """Folded words."""
    siret: str | None
    lon: float
    lat: float
    telephones: frozenset[str]
    domaines: frozenset[str]
    categorie: str
    """The root of its tree."""


class Paire(NamedTuple):
    """Two listings that may be one shop, the older first."""

    fiche_a: int
    fiche_b: int
    score: float
    raisons: dict[str, Any]


def candidat(
    number: int,
    nom: str,
    siret: str | None,
    *,
    lon: float,
    lat: float,
    contacts: Iterable[Mapping[str, Any]],
    categorie: str,
) -> Candidat:
    """A listing ready to be compared."""
    given = [(contact["genre"], str(contact["valeur"])) for contact in contacts]
    hosts = {
        (urlsplit(value).hostname or "").removeprefix("www.")
        for genre, value in given
        if genre not in {"telephone", "courriel"}
    }
    return Candidat(
        id=number,
        nom=words(nom),
        siret=siret,
        lon=lon,
        lat=lat,
        telephones=frozenset(value for genre, value in given if genre == "telephone"),
        # A platform or a network is of many shops: to share it tells nothing.
        domaines=frozenset(host for host in hosts if host and genre_de(host) is GenreContact.SITE),
        categorie=taxonomie.lineage(categorie)[-1],
    )


def paires(candidats: Sequence[Candidat]) -> Iterator[Paire]:
    """The pairs worth an agent's time, each once."""
    for one, other in _same_siret(candidats):
        yield _identical(one, other)
    for one, other in _neighbours(candidats):
        if one.siret is None or one.siret != other.siret:
            found = compare(one, other)
            if found is not None:
                yield found


def _ordered(one: Candidat, other: Candidat) -> tuple[Candidat, Candidat]:
    return (one, other) if one.id < other.id else (other, one)


def _same_siret(candidats: Sequence[Candidat]) -> Iterator[tuple[Candidat, Candidat]]:
    groups = defaultdict(list)
    for one in candidats:
        if one.siret is not None:
            groups[one.siret].append(one)
    for group in groups.values():
        if len(group) <= SIRET_MAX:
            yield from (_ordered(*pair) for pair in combinations(group, 2))


def _neighbours(candidats: Sequence[Candidat]) -> Iterator[tuple[Candidat, Candidat]]:
    """Pairs of the same cell of 100 metres or of two that touch, each once."""
    cells: dict[tuple[int, int], list[Candidat]] = defaultdict(list)
    for one in candidats:
        cells[floor(one.lon * COS_PARIS / _CELL), floor(one.lat / _CELL)].append(one)
    for (x, y), here in cells.items():
        yield from (_ordered(*pair) for pair in combinations(here, 2))
        for dx, dy in ((1, -1), (1, 0), (1, 1), (0, 1)):
            there = cells.get((x + dx, y + dy), ())
            yield from (_ordered(*pair) for pair in product(here, there))


def compare(one: Candidat, other: Candidat) -> Paire | None:
    """The pair with its score, None when it is not worth a look."""
    if one.siret is not None and other.siret is not None:
        return _identical(one, other) if one.siret == other.siret else None
    metres = distance_m(one, other)
    if metres > DISTANCE_M:
        return None
    name = ressemblance(one.nom, other.nom)
    if name < NOM_MIN:
        return None
    phone = bool(one.telephones & other.telephones)
    domain = bool(one.domaines & other.domaines)
    score = POIDS_NOM * name + POIDS_DISTANCE * (1 - metres / DISTANCE_M)
    score += POIDS_TELEPHONE * phone + POIDS_DOMAINE * domain
    if one.categorie != other.categorie:
        score *= AUTRE_CATEGORIE
    if score < SEUIL:
        return None
    return Paire(one.id, other.id, round(score, 3), _raisons(one, other, metres, name))


def _identical(one: Candidat, other: Candidat) -> Paire:
    name = ressemblance(one.nom, other.nom)
    return Paire(one.id, other.id, 1.0, _raisons(one, other, distance_m(one, other), name))


def _raisons(one: Candidat, other: Candidat, metres: float, name: float) -> dict[str, Any]:
    return {
        "meme_siret": one.siret == other.siret if one.siret and other.siret else None,
        "distance_m": round(metres),
        "ressemblance_nom": round(name, 2),
        "meme_telephone": bool(one.telephones & other.telephones),
        "meme_domaine": bool(one.domaines & other.domaines),
        "meme_categorie": one.categorie == other.categorie,
    }


def distance_m(one: Candidat, other: Candidat) -> float:
    """Metres between two listings of the Métropole."""
    return metres_apart((one.lon, one.lat), (other.lon, other.lat))


def ressemblance(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1: their letters, their words in any order."""
    if not one or not other:
        return 0.0
    letters = fuzz.ratio(one.replace(" ", ""), other.replace(" ", ""))
    sorted_words = fuzz.token_sort_ratio(one, other)
    best = max(letters, sorted_words) / 100
    shorter, longer = sorted((one, other), key=len)
    # « chez paul » in « boulangerie chez paul »; one word alone, « boulangerie », tells nothing.
    more = set(longer.split()) - set(shorter.split())
    if set(shorter.split()) <= set(longer.split()) and (" " in shorter or _is_trade(more, shorter)):
        best = max(best, PARTIE)
    return best


def _is_trade(more: Collection[str], alone: str) -> bool:
    """Whether all that a name adds to one word says is a trade: « fromagerie zigomar »."""
    added = frozenset(more) - _ARTICLES
    return taxonomie.of_name(alone) is None and all(map(taxonomie.of_name, added))
