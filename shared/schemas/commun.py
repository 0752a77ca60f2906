"""Identifiers, amounts, instants and pages as the whole public contract writes them."""

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)

from shared.schemas.formes import CODE_INSEE, NUMERO_ECRIT
from shared.schemas.modeles import Modele, Reponse

PARIS = ZoneInfo("Europe/Paris")


class JourSemaine(StrEnum):
    """Un jour de la semaine."""

    LUNDI = "lundi"
    MARDI = "mardi"
    MERCREDI = "mercredi"
    JEUDI = "jeudi"
    VENDREDI = "vendredi"
    SAMEDI = "samedi"
    DIMANCHE = "dimanche"


JOURS = tuple(jour.value for jour in JourSemaine)
"""Monday first."""
MOIS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
LA_POSTE = "356000000"
LA_POSTE_SIEGE = "35600000000048"
"""The one SIRET of La Poste that follows the common rule."""

_AMOUNT = re.compile(r"-?[0-9]{1,13}\.[0-9]{2}")
_CENT = Decimal("0.01")
_AMOUNT_LIMIT = Decimal("1e13")
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?"
    r"(?:[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_LOST_PLUS = re.compile(r"(T[0-9:.]+) ([0-9]{2}:[0-9]{2})")

T = TypeVar("T")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    odd = sum(map(int, digits[-1::-2]))
    even = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (odd + even) % 10 == 0


def is_siren(text: str) -> bool:
    """Nine digits and their check digit; nothing is registered under nine zeros."""
    return re.fullmatch("[0-9]{9}", text) is not None and luhn(text) and int(text) > 0


def is_siret(text: str) -> bool:
    """A SIREN, five digits and a check digit over the whole.

    La Poste has more establishments than the rule can number: the sum of the digits of its SIRETs
    is a multiple of 5 instead.
    """
    if re.fullmatch("[0-9]{14}", text) is None or not is_siren(text[:9]):
        return False
    if text.startswith(LA_POSTE) and text != LA_POSTE_SIEGE:
        return sum(map(int, text)) % 5 == 0
    return luhn(text)


def _siren(text: str) -> str:
    if not is_siren(text):
        raise ValueError("un SIREN est attendu : neuf chiffres dont le dernier est la clé")
    return text


def _siret(text: str) -> str:
    text = re.sub(r"\s", "", text)  # people write it as it is printed: 732 829 320 00074
    if not is_siret(text):
        raise ValueError("un SIRET est attendu : quatorze chiffres dont le dernier est la clé")
    return text


Siren = Annotated[
    str,
    AfterValidator(_siren),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{9}$",
            "description": "Numéro SIREN, clé de Luhn vérifiée.",
            "examples": ["217500016"],
        }
    ),
]
Siret = Annotated[
    str,
    AfterValidator(_siret),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^[0-9]{14}$",
            "description": "Numéro SIRET, clé vérifiée (règle propre à La Poste comprise) ; des "
            "espaces y sont ôtées.",
            "examples": ["21750001600019"],
        }
    ),
]
CodeInsee = Annotated[
    str,
    Field(
        pattern=CODE_INSEE,
        description="Code INSEE de commune ou d'arrondissement : 92012, 75056, 75116, 2A004.",
        examples=["92012"],
    ),
]


def _amount(value: Any) -> Decimal:
    """From JSON a text with its cents; from Python a Decimal of whole cents; never a float."""
    amount = Decimal(value) if isinstance(value, str) and _AMOUNT.fullmatch(value) else value
    if not (isinstance(amount, Decimal) and _whole_cents(amount)):
        raise ValueError('un montant est attendu : un texte avec deux décimales, comme "1234.50"')
    return amount.quantize(_CENT) + 0  # + 0: no negative zero


def _whole_cents(value: Decimal) -> bool:
    return value.is_finite() and abs(value) < _AMOUNT_LIMIT and value == value.quantize(_CENT)


Montant = Annotated[
    Decimal,
    BeforeValidator(_amount),
    PlainSerializer(lambda value: format(value, ".2f"), return_type=str),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_AMOUNT.pattern}$",
            "description": "Montant en euros, avec deux décimales, écrit comme un texte.",
            "examples": ["1234.50"],
        }
    ),
]


def _instant_text(value: Any) -> Any:
    """Only RFC 3339: pydantic would also read numbers as seconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise ValueError("un instant RFC 3339 est attendu, par exemple 2026-01-31T08:00:00Z")


def _to_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("cet instant sort du calendrier") from None


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_instant_text),
    AfterValidator(_to_utc),
    PlainSerializer(
        lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"), return_type=str
    ),
    WithJsonSchema(
        {
            "type": "string",
            "format": "date-time",
            "description": "Instant RFC 3339 avec son fuseau ; rendu en UTC.",
            "examples": ["2026-01-31T08:00:00Z"],
        }
    ),
]


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _day_text(value: Any) -> Any:
    """Only AAAA-MM-JJ: pydantic would also read numbers as seconds since 1970."""
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("une date AAAA-MM-JJ est attendue")


Jour = Annotated[date, BeforeValidator(_day_text)]
"""A day of the calendar."""


def _day_of_the_century(value: date) -> date:
    if not 2000 <= value.year < 2100:  # noqa: PLR2004 as `of_the_century`
        raise ValueError("un jour entre 2000 et 2099 est attendu")
    return value


JourDuSiecle = Annotated[Jour, AfterValidator(_day_of_the_century)]
"""A day whose year our calendars know."""


NUMERO_MAX: Final = 2**31 - 1
"""The largest number of a row."""
NUMERO_OU_TEXTE: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "string", "pattern": NUMERO_ECRIT},
            {"type": "integer", "minimum": 1, "maximum": NUMERO_MAX},
        ],
        "examples": ["1"],
    }
)
"""How the contract tells the number of what is answered as GeoJSON: there `id` is a text.

