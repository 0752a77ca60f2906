"""What the models of the contract are made from: what is answered, and what is asked."""

from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from shared.schemas.textes import describe

T = TypeVar("T")


def _is_none(value: Any) -> bool:
    return value is None


ABSENT: Final = Field(exclude_if=_is_none)
"""Beside the type of a property that an answer may leave out, rather than say null."""


class Modele(BaseModel):
    """What every model of the contract is: the text under a field describes it there."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        describe(cls)


class Reponse(Modele):
    """What a service answers.

    An answer has all its properties, those with a default too: the contract says so, wherever it
    shows the model, for clients to make their types of. One that may be missing is `ABSENT`.
    """

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_mode_override="serialization",
    )


class Demande(Modele):
    """What a caller sends: a field that is not known is refused, and nothing changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


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
