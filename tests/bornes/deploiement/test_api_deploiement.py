"""Programmes, progress and sites over HTTP: units, past days, rights, versions."""

import csv

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from shared.auth import Acteur
from tests.applications import bearer
from tests.factories import SITE, irve_station

PROGRESS = "/deploiement/programmes/AIP-2019/avancement"
PLACE = {
    "code_insee_commune": "92051",
    "coordonneesXY": "[2.2688,48.8848]",
    "adresse_station": "1 avenue du Roule 92200 Neuilly-sur-Seine",
}


def ours(count, **cells):
    """A station of the chosen network."""
    rows = irve_station(count, "FRMGPP1", **cells)
    return [row | {"id_pdc_itinerance": f"FRMGPE1{n:02}"} for n, row in enumerate(rows)]


def key(*prefixes, role="operateur", scope="bornes:deploiement"):
    acteur = Acteur("Métropolis", role, frozenset({scope}), prefixes=frozenset(prefixes))
    return bearer(acteur, service="bornes")


def mine():
    """The network's own key; a token lives a minute, so each call has its own."""
    return key("FRMGP")


def declare(client, headers=None, **changes):
    return client.post(
        "/deploiement/sites", json=SITE | changes, headers=mine() if headers is None else headers
    )


def tell(client, site, headers=None, **event):
    """Add an event to a site as it was last answered; the new answer."""
    headers = mine() if headers is None else headers
    address = f"/deploiement/sites/{site.json()['id']}/evenements"
    sent = {**headers, "If-Match": site.headers["ETag"]}
    return client.post(address, json=event, headers=sent)


def date_the_withdrawal(app):
    """What has just been withdrawn was in June 2022."""
    with app.fastapi.state.engine.begin() as connection:
        connection.execute(
            text(
                "UPDATE bornes.points_de_charge SET retire_le = '2022-06-01T12:00:00Z'"
                " WHERE retire_le IS NOT NULL"
            )
        )


def progress(client, **question):
    answer = client.get(PROGRESS, params=question)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_plan_s_programme_says_its_dated_targets(client):
    answer = client.get("/deploiement/programmes")
    (programme,) = answer.json()["programmes"]
    assert programme["code"] == "AIP-2019"
    targets = [(o["date_effet"][:7], o["valeur"], o["unite"]) for o in programme["objectifs"]]
    assert targets == [
        ("2020-05", 3000, "borne"),
        ("2020-05", 3084, "pdc"),
        ("2020-12", 5000, "pdc"),
    ]
    assert all(o["source"]["url"].startswith("https://") for o in programme["objectifs"])
    assert programme["perimetre"]["communes_au_lancement"] == 130
    assert programme["perimetre"]["exclues"] == ["75056"]
    alone = client.get("/deploiement/programmes/AIP-2019")
    assert alone.json() == programme
    unchanged = {"If-None-Match": alone.headers["ETag"]}
    assert client.get("/deploiement/programmes/AIP-2019", headers=unchanged).status_code == 304


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/deploiement/programmes/AUTRE", 404),
        ("/deploiement/programmes/AUTRE/avancement", 404),
        (f"{PROGRESS}?au=2999-01-01", 400),
        (f"{PROGRESS}?au=hier", 400),
        (f"{PROGRESS}?unite=kwh", 400),
        (f"{PROGRESS}?inconnu=1", 400),
        ("/deploiement/communes-sans-station?programme=AUTRE", 400),
        ("/deploiement/exports/sdirve.csv?au=2019-01-01", 400),
        ("/deploiement/sites?curseur=abc", 400),
        ("/deploiement/sites/99", 404),
        ("/qualite?code=ZZZZ", 400),
    ],
)
def test_a_wrong_question_is_refused_as_a_problem(client, address, status):
    answer = client.get(address)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_point_given_another_id_counts_under_both_until_it_was_withdrawn(client, app, receive):
    """Nothing says that they are one: the answer does not call a past count a lower bound."""
    receive(ours(2, **PLACE))
    other = [row | {"id_pdc_itinerance": f"FRMGPE9{n}"} for n, row in enumerate(ours(2, **PLACE))]
    receive(other, seuil_perte=1)
    date_the_withdrawal(app)
    for day, points in (("2022-05-31", 4), ("2022-06-01", 2)):
        found = progress(client, au=day)
        assert found["constate"]["reseau_retenu"]["valeur"] == points
        assert any("renuméroté" in note for note in found["notes"])


