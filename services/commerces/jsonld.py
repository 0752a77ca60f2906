"""A listing as schema.org's JSON-LD, safe to write inside a page."""

from calendar import isleap
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson

from services.commerces import mots_admis, taxonomie
from shared.schemas.commun import PARIS

JOURS: Final = {
    "lundi": "Monday",
    "mardi": "Tuesday",
    "mercredi": "Wednesday",
    "jeudi": "Thursday",
    "vendredi": "Friday",
    "samedi": "Saturday",
    "dimanche": "Sunday",
}
MODES: Final = {**mots_admis.noms(), "drive": "Retrait en voiture"}
"""What modalities are called: nobody outside of France says « drive » of that."""
CLOSED: Final = {"opens": "00:00", "closes": "00:00"}
"""All day, as schema.org writes it."""
YEARS: Final = 3
"""For how many years closures of every year are told, this one included."""
_DAY: Final = timedelta(days=1)
_ESCAPED: Final = (
    (b"<", b"\\u003c"),
    (b">", b"\\u003e"),
    (b"&", b"\\u0026"),
    ("\u2028".encode(), b"\\u2028"),
    ("\u2029".encode(), b"\\u2029"),
)
"""Inside `<script>`, only these could end it or be read as something else."""

Json = Mapping[str, Any]
Period = tuple[date, date]
"""First and last day."""


def document(feature: Json, address: str) -> bytes:
    """The JSON-LD of a listing's detail (GeoJSON), which lives at an address."""
    return b'{"@context":"https://schema.org",%b' % node(feature, address)[1:]


def node(feature: Json, address: str) -> bytes:
    """The same as a node of a larger document."""
    text = orjson.dumps(_without_nothing(_business(feature, address)))
    for character, escaped in _ESCAPED:
        text = text.replace(character, escaped)
    return text


def _business(feature: Json, address: str) -> dict[str, Any]:
    properties = feature["properties"]
    lon, lat = feature["geometry"]["coordinates"]
    return {
        "@type": taxonomie.categories()[properties["categories"][0]].schema_org,
        "@id": address,
        "name": properties["nom"],
        "description": properties["description"],
        "url": properties["site"],
        "telephone": _one_or_all(_contacts(properties, "telephone")),
        "email": _one_or_all(_contacts(properties, "courriel")),
        "sameAs": _contacts(properties, "facebook", "instagram"),
        "address": {
            "@type": "PostalAddress",
            "streetAddress": properties["adresse"],
            "postalCode": properties["code_postal"],
            "addressLocality": properties["commune"],
            "addressCountry": "FR",
        },
        "geo": {"@type": "GeoCoordinates", "longitude": lon, "latitude": lat},
        "identifier": _siret(properties["siret"]),
        "paymentAccepted": ", ".join(map(mots_admis.noms().__getitem__, properties["paiements"])),
        "knowsLanguage": properties["langues"],
        **hours(properties["horaires"]),
        "potentialAction": _order(properties["commande"]),
        "makesOffer": [_offer(modalite, properties, (lon, lat)) for modalite in _modes(properties)],
    }


def _modes(properties: Json) -> list[Json]:
    modes: list[Json] = properties["modalites_detail"]
    return modes


def _contacts(properties: Json, *kinds: str) -> list[str]:
    return [one["valeur"] for one in properties["contacts"] if one["genre"] in kinds]


