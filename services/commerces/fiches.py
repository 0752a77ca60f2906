"""How the rows of a listing become the JSON that the directory publishes: a closed list."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from services.commerces import taxonomie
from services.commerces.colonnes import CONDITIONS
from shared import territoire
from shared.http.replies import Piece
from shared.memory.columns import Ints
from shared.memory.segments import Version
from shared.schemas.commerces_valeurs import GenreContact, Modalite
from shared.schemas.commun import PARIS

MODALITES = tuple(Modalite)
_RANKS = {str(genre): rank for rank, genre in enumerate(MODALITES)}


ContactJson = dict[str, str]


class LigneModalite(NamedTuple):
    """A row of the table of modalities; JSON and amounts as the texts PostgreSQL gives."""

    fiche_id: int
    genre: str
    horaires: str | None
    horaires_osm: str | None
    horaires_texte: str | None
    zone: str | None
    minimum: str | None
    frais: str | None
    franco: str | None
    delai_min: int | None
    canaux: list[str]
    commande_jusqu_a: str | None
    du: date | None
    au: date | None
    note: str | None
    verifie_le: datetime
    verifie_par: str
    source: str


class LigneFiche(NamedTuple):
    """A published listing with its establishment and its premises."""

    id: int
    nom: str
    categories: list[str]
    description: str | None
    labels: list[str]
    paiements: list[str]
    accessibilites: list[str]
    langues: list[str]
    contacts: str
    horaires: str | None
    horaires_osm: str | None
    horaires_texte: str | None
    niveau_preuve: int
    verifie_le: datetime
    verifie_par: str
    source: str
    licence: str | None
    siret: str | None
    naf_rev2: str | None
    naf_2025: str | None
    adresse: str
    complement: str | None
    code_postal: str
    lon: float
    lat: float
    code_commune: str
    code_arrondissement: str | None
    territoire: str


_COMPLETE = (
    "complement",
    "description",
    "langues",
    "siret",
    "naf_rev2",
    "naf_2025",
    "horaires_osm",
    "horaires_texte",
    "verifie_par",
    "source",
    "licence",
)
_OF_MODALITE = (
    "genre",
    "horaires_osm",
    "horaires_texte",
    *CONDITIONS,
    "verifie_par",
    "source",
)


# By place: many times faster than by name, and there are hundreds of thousands of rows.
_complete_of = itemgetter(*map(LigneFiche._fields.index, _COMPLETE))
_of_modalite = itemgetter(*map(LigneModalite._fields.index, _OF_MODALITE))


def resume(
    fiche: LigneFiche, modalites: Sequence[LigneModalite], public: Sequence[ContactJson]
) -> bytes:
    """The listing as a GeoJSON feature, closed by a comma: pages are these end to end.

    Modalities come in the order of the contract, and only public contacts.
    """
    # The first of each kind: a later key of a dictionary takes the place of those before.
    contacts = {contact["genre"]: contact["valeur"] for contact in reversed(public)}
    feature = {
        "type": "Feature",
        "id": str(fiche.id),
        "geometry": {"type": "Point", "coordinates": (fiche.lon, fiche.lat)},
        "properties": {
            "nom": fiche.nom,
            "categories": fiche.categories,
            "categorie": taxonomie.categories()[fiche.categories[0]].nom,
            "adresse": fiche.adresse,
            "code_postal": fiche.code_postal,
            "commune": nom_commune(fiche.code_commune),
            "code_commune": fiche.code_arrondissement or fiche.code_commune,
            "ept": fiche.territoire,
            "modalites": [modalite.genre for modalite in modalites],
            "labels": fiche.labels,
            "paiements": fiche.paiements,
            "accessibilites": fiche.accessibilites,
            "telephone": contacts.get(GenreContact.TELEPHONE),
            "site": contacts.get(GenreContact.SITE),
            "commande": contacts.get(GenreContact.COMMANDE),
            "verifie_le": fiche.verifie_le.astimezone(PARIS).date(),
            "niveau_preuve": fiche.niveau_preuve,
        },
    }
    return orjson.dumps(feature) + b","


def complement(
    fiche: LigneFiche, modalites: Sequence[LigneModalite], public: Sequence[ContactJson]
) -> bytes:
    """What the detail of a listing adds to its properties, without the braces."""
    members = {
        **dict(zip(_COMPLETE, _complete_of(fiche), strict=True)),
        "contacts": public,
        "horaires": raw(fiche.horaires),
        "modalites_detail": [modalite_detail(modalite) for modalite in modalites],
    }
    return orjson.dumps(members, option=orjson.OPT_UTC_Z)[1:-1]


def modalite_detail(modalite: LigneModalite) -> dict[str, Any]:
    """A modality as the contract shows it."""
    return {
        **dict(zip(_OF_MODALITE, _of_modalite(modalite), strict=True)),
        "verifie_le": modalite.verifie_le.astimezone(UTC),
        "horaires": raw(modalite.horaires),
        "zone": raw(modalite.zone),
    }


def raw(text: str | None) -> orjson.Fragment | None:
    """JSON that the database already gives as text."""
    return None if text is None else orjson.Fragment(text)


def contacts_publics(fiche: LigneFiche) -> list[ContactJson]:
    """The contacts that their owner made public, without what tells them so."""
    return [
        {"genre": contact["genre"], "valeur": contact["valeur"]}
        for contact in orjson.loads(fiche.contacts)
        if contact["public"]
    ]


def in_order(modalites: Sequence[LigneModalite]) -> list[LigneModalite]:
    """Modalities in the order of the contract."""
    if len(modalites) == 1:
        return [*modalites]
    return sorted(modalites, key=lambda modalite: _RANKS[modalite.genre])


@lru_cache(maxsize=1024)
def nom_commune(code: str) -> str:
    found = territoire.resolve(code)
    return found.commune.nom if found else code


def detail(feature: Piece, more: Piece) -> bytes:
    """The whole listing: `resume` and `complement` in one feature."""
    return b"".join((feature[:-3], b",", more, b"}}"))


def features(version: Version, rows: Ints) -> list[dict[str, Any]]:
    """The whole listings at some rows of a version."""
    texts = (version.each_text(name, rows) for name in ("resume", "complement"))
    return [orjson.loads(detail(*pieces)) for pieces in zip(*texts, strict=True)]