def test_what_is_counted_is_named_as_french_has_it(client):
    for unite, words in (("pdc", "Points de charge recensés"), ("station", "Stations recensées")):
        found = progress(client, unite=unite)["constate"]["reseau_retenu"]
        assert found["libelle"] == f"{words} : Métropolis (FRMGP)"


def test_a_withdrawn_point_still_counts_on_the_days_it_was_there(client, app, receive):
    receive(ours(5, **PLACE))
    receive(ours(4, **PLACE))
    date_the_withdrawal(app)
    counts = {
        au: progress(client, au=au)["constate"]["reseau_retenu"]["valeur"]
        for au in ("2021-06-30", "2021-07-01", "2022-05-31", "2022-06-01")
    }
    assert list(counts.values()) == [0, 5, 5, 4]


def test_a_point_that_comes_back_was_away_in_between(client, app, receive):
    """The import forgets the withdrawal of a point that comes back: the trigger does not."""
    receive(ours(5, **PLACE))
    receive(ours(4, **PLACE))
    date_the_withdrawal(app)
    receive(ours(5, **PLACE))
    today = progress(client)["constate"]["reseau_retenu"]["valeur"]
    then = progress(client, au="2023-01-01")["constate"]["reseau_retenu"]["valeur"]
    before = progress(client, au="2022-05-31")["constate"]["reseau_retenu"]["valeur"]
    assert (before, then, today) == (5, 4, 5)


def test_paris_is_seen_and_never_counted(client, receive):
    receive(ours(3))  # the factory's row stands in Paris
    network = progress(client)["constate"]["reseau_retenu"]
    assert network["valeur"] == 0
    assert network["hors_perimetre"] == {"communes": ["75056"], "valeur": 3}
    rows = progress(client, par="commune")["lignes"]
    assert [r for r in rows if not r["dans_perimetre"]] == [rows[-1]]
    assert (rows[-1]["libelle"], rows[-1]["reseau_retenu"]) == ("Paris", 3)


def test_a_declared_commune_at_the_edge_is_that_of_the_station(client, receive):
    """A Neuilly station on the boulevard that borders the Bois: its position falls in Paris."""
    edge = PLACE | {"coordonneesXY": "[2.270181,48.878918]"}
    receive(ours(2, **edge))
    assert progress(client)["constate"]["reseau_retenu"]["valeur"] == 2


def test_figures_of_points_are_never_called_bornes(client, receive):
    receive(ours(2, **PLACE))
    answer = progress(client, unite="pdc")
    assert answer["unite_libelle"] == "points de charge"
    assert "borne" not in answer["constate"]["reseau_retenu"]["libelle"].lower()
    asked = progress(client, unite="borne", par="mois")
    assert asked["constate"]["tous_operateurs"]["valeur"] is None
    assert {row["tous_operateurs"] for row in asked["lignes"]} == {None}


def test_what_is_declared_stays_apart_from_what_is_found(client):
    assert progress(client)["declare"]["valeur"] is None
    site = declare(client, bornes=2)
    assert site.status_code == 201, site.text
    tell(client, site, statut="en_service", date_reelle="2021-09-01", pdc={"7.4-22": 5})
    before, after = (progress(client, au=au) for au in ("2021-08-31", "2021-09-01"))
    assert (before["declare"]["valeur"], after["declare"]["valeur"]) == (0, 5)
    assert before["declare"]["sites_par_vue"]["projete"] == 1
    assert after["declare"]["sites_par_vue"]["en_service"] == 1
    assert after["constate"]["reseau_retenu"]["valeur"] == 0
    bornes = progress(client, unite="borne", au="2021-09-01")["declare"]
    assert (bornes["valeur"], bornes["comparaison"]["comparable"]) == (2, False)
    bands = progress(client, par="bande")["lignes"]
    assert [row["declare"] for row in bands] == [0, 5, 0, 0]


def test_a_number_that_no_site_in_service_says_is_unknown_and_not_0(client):
    """In May 2020 the target in force is in bornes: a count of them would compare."""
    mute = declare(client, identifie_le="2020-01-01")
    tell(client, mute, statut="en_service", date_reelle="2020-05-20")
    before = progress(client, au="2020-05-19", unite="borne")["declare"]
    assert (before["valeur"], before["sites_sans_valeur"]) == (0, 0)
    unknown = progress(client, au="2020-05-20", unite="borne")["declare"]
    assert (unknown["valeur"], unknown["sites_sans_valeur"]) == (None, 1)
    assert unknown["comparaison"]["comparable"] is False
    assert "ne dit son nombre de bornes" in unknown["comparaison"]["motif"]
    of = {"commune": "92051", "ept": "T4", "operateur": "FRMGP", "mois": "2020-05"}
    for par, code in of.items():
        rows = progress(client, au="2020-05-20", unite="borne", par=par)["lignes"]
        numbers = {row["code"]: row["declare"] for row in rows}
        assert numbers.pop(code) is None
        assert set(numbers.values()) <= {0}
    other = declare(client, identifie_le="2020-01-01", bornes=2)
    tell(client, other, statut="en_service", date_reelle="2020-05-21")
    told = progress(client, au="2020-05-21", unite="borne")["declare"]
    assert (told["valeur"], told["sites_sans_valeur"]) == (2, 1)


