"""OCPI formats of identifiers, instants and telephone numbers."""

import re
from datetime import UTC, datetime
from typing import Final

PHONE_MAX: Final = 25

_ID = re.compile(r"([A-Z]{2})([A-Z0-9]{3})([A-Z0-9]*)")
_EVSE_ID = re.compile(r"([A-Z]{2})([A-Z0-9]{3})(E[A-Z0-9]{1,30})")
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{2,}")


def party(id_station_itinerance: str, editeur: str) -> tuple[str, str]:
    """Country and party that an identifier names; ours when it names none."""
    match = _ID.fullmatch(id_station_itinerance)
    return (match[1], match[2]) if match else ("FR", editeur)


def evse_id(id_pdc_itinerance: str) -> str | None:
    """The identifier with its separators, when it has the form of the standard."""
    match = _EVSE_ID.fullmatch(id_pdc_itinerance)
    return "*".join(match.groups()) if match else None


def phone(texte: str | None) -> str | None:
    """A telephone number short enough for OCPI, without the `tel:` of some files."""
    number = (texte or "").strip().removeprefix("tel:")
    return number if len(number) <= PHONE_MAX and _PHONE.fullmatch(number) else None


def moment(instant: datetime) -> str:
    """An instant as OCPI writes it, to the second below."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
