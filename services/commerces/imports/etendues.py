"""Where a shop serves, as lists write it: communes, postcodes, départements, a radius.

Every item must be known, and mean one thing: « Paris et proche banlieue », « Neuilly » (there are
two), « communes alentour » stay words. « Montreuil et communes limitrophes » is Montreuil and what
touches it, of Paris the arrondissements that do.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final

from services.commerces.mots import fold, words
from services.commerces.texte import lieux_nommes
from shared import territoire
from shared.schemas.commerces_zones import RAYON_MAX_M, RAYON_MIN_M
from shared.territoire.referentiel import PARIS

_RADIUS: Final = re.compile(
    r"(?:(?:dans un |sur un )?rayon (?:de )?|jusqu['’]?a |(?:a )?moins de |max(?:imum)? )?"
    r"(\d{1,4}(?:[.,]\d)?)\s*(kms?|m|kilometres?|metres?)"
    r"(?: (?:max(?:imum)?|a la ronde|autour.{0,40}))?\.?"
)
_ITEMS: Final = re.compile(r"[,;/|\n+&]|\bet\b|\s[-–]\s")
_OF_PARIS: Final = re.compile(r"\bparis \(([^()\d]*\d[^()]*)\)")
"""« Paris (1er, 2e) »."""
_CODES: Final = re.compile(
    r"(?<=\b\d{5})\s+(?=\d{5}\b)|(?<=\b(?:75|92|93|94))\s+(?=(?:75|9[234])\b)"
)
"""What parts codes that only a blank does."""
_WITH_CODE: Final = re.compile(
    r"(?P<before>\d{5}|\d{2})?\s*\(?(?P<name>[^\d()]{2,60}?)\)?\s*\(?(?P<after>\d{5}|\d{2})?\)?"
)
"""« Montreuil (93100) », « 93100 Montreuil », « Montreuil (93) »."""
_WHOLE: Final = re.compile(
    r"(?:livraison )?(?:a |dans |sur )?(?:toute? )?(?:l[ea]s? |l['’])?(?:departements? )?"
    r"(?:du )?(.+?)"
    r"(?:[ -]intra[ -]muros| \(?tous (?:les )?arrondissements\)?)?(?: uniquement| seulement)?"
)
"""What surrounds a name without changing what it means: « tout le 93 », « Paris intra-muros »."""
_TO: Final = re.compile(r"^(?:livraison )?(?:a|dans|sur) ")
_IN_DEPARTEMENT: Final = re.compile(r"(?:(?<![a-z] )|(?<=\bet ))\b(7[578]|9[1-5])\s-\s(?=[a-z])")
"""« 93 - Montreuil », and not « Paris 11 - Montreuil » nor « Montreuil 93 - Vincennes 94 »."""
_TOUCHING: Final = r"(?P<kind>commune|ville|arrondissement)s (?:limitrophes|voisin(?:e?s))"
_AND_TOUCHING: Final = re.compile(rf"\b{_TOUCHING}\)?$")
"""« Montreuil et ses communes limitrophes »."""
_LINKS: Final = frozenset(["", "et", "dans", "sur", "toutes", "les", "ses"])
_SIGNS: Final = " ,&+("
_TOUCHING_OF: Final = re.compile(
    rf"(?:livraison )?(?:dans |sur )?(?:toutes )?(?:les )?{_TOUCHING} (?:de |a |d['’])?(?P<name>.+)"
)
"""« Communes voisines de Montreuil »."""
_CONTRACTED: Final = {"du": "le", "des": "les"}
_POSTCODE: Final = 5
_DEPARTEMENTS: Final = {
    "hauts de seine": ("92",),
    "seine saint denis": ("93",),
    "val de marne": ("94",),
    "petite couronne": ("92", "93", "94"),
    "92": ("92",),
    "93": ("93",),
    "94": ("94",),
}
"""Those that are whole in the Métropole."""
_METROPOLE: Final = ("metropole du grand paris", "grand paris", "mgp")
_WIDER: Final = ("ile de france", "idf", "france", "france entiere", "france metropolitaine")
"""What holds all of the Métropole, which is where anybody asks."""
_SPACED: Final = re.compile(r"\b(7[578]|9[1-5]) (\d{3})\b")
"""« 94 300 »."""

Zone = dict[str, Any]


def lire(text: str) -> Zone | None:
    """The zone that a text tells, of the contract; None when it is not sure."""
    plain = fold(text).strip(" .")
    return _radius(plain) or _around(plain) or communes(text)


def _radius(plain: str) -> Zone | None:
    found = _RADIUS.fullmatch(plain)
    if found is None:
        return None
    metres = float(found[1].replace(",", ".")) * (1_000 if found[2].startswith("k") else 1)
    if not RAYON_MIN_M <= metres <= RAYON_MAX_M:
        return None
    return {"type": "rayon", "rayon_m": round(metres)}


def _around(plain: str) -> Zone | None:
    """A commune, or an arrondissement, and what touches it."""
    found = _TOUCHING_OF.fullmatch(plain) or _AND_TOUCHING.search(plain)
    if found is None:
        return None
    middle = _of_item(_middle_of(found), in_paris=False)
    if len(middle) != 1 or (found["kind"] == "arrondissement") != middle[0].startswith("751"):
        return None
    touching = territoire.neighbours(middle[0])
    if found["kind"] == "arrondissement":
        touching = tuple(one for one in touching if one.startswith("751"))
    return {"type": "communes", "codes": [*middle, *touching]}


def _middle_of(found: re.Match[str]) -> str:
    """What is touched: named after it (« des Lilas »), or before it and the words that link."""
    told = found.groupdict()
    if "name" not in told:
        before = found.string[: found.start()].split()
        while before and before[-1].strip(_SIGNS) in _LINKS:
            before.pop()
        return " ".join(before).strip(_SIGNS)
    first, _, rest = told["name"].partition(" ")
    return f"{_CONTRACTED[first]} {rest}" if first in _CONTRACTED else told["name"]


def communes(text: str) -> Zone | None:
    """The communes, or the postcodes, that a list of codes and names tells."""
    plain = _SPACED.sub(r"\1\2", _OF_PARIS.sub(r"paris \1", fold(text)))
    plain = _IN_DEPARTEMENT.sub(r"\1 ", _CODES.sub(", ", plain))
    items = [item.strip(" .") for item in _ITEMS.split(plain)]
    items = [item for item in items if item]
    if items and all(re.fullmatch(r"\d{5}", item) for item in items):
        if all(territoire.communes_of_postcode(item) for item in items):
            return {"type": "codes_postaux", "codes": items}
        known = all(territoire.resolve(item) for item in items)
        return {"type": "communes", "codes": items} if known else None
    groups: list[Sequence[str]] = []
    for item in items:
        found = _of_item(item, in_paris=bool(groups) and groups[-1][-1].startswith("751"))
        if not found or any(_is_part(found, other) for other in groups):
            return None
        groups.append(found)
    return {"type": "communes", "codes": [*chain.from_iterable(groups)]} if groups else None


def _is_part(one: Sequence[str], other: Sequence[str]) -> bool:
    """« 92, Rueil-Malmaison » may be all of the département, or Rueil that is in it."""
    return len(one) != len(other) and not set(one).isdisjoint(other)


def _of_item(item: str, *, in_paris: bool) -> Sequence[str]:
    """The communes of an item, or an arrondissement of Paris; nothing when it is not sure."""
    bare = _WHOLE.fullmatch(item)
    # « La Courneuve » keeps its article, « la Seine-Saint-Denis » does not.
    ways = (item, _TO.sub("", item), bare[1] if bare else item)
    return (
        next(filter(None, map(_named, ways)), ())
        or _arrondissement(item, in_paris=in_paris)
        or next(filter(None, map(_with_code, ways)), ())
    )


def _named(name: str) -> Sequence[str]:
    """The communes that a name stands for; a usual short one must be that of one place."""
    known = _names().get(name)
    if known:
        return known
    short = lieux_nommes.communes_called(name)
    return short if len(short) == 1 else ()


def _with_code(item: str) -> Sequence[str]:
    """The commune of a name beside its postcode or its département, which must agree."""
    found = _WITH_CODE.fullmatch(item)
    code = found and (found["before"] or found["after"])
    if not found or not code or (found["before"] and found["after"]):
        return ()
    named = _named(found["name"].strip())
    if len(code) < _POSTCODE:
        return named if all(one.startswith(code) for one in named) else ()
    places = territoire.places_of_postcode(code)
    if len(places) == 1 and named == (PARIS,) and code.startswith("75"):
        return (places[0].code,)
    # A postcode that is not all of its commune narrows it: of what, the zone could not say.
    one = territoire.resolve(named[0]) if len(named) == 1 else None
    return named if one is not None and one.commune.codes_postaux == (code,) else ()


def _arrondissement(item: str, *, in_paris: bool) -> Sequence[str]:
    """« Paris 11e », « 11e » (no other town has any), and after it « 12 » alone."""
    found = re.fullmatch(r"(paris )?(\d{1,2})(er|e|eme|ieme)?(?: arr(?:ondissements?|\.)?)?", item)
    number = int(found[2]) if found and (found[1] or found[3] or in_paris) else 0
    return (f"751{number:02}",) if 1 <= number <= 20 else ()  # noqa: PLR2004 those of Paris


@cache
def _names() -> Mapping[str, Sequence[str]]:
    """The communes that a folded name stands for."""
    every = territoire.communes()
    wide = {
        name: tuple(one.code for one in every if one.departement in within)
        for name, within in _DEPARTEMENTS.items()
    }
    wide |= {
        fold(ept.nom): tuple(one.code for one in every if one.territoire == ept.code)
        for ept in territoire.territoires()
    }
    wide |= dict.fromkeys((*_METROPOLE, *_WIDER), tuple(one.code for one in every)) | {
        "75": (PARIS,)
    }
    named = {fold(commune.nom): (commune.code,) for commune in every}
    found = wide | named
    return (
        found
        | {" ".join(words(name)): codes for name, codes in found.items()}
        | {name.replace(" ", "-"): codes for name, codes in wide.items()}
    )
