"""From a record to a line for COPY: what is kept of a shop, who it is, what was found in it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final

import orjson

from services.commerces import taxonomie
from services.commerces.colonnes import HORAIRES
from services.commerces.imports import detail, listes, nettoyage, positions, sirene
from services.commerces.imports.constats import MAX_SHOWN, Constat, statut
from services.commerces.imports.contacts import contacts
from services.commerces.imports.dates import jour
from services.commerces.imports.fichier import Enregistrement, Valeurs
from services.commerces.imports.identite import Identite, identite, siret
from services.commerces.imports.positions import Situation
from shared.schemas.commerces_valeurs import Modalite

NOM_MAX: Final = 120
TEXTE_MAX: Final = 2_000
NULL: Final = r"\N"
MEMO: Final = 4_096
"""Distinct cells remembered a column: columns repeat themselves."""
LUES: Final = (
    "ligne",
    "statut",
    "action",
    "cle",
    "siret",
    "nom_cle",
    "lieu_cle",
    "nom",
    "enseigne",
    "naf_rev2",
    "naf_2025",
    "adresse",
    "complement",
    "code_postal",
    "lon",
    "lat",
    "code_commune",
    "code_arrondissement",
    "territoire",
    "categories",
    "description",
    "labels",
    "paiements",
    "accessibilites",
    "langues",
    "contacts",
    *HORAIRES,
    "verifie_le",
    "modalites",
    "constats",
    "empreinte",
)
"""Columns of the staging table."""
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_categories = lru_cache(maxsize=MEMO)(listes.categories)
_modalites = lru_cache(maxsize=MEMO)(listes.modalites)
_choix = lru_cache(maxsize=MEMO)(listes.choix)
_naf = lru_cache(maxsize=MEMO)(listes.naf)


@dataclass(frozen=True)
class Lecteur:
    """Reads the records of one file for one sender."""

    colonnes: frozenset[str]
    aujourd_hui: date
    sirene: bool = False
    par_defaut: Modalite | None = None
    """Modality of the lines that tell none."""
    sol: Collection[str] | None = None
    """Communes and arrondissements that the sender answers for; None for all."""
    _propres: Mapping[str, Mapping[str, str]] = field(init=False, default_factory=dict)
    """By modality, the columns of the file that are its own, and what each tells."""

    def __post_init__(self) -> None:
        for modalite in Modalite:
            prefix = f"{modalite}_"
            own = {c: c.removeprefix(prefix) for c in self.colonnes if c.startswith(prefix)}
            object.__setattr__(self, "_propres", {**self._propres, modalite: own})

    def lire(self, record: Enregistrement) -> str:
        """A line for COPY, without its end."""
        if record.valeurs is None:
            return _rejected(record.numero, [Constat("CELL", None)], None)
        valeurs = record.valeurs
        constats: list[Constat] = []
        found, action = self._read(valeurs, constats)
        who = found.pop("identite")
        if self.sirene:
            action, refusal = sirene.judge(valeurs)
            constats += refusal
        if action is None or statut(constats) == "rejete":
            return _rejected(record.numero, constats, who, action=action, nom=found["nom"])
        return _accepted(record.numero, found, who, constats)

    def _read(self, valeurs: Valeurs, constats: list[Constat]) -> tuple[dict[str, Any], str | None]:
        if self.sirene:
            valeurs = valeurs | sirene.named(valeurs)
        cells = {name: _text(value) for name, value in valeurs.items()}
        nom = _line(constats, cells, "nom", NOM_MAX)
        adresse = _line(constats, cells, "adresse", NOM_MAX)
        postcode = _line(constats, cells, "code_postal", 10)
        situation = positions.situer(valeurs, adresse, postcode)
        constats += situation.constats
        number, said = siret(cells.get("siret", ""))
        constats += said
        self._check(nom, situation, constats)
        who = identite(
            cells,
            nom=nom,
            adresse=situation.adresse,
            code_postal=situation.code_postal,
            siret=number,
        )
        found: dict[str, Any] = {"identite": who, "nom": nom}
        if situation.place is not None:
            found |= self._described(valeurs, cells, situation, constats)
        return found, "garder"

    def _check(self, nom: str | None, situation: Situation, constats: list[Constat]) -> None:
        """What a listing cannot do without, and where its sender may write."""
        for column, value in (("nom", nom), ("adresse", situation.adresse)):
            if value is None:
                constats.append(Constat("OBLI", column))
        if nom is not None and len(nom) > 3 and nom.isupper():  # noqa: PLR2004 « BHV » is a name
            constats.append(Constat("MAJU", "nom", nom, nom))
        place = situation.place
        if place is not None and self.sol is not None:
            commune, arrondissement, _ = place.lieu
            if commune not in self.sol and arrondissement not in self.sol:
                constats.append(Constat("TERR", "position", commune))

    def _described(
        self,
        valeurs: Valeurs,
        cells: dict[str, str],
        situation: Situation,
        constats: list[Constat],
    ) -> dict[str, Any]:
        """The columns of the listing, of its establishment and of its premises."""
        place = situation.place
        assert place is not None
        description, hours = _texts(cells, constats)
        naf = _naf(cells.get("naf", ""), cells.get("naf_2025", ""))
        constats += naf.constats
        return {
            "enseigne": _line(constats, cells, "enseigne", NOM_MAX),
            "naf": naf.valeurs,
            "adresse": situation.adresse,
            "complement": _line(constats, cells, "complement", NOM_MAX),
            "code_postal": situation.code_postal,
            "place": place,
            "categories": _categories_of(cells, naf.valeurs, constats),
            "description": description,
            **{
                name: self._list(name, cells, constats)
                for name in listes.LISTES
                if name != "canaux"
            },
            "langues": self._list("langues", cells, constats),
            "contacts": contacts(cells, constats),
            "heures": hours,
            "verifie_le": jour(cells.get("verifie_le", ""), self.aujourd_hui, constats),
            "modalites": self._modalites(valeurs, cells, constats),
        }

    def _list(self, name: str, cells: dict[str, str], constats: list[Constat]) -> tuple[str, ...]:
        value = cells.get(name)
        if not value:
            return ()
        read = listes.langues(value) if name == "langues" else _choix(name, name, value)
        return _take_choice(constats, read)

    def _modalites(
        self, valeurs: Valeurs, cells: dict[str, str], constats: list[Constat]
    ) -> list[dict[str, Any]]:
        """Modalities named in one cell, in a column of their own, or by what they detail."""
        named = cells.get("modalites")
        kept = dict.fromkeys(_take_choice(constats, _modalites(named)) if named else ())
        refused = set()
        details: dict[str, dict[str, Any]] = {}
        for genre, own in self._propres.items():
            if genre in cells:
                said, told = listes.oui_non(genre, cells[genre])
                constats += told
                kept |= {genre: None} if said else {}
                refused |= {genre} if said is False else set()
            details[genre] = {name: valeurs[c] for c, name in own.items() if c in valeurs}
            if details[genre]:
                kept[genre] = None
        genres = [genre for genre in kept if genre not in refused] or self._default(constats)
        read = []
        for genre in genres:
            columns, found = detail.modalite(genre, details[genre])
            read.append(columns)
            constats += found
        return read

    def _default(self, constats: list[Constat]) -> list[str]:
        if self.par_defaut is not None:
            constats.append(Constat("MODD", "modalites", None, self.par_defaut))
            return [self.par_defaut]
        if not self.sirene:
            constats.append(Constat("MODA", "modalites"))
        return []


def _text(value: Any) -> str:
    """A value of JSON as a cell of CSV would hold it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return "" if value is None else str(value)