Other answers cite it by number: a client passes on either as it received it.
"""


def number_of(value: Any) -> Any:
    """The number that a text writes; anything else as it is."""
    written = isinstance(value, str) and re.fullmatch(NUMERO_ECRIT, value, re.ASCII)
    return int(value) if written else value


Numero = Annotated[
    int, BeforeValidator(number_of), Strict(), Field(ge=1, le=NUMERO_MAX), NUMERO_OU_TEXTE
]
"""The number of a row, in what is sent."""


def _moment(value: Any) -> Any:
    """An instant; `maintenant` is the minute under way."""
    if value == "maintenant":
        return datetime.now(UTC).replace(second=0, microsecond=0)
    # In an address an unescaped + reads as a space: only an offset can be meant here.
    return _LOST_PLUS.sub(r"\1+\2", value) if isinstance(value, str) else value


def of_the_century(value: datetime) -> datetime:
    """The instant, if our calendars know its year; ValueError (in French) if not."""
    if not 2000 <= value.year < 2100:  # noqa: PLR2004 the century of the calendars we know
        raise ValueError("un instant entre 2000 et 2099 est attendu")
    return value


Moment = Annotated[
    Instant,
    BeforeValidator(_moment),
    AfterValidator(of_the_century),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "const": "maintenant"},
            ],
            "examples": ["maintenant", "2026-01-31T08:00:00+01:00"],
        }
    ),
]
"""An instant (RFC 3339 with its offset), or `maintenant`."""


_MINUTE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}"
_LOCAL = re.compile(rf"{_MINUTE}(?::[0-9]{{2}}|Z|[+ -][0-9]{{2}}:[0-9]{{2}})?")


def _of_paris(value: Any) -> Any:
    """A date and time without an offset are those of a clock in Paris; told twice, the first.

    Minutes are enough, with an offset too, of which an unescaped + reads as a space.
    """
    if not isinstance(value, str) or _LOCAL.fullmatch(value) is None:
        return value
    try:
        found = datetime.fromisoformat(value.replace(" ", "+"))
        return (found if found.tzinfo else found.replace(tzinfo=PARIS)).astimezone(UTC)
    except (OverflowError, ValueError):
        return value


MomentDeParis = Annotated[Moment, BeforeValidator(_of_paris)]
"""A moment, which may also be written as a clock in Paris shows it: `2026-11-24T19:00`."""


LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i"})
"""Small letters that Unicode does not take apart, for `str.translate`."""


def slug(text: str) -> str:
    """`Accès libre` → `acces_libre`: how a value may be written in a URL by hand."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES).replace("’", "'"))
    return "_".join(plain.encode("ascii", "ignore").decode().lower().replace("'", " ").split())


def split_values(value: Any) -> Any:
    """`nom=a,b` and `nom=a&nom=b` are the same question."""
    if isinstance(value, list):
        texts = (item.split(",") if isinstance(item, str) else [item] for item in value)
        return [part for parts in texts for part in parts]
    return value


class Ouverture(StrEnum):
    """Si un lieu est ouvert ; ce qui n'est pas su n'est jamais dit fermé."""

    OUVERT = "ouvert"
    FERME = "ferme"
    INCONNU = "inconnu"


Leurre = Annotated[
    str | None,
    Field(
        max_length=2_000,
        description="À laisser vide et à cacher dans un formulaire : seuls les robots le "
        "remplissent.",
    ),
]


class SansParametre(Modele):
    """Une ressource qui n'accepte aucun paramètre."""

    model_config = ConfigDict(extra="forbid")


class Lien(Modele):
    """Un lien typé (RFC 8288)."""

    rel: str = Field(description="Nature du lien.", examples=["next"])
    href: str = Field(description="Adresse, absolue ou relative à celle de la réponse.")
    type: str | None = Field(default=None, description="Type de contenu au bout du lien.")
    title: str | None = Field(default=None, description="Nom lisible.")


CurseurDemande = Annotated[
    str | None,
    Field(
        max_length=1_024,
        description="La page suivante : ce que la réponse a donné dans `curseur_suivant`.",
    ),
]


CurseurDeLien = Annotated[
    str | None, Field(max_length=200, description="Page suivante, tel que rendu par `links`.")
]


class UnePage(Reponse):
    """Ce que toute page d'une liste dit de la suivante."""

    curseur_suivant: str | None = Field(
        default=None, description="À passer dans `curseur` ; nul à la dernière page."
    )
    liens: list[Lien] = Field(
        default=[], description="`next` : la page suivante ; l'en-tête `Link` le dit aussi."
    )


class Page(UnePage, Reponse, Generic[T]):
    """Une page d'une liste."""

    elements: list[T]
