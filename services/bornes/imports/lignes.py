"""From the cells of a row to a line for COPY: its status, its identity, what was found in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from typing import Generic, NamedTuple, TypeVar

import orjson

from services.bornes.imports.fichier import FichierRefuse, Ligne
from services.bornes.insee import Situation, situer
from services.bornes.irve import CODES, COLONNES, NOMS, NON_CONCERNE, Colonne, Formule, lire

MEMO = 4_096
"""Distinct received texts remembered a column: columns repeat themselves."""
MAX_SHOWN = 500
"""Characters of a received text kept in a report."""
NULL = r"\N"

_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_INSEE = NOMS.index("code_insee_commune")
_XY = NOMS.index("coordonneesXY")
_PRISES = [nom for nom in NOMS if nom.startswith("prise_type_")]
_FAKE_PDL = {"00000000000000", "012345678987654", "11111111111111", "99999999999999"}
_PDL_DIGITS = 14
_FAST_KW = 50.0
_PREFIX = 5
"""Length of an AFIREV operator prefix: FR + 3 characters."""


Key = TypeVar("Key")
Value = TypeVar("Value")


class ConstatLigne(NamedTuple):
    """A finding at its place in the file."""

    ligne: int
    colonne: str | None
    code: str
    recu: str | None = None
    retenu: str | None = None

    def copie(self) -> str:
        recu = self.recu[:MAX_SHOWN] if self.recu else None
        cells = (self.colonne, self.code, recu, self.retenu)
        return "\t".join((str(self.ligne), *map(_escaped, cells)))


class LigneLue(NamedTuple):
    """A row as it goes to the staging table, in the order of `sql.LUES`."""

    copie: str
    constats: Sequence[ConstatLigne]


class _Lu(NamedTuple):
    """A cell read: its text for COPY, its value, its findings (column, code, received, kept)."""

    copie: str
    valeur: str | None
    constats: Sequence[tuple[str, str, str, str | None]]


class _Memo(dict[Key, Value], Generic[Key, Value]):
    """A bounded cache that fills itself."""

    def __init__(self, compute: Callable[[Key], Value]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: Key) -> Value:
        if len(self) >= MEMO:
            self.clear()
        value = self[key] = self._compute(key)
        return value


class Lecteur:
    """Reads the rows of one producer's file."""

    def __init__(self, producteur: str) -> None:
        self._producteur = producteur
        self._memos = [_Memo[str, _Lu](partial(_lu, colonne)) for colonne in COLONNES]
        self._situations = _Memo[tuple[str, str | None], Situation](_situation)

    def lire(self, ligne: Ligne) -> LigneLue:
        if not ligne.cellules:
            return _rejected(ligne.numero, None, [ConstatLigne(ligne.numero, None, "CELL")])
        try:
            lus = [memo[cell] for memo, cell in zip(self._memos, ligne.cellules, strict=True)]
        except Formule as formule:
            raise _formula(ligne) from formule
        numero = ligne.numero
        constats = [
            ConstatLigne(numero, *constat) for lu in lus if lu.constats for constat in lu.constats
        ]
        valeurs = dict(zip(NOMS, [lu.valeur for lu in lus], strict=True))
        constats += _between_cells(numero, valeurs)
        identity = self._identity(valeurs)
        if any(CODES[constat.code].gravite == "erreur" for constat in constats):
            return _rejected(numero, identity, constats)
        return self._placed(numero, lus, constats, identity)

    def _placed(
        self,
        numero: int,
        lus: Sequence[_Lu],
        constats: list[ConstatLigne],
        identity: tuple[str, str],
    ) -> LigneLue:
        """Complete a row without error by its place."""
        declare = lus[_INSEE].valeur
        code_insee, lieu, code = self._situations[lus[_XY].copie, declare]
        if code:
            kept = code_insee if _is_repair(code) else None
            constats.append(ConstatLigne(numero, NOMS[_INSEE], code, declare, kept))
        copies = [lu.copie for lu in lus]
        copies[_INSEE] = code_insee or NULL
        content = "\t".join((*identity, *copies, *(c or NULL for c in lieu or (NULL,) * 3)))
        recu = {
            constat.colonne: constat.recu and constat.recu[:MAX_SHOWN]
            for constat in constats
            if _is_repair(constat.code)
        }
        return LigneLue(
            "\t".join(
                (
                    str(numero),
                    "repare" if recu else "accepte",
                    content,
                    _escaped(orjson.dumps(recu).decode()) if recu else NULL,
                    blake2b(content.encode(), digest_size=16).hexdigest(),
                )
            ),
            constats,
        )

    def _identity(self, valeurs: Mapping[str, str | None]) -> tuple[str, str]:
        """Ids of the point and of its station; derived for those outside roaming."""
        pdc, station = valeurs["id_pdc_itinerance"], valeurs["id_station_itinerance"]
        if station == NON_CONCERNE:
            local = valeurs["id_station_local"]
            place = (local,) if _real(local) else (valeurs["nom_station"], valeurs["coordonneesXY"])
            station = _derived(self._producteur, "station", *place)
        if pdc == NON_CONCERNE:
            pdc = _derived(self._producteur, "pdc", station, valeurs["id_pdc_local"])
        return pdc or NULL, station or NULL