def _line(constats: list[Constat], cells: dict[str, str], name: str, limit: int) -> str | None:
    value = cells.get(name)
    return _take(constats, nettoyage.ligne(name, value, limit)) if value else None


def _take(constats: list[Constat], lu: nettoyage.Lu) -> str | None:
    if lu.constats:
        constats += lu.constats
    return lu.valeur


def _take_choice(constats: list[Constat], choice: listes.Choix) -> tuple[str, ...]:
    if choice.constats:
        constats += choice.constats
    return choice.valeurs


def _categories_of(
    cells: dict[str, str], naf: tuple[str, ...], constats: list[Constat]
) -> tuple[str, ...]:
    named = cells.get("categories")
    if named:
        return _take_choice(constats, _categories(named))
    found = taxonomie.of_naf(list(naf))
    if found is None:
        constats.append(Constat("CATE", "categories", None, listes.AUTRE))
    return (found or listes.AUTRE,)


def _texts(cells: dict[str, str], constats: list[Constat]) -> tuple[str | None, detail.Heures]:
    """The description, and the hours: of their own column, else those that a text tells."""
    read = [
        _take(constats, nettoyage.texte(name, cells[name], TEXTE_MAX))
        for name in ("description", "precisions")
        if name in cells
    ]
    texts = list(dict.fromkeys(text for text in read if text))
    hours = detail.Heures()
    if "horaires" in cells:
        hours = detail.heures("horaires", cells["horaires"])
    else:
        told = (detail.heures_de_description("description", text) for text in reversed(texts))
        hours = next((one for one in told if one.horaires or one.texte), hours)
    constats += hours.constats
    return "\n".join(texts)[:TEXTE_MAX] or None, hours


