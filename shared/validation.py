"""French messages for pydantic errors: the only module that knows its error types."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from shared.schemas.formes import D_UN_CHAMP, FORMES

Loc = tuple[str | int, ...]
Context = Mapping[str, Any]

FALLBACK = "valeur refusée"
_BOUND = re.compile(r"datetime\.date\((\d+), (\d+), (\d+)\)")
"""How pydantic gives the bound of a date."""
_CONTROL = r"\x1f"
"""In the patterns that only keep such characters out: they tell nobody anything."""
_MEMBER = re.compile(r"<\w+\.\w+: ('[^']*')>")
"""How it gives a choice that is a member of an enumeration."""


class Erreur(NamedTuple):
    """One refused value: where it is, and a sentence about it."""

    loc: Loc
    detail: str


def errors_fr(errors: Sequence[Mapping[str, Any]], accepted: Sequence[str] = ()) -> list[Erreur]:
    """Pydantic's errors as French sentences; `accepted` are the names the place does know."""
    return [Erreur(_place(error), sentence(error, accepted)) for error in errors]


def _place(error: Mapping[str, Any]) -> Loc:
    loc = tuple(error["loc"])
    return (*loc, error["ctx"]["champ"]) if error["type"] == D_UN_CHAMP else loc


def sentence(error: Mapping[str, Any], accepted: Sequence[str] = ()) -> str:
    """One error as one French sentence, without its location."""
    if error["type"] == "extra_forbidden":
        return _unknown(str(error["loc"][-1]), accepted, parameter=error["loc"][0] != "body")
    type_ = error["type"]
    if type_ in _LENGTHS and isinstance(error.get("input"), str):
        type_ = f"string_{type_}"
    message = error["ctx"]["texte"] if type_ == D_UN_CHAMP else _MESSAGES.get(type_, FALLBACK)
    if message is _OBJECT and tuple(error["loc"]) == ("body",):
        message = _BODY
    elif error["type"] in _BOUNDS and _is_nan(error.get("input")):
        message = _FINITE
    text = message if isinstance(message, str) else message(error.get("ctx") or {})
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _is_nan(received: object) -> bool:
    """No bound is a reason to refuse what compares with nothing."""
    return str(received).strip().lstrip("+-").casefold() == "nan"


def _unknown(name: str, accepted: Sequence[str], *, parameter: bool) -> str:
    known = ", ".join(accepted)
    if not parameter:
        return f"Champ inconnu : {name}." + (f" Champs acceptés : {known}." if known else "")
    return f"Paramètre inconnu : {name}." + (f" Paramètres acceptés : {known}." if known else "")


def _choices(ctx: Context) -> str:
    expected = _MEMBER.sub(r"\1", str(ctx["expected"]))
    expected = expected.replace("' or '", "', '").replace("'", "")
    return f"une de ces valeurs est attendue : {expected}"


def _shape(ctx: Context) -> str:
    pattern = str(ctx["pattern"])
    if _CONTROL in pattern:
        return "un caractère du texte n'est pas accepté (un caractère de contrôle, par exemple)"
    return FORMES.get(pattern, _SHAPE)


def _counted(template: str, bound: str) -> Callable[[Context], str]:
    """`{s}` marks where the plural goes."""

    def text(ctx: Context) -> str:
        number = ctx[bound]
        return template.format(n=number, s="s" if number > 1 else "")

    return text


def _filled(template: str) -> Callable[[Context], str]:
    return lambda ctx: template.format_map({name: _plain(value) for name, value in ctx.items()})


def _plain(value: object) -> object:
    """180 rather than 180.0, and a date as it is to be written."""
    if isinstance(value, str) and (found := _BOUND.fullmatch(value)):
        year, month, day = map(int, found.groups())
        return f"{year}-{month:02}-{day:02}"
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _own(ctx: Context) -> str:
    """The sentence of our own validator."""
    return str(ctx["error"]) or FALLBACK


_SHAPE = "le texte n'a pas la forme attendue"
"""Of a shape that nobody put into words: no one should have to read a pattern."""
_INTEGER = "un nombre entier est attendu"
_NUMBER = "un nombre est attendu"
_BOOLEAN = "un booléen est attendu : true ou false"
_TEXT = "un texte est attendu"
_OBJECT = "un objet JSON est attendu"
_BODY = f"{_OBJECT} (Content-Type: application/json)"
_FINITE = "un nombre fini est attendu"
_BOUNDS = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})
_LENGTHS = frozenset({"too_short", "too_long"})
"""Of a text too, where its length is looked at after our own validator."""
_LIST = "une liste est attendue"
_DATE = "une date AAAA-MM-JJ est attendue"
_TIME = "une heure HH:MM:SS est attendue"
_INSTANT = "un instant RFC 3339 est attendu, par exemple 2026-01-31T08:00:00Z"
_DURATION = "une durée ISO 8601 est attendue"
_URL = "une adresse http ou https est attendue"
_UUID = "un UUID est attendu"
_DECIMAL = "un nombre décimal est attendu"
_REQUIRED = "valeur obligatoire"

