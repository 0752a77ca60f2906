"""What the models of the contract are made from: what is answered, and what is asked."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

T = TypeVar("T")


def _is_none(value: Any) -> bool:
    return value is None


ABSENT: Final = Field(exclude_if=_is_none)
"""Beside the type of a property that an answer may leave out, rather than say null."""


class Reponse(BaseModel):
    """What a service answers: the text under a field describes it in the contract.

    An answer has all its properties, those with a default too: the contract says so, wherever it
    shows the model, for clients to make their types of. One that may be missing is `ABSENT`.
    """

    model_config = ConfigDict(
        use_attribute_docstrings=True,
        json_schema_serialization_defaults_required=True,
        json_schema_mode_override="serialization",
    )


class ReponseDe(Reponse):
    """An answer of a type that is said where it is used: `Field` describes its properties.

    Pydantic looks for the text under a field in the frames that make the model. For a `Page[X]` it
    walks them all and finds none, which took a third of the time in which a service starts.
    """

    model_config = ConfigDict(use_attribute_docstrings=False)


class Demande(BaseModel):
    """What a caller sends: a field that is not known is refused, and nothing changes it.

    The text under a field describes it, as in `Reponse`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class DemandeDePage(Demande):
    """What the address of a page asks: what others add to it when they share it is let be.

    Mail services and social networks do (`utm_source`, `fbclid`), and its readers cannot help it.
    """

    model_config = ConfigDict(extra="ignore")


def of_standard(nom: str, url: str) -> dict[str, JsonValue]:
    """What a schema says beside itself when a standard describes its fields (OpenAPI)."""
    return {"externalDocs": {"description": nom, "url": url}}


def each_once(values: list[T]) -> list[T]:
    """The values of a list, if each comes once; ValueError (in French) if not."""
    if len(set(values)) != len(values):
        raise ValueError("une valeur est répétée")
    return values