def _accepted(numero: int, found: dict[str, Any], who: Identite, constats: list[Constat]) -> str:
    place, hours, naf = found["place"], found["heures"], listes.naf_by_kind(found["naf"])
    content = "\t".join(
        (
            _escaped(found["nom"]),
            _escaped(found["enseigne"]),
            naf.naf_rev2 or NULL,
            naf.naf_2025 or NULL,
            _escaped(found["adresse"]),
            _escaped(found["complement"]),
            _escaped(found["code_postal"]),
            f"{place.lon}\t{place.lat}",
            place.lieu.code_commune,
            place.lieu.code_arrondissement or NULL,
            place.lieu.territoire,
            _array(found["categories"]),
            _escaped(found["description"]),
            _array(found["labels"]),
            _array(found["paiements"]),
            _array(found["accessibilites"]),
            _array(found["langues"]),
            _json(found["contacts"]),
            _json(hours.horaires) if hours.horaires else NULL,
            _escaped(hours.osm),
            _escaped(hours.texte),
            found["verifie_le"] or NULL,
            _json(found["modalites"]),
        )
    )
    digest = blake2b(f"{who.siret}\t{content}".encode(), digest_size=16).hexdigest()
    head = f"{numero}\t{statut(constats)}\tgarder\t{_identity(who)}"
    return f"{head}\t{content}\t{_findings(constats)}\t{digest}"


_NOTHING: Final = "\t".join((NULL,) * (LUES.index("modalites") - LUES.index("nom")))


def _rejected(
    numero: int,
    constats: list[Constat],
    who: Identite | None,
    *,
    action: str | None = None,
    nom: str | None = None,
) -> str:
    """Kept by its identity alone: a shop whose new line is wrong keeps its last good one."""
    known = _identity(who) if who and (who.nom_cle or who.siret) else "\t".join((NULL,) * 4)
    act = action if action in sirene.ACTIONS else NULL
    head = f"{numero}\trejete\t{act}\t{known}\t{_escaped(nom)}"
    return f"{head}\t{_NOTHING}\t{_findings(constats)}\t{NULL}"


def _identity(who: Identite) -> str:
    return "\t".join((_escaped(who.cle), who.siret or NULL, who.nom_cle, who.lieu_cle))


def _findings(constats: list[Constat]) -> str:
    if not constats:
        return "[]"
    return _json([[_shown(part) for part in constat] for constat in constats])


def _shown(part: str | None) -> str | None:
    return part if part is None else part[:MAX_SHOWN].replace("\0", "")


def _array(words: Collection[str]) -> str:
    """Our words are letters, digits and _ alone."""
    return f"{{{','.join(words)}}}"


def _json(value: Any) -> str:
    # JSON writes tabs and line breaks with a backslash: nothing else is to be escaped.
    return orjson.dumps(value).decode().replace("\\", r"\\")


def _escaped(value: str | None) -> str:
    if value is None:
        return NULL
    if value.isprintable() and "\\" not in value:
        return value
    return value.translate(_ESCAPES)
