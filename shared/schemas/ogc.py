"""Public contract of OGC API Features, Part 1 (17-069r4): what every collection has in common."""

import datetime as dt
import re
from typing import Annotated, Any, Generic, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    TypeAdapter,
    WithJsonSchema,
)

from shared.schemas.commun import Instant, Lien
from shared.schemas.geo import LAT_MAX, LON_MAX, Feature, P
from shared.schemas.modeles import Modele, Reponse, of_standard

ITEMS_MAX = 1_000
"""Items of the longest page; the standard has a larger number taken for this one."""
_NUMBER = re.compile(r"-?[0-9]{1,9}(?:\.[0-9]{1,20})?")
_SIDES, _SIDES_3D = 4, 6
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T?")
"""GDAL writes the days of its filters with a T and no hour."""
_INSTANT: TypeAdapter[dt.datetime] = TypeAdapter(Instant)


class Rectangle(NamedTuple):
    """A `bbox` of the standard: west of its east side, or across the 180th meridian."""

    lon_min: float
    lat_min: float
    lon_max: float
    lat_max: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """The rectangle a caller wrote; heights, when there are some, do not matter."""
        numbers = text.split(",")
        if len(numbers) not in {_SIDES, _SIDES_3D} or not all(map(_NUMBER.fullmatch, numbers)):
            raise ValueError("quatre nombres sont attendus (ou six), séparés par des virgules")
        half = len(numbers) // 2
        west, south, east, north = map(float, (*numbers[:2], *numbers[half : half + 2]))
        if not -LAT_MAX <= south <= north <= LAT_MAX or max(abs(west), abs(east)) > LON_MAX:
            raise ValueError("des degrés sont attendus, le sud avant le nord")
        return cls(west, south, east, north)


class Intervalle(NamedTuple):
    """Days between two ends, which are part of it; an end that is None is open."""

    debut: dt.date | None
    fin: dt.date | None
    texte: str
    """As the caller wrote it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The days that a `datetime` of the standard touches."""
        ends = text.split("/")
        if len(ends) == 1:
            return cls(_day(text), _day(text), text)
        if len(ends) == 2:  # noqa: PLR2004 an interval has two ends
            first, last = (None if end in {"", ".."} else _day(end) for end in ends)
            if first is None or last is None or first <= last:
                return cls(first, last, text)
        raise ValueError("un instant est attendu, ou un intervalle début/fin, dans l'ordre")


def _day(text: str) -> dt.date:
    try:
        if _DAY.fullmatch(text):
            return dt.date.fromisoformat(text.removesuffix("T"))
        return _INSTANT.validate_python(text).date()
    except ValueError:
        raise ValueError("une date ou un instant RFC 3339 est attendu") from None


def _parse(kind: type[Rectangle] | type[Intervalle]) -> Any:
    def read(value: Any) -> Any:
        return kind.parse(value) if isinstance(value, str) else value

    return BeforeValidator(read)


class RechercheObjets(Modele):
    """Paramètres communs aux listes d'objets."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    bbox: Annotated[
        Rectangle | None,
        _parse(Rectangle),
        PlainSerializer(lambda box: box and ",".join(map(str, box))),
        WithJsonSchema({"type": "string", "examples": ["2.25,48.81,2.42,48.91"]}),
        Field(description="Rectangle : ouest,sud,est,nord en degrés WGS 84."),
    ] = None
    datetime: Annotated[
        Intervalle | None,
        _parse(Intervalle),
        PlainSerializer(lambda value: value and value.texte),
        WithJsonSchema({"type": "string", "examples": ["2024-01-01T00:00:00Z/.."]}),
        Field(description="Instant ou intervalle (RFC 3339, `..` pour une borne ouverte)."),
    ] = None
    limit: Annotated[
        int,
        Field(ge=1, description=f"Objets par page ; au-delà de {ITEMS_MAX}, {ITEMS_MAX}."),
        AfterValidator(lambda value: min(value, ITEMS_MAX)),
    ] = 100
    curseur: Annotated[
        str | None, Field(max_length=400, description="Page suivante, tel que rendu par `next`.")
    ] = None


class _Norme(Modele):
    model_config = ConfigDict(
        json_schema_extra=of_standard(
            "OGC API Features", "https://docs.ogc.org/is/17-069r4/17-069r4.html"
        )
    )


class AccueilOgc(_Norme):
    """Entrée de l'API : ses liens."""

    title: str
    description: str
    links: list[Lien]


class ConformiteOgc(_Norme):
    """Classes de conformité tenues."""

    conformsTo: list[str]


class EtendueSpatiale(_Norme):
    """Rectangles qui contiennent les objets, en degrés WGS 84."""

    bbox: list[tuple[float, float, float, float]]


class EtendueTemporelle(_Norme):
    """Intervalles qui contiennent les dates des objets."""

    interval: list[tuple[str | None, str | None]]


class EtendueOgc(_Norme):
    """Où et quand sont les objets d'une collection."""

    spatial: EtendueSpatiale
    temporal: EtendueTemporelle


class CollectionOgc(_Norme):
    """Un ensemble d'objets de même nature."""

    id: str
    title: str
    description: str
    itemType: Literal["feature"]
    crs: list[str]
    extent: EtendueOgc
    links: list[Lien]


class CollectionsOgc(_Norme):
    """Les collections de l'API."""

    links: list[Lien]
    collections: list[CollectionOgc]


class ObjetOgc(Feature[P], Generic[P]):
    """Un objet d'une collection, seul."""

    links: list[Lien]


class ObjetsOgc(Reponse, Generic[P]):
    """Une page d'objets d'une collection."""

    type: Literal["FeatureCollection"]
    numberMatched: int = Field(description="Combien répondent à la question, sur toutes les pages.")
    numberReturned: int = Field(description="Combien sont dans cette page.")
    links: list[Lien]
    features: list[Feature[P]] = Field(description="Les objets de cette page.")
