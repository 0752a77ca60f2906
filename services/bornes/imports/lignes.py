"""From the cells of a row to a line for COPY: its status, its identity, what was found in it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

import orjson

from services.bornes.cellules import Colonne, Formule
from services.bornes.imports.constats import (
    NULL,
    Trouve,
    escaped,
    formula,
    is_error,
    is_repair,
    trouve,
)
from services.bornes.imports.fichier import Ligne
from services.bornes.insee import Situation, situer
from services.bornes.irve import COLONNES, NOMS, NON_CONCERNE, lire

MEMO = 4_096
"""Distinct received texts remembered a column: columns repeat themselves."""
HORS_SIGNATURE = {"id_station_itinerance", "code_insee_commune"}
"""Columns of the station that identify it, or that its position tells better."""

_INSEE = NOMS.index("code_insee_commune")
_XY = NOMS.index("coordonneesXY")
_PDC, _PDC_LOCAL = NOMS.index("id_pdc_itinerance"), NOMS.index("id_pdc_local")
_STATION, _STATION_LOCAL = NOMS.index("id_station_itinerance"), NOMS.index("id_station_local")
_NOM_STATION = NOMS.index("nom_station")
_PRISES = [nom for nom in NOMS if nom.startswith("prise_type_")]
_LIEES = (*_PRISES, "puissance_nominale", "raccordement", "num_pdl")
_liees = itemgetter(*map(NOMS.index, _LIEES))
"""The cells that only make sense together, from those of a row."""
_de_la_station = itemgetter(
    *(NOMS.index(c.name) for c in COLONNES if c.level == "station" and c.name not in HORS_SIGNATURE)
)
"""The cells that should be the same in every row of a station."""
_FAKE_PDL = {"00000000000000", "012345678987654", "11111111111111", "99999999999999"}
_PDL_DIGITS = 14
_FAST_KW = 50.0
_PREFIX = 5
"""Length of an AFIREV operator prefix: FR + 3 characters."""


Key = TypeVar("Key")
Value = TypeVar("Value")


class LigneLue(NamedTuple):
    """A row as it goes to the staging table (in the order of `sql.LUES`) and to the report."""

    numero: int
    copie: str
    constats: Sequence[Trouve]


class _Lu(NamedTuple):
    """A cell read: its text for COPY, its value, its findings."""

    copie: str
    valeur: str | None
    constats: Sequence[Trouve]


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
        self._lectures = [_lecture(colonne) for colonne in COLONNES]
        self._situations = _Memo[tuple[str, str | None], Situation](_situation)
        self._equipements = _Memo[tuple[str | None, ...], Sequence[Trouve]](_equipement)

    def lire(self, ligne: Ligne) -> LigneLue:
        if not ligne.cellules:
            return _rejected(ligne.numero, None, [trouve(None, "CELL")])
        try:
            lus = [lire(cell) for lire, cell in zip(self._lectures, ligne.cellules, strict=True)]
        except Formule as formule:
            raise formula(ligne, NOMS) from formule
        valeurs = [lu.valeur for lu in lus]
        constats = [constat for lu in lus if lu.constats for constat in lu.constats]
        constats += self._equipements[_liees(valeurs)]
        constats += _identifiers(valeurs)
        identity = self._identity(valeurs)
        if any(is_error(constat.code) for constat in constats):
            return _rejected(ligne.numero, identity, constats)
        return self._placed(ligne.numero, lus, constats, identity)

    def _placed(
        self,
        numero: int,
        lus: Sequence[_Lu],
        constats: list[Trouve],
        identity: tuple[str, str],
    ) -> LigneLue:
        """Complete a row without error by its place."""
        declare = lus[_INSEE].valeur
        code_insee, lieu, code = self._situations[lus[_XY].copie, declare]
        if code:
            kept = code_insee if is_repair(code) else None
            constats.append(trouve(NOMS[_INSEE], code, declare, kept))
        copies = [lu.copie for lu in lus]
        signature = hash(_de_la_station(copies))
        copies[_INSEE] = code_insee or NULL
        content = "\t".join((*identity, *copies, *(c or NULL for c in lieu or (NULL,) * 3)))
        recu = {constat.colonne: constat.recu for constat in constats if is_repair(constat.code)}
        statut = "repare" if recu else "accepte"
        received = escaped(orjson.dumps(recu).decode()) if recu else NULL
        empreinte = blake2b(content.encode(), digest_size=16).hexdigest()
        copie = f"{numero}\t{statut}\t{content}\t{received}\t{empreinte}\t{signature}"
        return LigneLue(numero, copie, constats)

    def _identity(self, valeurs: Sequence[str | None]) -> tuple[str, str]:
        """Ids of the point and of its station; derived for those outside roaming."""
        pdc, station = valeurs[_PDC], valeurs[_STATION]
        if station == NON_CONCERNE:
            local = valeurs[_STATION_LOCAL]
            place = (local,) if _real(local) else (valeurs[_NOM_STATION], valeurs[_XY])
            station = _derived(self._producteur, "station", *place)
        if pdc == NON_CONCERNE:
            pdc = _derived(self._producteur, "pdc", station, valeurs[_PDC_LOCAL])
        return pdc or NULL, station or NULL


def _lecture(colonne: Colonne) -> Callable[[str], _Lu]:
    """How a column's cells are read: from memory, but those that name their point."""
    lecture = partial(_lu, colonne)
    if colonne.name in ("id_pdc_itinerance", "id_pdc_local"):
        return lecture
    return _Memo[str, _Lu](lecture).__getitem__