def test_a_site_is_followed_event_by_event(client):
    site = declare(client)
    assert client.get(site.headers["Location"]).json() == site.json()
    properties = site.json()["properties"]
    assert (properties["vue"], properties["points_de_charge"]) == ("projete", 6)
    site = tell(client, site, statut="en_service", date_prevue="2021-12-01")
    site = tell(client, site, statut="en_travaux", date_reelle="2021-10-01", preuve="arrete")
    site = tell(client, site, statut="en_service", date_prevue="2022-01-15")
    assert site.json()["properties"]["glissement_jours"] == 45
    site = tell(client, site, statut="en_service", date_reelle="2022-02-01", station="FRMGPP1")
    properties = site.json()["properties"]
    assert (properties["vue"], properties["station"]) == ("en_service", "FRMGPP1")
    assert [e["statut"] for e in properties["evenements"]] == [
        "identifie",
        "en_service",
        "en_travaux",
        "en_service",
        "en_service",
    ]
    seen = client.get("/deploiement/sites", params={"au": "2021-10-15"}).json()
    assert seen["features"][0]["properties"]["vue"] == "en_travaux"
    assert client.get("/deploiement/sites", params={"vue": "projete"}).json()["features"] == []


@pytest.mark.parametrize(
    ("event", "status", "pointer"),
    [
        ({"statut": "suspendu", "date_reelle": "2021-09-01"}, 409, None),
        ({"statut": "en_travaux", "date_reelle": "2020-01-01"}, 422, "#/date_reelle"),
        ({"statut": "en_travaux", "date_reelle": "2999-01-01"}, 422, "#/date_reelle"),
        ({"statut": "en_travaux"}, 422, "#"),
        ({"statut": "detruit", "date_reelle": "2021-09-01"}, 422, "#/statut"),
        (
            {"statut": "en_travaux", "date_prevue": "2022-01-01", "couleur": "rouge"},
            422,
            "#/couleur",
        ),
    ],
)
def test_an_event_that_cannot_be_is_refused(client, event, status, pointer):
    answer = tell(client, declare(client), **event)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert [error["pointer"] for error in answer.json()["erreurs"]] == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"programme": "AUTRE"}, "#/programme"),
        ({"code_commune": "75116"}, "#/code_commune"),
        ({"code_commune": "69123"}, "#/code_commune"),
        ({"lon": 2.5, "lat": 48.8}, "#/lon"),
        ({"pdc": {}}, "#/pdc"),
        ({"pdc": {"7.4-22": 4}, "bornes": 5}, "#/bornes"),
        ({"identifie_le": "2999-01-01"}, "#/identifie_le"),
        ({"station": "FRXXXP1"}, "#/station"),
    ],
)
def test_a_site_that_cannot_be_is_refused(client, changes, pointer):
    answer = declare(client, **changes)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["erreurs"]] == [pointer]


def test_a_site_has_no_more_bornes_than_points(client):
    """A borne carries points, and the target is in bornes."""
    site = declare(client, pdc={"7.4-22": 4}, bornes=4)
    assert site.status_code == 201
    announced = {"statut": "en_service", "date_prevue": "2030-01-01"}
    for told, pointer in (({"bornes": 5}, "#/bornes"), ({"pdc": {"7.4-22": 3}}, "#/pdc")):
        refused = tell(client, site, **announced, **told)
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["erreurs"]] == [pointer]
    assert tell(client, site, **announced, bornes=3, pdc={"7.4-22": 3}).status_code == 201


def test_who_may_declare_and_tell(client):
    assert declare(client, headers={}).status_code == 401
    assert declare(client, headers=key("FRMGP", scope="bornes:importer")).status_code == 403
    assert declare(client, headers=key("FRXXX")).status_code == 403
    assert declare(client, headers=key()).status_code == 403
    assert declare(client, headers=key(role="metropole")).status_code == 201
    assert declare(client, headers=key("FRMGP", "FRXXX"), station="FRXXXP1").status_code == 201
    site = declare(client)
    event = {"statut": "autorise", "date_reelle": "2021-09-01", "station": "FRXXXP1"}
    assert tell(client, site, headers=key("FRXXX"), **event).status_code == 403
    assert tell(client, site, **event).status_code == 422
    assert tell(client, site, headers=key(role="metropole"), **event).status_code == 201


