"""The directory in memory: listings by place, their modalities, and ready fragments of JSON."""

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import orjson
from sqlalchemy import Connection

from services.commerces import fiches, queries, tournees
from services.commerces.desserte import Modalites
from services.commerces.fiches import LigneFiche, LigneModalite
from services.commerces.filtres import CATEGORIES, MOTS, OUVERTURES, bits
from services.commerces.ouvertures import INCONNUES
from services.commerces.queries import Publiee
from services.commerces.regimes.restrictions import secteur
from services.commerces.texte import plein_texte
from shared.maps.mercator import project
from shared.memory.collector import uncollected
from shared.memory.columns import Array, Table, Vocabulary, Writer
from shared.memory.segments import Segment, Version
from shared.memory.spatial import fixed, keys
from shared.schemas.commun import PARIS
from shared.vitrine import Source

WORD_COLUMNS = ("commune", "arrondissement", "ept")
"""Columns of words (numbers of MOTS)."""
APPARENCES = Vocabulary()
"""What a tile says of a listing beside its id, as JSON: many listings look alike."""


class FicheSource(Source):
    """How the vitrine reads published listings."""

    genre = "fiche"

    def load(self, connection: Connection) -> Segment:
        with uncollected():
            return segment(queries.published(connection))

    def reload(self, connection: Connection, ids: Sequence[str]) -> Segment:
        # The journal also tells of other things than listings, under names that are no number.
        return segment(queries.published(connection, [one for one in ids if one.isdecimal()]))

    def prepare(self, version: Version) -> None:
        with uncollected():
            plein_texte.prepare(version)
            for segment in version.segments:
                tournees.prepare(segment)


def segment(listings: Iterable[Publiee]) -> Segment:
    """Listings and their modalities."""
    columns = _Fiches()
    for fiche, modalites in listings:
        columns.add(fiche, modalites)
    return columns.segment()


class _Fiches:
    """Columns while they grow."""

    def __init__(self) -> None:
        self.ids: list[bytes] = []
        self.counts = array("i")
        self.lon = array("i")
        self.lat = array("i")
        self.words = array("i")
        self.bits = array("Q")
        self.categories = array("i")
        self.secteurs = array("i")
        self.apparences = array("i")
        self.verifies = array("i")
        self.resumes = Writer()
        self.complements = Writer()
        self.mots = Writer()
        self.noms = array("I")
        self.modalites = Modalites()

    def add(self, fiche: LigneFiche, modalites: list[LigneModalite]) -> None:
        self.ids.append(b"%d" % fiche.id)
        self.counts.append(len(modalites))
        self.lon.append(fixed(fiche.lon))
        self.lat.append(fixed(fiche.lat))
        places = (fiche.code_commune, fiche.code_arrondissement or "", fiche.territoire)
        self.words.extend(map(MOTS.number, places))
        self.bits.append(bits(fiche, modalites))
        self.categories.append(CATEGORIES.number("|".join(fiche.categories)))
        where = secteur(fiche)
        self.secteurs.append(where)
        modalites = fiches.in_order(modalites)
        public = fiches.contacts_publics(fiche)
        genres = [modalite.genre for modalite in modalites]
        self.apparences.append(_apparence(fiche.categories[0], ",".join(genres)))
        self.verifies.append(fiche.verifie_le.astimezone(PARIS).toordinal())
        self.resumes.append(fiches.resume(fiche, modalites, public))
        self.complements.append(fiches.complement(fiche, modalites, public))
        horaires = [horaires_de(fiche, modalite) for modalite in modalites]
        self.mots.append(plein_texte.encode(fiche, genres, horaires))
        self.noms.append(plein_texte.cle(fiche.nom))
        for modalite, told in zip(modalites, horaires, strict=True):
            self.modalites.add(fiche, modalite, OUVERTURES.number(told), where)

    def segment(self) -> Segment:
        lon, lat = np.array(self.lon, dtype=np.int32), np.array(self.lat, dtype=np.int32)
        words = np.array(self.words, dtype=np.int32).reshape(len(self.ids), len(WORD_COLUMNS))
        x, y = project(lon, lat)
        columns: dict[str, Array] = {
            "key": keys(lon, lat),
            "lon": lon,
            "lat": lat,
            "x": x,
            "y": y,
            **dict(zip(WORD_COLUMNS, words.T.copy(), strict=True)),
            "nom": np.array(self.noms, dtype=np.uint32),
            "bits": np.array(self.bits, dtype=np.uint64),
            "categories": np.array(self.categories, dtype=np.int32),
            "secteur": np.array(self.secteurs, dtype=np.int32),
            "apparence": np.array(self.apparences, dtype=np.int32),
            "verifie": np.array(self.verifies, dtype=np.int32),
        }
        texts = {
            "resume": self.resumes.texts(),
            "complement": self.complements.texts(),
            "mots": self.mots.texts(),
        }
        table = Table.of(np.array(self.ids, dtype=np.bytes_), columns, texts)
        return Segment.of(table, self.modalites.table(), self.counts)


def horaires_de(fiche: LigneFiche, modalite: LigneModalite) -> str:
    """The hours of a modality as JSON: its own, else the shop's, unless its own are not known."""
    if modalite.horaires is not None:
        return modalite.horaires
    if modalite.horaires_texte is not None or fiche.horaires is None:
        return INCONNUES
    return fiche.horaires


@lru_cache(maxsize=8192)
def _apparence(categorie: str, genres: str) -> int:
    """The number of how a listing is drawn on a map."""
    look = orjson.dumps({"categorie": categorie, "modalites": genres})
    return APPARENCES.number(look.decode())