def _lu(colonne: Colonne, recu: str) -> _Lu:
    valeur, constats = lire(colonne, recu)
    if colonne.type == "geopoint":  # two columns of the table
        copie = "\t".join(_lon_lat(valeur)) if valeur else f"{NULL}\t{NULL}"
    else:
        copie = escaped(valeur)
    return _Lu(copie, valeur, [trouve(colonne.name, *constat) for constat in constats])


def _lon_lat(valeur: str) -> list[str]:
    return valeur[1:-1].split(",")


def _situation(key: tuple[str, str | None]) -> Situation:
    copie, declare = key
    lon, lat = copie.split("\t")
    return situer(float(lon), float(lat), declare)


def _identifiers(valeurs: Sequence[str | None]) -> Iterator[Trouve]:
    """What the identifiers of a point and of its station tell together."""
    pdc, station = valeurs[_PDC], valeurs[_STATION]
    if pdc == NON_CONCERNE:
        if not _real(valeurs[_PDC_LOCAL]):
            yield trouve("id_pdc_local", "NCSL", valeurs[_PDC_LOCAL])
    elif pdc and station and station != NON_CONCERNE and pdc[:_PREFIX] != station[:_PREFIX]:
        yield trouve("id_pdc_itinerance", "PREF", f"{pdc} / {station}")


def _equipement(liees: tuple[str | None, ...]) -> list[Trouve]:
    """What the plugs, the power and the connection to the grid tell together."""
    valeurs = dict(zip(_LIEES, liees, strict=True))
    found: list[Trouve] = []
    if "true" not in [valeurs[prise] for prise in _PRISES]:
        found.append(trouve("prise_type_ef", "PRIS"))
    num_pdl = valeurs["num_pdl"]
    if valeurs["raccordement"] == "Indirect" or not _is_fast(valeurs):
        return found
    if num_pdl is None or num_pdl in _FAKE_PDL or " " in num_pdl or "NA" in num_pdl:
        found.append(trouve("num_pdl", "PDLM", num_pdl))
    if num_pdl and not (num_pdl.isdecimal() and len(num_pdl) == _PDL_DIGITS):
        found.append(trouve("num_pdl", "NE10", num_pdl))
    return found


def _is_fast(valeurs: Mapping[str, str | None]) -> bool:
    return (
        valeurs["prise_type_combo_ccs"] == "true"
        or valeurs["prise_type_chademo"] == "true"
        or float(valeurs["puissance_nominale"] or 0) >= _FAST_KW
    )


def _rejected(
    numero: int, identity: tuple[str, str] | None, constats: Sequence[Trouve]
) -> LigneLue:
    """Kept by its id alone: a point whose new version is wrong keeps its last good one."""
    known = identity[0] if identity else NULL
    return LigneLue(numero, "\t".join((str(numero), "rejete", known, *_NOTHING)), constats)


_NOTHING = (NULL,) * (1 + len(NOMS) + 1 + 3 + 3)
"""station_id, the columns (coordinates are two), the place, recu, empreinte, signature."""


def _real(local: str | None) -> bool:
    return local is not None and local.casefold() != NON_CONCERNE.casefold()


def _derived(*parts: str | None) -> str:
    """NC + lower case digits: no id of the standard looks like it."""
    return "NC" + blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()
