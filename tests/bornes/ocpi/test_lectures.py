"""What a registered partner reads, page by page."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.bornes.ocpi import queries
from services.bornes.ocpi.ecriture import moment
from services.bornes.ocpi.queries import PAGE_MAX, Fenetre
from shared.pages import encode_cursor
from shared.schemas.ocpi import EnveloppeOcpi, Evse, Location, Tariff
from tests.factories import irve_station
from tests.ocpi import data, refused

VERSIONS = ("2.2.1", "2.3.0")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_location_an_evse_a_connector(reader, stations, version):
    stations(*irve_station(2, "FRESSP1", tarification="0,42€/kWh"))
    (listed,) = data(reader.get(f"/ocpi/{version}/locations"))
    Location.model_validate(listed)
    one = data(reader.get(f"/ocpi/{version}/locations/FRESSP1"))
    assert one == listed
    evse = data(reader.get(f"/ocpi/{version}/locations/fressp1/fresse101"))
    assert evse == one["evses"][1]
    Evse.model_validate(evse)
    connector = data(reader.get(f"/ocpi/{version}/locations/FRESSP1/FRESSE101/t2"))
    assert connector == evse["connectors"][0]
    (tariff,) = data(reader.get(f"/ocpi/{version}/tariffs"))
    Tariff.model_validate(tariff)
    assert connector["tariff_ids"] == [tariff["id"]]


def test_a_station_outside_roaming_has_an_id_too(reader, stations):
    (row,) = irve_station(1, "FRESSP1")
    outside = {
        "id_station_itinerance": "Non concerné",
        "id_pdc_itinerance": "Non concerné",
        "id_station_local": "S1",
        "id_pdc_local": "P1",
    }
    stations(row | outside)
    (listed,) = data(reader.get("/ocpi/2.2.1/locations"))
    assert listed["id"].startswith("NC")
    assert (listed["party_id"], "evse_id" in listed["evses"][0]) == ("GPR", False)
    assert data(reader.get(f"/ocpi/2.2.1/locations/{listed['id'].upper()}")) == listed


def test_what_was_withdrawn_stays_as_removed(reader, stations):
    stations(*irve_station(2, "FRESSP1"), *irve_station(1, "FRESSP2"))
    before = {one["id"]: one for one in data(reader.get("/ocpi/2.2.1/locations"))}
    stations(*irve_station(1, "FRESSP1"))
    after = {one["id"]: one for one in data(reader.get("/ocpi/2.2.1/locations"))}
    states = {
        id_: {evse["uid"]: evse["status"] for evse in one["evses"]} for id_, one in after.items()
    }
    assert states == {
        "FRESSP1": {"FRESSE100": "UNKNOWN", "FRESSE101": "REMOVED"},
        "FRESSP2": {"FRESSE200": "REMOVED"},
    }
    assert all(after[id_]["last_updated"] >= before[id_]["last_updated"] for id_ in before)


def test_what_went_to_another_station_stays_as_removed_under_the_first(reader, stations):
    """OCPI deletes nothing: a partner that knows the first Location must hear of its end."""

    def states():
        listed = data(reader.get("/ocpi/2.2.1/locations"))
        assert [Location.model_validate(one).party_id for one in listed] == ["ESS"] * len(listed)
        return {one["id"]: {evse["uid"]: evse["status"] for evse in one["evses"]} for one in listed}

    before, (one, two) = irve_station(2, "FRESSP1"), irve_station(2, "FRESSP1")
    elsewhere = {"id_station_itinerance": "FRESSP9"}
    stations(*before)
    since = data(reader.get("/ocpi/2.2.1/locations/FRESSP1"))["last_updated"]
    stations(one, two | elsewhere)
    assert states() == {
        "FRESSP1": {"FRESSE100": "UNKNOWN", "FRESSE101": "REMOVED"},
        "FRESSP9": {"FRESSE101": "UNKNOWN"},
    }
    stations(one | elsewhere, two | elsewhere)
    assert states() == {
        "FRESSP1": {"FRESSE100": "REMOVED", "FRESSE101": "REMOVED"},
        "FRESSP9": {"FRESSE100": "UNKNOWN", "FRESSE101": "UNKNOWN"},
    }
    gone = data(reader.get("/ocpi/2.2.1/locations/FRESSP1"))
    assert gone["last_updated"] >= since
    assert gone["evses"][0]["last_updated"] == gone["last_updated"]
    stations(*before)
    assert states() == {
        "FRESSP1": {"FRESSE100": "UNKNOWN", "FRESSE101": "UNKNOWN"},
        "FRESSP9": {"FRESSE100": "REMOVED", "FRESSE101": "REMOVED"},
    }


def test_what_comes_back_elsewhere_stays_as_removed_where_it_was(reader, stations):
    one, two = irve_station(2, "FRESSP1")
    stations(one, two)
    stations(one)
    stations(one, two | {"id_station_itinerance": "FRESSP9"})
    listed = {one["id"]: one["evses"] for one in data(reader.get("/ocpi/2.2.1/locations"))}
    assert [evse["status"] for evse in listed["FRESSP1"]] == ["UNKNOWN", "REMOVED"]
    assert [evse["status"] for evse in listed["FRESSP9"]] == ["UNKNOWN"]


def test_points_without_a_plug_that_ocpi_knows_are_left_out(reader, stations, database):
    other = {"prise_type_2": "false", "prise_type_autre": "true"}
    bare = {"prise_type_2": "false"}
    mixed, none_left = irve_station(2, "FRESSP1"), irve_station(2, "FRESSP2")
    stations(mixed[0], mixed[1] | bare, none_left[0] | other, none_left[1] | bare)
    (listed,) = data(reader.get("/ocpi/2.2.1/locations"))
    assert [evse["uid"] for evse in listed["evses"]] == ["FRESSE100"]
    assert refused(reader.get("/ocpi/2.2.1/locations/FRESSP2"), 404) == 2003
    with database() as session:
        left_out = [(one.id, one.prise_type_autre) for one in queries.left_out(session)]
    assert left_out == [("FRESSE101", False), ("FRESSE200", True), ("FRESSE201", False)]


def numbered(count):
    return [irve_station(1, f"FRESSP{number:03}")[0] for number in range(count)]


def spread(database, *, seconds=10):
    """Gives stations instants of change apart from each other, in the order of their ids."""
    with database() as session, session.begin():
        session.execute(
            text("""
            UPDATE bornes.stations AS s SET modifiee_le = rangs.instant
            FROM (SELECT id, timestamptz '2024-01-01T00:00:00.5Z'
                         + (row_number() OVER (ORDER BY id) - 1) * :pas AS instant
                  FROM bornes.stations) AS rangs
            WHERE rangs.id = s.id
            """),
            {"pas": timedelta(seconds=seconds)},
        )
        session.execute(
            text("""
            UPDATE bornes.points_de_charge AS p SET modifie_le = s.modifiee_le
            FROM bornes.stations AS s WHERE s.id = p.station_id
            """)
        )


def crawl(reader, url):
    """Each page of a list, by its links."""
    while url:
        answer = reader.get(url)
        yield answer
        url = answer.links.get("next", {}).get("url")


def test_pages(reader, stations, database):
    stations(*numbered(7))
    spread(database)
    query = "/ocpi/2.2.1/locations?limit=3&date_from=2024-01-01T00:00:10Z"
    pages = list(crawl(reader, query))
    assert [[one["id"][-1] for one in data(page)] for page in pages] == [
        ["1", "2", "3"],
        ["4", "5", "6"],
    ]
    for page in pages:
        assert page.headers["x-total-count"] == "6"
        assert page.headers["x-limit"] == str(PAGE_MAX)
    link = pages[0].headers["link"]
    assert link.startswith("<http://testserver/ocpi/2.2.1/locations?")
    assert "date_from=2024-01-01T00%3A00%3A10Z&offset=3&limit=3" in link
    assert "link" not in pages[1].headers
    by_offset = reader.get("/ocpi/2.2.1/locations?offset=5")
    assert [one["id"][-1] for one in data(by_offset)] == ["5", "6"]
    assert data(reader.get("/ocpi/2.2.1/locations?offset=9")) == []


def test_a_station_that_changes_during_a_crawl_hides_no_other(reader, stations, database):
    stations(*numbered(6))
    spread(database)
    pages = crawl(reader, "/ocpi/2.2.1/locations?limit=2")
    seen = [one["id"] for one in data(next(pages))]
    with database() as session, session.begin():
        # The first one goes to the end: by offset alone, the third would be skipped.
        session.execute(
            text("UPDATE bornes.stations SET modifiee_le = now() WHERE id = 'FRESSP000'")
        )
    for page in pages:
        seen += [one["id"] for one in data(page)]
    assert {f"FRESSP00{number}" for number in range(6)} == set(seen)
    assert seen[-1] == "FRESSP000"


def test_a_page_is_never_longer_than_the_server_s(reader, stations):
    stations(*numbered(PAGE_MAX + 1))
    first, second = crawl(reader, "/ocpi/2.2.1/locations?limit=5000")
    assert (len(data(first)), len(data(second))) == (PAGE_MAX, 1)


def test_date_from_is_within_and_date_to_is_not(reader, stations, database):
    stations(*numbered(3))
    spread(database)

    def ids(query):
        return [one["id"][-1] for one in data(reader.get(f"/ocpi/2.2.1/locations?{query}"))]

    told = data(reader.get("/ocpi/2.2.1/locations"))[1]["last_updated"]
    assert told == "2024-01-01T00:00:10Z"
    assert ids(f"date_from={told}") == ["1", "2"]
    assert ids(f"date_to={told}") == ["0"]
    assert ids("date_from=2024-01-01T00:00:10.000001Z") == ["2"]
    assert ids("date_to=2024-01-01T00:00:10.9Z") == ["0", "1"]
    assert ids("date_from=2024-01-01T00:00:10&inconnu=1") == ["1", "2"]
    assert ids("date_from=2024-01-01T01:00:10%2B01:00") == ["1", "2"]
    assert ids("date_from=9999-12-31T23:59:59Z&date_to=0001-01-01T00:00:00Z") == []


@given(
    changed=st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 the strategy wants bounds naive
    shift=st.timedeltas(timedelta(seconds=-2), timedelta(seconds=2)),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_window_is_about_the_instants_that_are_told(changed, shift):
    told = datetime.fromisoformat(moment(changed))
    bound = changed + shift
    window = Fenetre.of(bound, None)
    assert (changed >= window.debut) == (told >= bound)
    window = Fenetre.of(None, bound)
    assert (changed < window.fin) == (told < bound)


@pytest.mark.parametrize(
    "query",
    ["limit=a", "limit=0", "offset=-1", "date_from=hier", "limit=" + "9" * 30],
)
def test_a_wrong_parameter_is_ocpi_s_business(reader, query):
    for module in ("locations", "tariffs"):
        answer = reader.get(f"/ocpi/2.3.0/{module}?{query}")
        assert refused(answer) == 2001
        assert answer.json()["status_message"].startswith(f"{query.partition('=')[0]} : ")


@pytest.mark.parametrize(
    "path", ["locations?limit=1&limit=2", "locations?offset=%00", "locations/%00"]
)
def test_what_no_route_could_take_is_a_400_for_anyone(reader, path):
    for headers in ({}, {"Authorization": "Token inconnu"}):
        answer = reader.get(f"/ocpi/2.2.1/{path}", headers=headers)
        assert (answer.status_code, answer.json()["status_code"]) == (400, 2001)


def test_a_place_beyond_time_is_refused(reader):
    for place in ("x", encode_cursor(-1, "x"), encode_cursor(2**62, "x")):
        query = f"apres={place}"
        assert refused(reader.get(f"/ocpi/2.3.0/locations?{query}")) == 2001


def test_tariffs_come_in_pages(reader, stations):
    prices = [f"0,{cents}€/kWh" for cents in range(40, 45)]
    rows = [row | {"tarification": price} for row, price in zip(numbered(5), prices, strict=True)]
    stations(*rows)
    pages = list(crawl(reader, "/ocpi/2.3.0/tariffs?limit=2"))
    assert [len(data(page)) for page in pages] == [2, 2, 1]
    assert {page.headers["x-total-count"] for page in pages} == {"5"}
    assert data(reader.get("/ocpi/2.3.0/tariffs?date_from=2100-01-01T00:00:00Z")) == []


def test_headers_come_back(reader):
    sent = {
        "X-Request-ID": "requete-1",
        "X-Correlation-ID": "suite-1",
        "OCPI-from-country-code": "FR",
        "OCPI-from-party-id": "EXA",
    }
    for path in ("/ocpi/2.2.1/locations", "/ocpi/2.2.1/locations/a", "/ocpi/2.2.1/tariffs?limit=x"):
        headers = reader.get(path, headers=sent).headers
        assert headers["x-request-id"] == "requete-1"
        assert headers["x-correlation-id"] == "suite-1"
        assert (headers["ocpi-to-country-code"], headers["ocpi-to-party-id"]) == ("FR", "EXA")
        assert (headers["ocpi-from-country-code"], headers["ocpi-from-party-id"]) == ("FR", "GPR")
    headers = reader.get("/ocpi/versions", headers={"X-Correlation-ID": "a b"}).headers
    assert not {"x-correlation-id", "ocpi-to-party-id"} & set(headers)


def test_what_has_not_changed_is_not_sent_again(reader, stations):
    stations(*numbered(1))
    for path in ("/ocpi/versions", "/ocpi/2.2.1/locations", "/ocpi/2.2.1/locations/FRESSP000"):
        first = reader.get(path)
        again = reader.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    stations(*numbered(2))
    changed = reader.get(
        "/ocpi/2.2.1/locations",
        headers={"If-None-Match": reader.get("/ocpi/2.2.1/locations?limit=1").headers["etag"]},
    )
    assert len(data(changed)) == 2


def test_every_answer_is_an_envelope(reader, client):
    for path in ("/ocpi/versions", "/ocpi/2.2.1", "/ocpi/9", "/ocpi/2.2.1/tariffs?limit=x"):
        EnveloppeOcpi.model_validate(reader.get(path).json())