def _lu(colonne: Colonne, recu: str) -> _Lu:
    valeur, constats = lire(colonne, recu)
    if colonne.type == "geopoint":  # two columns of the table
        copie = "\t".join(_lon_lat(valeur)) if valeur else f"{NULL}\t{NULL}"
    else:
        copie = _escaped(valeur)
    return _Lu(copie, valeur, [(colonne.name, *constat) for constat in constats])


def _lon_lat(valeur: str) -> list[str]:
    return valeur[1:-1].split(",")


def _situation(key: tuple[str, str | None]) -> Situation:
    copie, declare = key
    lon, lat = copie.split("\t")
    return situer(float(lon), float(lat), declare)


def _between_cells(numero: int, valeurs: Mapping[str, str | None]) -> Iterator[ConstatLigne]:
    """What only several cells of a row tell."""
    pdc, station = valeurs["id_pdc_itinerance"], valeurs["id_station_itinerance"]
    if pdc == NON_CONCERNE:
        if not _real(valeurs["id_pdc_local"]):
            yield ConstatLigne(numero, "id_pdc_local", "NCSL", valeurs["id_pdc_local"])
    elif pdc and station not in (None, NON_CONCERNE) and pdc[:_PREFIX] != station[:_PREFIX]:
        yield ConstatLigne(numero, "id_pdc_itinerance", "PREF", f"{pdc} / {station}")
    if "true" not in [valeurs[prise] for prise in _PRISES]:
        yield ConstatLigne(numero, "prise_type_ef", "PRIS")
    if valeurs["raccordement"] != "Indirect" and _is_fast(valeurs):
        yield from _delivery_point(numero, valeurs["num_pdl"])


def _is_fast(valeurs: Mapping[str, str | None]) -> bool:
    return (
        valeurs["prise_type_combo_ccs"] == "true"
        or valeurs["prise_type_chademo"] == "true"
        or float(valeurs["puissance_nominale"] or 0) >= _FAST_KW
    )


def _delivery_point(numero: int, num_pdl: str | None) -> Iterator[ConstatLigne]:
    if num_pdl is None or num_pdl in _FAKE_PDL or " " in num_pdl or "NA" in num_pdl:
        yield ConstatLigne(numero, "num_pdl", "PDLM", num_pdl)
    if num_pdl and not (num_pdl.isdecimal() and len(num_pdl) == _PDL_DIGITS):
        yield ConstatLigne(numero, "num_pdl", "NE10", num_pdl)


def _rejected(
    numero: int, identity: tuple[str, str] | None, constats: Sequence[ConstatLigne]
) -> LigneLue:
    """Kept by its id alone: a point whose new version is wrong keeps its last good one."""
    known = identity[0] if identity else NULL
    return LigneLue("\t".join((str(numero), "rejete", known, *_NOTHING)), constats)


_NOTHING = (NULL,) * (1 + len(NOMS) + 1 + 3 + 2)
"""station_id, the columns (coordinates are two), the place, recu, empreinte."""


def _is_repair(code: str) -> bool:
    return CODES[code].gravite == "reparation"


def _formula(ligne: Ligne) -> FichierRefuse:
    colonne = next(
        nom for nom, cell in zip(NOMS, ligne.cellules, strict=True) if cell.strip().startswith("=")
    )
    return FichierRefuse(
        f"Une cellule contient une formule de tableur (ligne {ligne.numero}, colonne {colonne}) : "
        "rien du fichier n’est pris. Remplacez la formule par sa valeur.",
        ligne=ligne.numero,
        colonne=colonne,
    )


def _real(local: str | None) -> bool:
    return local is not None and local.casefold() != NON_CONCERNE.casefold()


def _derived(*parts: str | None) -> str:
    """NC + lower case digits: no id of the standard looks like it."""
    return "NC" + blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()


def _escaped(valeur: str | None) -> str:
    if valeur is None:
        return NULL
    if valeur.isprintable() and "\\" not in valeur:
        return valeur
    return valeur.translate(_ESCAPES)