def test_two_events_cannot_ignore_each_other(client):
    site = declare(client)
    address = f"/deploiement/sites/{site.json()['id']}/evenements"
    event = {"statut": "autorise", "date_reelle": "2021-09-01"}
    assert client.post(address, json=event, headers=mine()).status_code == 428
    assert tell(client, site, **event).status_code == 201
    assert tell(client, site, statut="en_travaux", date_reelle="2021-10-01").status_code == 412


def test_a_repeated_request_happens_once(client):
    once = {**mine(), "Idempotency-Key": "site-1"}
    first, again = declare(client, headers=once), declare(client, headers=once)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    event = {"statut": "autorise", "date_reelle": "2021-09-01"}
    told = {**mine(), "Idempotency-Key": "autorise-1"}
    assert tell(client, first, headers=told, **event).status_code == 201
    assert tell(client, first, headers=told, **event).status_code == 201
    assert len(client.get(first.headers["Location"]).json()["properties"]["evenements"]) == 2


def test_sites_come_page_by_page_and_by_place(client):
    numbers = [declare(client, nom=f"Site {n}").json()["id"] for n in range(3)]
    page = client.get("/deploiement/sites", params={"limite": 2, "commune": "92051"})
    body = page.json()
    assert (body["numberMatched"], body["numberReturned"]) == (3, 2)
    rest = client.get(f"/deploiement/sites{page.links['next']['url']}").json()
    assert [f["id"] for f in body["features"] + rest["features"]] == numbers
    assert rest["curseur_suivant"] is None
    assert client.get("/deploiement/sites", params={"ept": "T4"}).json()["numberMatched"] == 3
    assert client.get("/deploiement/sites", params={"ept": "T5"}).json()["numberMatched"] == 0
    assert client.get("/deploiement/sites", params={"au": "2021-01-01"}).json()["features"] == []


def test_the_database_itself_refuses_to_rewrite_the_past(client, app):
    declare(client)
    for statement in (
        "UPDATE bornes.evenements_site SET date_reelle = '2020-01-01'",
        "DELETE FROM bornes.evenements_site",
        "UPDATE bornes.sites SET pdc = '{9,0,0,0}'",
    ):
        with app.fastapi.state.engine.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(statement))


def sdirve_row(client, commune):
    answer = client.get("/deploiement/exports/sdirve.csv", params={"au": "2021-09-02"})
    rows = csv.DictReader(answer.text.splitlines())
    return next(row for row in rows if row["code_commune_insee"] == commune)


def test_a_scheme_is_not_adopted_after_the_date_of_its_targets(client):
    address = "/deploiement/exports/sdirve.csv"
    refused = client.get(address, params={"adopte_le": "2035-01-01"})
    assert refused.status_code == 400
    assert refused.json()["parametre"] == "adopte_le"
    assert client.get(address, params={"adopte_le": "2022-12-31"}).status_code == 200


def test_sdirve_adds_no_site_whose_station_already_exists(client, receive):
    rows = irve_station(3, "FRIZIP1", **PLACE)
    receive(rows)
    declare(client, station=rows[0]["id_station_itinerance"])
    announced = declare(client)
    tell(client, announced, statut="autorise", date_reelle="2021-09-01", station="FRMGPP99")
    row = sdirve_row(client, "92051")
    assert row["existant_nb_pdc_intervalle_2"] == "3"
    assert row["evaluation_developpement_nb_pdc_intervalle_2"] == "2"
    assert row["objectifs_nb_pdc_intervalle_1"] == "4"
    assert row["objectifs_nb_pdc_intervalle_2"] == "5"
    assert row["objectifs_nb_total_stations"] == "2"


def test_sdirve_adds_the_sites_to_come_to_what_exists(client, receive):
    receive(irve_station(3, "FRIZIP1", **PLACE))
    declare(client)
    abandoned = declare(client)
    tell(client, abandoned, statut="abandonne", date_reelle="2021-09-01")
    row = sdirve_row(client, "92051")
    assert row["existant_nb_pdc_intervalle_2"] == "3"
    assert row["evaluation_developpement_nb_pdc_intervalle_1"] == "4"
    assert row["objectifs_nb_pdc_intervalle_2"] == "5"
    assert row["objectifs_nb_total_stations"] == "2"
    assert row["date_adoption_sdirve"] == "2020-12-16"
