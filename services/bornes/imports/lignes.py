"""Turns rows of cells into COPY lines: status, identity, findings.

Rows are read a batch at a time and by columns, so that what all of them need takes one call for
the whole batch; only what was found, and what is derived, is looked at row by row.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from math import inf
from operator import itemgetter
from typing import NamedTuple

import orjson

from services.bornes.cellules import Formule
from services.bornes.imports.colonnes import Cellules, Memo
from services.bornes.imports.constats import (
    NULL,
    Trouve,
    escaped,
    formula,
    is_error,
    is_repair,
    trouve,
    unescaped,
)
from services.bornes.imports.fichier import Ligne
from services.bornes.insee import situer
from services.bornes.irve import COLONNES, NOMS, NON_CONCERNE

_IDENTIFIED = {"id_station_itinerance", "code_insee_commune"}
"""Columns of the station that identify it, or that its position tells better."""
_DATED = {"date_mise_en_service", "date_maj"}
"""Columns of a point, in which those of a station should still agree."""
DE_LA_STATION = tuple(
    colonne.name
    for colonne in COLONNES
    if (colonne.level == "station" or colonne.name in _DATED) and colonne.name not in _IDENTIFIED
)
"""The columns that should be the same in every row of a station: the 19 of QualiCharge's first
rule of consistency (its docs/schemas.md), and the address, which its second asks of a position."""

_INSEE = NOMS.index("code_insee_commune")
_XY = NOMS.index("coordonneesXY")
_PDC, _PDC_LOCAL = NOMS.index("id_pdc_itinerance"), NOMS.index("id_pdc_local")
_STATION, _STATION_LOCAL = NOMS.index("id_station_itinerance"), NOMS.index("id_station_local")
_NOM_STATION = NOMS.index("nom_station")
_PRISES = [nom for nom in NOMS if nom.startswith("prise_type_")]
_LIEES = (*_PRISES, "puissance_nominale", "raccordement", "num_pdl")
_liees = itemgetter(*map(NOMS.index, _LIEES))
"""The columns that only make sense together."""
_de_la_station = itemgetter(*map(NOMS.index, DE_LA_STATION))
_FAKE_PDL = {"00000000000000", "012345678987654", "11111111111111", "99999999999999"}
_PDL_DIGITS = 14
_FAST_KW = 50.0
_MOST_KW = {"prise_type_ef": 4.0, "prise_type_2": 44.0}
"""16 A on one phase is 3.7 kW, 63 A on three are 43.5 kW; files round them up."""
_PREFIX = 5
"""Length of an AFIREV operator prefix: FR + 3 characters."""

_ABSENT = {NON_CONCERNE.casefold(), "non concerne", "sans objet", "inconnu", "aucun", "aucune"}
"""Ways to write that there is no identifier, beside those that leave any cell empty."""

Constats = defaultdict[int, list[Trouve]]
"""By line."""


class Lot(NamedTuple):
    """Rows as they go to the staging table (in the order of `sql.LUES`) and to the report."""

    copies: Sequence[str]
    constats: Mapping[int, Sequence[Trouve]]


class _Place(NamedTuple):
    """Where a point stands, for COPY, and what was found of the commune it declares."""

    code_insee: str
    lieu: str
    constat: Trouve | None


class Lecteur:
    """Reads the rows of one producer's file."""

    def __init__(self, producteur: str) -> None:
        self._producteur = producteur
        self._colonnes = [Cellules(colonne) for colonne in COLONNES]
        self._places = Memo[tuple[str, str], _Place](_place)
        self._equipements = Memo[tuple[str, ...], Sequence[Trouve]](_equipement)

    def lire(self, lignes: Sequence[Ligne]) -> Lot:
        """Read rows that follow each other; FichierRefuse when one holds a formula."""
        constats = Constats(list)
        entieres = [ligne for ligne in lignes if ligne.cellules]
        copies = self._entieres(entieres, constats) if entieres else []
        for ligne in lignes:
            if not ligne.cellules:
                constats[ligne.numero].append(trouve(None, "CELL"))
                copies.append(_rejected(ligne.numero, NULL, NULL))
        return Lot(copies, constats)

    def _entieres(self, lignes: Sequence[Ligne], constats: Constats) -> list[str]:
        numeros = [ligne.numero for ligne in lignes]
        colonnes = self._cells(lignes, constats)
        self._together(numeros, colonnes, constats)
        ids, stations = self._identities(colonnes)
        rejetees = {n for n, found in constats.items() if any(is_error(c.code) for c in found)}
        places = [*map(self._places.__getitem__, zip(colonnes[_XY], colonnes[_INSEE], strict=True))]
        for numero, place in zip(numeros, places, strict=True):
            if place.constat and numero not in rejetees:
                constats[numero].append(place.constat)
        signatures = map(hash, zip(*_de_la_station(colonnes), strict=True))
        colonnes[_INSEE] = [place.code_insee for place in places]
        lieux = [place.lieu for place in places]
        contenus = map("\t".join, zip(ids, stations, *colonnes, lieux, strict=True))
        return [
            _rejected(numero, known, station)
            if numero in rejetees
            else _accepted(numero, contenu, signature, constats.get(numero))
            for numero, known, station, contenu, signature in zip(
                numeros, ids, stations, contenus, signatures, strict=True
            )
        ]

    def _cells(self, lignes: Sequence[Ligne], constats: Constats) -> list[list[str]]:
        """The columns of rows, and what was found cell by cell."""
        colonnes = []
        received = zip(*[ligne.cellules for ligne in lignes], strict=True)
        try:
            for cellules, recus in zip(self._colonnes, received, strict=True):
                colonnes.append(cellules.lire(recus))
                if not cellules.trouves:
                    continue
                for ligne, recu in zip(lignes, recus, strict=True):
                    if recu in cellules.trouves:
                        constats[ligne.numero] += cellules.trouves[recu]
        except Formule as formule:
            raise formula(lignes, NOMS) from formule
        return colonnes

    def _together(
        self, numeros: Sequence[int], colonnes: Sequence[list[str]], constats: Constats
    ) -> None:
        """What the cells of a row tell together."""
        liees = zip(*_liees(colonnes), strict=True)
        for numero, trouves in zip(numeros, map(self._equipements.__getitem__, liees), strict=True):
            if trouves:
                constats[numero] += trouves
        identifiers = zip(colonnes[_PDC], colonnes[_STATION], colonnes[_PDC_LOCAL], strict=True)
        for numero, (pdc, station, local) in zip(numeros, identifiers, strict=True):
            if pdc[:_PREFIX] != station[:_PREFIX] or pdc == NON_CONCERNE:
                constats[numero] += _identifiers(*map(unescaped, (pdc, station, local)))

    def _identities(self, colonnes: Sequence[list[str]]) -> tuple[list[str], list[str]]:
        """Ids of points and of their stations; derived for those outside roaming."""
        pdcs, stations = colonnes[_PDC].copy(), colonnes[_STATION].copy()
        for row in _places_of(NON_CONCERNE, stations):
            local = unescaped(colonnes[_STATION_LOCAL][row])
            nom, (lon, lat) = unescaped(colonnes[_NOM_STATION][row]), colonnes[_XY][row].split("\t")
            # « 0 » may be a point of its station; that all stations are « 0 » would make them one.
            place = (local,) if _real(local) and local != "0" else (nom, f"[{lon},{lat}]")
            stations[row] = _derived(self._producteur, "station", *place)
        for row in _places_of(NON_CONCERNE, pdcs):
            local = unescaped(colonnes[_PDC_LOCAL][row])
            pdcs[row] = _derived(self._producteur, "pdc", stations[row], local)
        return pdcs, stations


