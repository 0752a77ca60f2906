"""Memoised reading of column cells: values repeat, and most are right."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from services.bornes.cellules import Colonne
from services.bornes.imports.constats import NULL, Trouve, escaped, trouve
from services.bornes.irve import EST_NET, lire

MEMO = 4_096
"""Distinct values remembered."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Memo(dict[Key, Value], Generic[Key, Value]):
    """A bounded cache that fills itself."""

    def __init__(self, compute: Callable[[Key], Value]) -> None:
        super().__init__()
        self._compute = compute

    def __missing__(self, key: Key) -> Value:
        if len(self) >= MEMO:
            self.clear()
        value = self[key] = self._compute(key)
        return value


class Cellules(dict[str, str]):
    """What COPY reads for the received texts of one column."""

    def __init__(self, colonne: Colonne) -> None:
        super().__init__()
        self._colonne = colonne
        self._is_clean = EST_NET.get(colonne.name)
        self.trouves: dict[str, Sequence[Trouve]] = {}
        """The findings of those, among the last read, that have some."""

    def lire(self, recus: Sequence[str]) -> list[str]:
        """Read cells; what was found in earlier ones may be forgotten."""
        if len(self) > MEMO:
            self.clear()
            self.trouves.clear()
        return list(map(self.__getitem__, recus))

    def __missing__(self, recu: str) -> str:
        is_clean = self._is_clean is not None and self._is_clean(recu)
        copie = self[recu] = recu if is_clean else self._lue(recu)
        return copie

    def _lue(self, recu: str) -> str:
        valeur, constats = lire(self._colonne, recu)
        if constats:
            self.trouves[recu] = [trouve(self._colonne.name, *constat) for constat in constats]
        if self._colonne.type == "geopoint":  # two columns of the table
            return valeur[1:-1].replace(",", "\t") if valeur else f"{NULL}\t{NULL}"
        return escaped(valeur)
