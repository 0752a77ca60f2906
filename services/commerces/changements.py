"""What the public feed says of each change of the directory."""

from typing import Final

import orjson

from services.commerces import fiches
from services.commerces.models import JOURNAL
from services.commerces.statuts import JAMAIS_VUES
from shared.feeds.changes import Feed
from shared.journal import Entree
from shared.schemas.changements import NatureChangement
from shared.schemas.commerces_changements import MotifRetrait
from shared.schemas.commerces_valeurs import StatutFiche
from shared.vitrine import Vue

TUES: Final = frozenset({"fiche.offre", "fiche.ecartee"})
"""A day that passes, and a listing put away before anyone saw it, change nothing public."""
APPARAIT: Final = frozenset({"fiche.creee", "fiche.statut"})
"""With these a published listing comes, or comes back; else it changes, unless they say so."""
REPARAIT: Final = "reparait"
"""What the body of an entry has when the listing, changed or confirmed, was not shown before."""
RESTE: Final = frozenset({"fiche.creee", "fiche.modifiee", "fiche.confirmee"})
"""With these a listing that is not shown stays so: whoever saw it knows already."""

MOTIFS: Final = {
    "fiche.fusionnee": MotifRetrait.FUSIONNEE,
    "fiche.effacee": MotifRetrait.EFFACEE,
}
"""Withdrawals that say more than the status they end in."""


def changement(entree: Entree, curseur: str, vue: Vue) -> bytes | None:
    """An entry of the journal as the JSON of a `ChangementFiche`; None when it tells nothing."""
    nature = _nature(entree)
    if nature is None:
        return None
    withdrawn = nature is NatureChangement.RETRAIT
    head = orjson.dumps(
        {
            "curseur": curseur,
            "instant": entree.instant,
            "objet": "fiche",
            "id": entree.sujet,
            "nature": nature,
            "motif": _motif(entree) if withdrawn else None,
        },
        option=orjson.OPT_UTC_Z,
    )
    shown = None if withdrawn else _whole(vue, entree.sujet)
    return b'%b,"fiche":%b}' % (head[:-1], shown or b"null")


def _nature(entree: Entree) -> NatureChangement | None:
    if not entree.genre.startswith("fiche.") or entree.genre in TUES:
        return None
    statut = StatutFiche(entree.corps["statut"])
    if statut is StatutFiche.PUBLIEE:
        comes = entree.genre in APPARAIT or REPARAIT in entree.corps
        return NatureChangement.CREATION if comes else NatureChangement.MODIFICATION
    if statut in JAMAIS_VUES or entree.genre in RESTE:
        return None
    return NatureChangement.RETRAIT


def _motif(entree: Entree) -> MotifRetrait:
    """A word of a closed list: what an agent wrote of it is for agents."""
    return MOTIFS.get(entree.genre) or MotifRetrait(entree.corps["statut"])


def _whole(vue: Vue, fiche: str) -> bytes | None:
    found = vue.version.find(fiche)
    if found is None:
        return None
    segment, row = found
    texts = segment.table.texts
    return fiches.detail(texts["resume"][row], texts["complement"][row])


FEED = Feed("commerces", JOURNAL, changement)