def _places_of(texte: str, textes: Sequence[str]) -> list[int]:
    return [place for place, one in enumerate(textes) if one == texte]


def _place(key: tuple[str, str]) -> _Place:
    lon, lat = key[0].split("\t")
    declare = unescaped(key[1])
    if lon == NULL:  # its row is refused
        return _Place(NULL, NULL, None)
    code_insee, lieu, code = situer(float(lon), float(lat), declare)
    constat = None
    if code:
        constat = trouve(NOMS[_INSEE], code, declare, code_insee if is_repair(code) else None)
    return _Place(code_insee or NULL, "\t".join(c or NULL for c in lieu or (NULL,) * 3), constat)


def _identifiers(pdc: str | None, station: str | None, local: str | None) -> Iterator[Trouve]:
    """What the identifiers of a point and of its station tell together."""
    if pdc == NON_CONCERNE:
        if not _real(local):
            yield trouve("id_pdc_local", "NCSL", local)
    elif pdc and station and station != NON_CONCERNE and pdc[:_PREFIX] != station[:_PREFIX]:
        yield trouve("id_pdc_itinerance", "PREF", f"{pdc} / {station}")


def _equipement(liees: tuple[str, ...]) -> list[Trouve]:
    """What the plugs, the power and the connection to the grid tell together."""
    valeurs = dict(zip(_LIEES, map(unescaped, liees), strict=True))
    found: list[Trouve] = []
    if "true" not in [valeurs[prise] for prise in _PRISES]:
        found.append(trouve("prise_type_ef", "PRIS"))
    elif float(valeurs["puissance_nominale"] or 0) > _most_kw(valeurs):
        found.append(trouve("puissance_nominale", "PUIP", valeurs["puissance_nominale"]))
    num_pdl = valeurs["num_pdl"]
    if valeurs["raccordement"] == "Indirect" or not _is_fast(valeurs):
        return found
    if num_pdl is None or num_pdl in _FAKE_PDL or num_pdl.split() != [num_pdl] or "NA" in num_pdl:
        found.append(trouve("num_pdl", "PDLM", num_pdl))
    if num_pdl and not (num_pdl.isdecimal() and len(num_pdl) == _PDL_DIGITS):
        found.append(trouve("num_pdl", "NE10", num_pdl))
    return found


