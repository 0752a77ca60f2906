"""The receiver side of OCPI reads the standard's own examples and a real partner's export."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.schemas.ocpi import (
    Connector,
    Credentials,
    EnveloppeOcpi,
    Hours,
    Location,
    Tariff,
    VersionDetail,
    VersionPubliee,
)

LOCATION = {
    "country_code": "FR",
    "party_id": "GPR",
    "id": "1",
    "publish": True,
    "address": "x",
    "city": "Paris",
    "country": "FRA",
    "coordinates": {"latitude": "48.85000", "longitude": "2.35000"},
    "time_zone": "Europe/Paris",
    "last_updated": "2024-01-01T00:00:00Z",
}
# Fragments are left out: parts of objects, and `location_put_example_add_evse`, which is abridged.
BY_NAME = (
    ("location_example*", Location),
    ("location_hours_*", Hours),
    ("tariff_*", Tariff),
    ("credentials_example*", Credentials),
    ("version_details_example*", VersionDetail),
    ("versions_info_example", list[VersionPubliee]),
    ("transport_and_format_version_info_example", EnveloppeOcpi[list[VersionPubliee]]),
    ("transport_and_format_version_details_example", EnveloppeOcpi[VersionDetail]),
)


@pytest.mark.parametrize("version", ["2.2.1", "2.3.0"])
@pytest.mark.parametrize(("name", "model"), BY_NAME, ids=[name for name, _ in BY_NAME])
def test_the_standard_s_examples(donnees_reelles, version, name, model):
    files = sorted((donnees_reelles / f"ocpi/examples-{version}").glob(f"{name}.json"))
    assert files
    for file in files:
        TypeAdapter(model).validate_json(file.read_bytes())


def test_a_real_partner_s_export(donnees_reelles):
    content = (donnees_reelles / "irve/tesla_FR_Open_Locations.json").read_bytes()
    locations = EnveloppeOcpi[list[Location]].model_validate_json(content).data
    assert len(locations) == 273
    # What the standard does not know is kept.
    assert any("access_type" in location.model_extra for location in locations)


def test_real_tariffs(donnees_reelles):
    content = (donnees_reelles / "irve/tarifs_ocpi/citeos_paris_idf_tariffs.json").read_bytes()
    tariffs = [Tariff.model_validate(one["tariff"]) for one in json.loads(content)]
    assert len(tariffs) == 26


def test_a_time_without_zone_is_utc():
    bare = Location.model_validate(LOCATION | {"last_updated": "2024-01-01T00:00:00"})
    assert bare.last_updated == Location.model_validate(LOCATION).last_updated


@pytest.mark.parametrize(
    "change",
    [
        {"country": "FR"},
        {"country_code": "FRA"},
        {"id": "a" * 37},
        {"party_id": "GRAND"},
        {"coordinates": {"latitude": 48.85, "longitude": 2.35}},
        {"city": "x" * 46},
        {"last_updated": None},
        {"evses": [{"uid": "1", "status": "UNKNOWN", "connectors": [], "last_updated": "x"}]},
    ],
)
def test_what_the_standard_forbids(change):
    with pytest.raises(ValidationError):
        Location.model_validate(LOCATION | change)


def test_closed_words_are_closed_and_open_ones_open():
    connector = {
        "id": "1",
        "standard": "UNE_PRISE_FUTURE",
        "format": "CABLE",
        "power_type": "DC",
        "max_voltage": 500,
        "max_amperage": 100,
        "last_updated": "2024-01-01T00:00:00Z",
    }
    Connector.model_validate(connector)
    with pytest.raises(ValidationError):
        Connector.model_validate(connector | {"format": "PRISE"})
