"""The names of the properties that a search may return: those of a model."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


class FieldOf:
    """Makes a text one of a model's fields; the model may be declared after it."""

    def __init__(self, model: Callable[[], type[BaseModel]]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._known, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "enum": list(self._model().model_fields)}

    def _known(self, name: str) -> str:
        fields = self._model().model_fields
        if name not in fields:
            known = ", ".join(fields)
            raise ValueError(f"champ inconnu : « {name[:40]} » ; champs acceptés : {known}")
        return name


def chosen(model: Callable[[], type[BaseModel]]) -> Callable[[dict[str, Any]], None]:
    """For `json_schema_extra`: what `champs` may leave out of an answer is not always there."""

    def relax(schema: dict[str, Any]) -> None:
        fields = model().model_fields
        schema["required"] = [name for name in schema.get("required", ()) if name not in fields]

    return relax