def _most_kw(valeurs: Mapping[str, str | None]) -> float:
    """The most that the declared plugs carry; those of direct current have no bound."""
    return max(_MOST_KW.get(prise, inf) for prise in _PRISES if valeurs[prise] == "true")


def _is_fast(valeurs: Mapping[str, str | None]) -> bool:
    return (
        valeurs["prise_type_combo_ccs"] == "true"
        or valeurs["prise_type_chademo"] == "true"
        or float(valeurs["puissance_nominale"] or 0) >= _FAST_KW
    )


def _accepted(numero: int, contenu: str, signature: int, constats: Sequence[Trouve] | None) -> str:
    recu = {c.colonne: c.recu for c in constats if is_repair(c.code)} if constats else None
    statut = "repare" if recu else "accepte"
    received = escaped(orjson.dumps(recu).decode()) if recu else NULL
    empreinte = blake2b(contenu.encode(), digest_size=16).hexdigest()
    return f"{numero}\t{statut}\t{contenu}\t{received}\t{empreinte}\t{signature}"


def _rejected(numero: int, known: str, station: str) -> str:
    """Kept by its ids alone: a point whose new version is wrong keeps its last good one."""
    return "\t".join((str(numero), "rejete", known, station, *_NOTHING))


_NOTHING = (NULL,) * (len(NOMS) + 1 + 3 + 3)
"""The columns (coordinates are two), the place, recu, empreinte, signature."""


def _real(local: str | None) -> bool:
    """Whether a text is an identifier, not a way to write that there is none."""
    return local is not None and local.casefold() not in _ABSENT


def _derived(*parts: str | None) -> str:
    """NC + lower case digits: no id of the standard looks like it."""
    return "NC" + blake2b("\0".join(map(str, parts)).encode(), digest_size=8).hexdigest()