def _one_or_all(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


def _siret(siret: str | None) -> dict[str, str] | None:
    if siret is None:
        return None
    return {"@type": "PropertyValue", "propertyID": "SIRET", "value": siret}


def _order(url: str | None) -> dict[str, str] | None:
    return None if url is None else {"@type": "OrderAction", "target": url}


def hours(horaires: Json | None, today: date | None = None) -> dict[str, Any]:
    """A week, its holidays and exceptions; a slot that depends on a condition is not said."""
    if horaires is None:
        return {}
    semaine, feries = horaires.get("semaine", {}), horaires.get("feries", {})
    days = [(name, semaine.get(jour, ())) for jour, name in JOURS.items()]
    days.append(("PublicHolidays", feries.get("creneaux", ())))
    week = [_slot(name, _times(slot)) for name, slots in days for slot in _sure(slots)]
    if feries.get("politique") == "ferme":
        week.append(_slot("PublicHolidays", CLOSED))
    exceptions = horaires.get("exceptions", ())
    special = [
        _dated(exception["du"], exception.get("au") or exception["du"], times)
        for exception in exceptions
        for times in _exceptional(exception)
    ]
    closed = closures(horaires, today or datetime.now(PARIS).date())
    special += [_dated(str(first), str(last), CLOSED) for first, last in closed]
    return {"openingHoursSpecification": week, "specialOpeningHoursSpecification": special}


def closures(horaires: Json, today: date) -> list[Period]:
    """Closures of every year as dates, which is all that schema.org has, but where exceptions are.

    Those under way and those of the years to come that a reader may keep this for.
    """
    years = range(today.year - 1, today.year + YEARS)
    dated = [_of_year(one, year) for one in horaires.get("fermetures", ()) for year in years]
    found = [(first, last) for first, last in dated if max(first, today) <= last]
    for exception in horaires.get("exceptions", ()):
        first, last = (exception["du"], exception.get("au") or exception["du"])
        out = date.fromisoformat(first), date.fromisoformat(last)
        found = [part for period in found for part in _less(period, out)]
    return sorted(found)


def _of_year(closure: Json, year: int) -> Period:
    """A closure that begins in a year."""
    du, au = closure["du"], closure["au"]
    end = year if du <= au else year + 1
    return _day(du, year, instead="03-01"), _day(au, end, instead="02-28")


def _day(annual: str, year: int, *, instead: str) -> date:
    """A day of a year, or another where there is no 29 February."""
    missing = annual == "02-29" and not isleap(year)
    return date.fromisoformat(f"{year}-{instead if missing else annual}")


def _less(period: Period, out: Period) -> list[Period]:
    """What is left of a period outside another."""
    (first, last), (start, end) = period, out
    parts = [(first, min(last, start - _DAY)), (max(first, end + _DAY), last)]
    return [(one, other) for one, other in dict.fromkeys(parts) if one <= other]


def _dated(first: str, last: str, times: Json) -> dict[str, Any]:
    return {
        "@type": "OpeningHoursSpecification",
        "validFrom": first,
        "validThrough": last,
        **times,
    }


def _slot(day: str, times: Json) -> dict[str, Any]:
    return {
        "@type": "OpeningHoursSpecification",
        "dayOfWeek": f"https://schema.org/{day}",
        **times,
    }


def _sure(slots: Any) -> list[Json]:
    return [slot for slot in slots if not slot.get("condition")]


def _times(slot: Json) -> dict[str, str]:
    # 24:00 is no time of schema.org: a day ends at 23:59.
    closes = "23:59" if slot["a"] == "24:00" else slot["a"]
    return {"opens": slot["de"], "closes": closes}


def _exceptional(exception: Json) -> list[Mapping[str, str]]:
    slots = exception.get("creneaux", ())
    if not slots:
        return [CLOSED]
    return [_times(slot) for slot in _sure(slots)]


def _offer(modalite: Json, properties: Json, here: tuple[float, float]) -> dict[str, Any]:
    """One way to be served, as schema.org models a service with its hours, area and fee."""
    # Own hours that were not understood are not known: the shop's do not stand for them.
    followed = None if modalite["horaires_texte"] else properties["horaires"]
    when = hours(modalite["horaires"] or followed)
    service = {
        "@type": "Service",
        "name": MODES[modalite["genre"]],
        "areaServed": _area(modalite["zone"], here),
        # A service has one list for its week and its dates.
        "hoursAvailable": [one for specified in when.values() for one in specified],
    }
    return {
        "@type": "Offer",
        "itemOffered": service,
        "eligibleTransactionVolume": _price(modalite["minimum"], "PriceSpecification", "minPrice"),
        "priceSpecification": _one_or_all(_charges(modalite["frais"], modalite["franco"])),
        "validFrom": modalite["du"],
        "validThrough": modalite["au"],
    }


def _charges(frais: str | None, franco: str | None) -> list[dict[str, Any]]:
    """What is charged below an amount, if there is one, and from it on nothing."""
    charges = [(frais, "maxPrice"), (None if franco is None else "0.00", "minPrice")]
    return [
        {**price, "eligibleTransactionVolume": _price(franco, "PriceSpecification", bound)}
        for amount, bound in charges
        if (price := _price(amount, "DeliveryChargeSpecification", "price"))
    ]


def _price(amount: str | None, kind: str, name: str) -> dict[str, str] | None:
    return None if amount is None else {"@type": kind, name: amount, "priceCurrency": "EUR"}


def _area(zone: Json | None, here: tuple[float, float]) -> Any:
    if zone is None:
        return None
    lon, lat = here
    match zone["type"]:
        case "communes":
            return [_administrative("INSEE", code) for code in zone["codes"]]
        case "codes_postaux":
            return [_administrative("postalCode", code) for code in zone["codes"]]
        case "rayon":
            midpoint = {"@type": "GeoCoordinates", "longitude": lon, "latitude": lat}
            return {
                "@type": "GeoCircle",
                "geoMidpoint": midpoint,
                "geoRadius": zone["rayon_m"],
            }
        case _:
            return [
                {"@type": "GeoShape", "polygon": " ".join(f"{y} {x}" for x, y in outer)}
                for outer in _outers(zone["geometrie"])
            ]


def _administrative(kind: str, code: str) -> dict[str, Any]:
    identifier = {"@type": "PropertyValue", "propertyID": kind, "value": code}
    return {"@type": "AdministrativeArea", "identifier": identifier}


def _outers(geometry: Json) -> list[Any]:
    coordinates = geometry["coordinates"]
    polygons = [coordinates] if geometry["type"] == "Polygon" else coordinates
    return [polygon[0] for polygon in polygons]


def _without_nothing(value: Any) -> Any:
    """The same without members that say nothing."""
    if isinstance(value, dict):
        kept = {name: _without_nothing(member) for name, member in value.items()}
        return {name: member for name, member in kept.items() if member not in (None, "", [], {})}
    if isinstance(value, list):
        return [_without_nothing(member) for member in value]
    return value
