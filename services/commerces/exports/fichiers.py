"""All published listings as a file, from memory: GeoJSON, NDJSON, JSON-LD or CSV."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import orjson

from services.commerces import fiches, jsonld
from services.commerces.colonnes import CONDITIONS
from shared.memory.segments import Version
from shared.memory.walk import every
from shared.schemas.commerces_valeurs import GenreContact
from shared.transfers.lists import COLLECTION, batches, joined
from shared.transfers.spreadsheets import ecrire

CONTACTS: Final = tuple(map(str, GenreContact))
"""Columns of public contacts: a kind each, all those of the kind."""
OF_FICHE: Final = (
    "nom",
    "categories",
    "categorie",
    "adresse",
    "complement",
    "code_postal",
    "commune",
    "code_commune",
    "ept",
    "description",
    "labels",
    "paiements",
    "accessibilites",
    "langues",
    *CONTACTS,
    "siret",
    "naf_rev2",
    "naf_2025",
    "horaires_osm",
    "horaires_texte",
    "modalites",
    "verifie_le",
    "verifie_par",
    "niveau_preuve",
    "source",
    "licence",
)
"""Columns that are properties of a listing, or its contacts."""
OF_MODALITE: Final = (
    "horaires_osm",
    "horaires_texte",
    "zone",
    *CONDITIONS,
)
"""Columns that come once for each modality, after its name."""
COLONNES: Final = (
    "id",
    "longitude",
    "latitude",
    *OF_FICHE,
    *(f"{genre}_{name}" for genre in fiches.MODALITES for name in OF_MODALITE),
)

Feature = Mapping[str, Any]
Write = Callable[[Version, str], Iterator[bytes]]
"""A file by pieces, of a version of the service at an address."""


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write the listings."""

    nom: str
    media_type: str
    write: Write


def details(version: Version) -> Iterator[bytes]:
    """All listings in whole, as GeoJSON features, in the order of place."""
    for row in every(version).tolist():
        segment, place = version.locate(row)
        texts = segment.table.texts
        yield fiches.detail(texts["resume"][place], texts["complement"][place])


def geojson(version: Version, _address: str) -> Iterator[bytes]:
    return joined(details(version), *COLLECTION)


def ndjson(version: Version, _address: str) -> Iterator[bytes]:
    """One feature a line."""
    for batch in batches(details(version)):
        yield b"\n".join(batch) + b"\n"


def jsonld_graph(version: Version, address: str) -> Iterator[bytes]:
    """Shops as schema.org describes them, in one graph."""
    return joined(
        (jsonld.node(feature, f"{address}/fiches/{feature['id']}") for feature in _read(version)),
        b'{"@context":"https://schema.org","@graph":[',
        b"]}",
    )


def csv(version: Version, _address: str) -> Iterator[bytes]:
    """One line a listing, columns once for each modality; nothing a spreadsheet would compute."""
    for piece in ecrire(COLONNES, map(_row, _read(version))):
        yield piece.encode()


def _read(version: Version) -> Iterator[Feature]:
    return map(orjson.loads, details(version))


def _row(feature: Feature) -> list[str]:
    properties = feature["properties"] | _contacts(feature)
    own = {modalite["genre"]: modalite for modalite in properties["modalites_detail"]}
    lon, lat = feature["geometry"]["coordinates"]
    cells = chain(
        (feature["id"], lon, lat),
        (properties[name] for name in OF_FICHE),
        (own.get(genre, {}).get(name) for genre in fiches.MODALITES for name in OF_MODALITE),
    )
    return [_cell(value) for value in cells]


def _contacts(feature: Feature) -> dict[str, list[str]]:
    """Public contacts by kind; a listing shows one of each where it is short."""
    kinds: dict[str, list[str]] = {kind: [] for kind in CONTACTS}
    for contact in feature["properties"]["contacts"]:
        kinds[contact["genre"]].append(contact["valeur"])
    return kinds


def _cell(value: Any) -> str:
    """Lists with `|`, as the template of imports reads them; what has a shape as JSON."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "|".join(value)
    return orjson.dumps(value).decode() if isinstance(value, dict) else str(value)


GEOJSON: Final = Format("commerces.geojson", "application/geo+json", geojson)
NDJSON: Final = Format("commerces.ndjson", "application/x-ndjson", ndjson)
JSONLD: Final = Format("commerces.jsonld", "application/ld+json", jsonld_graph)
CSV: Final = Format("commerces.csv", "text/csv; charset=utf-8", csv)
