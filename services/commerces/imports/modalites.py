"""Which modalities a line says that a shop offers, which it denies, and what each tells of itself.

Words are read whole. What is denied (« pas de livraison », « livraison : non ») is never taken,
and what is in doubt (« livraison bientôt ») is left out: both are said.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from services.commerces.imports import detail, etendues
from services.commerces.imports.constats import Constat
from services.commerces.imports.copie import en_json
from services.commerces.imports.listes import CROIX, NON, oui_non, parts
from services.commerces.imports.memoire import memo
from services.commerces.imports.nettoyage import en_texte, is_absent
from services.commerces.mots import fold, words
from services.commerces.zones import CHEZ_LE_CLIENT
from shared.schemas.commerces_valeurs import Modalite
from shared.schemas.commun import slug

CELLULE_MAX: Final = 2_000
"""Characters of the longest cell that may be a list of modalities."""
_WORDS: Final = (
    (r"drives?", Modalite.DRIVE),
    (
        r"points? (?:de )?collecte|collecte(?! en (?:magasin|boutique))|(?:points? )?relais",
        Modalite.POINT_COLLECTE,
    ),
    (r"depannages?|urgences?", Modalite.DEPANNAGE_URGENCE),
    (
        r"livraisons?|livrons|livree?s? (?:a domicile|chez vous)|portage a domicile|delivery",
        Modalite.LIVRAISON,
    ),
    (
        (
            r"retraits?|collecte en magasin|emporter|click(?:collect)?|comptoir|sur place|boutique"
            r"|take ?away"
        ),
        Modalite.COMPTOIR,
    ),
)
"""Words that tell a modality, the most telling first: « retrait au drive » is a drive."""
_MODALITES: Final = tuple((re.compile(rf"\b(?:{told})\b"), which) for told, which in _WORDS)
_ONE: Final = (
    {Modalite.DRIVE, Modalite.COMPTOIR},
    {Modalite.POINT_COLLECTE, Modalite.COMPTOIR},
    {Modalite.POINT_COLLECTE, Modalite.LIVRAISON},
)
"""Words of two modalities that tell one: « livraison en point relais »."""
_COLLECT: Final = re.compile(
    r"\bclick?[ -]?(?:&|\+|-|and|et|n)?[ -]?collecte?\b|\bclique[rz]?[ -](?:et[ -])?retire[rz]?\b"
)
_HARMLESS: Final = re.compile(
    r"\bsans (?:contact|frais|supplement|minimum|rendez[ -]vous|engagement)\b|\bnon[ -]?stop\b"
    r"|\b(?:la|notre) ferme\b"
)
_PLAIN: Final = frozenset(
    words(
        "a au aux chez client clients commande commandes d de des disponible domicile du en et la"
        " le les magasin nos notre oui ou par place possible pour produits seulement service"
        " services sur uniquement vente vos votre vous x"
    )
) | {""}
"""Words that add nothing to the name of a modality: what has others is worth a note."""
_NO: Final = r"non|no|off|false|faux|0"
_NOT: Final = (
    rf"{_NO}|impossibles?|indisponibles?|(?:suspendu|arrete|interrompu|interdit|ferme)(?:e?s?)"
)
_BEFORE: Final = re.compile(r"(?:pas|aucune?s?|sans|ni|plus|jamais)(?: de| d| la| les?| en)? ")
_AFTER: Final = re.compile(rf"(?<![ -])[ -]+(?:{_NOT})$")
_LATER: Final = "bientot|prochainement|a venir|en projet|a l etude|peut etre"
_DOUBT: Final = re.compile(rf"\b(?:{_NOT}|pas|aucune?s?|sans|ni|jamais|{_LATER})\b|^plus d[e ]|\?")
_WAITS: Final = re.compile(rf"\b(?:{_LATER})\b|\?|^(?:ou )?(?:oui|non)$")
"""What makes a yes one of another day, or no answer."""
_BARE_NO: Final = frozenset(_NO.split("|"))
_AND: Final = re.compile(r" (?:et|ou|puis|-) | ?[&+] ?")
_QUALIFIED: Final = re.compile(
    r"(oui|non|[x✓✔✅])(?!\w)\ufe0f?[\s,;:.(\-–—/]++((?:[\s)]*+[^\s)])*+)[\s)]*+", re.IGNORECASE
)
"""« Oui (à partir de 30 €) », « x (UberEats) »: an answer, then what it depends on."""
_ALONE: Final = re.compile("only|uniquement|seulement|exclusivement")
SEULE: Final = "Uniquement"
"""The note of what a line calls the only way to be served, which a yes alone would lose."""
_OFFERED: Final = re.compile(
    r"possibles?|disponibles?|(?:gratuite?|offerte?)s?(?: (?:des|a partir de) .+)?"
    r"|(?:a partir de|des|minimum) [0-9]+ ?(?:€|eur|euros?)(?: .+)?"
    r"|(?:(?:via|par|avec|sur) )?(?:uber ?eats?|deliveroo|just ?eat|stuart|epicery)(?: .+)?"
)
"""What only a yes says, in the column of a modality: « À partir de 30 € », « Deliveroo »."""
_NAME: Final = re.compile(r"^(?:livraisons?|d[ée]pannages?)(?: [àa] domicile)?\b", re.IGNORECASE)
_PLACE: Final = re.compile(r"[^\W\d]|\d{5}")
"""A bare « 93 » may be a number of anything."""
_MARKS: Final = re.compile(r"[^a-z0-9?&+€-]+")
_CROSS_FIRST: Final = re.compile(rf"\A\s*{CROIX.pattern}(?=.*\w)")


Valeurs = Mapping[str, Any]
Cells = Mapping[str, str]


class Dites(NamedTuple):
    """What a cell says of the modalities."""

    offertes: tuple[str, ...] = ()
    refusees: tuple[str, ...] = ()
    constats: tuple[Constat, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    """What some depend on, as it was written: « Livraison le samedi uniquement »."""


RIEN: Final = Dites()


def of_text(value: str) -> Dites:
    """Modalities told in our words or in those of other directories."""
    if is_absent(value):
        return Dites(constats=(Constat("NULX", "modalites", value),))
    if len(value) > CELLULE_MAX:
        return Dites(constats=(Constat("VALI", "modalites", value),))
    written = parts(value)
    items = [_plain(part) for part in written]
    if not _BARE_NO.isdisjoint(items):
        # « Non » denies all; after another item, who knows which.
        code = "MODN" if len(items) == 1 else "VALI"
        return Dites((), tuple(Modalite), (Constat(code, "modalites", value),))
    read = [_of_item(item) for item in items]
    offered = dict.fromkeys(one for item in read for one in item.offertes)
    denied = dict.fromkeys(one for item in read for one in item.refusees)
    unsure = not all(item.sure for item in read)
    said = _told(value, offered, denied, unsure=unsure)
    if unsure:
        # What belongs to what is not known, unless there is but one.
        alone = said.offertes if len(offered) == 1 else ()
        return said._replace(notes=tuple((one, value) for one in alone))
    notes = {
        one: part
        for part, plain, item in zip(written, items, read, strict=True)
        if item.offertes and _says_more(plain)
        for one in item.offertes
    }
    return said._replace(notes=tuple(notes.items()))


def _says_more(plain: str) -> bool:
    """Whether a text says more than the names of modalities."""
    for pattern, _ in _MODALITES:
        plain = pattern.sub(" ", plain)
    return any(word.strip("-?&+") not in _PLAIN for word in plain.split())


def of_object(value: Mapping[str, Any]) -> Dites:
    """`{"livraison": true, "drive": false}`."""
    offered: dict[str, None] = {}
    denied: dict[str, None] = {}
    unsure = False
    for name, said in value.items():
        found = _named(_plain(name))
        answer, _ = oui_non(name, en_texte(said))
        if not _is_one(found) or answer is None:
            unsure = True
        else:
            (offered if answer else denied)[found[0]] = None
    shown = en_texte(value)
    said_so = _told(shown, offered, denied, unsure=unsure)
    # A false is as plain as the absence of a name in a list: nothing is to be said of it.
    return said_so._replace(constats=tuple(c for c in said_so.constats if c.code != "MODN"))


def _told(
    value: str, offered: Mapping[str, None], denied: Mapping[str, None], *, unsure: bool
) -> Dites:
    """What is both offered and denied is neither sure nor taken."""
    both = offered.keys() & denied.keys()
    kept = tuple(one for one in offered if one not in both)
    shown = ", ".join(kept) or None
    constats = []
    if denied and not unsure and not both:
        constats.append(Constat("MODN", "modalites", value, shown))
    if unsure or both:
        constats.append(Constat("VALI", "modalites", value, shown))
    return Dites(kept, tuple(denied), tuple(constats))


class _Item(NamedTuple):
    """What an item of a list offers, what it denies, and whether all of it is understood."""

    offertes: Sequence[str]
    refusees: Sequence[str] = ()
    sure: bool = True


def _of_item(plain: str) -> _Item:
    said = _HARMLESS.sub("", plain)
    if not _DOUBT.search(said):
        pieces = [_named(one) for one in _AND.split(said) if one.strip(" -")]
        first = [found[0] for found in pieces if found]
        return _Item(first, (), bool(first) and all(map(_is_one, pieces)))
    rest = _AFTER.sub("", said)
    before = _BEFORE.match(rest)
    rest = rest[before.end() :] if before else rest
    found = _named(rest)
    clear = not (_DOUBT.search(rest) or _AND.search(rest)) and _is_one(found)
    # Denied or in doubt, it is not to be offered by default either.
    return _Item((), found[:1] if clear else found, clear)


def _is_one(found: Sequence[Modalite]) -> bool:
    return len(found) == 1 or set(found) in _ONE


def _plain(text: str) -> str:
    """Folded words with one space between; « click & collect » is one of them."""
    # « ❌ Livraison » and « Livraison ❌ » deny as words do.
    told = CROIX.sub(" non ", _CROSS_FIRST.sub("pas de ", text))
    return _COLLECT.sub("clickcollect", _MARKS.sub(" ", fold(told))).strip()


def _named(plain: str) -> list[Modalite]:
    """The modalities that a text names, the most telling first."""
    return [which for pattern, which in _MODALITES if pattern.search(plain)]


class Modalites:
    """Reads the modalities of the records of one file."""

    def __init__(
        self, columns: Iterable[str], par_defaut: Modalite | None, *, brouillon: bool
    ) -> None:
        """`brouillon`: a line may tell none, and nothing is said of it."""
        # In one order: what is kept of a line must not change from one process to the next.
        ordered = sorted(columns)
        self._propres = {
            genre: {c: c.removeprefix(f"{genre}_") for c in ordered if c.startswith(f"{genre}_")}
            for genre in Modalite
        }
        """By modality, the columns that are its own, and what each tells."""
        self._detaillees = frozenset(map(str, Modalite)).union(*self._propres.values())
        self._par_defaut = par_defaut
        self._brouillon = brouillon

    def lire(self, valeurs: Valeurs, cells: Cells, constats: list[Constat]) -> str:
        """Modalities named in one cell, in a column of their own, or by what they detail."""
        said = _dites(valeurs, cells, constats)
        if self._detaillees.isdisjoint(cells) and not said.notes:
            return _nues(said.offertes or self._default(said.refusees, constats))
        return en_json(self._detailed(said, valeurs, cells, constats))

    def _detailed(
        self,
        said: Dites,
        valeurs: Mapping[str, Any],
        cells: Cells,
        constats: list[Constat],
    ) -> list[dict[str, Any]]:
        offered, refused, notes = _answers(said, cells, constats)
        listed = bool(said.offertes or said.refusees)
        read: dict[str, dict[str, Any]] = {}
        for genre, own in self._propres.items():
            given = _given(own, valeurs, constats)
            if genre in notes:
                beside = _beside(genre, notes[genre])
                given = ({"note": notes[genre]} if "zone" in given else beside) | given
            if not given and genre not in offered:
                continue
            columns, found = detail.modalite(genre, given)
            if genre not in offered:
                expected = genre == self._par_defaut and not offered
                if listed or genre in refused or not (expected or _tells(genre, columns, given)):
                    # A list that is told in full wins: a price left in its column adds nothing.
                    name, value = next(iter(given.items()))
                    constats.append(Constat("MODE", f"{genre}_{name}", en_texte(value)))
                    continue
                offered.append(genre)
            read[genre] = columns
            constats += found
        genres = offered or self._default(refused, constats)
        return [read.get(genre) or detail.modalite(genre, {})[0] for genre in genres]

    def _default(self, refused: Collection[str], constats: list[Constat]) -> tuple[str, ...]:
        if self._par_defaut is not None and self._par_defaut not in refused:
            constats.append(Constat("MODD", "modalites", None, self._par_defaut))
            return (self._par_defaut,)
        if not self._brouillon:
            constats.append(Constat("MODA", "modalites"))
        return ()


def _dites(valeurs: Valeurs, cells: Cells, constats: list[Constat]) -> Dites:
    named = cells.get("modalites")
    if not named:
        return RIEN
    value = valeurs["modalites"]
    said = of_object(value) if isinstance(value, Mapping) else _of_text(named)
    if said.constats:
        constats += said.constats
    return said


def _answers(
    said: Dites, cells: Cells, constats: list[Constat]
) -> tuple[list[str], set[str], dict[str, str]]:
    """The modalities offered and those refused, the columns of yes and no included.

    Last, the notes that come with a yes.
    """
    offered, refused = dict.fromkeys(said.offertes), set(said.refusees)
    notes = dict(said.notes)
    for genre in Modalite:
        if genre in cells:
            answer, note, told = _answer(genre, cells[genre])
            constats += told
            if answer:
                offered[genre] = None
                notes |= {genre: note} if note else {}
            elif answer is False:
                refused.add(genre)
    return [genre for genre in offered if genre not in refused], refused, notes


def _answer(genre: str, value: str) -> tuple[bool | None, str | None, tuple[Constat, ...]]:
    """Yes, no or neither; what a yes depends on; and what had to be said of it."""
    if _ALONE.fullmatch(_plain(value)):
        return True, SEULE, ()
    qualified = _QUALIFIED.fullmatch(value.strip())
    if qualified is None or _WAITS.search(_plain(qualified[2])):
        answer, told = oui_non(genre, value)
        return (answer, None, told) if answer is not None else _by_name(genre, value, told)
    if qualified[1].lower() == "non":
        return False, None, (Constat("MODN", genre, value),)
    return True, qualified[2] if any(map(str.isalnum, qualified[2])) else None, ()


def _by_name(
    genre: str, value: str, told: tuple[Constat, ...]
) -> tuple[bool | None, str | None, tuple[Constat, ...]]:
    """The same of a cell that names the modality of its column: « Livraison gratuite »."""
    said = _of_text(value)
    if said.offertes == (genre,) and not (said.refusees or said.constats):
        return True, dict(said.notes).get(genre), ()
    if said.refusees == (genre,) and not said.offertes and told:
        return False, None, (Constat("MODN", genre, value),)
    plain = _HARMLESS.sub("", _plain(value))
    if _DOUBT.search(plain) and not is_absent(value):
        # « Suspendue », « bientôt »: not to be offered by default either.
        return False, None, told
    if _OFFERED.fullmatch(plain) or "zone" in _beside(genre, value):
        return True, value if _says_more(plain) else None, ()
    return None, None, told


def _beside(genre: str, note: str) -> dict[str, str]:
    """What comes with a yes, as the detail that it is: where, else a note."""
    rest = _NAME.sub("", note).strip(" ():,-–")
    # Of what goes somewhere, a place beside its name, or in place of a yes, is where.
    if genre in CHEZ_LE_CLIENT and _PLACE.search(rest) and etendues.lire(rest):
        return {"zone": rest}
    return {"note": note}


def _given(own: Mapping[str, str], valeurs: Valeurs, constats: list[Constat]) -> dict[str, Any]:
    """What the columns of a modality hold; what says that there is nothing tells nothing."""
    given: dict[str, Any] = {}
    for column, name in own.items():
        if column in valeurs:
            value = valeurs[column]
            if isinstance(value, str) and is_absent(value):
                constats.append(Constat("NULX", column, value))
            else:
                given[name] = value
    return given


def _tells(genre: str, columns: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether something is kept of it that is more than « 0 », « non » or « pas de livraison »."""
    # A note made of a price that nobody can read tells no more than the price would.
    none = {"genre"} if {"note", "zone"} & given.keys() else {"genre", "note"}
    kept = any(value for name, value in columns.items() if name not in none)
    return kept and any(
        slug(text) not in NON and genre not in _of_text(text).refusees
        for text in map(en_texte, given.values())
    )


_of_text = memo(of_text)


@cache
def _nues(genres: tuple[str, ...]) -> str:
    """Modalities of which nothing more is told."""
    return en_json([detail.modalite(genre, {})[0] for genre in genres])
