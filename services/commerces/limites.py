"""What search results say of crisis rules: which rule limits a shop, and how many are hidden."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import numpy as np
import orjson

from services.commerces.desserte import BITS
from services.commerces.filtres import Question
from services.commerces.regimes.regles import Regime, permises
from services.commerces.regimes.restrictions import Restrictions
from services.commerces.regimes.vitrine import regimes_of
from shared.memory.columns import Ints
from shared.memory.segments import Version
from shared.schemas.commerces_regimes import RegimeApplique, RegimeEnBref
from shared.schemas.commerces_valeurs import Modalite
from shared.vitrine import Vue


def told(version: Version, free: Ints, *, kept: int, question: Question) -> bytes:
    """Members of a page: the rules that limit what would answer without them, and how many left."""
    limiting = limiting_of(version, free, question)
    if not limiting:
        return b""
    brief = [en_bref(regime).model_dump(mode="json") for regime in limiting]
    return b',"regimes":%b,"ecartes_par_regime":%d' % (orjson.dumps(brief), free.size - kept)


def limiting_of(version: Version, free: Ints, question: Question) -> list[Regime]:
    """The rules that limit listings which would answer without them."""
    restrictions = question.restrictions
    assert restrictions is not None, "asked where rules are in force"
    return restrictions.limiting(version.column("secteur", free))


def members(version: Version, rows: Ints, question: Question) -> Iterator[bytes]:
    """What the rules leave each listing, as a member; null where they leave it free."""
    restrictions = question.restrictions
    assert restrictions is not None, "asked where rules are in force"
    secteurs = version.column("secteur", rows).tolist()
    for row, secteur in zip(rows.tolist(), secteurs, strict=True):
        deciding = restrictions.deciding(secteur)
        yield b'"regime":' + (_applied(version, row, deciding) if deciding else b"null")


def deciding_of(
    version: Version, rows: Ints, restrictions: Restrictions | None
) -> list[list[Regime]]:
    """The rules that limit each listing."""
    if restrictions is None:
        return [[] for _ in range(rows.size)]
    return [restrictions.deciding(secteur) for secteur in version.column("secteur", rows).tolist()]


def of_fiche(vue: Vue, row: int, moment: datetime | None) -> bytes | None:
    """What the rules in force, at an instant or now, leave a listing; None: they leave it free."""
    regimes = regimes_of(vue)
    restrictions = regimes.now() if moment is None else regimes.at(moment)
    if restrictions is None:
        return None
    (secteur,) = vue.version.column("secteur", np.array([row])).tolist()
    deciding = restrictions.deciding(secteur)
    return _applied(vue.version, row, deciding) if deciding else None


def _applied(version: Version, row: int, deciding: Sequence[Regime]) -> bytes:
    segment, place = version.locate(row)
    own = segment.parts.columns["genre"][segment.bounds[place] : segment.bounds[place + 1]]
    offered = int(np.bitwise_or.reduce(own)) if own.size else 0
    left = [genre for genre in permises(deciding) if BITS[genre] & offered]
    found = RegimeApplique(modalites=in_order(left), regimes=[en_bref(one) for one in deciding])
    return found.model_dump_json().encode()


def en_bref(regime: Regime) -> RegimeEnBref:
    """A rule as answers cite it."""
    return RegimeEnBref(
        id=regime.id,
        nom=regime.nom,
        motif=regime.motif,
        modalites=in_order(regime.modalites),
        debut=regime.debut,
        fin=regime.fin,
        jours=None if regime.jours is None else list(regime.jours),
        creneau=regime.creneau,
    )


def in_order(modalites: Iterable[Modalite]) -> list[Modalite]:
    """Modalities in the order of the contract."""
    kept = set(modalites)
    return [genre for genre in Modalite if genre in kept]
