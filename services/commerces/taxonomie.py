"""The tree of categories and what it corresponds to elsewhere (taxonomie.csv)."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from services.commerces.mots import GENERIQUES, VIDES, singulier
from services.commerces.mots import words as words_of
from services.commerces.naf import sort_codes
from services.commerces.phrases import runs
from shared.problems import InvalidBody, InvalidParameter
from shared.schemas.commerces_taxonomie import Categorie
from shared.transfers import tables

_LISTS: Final = ("synonymes", "osm", "naf_rev2", "naf_2025")


@cache
def _rows() -> list[dict[str, str]]:
    return tables.rows(Path(__file__).with_name("taxonomie.csv"))


@cache
def categories() -> Mapping[str, Categorie]:
    """Every category by its code, parents first."""
    return {
        row["code"]: Categorie(
            code=row["code"],
            nom=row["nom"],
            parent=row["parent"] or None,
            schema_org=row["schema_org"],
            **{name: list(tables.words(row[name])) for name in _LISTS},
        )
        for row in _rows()
    }


def asked(code: str) -> str:
    """A category that a query names; InvalidParameter when there is none of this code."""
    if code not in categories():
        raise InvalidParameter(
            "categorie", f"{code} n'est pas une catégorie ; voir /v1/commerces/taxonomie."
        )
    return code


def check_written(codes: Iterable[str]) -> None:
    """Let only categories through, in the member `categories` of a body; else InvalidBody."""
    for n, code in enumerate(codes):
        if code not in categories():
            raise InvalidBody.at(
                f"#/categories/{n}", f"{code} n'est pas une catégorie de la taxonomie."
            )


@cache
def numbers() -> Mapping[str, int]:
    """The place of each category in the tree: a category comes before what it holds."""
    return {code: number for number, code in enumerate(categories())}


@cache
def lineage(code: str) -> tuple[str, ...]:
    """A category and all those it is part of, from the nearest to the root."""
    parent = categories()[code].parent
    return (code, *lineage(parent)) if parent else (code,)


@cache
def within(code: str) -> frozenset[str]:
    """A category and all it holds."""
    return frozenset(other for other in categories() if code in lineage(other))


def words(code: str) -> list[str]:
    """The name of a category and its synonyms."""
    own = categories()[code]
    return [own.nom, *own.synonymes]


@cache
def _by_name() -> Mapping[str, str]:
    """Codes by the names that our taxonomy and other directories give to categories.

    A synonym of several categories is what they are all part of, if anything.
    """
    names = {singulier(row["nom"]): row["code"] for row in _rows()}
    for row in _rows():
        for name in (row["code"], *tables.words(row["appellations"])):
            names.setdefault(singulier(name), row["code"])
    meant: dict[str, list[str]] = {}
    for row in _rows():
        for name in tables.words(row["synonymes"]):
            meant.setdefault(singulier(name), []).append(row["code"])
    shared = {name: _shared(codes) for name, codes in meant.items()}
    return _by_tag() | {name: code for name, code in shared.items() if code} | names


def _by_tag() -> dict[str, str]:
    """Codes by the value of the one tag that OpenStreetMap gives them: `bakery`."""
    found: dict[str, str] = {}
    for row in _rows():
        for tag in tables.words(row["osm"]):
            if "+" not in tag:
                found.setdefault(singulier(tag.partition("=")[2].replace("_", " ")), row["code"])
    return found


def _shared(codes: list[str]) -> str | None:
    """The nearest category that others are, or are part of."""
    first, *others = codes
    return next((one for one in lineage(first) if all(one in lineage(o) for o in others)), None)


@cache
def _by_naf() -> Mapping[str, str]:
    return {
        naf: category.code
        for category in categories().values()
        for naf in (*category.naf_rev2, *category.naf_2025)
    }


def of_name(name: str) -> str | None:
    """The category that a directory means by a name or a synonym, whatever its accents and case."""
    return _by_name().get(singulier(name))


def of_words(text: str) -> tuple[str, ...]:
    """The categories that a text is made of, when each of its words tells one.

    « Bar-Tabac », « Restaurant chinois » (the nearest of the two), « Vente de vins » (which needs
    no first word), « Artisan boulanger » (a whole branch adds nothing to a category). One word
    that is not understood and there is none.
    """
    told, found = words_of(text), dict[str, None]()
    for run, code in runs(told, _meant, _NOM_MAX):
        if code is not None:
            found[code] = None
        elif told[run.start] not in _BESIDE:
            return ()
    wider = {other for code in found for other in lineage(code)[1:]}
    kept = [code for code in found if code not in wider]
    return tuple([code for code in kept if code not in _branches()] or kept)


_POUR_QUI: Final = frozenset(
    words_of(
        "femme femmes feminin feminine homme hommes masculin masculine mixte dame dames enfant"
        " enfants junior jeunesse adulte adultes independant independante"
    )
)
"""Words that say for whom a shop is, or whose: « Vêtements femme », « Librairie jeunesse »."""
_D_OU: Final = frozenset(
    words_of(
        "italien italienne italiens italiennes japonais japonaise japonaises asiatique asiatiques"
        " portugais portugaise portugaises espagnol espagnole espagnols espagnoles africain"
        " africaine africains africaines antillais antillaise antillaises creole creoles russe"
        " russes polonais polonaise polonaises oriental orientale orientaux orientales exotique"
        " exotiques mexicain mexicaine mexicains mexicaines breton bretonne bretons bretonnes corse"
        " corses basque basques alsacien alsacienne savoyard savoyarde auvergnat auvergnate"
        " regional regionale regionaux regionales local locale locaux locales artisanal artisanale"
        " artisanaux artisanales evenementiel evenementielle"
    )
)
"""Words that say whence things come or how they are made: « Épicerie italienne ». Those that name
a category, as « mexicain » does, still do."""
_UNTOLD: Final = VIDES | GENERIQUES | _POUR_QUI
"""Words that name no category on their own."""
_BESIDE: Final = _UNTOLD | _D_OU
"""Words that may stand beside the name of one."""


def _meant(name: Sequence[str]) -> str | None:
    """The category that words name together."""
    return None if len(name) == 1 and name[0] in _UNTOLD else of_name(" ".join(name))


_NOM_MAX: Final = 5
"""Words of a name that stands among others, at most; the longest ones stand alone."""


@cache
def _by_tags() -> Mapping[frozenset[str], str]:
    """Codes by the tags that OpenStreetMap gives them together, those of most tags first."""
    found = {
        frozenset(tags.split("+")): code
        for code, category in categories().items()
        for tags in category.osm
    }
    return dict(sorted(found.items(), key=lambda one: len(one[0]), reverse=True))


def of_tags(tags: Iterable[str]) -> str | None:
    """The category of what OpenStreetMap tags so (`shop=bakery`); the narrowest, None if none."""
    asked = frozenset(tags)
    return next((code for own, code in _by_tags().items() if own <= asked), None)


@cache
def _branches() -> frozenset[str]:
    """What the tree begins with, and the category of what has none."""
    return frozenset(code for code, one in categories().items() if one.parent is None)


def of_naf(codes: list[str]) -> str | None:
    """The category of an establishment's activity; None when it is that of no shop of ours."""
    found = (_by_naf().get(code) for code in sort_codes(codes) if code)
    return next(filter(None, found), None)