_MESSAGES: dict[str, str | Callable[[Context], str]] = {
    "missing": _REQUIRED,
    "missing_argument": _REQUIRED,
    "none_required": "aucune valeur n'est attendue ici",
    "json_invalid": "ce n'est pas du JSON valide",
    "json_type": _TEXT,
    "recursion_loop": "le contenu se contient lui-même",
    "recursion_depth_exceeded": "le contenu est trop imbriqué",
    "value_error": _own,
    "assertion_error": FALLBACK,
    "literal_error": _choices,
    "enum": _choices,
    "greater_than": _filled("la valeur doit être supérieure à {gt}"),
    "greater_than_equal": _filled("la valeur doit être au moins {ge}"),
    "less_than": _filled("la valeur doit être inférieure à {lt}"),
    "less_than_equal": _filled("la valeur doit être au plus {le}"),
    "multiple_of": _filled("la valeur doit être un multiple de {multiple_of}"),
    "finite_number": _FINITE,
    "too_short": _counted("au moins {n} élément{s} attendu{s}", "min_length"),
    "too_long": _counted("au plus {n} élément{s} accepté{s}", "max_length"),
    "string_too_short": _counted("le texte doit avoir au moins {n} caractère{s}", "min_length"),
    "string_too_long": _counted("le texte doit avoir au plus {n} caractère{s}", "max_length"),
    "bytes_too_short": _counted("au moins {n} octet{s} attendu{s}", "min_length"),
    "bytes_too_long": _counted("au plus {n} octet{s} accepté{s}", "max_length"),
    "string_pattern_mismatch": _shape,
    "string_type": _TEXT,
    "string_unicode": "un texte UTF-8 est attendu",
    "string_not_ascii": "un texte sans accent (ASCII) est attendu",
    "bytes_type": _TEXT,
    "bytes_invalid_encoding": "le codage des octets n'est pas celui attendu",
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dict_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _LIST,
    "tuple_type": _LIST,
    "set_type": _LIST,
    "frozen_set_type": _LIST,
    "deque_type": _LIST,
    "iterable_type": _LIST,
    "iteration_error": _LIST,
    "bool_type": _BOOLEAN,
    "bool_parsing": _BOOLEAN,
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": "le nombre est trop grand",
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "decimal_type": _DECIMAL,
    "decimal_parsing": _DECIMAL,
    "decimal_max_digits": _counted("au plus {n} chiffre{s} accepté{s}", "max_digits"),
    "decimal_max_places": _counted("au plus {n} décimale{s} acceptée{s}", "decimal_places"),
    "decimal_whole_digits": _counted("au plus {n} chiffre{s} avant la virgule", "whole_digits"),
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_past": "une date passée est attendue",
    "date_future": "une date à venir est attendue",
    "time_type": _TIME,
    "time_parsing": _TIME,
    "datetime_type": _INSTANT,
    "datetime_parsing": _INSTANT,
    "datetime_object_invalid": _INSTANT,
    "datetime_from_date_parsing": _INSTANT,
    "datetime_past": "un instant passé est attendu",
    "datetime_future": "un instant à venir est attendu",
    "timezone_naive": "un instant sans fuseau est attendu",
    "timezone_aware": "le fuseau manque : l'instant doit finir par Z ou par un décalage (+01:00)",
    "timezone_offset": "ce décalage horaire n'est pas accepté",
    "time_delta_type": _DURATION,
    "time_delta_parsing": _DURATION,
    "union_tag_invalid": _filled("le champ {discriminator} doit valoir : {expected_tags}"),
    "union_tag_not_found": _filled("le champ {discriminator} est obligatoire"),
    "url_type": _URL,
    "url_parsing": _URL,
    "url_syntax_violation": _URL,
    "url_scheme": _URL,
    "url_too_long": _filled("l'adresse doit avoir au plus {max_length} caractères"),
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": _filled("un UUID de version {expected_version} est attendu"),
}
