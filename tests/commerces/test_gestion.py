"""Listings written by agents: who may, in which order, and what the public then sees."""

from datetime import date

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.models import JOURNAL, Exploitation, Lieu
from shared.auth import Acteur
from shared.schemas.commerces_gestion import FicheGeree, FichesGerees
from shared.schemas.geo import Feature
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened

PATH = "/gestion/fiches"
FICHE = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "lon": 2.5553,
    "lat": 48.7375,
    "siret": "73282932000074",
    "naf": ["47.29Z", "47.27G"],
    "categories": ["fromagerie"],
    "contacts": [
        {"genre": "telephone", "valeur": "01 42 36 00 00", "public": True},
        {"genre": "courriel", "valeur": "prive@exemple.fr"},
    ],
    "horaires_osm": "Tu-Sa 09:00-19:00; PH off",
    "modalites": [
        {"genre": "livraison", "zone": {"type": "rayon", "rayon_m": 3000}, "minimum": "20.00"},
        {"genre": "comptoir"},
    ],
}


def key(role="cci", *communes, scope="commerces:gerer", organisation=None):
    acteur = Acteur(organisation or role, role, frozenset({scope}), territoire=frozenset(communes))
    return bearer(acteur, service="commerces")


def serve(url):
    with opened(service, Settings(database_url=url, secret_interne=SECRET)) as app:
        yield app


@pytest.fixture
def app(clone_database):
    yield from serve(clone_database())


@pytest.fixture(scope="module")
def refusing(database_url):
    """The service over a database that stays empty: whatever it is asked, it refuses."""
    yield from serve(database_url)


@pytest.fixture
def client(app):
    return TestClient(app)


@pytest.fixture
def create(client):
    def create(role="cci", *communes, headers=None, **changes):
        answer = client.post(
            PATH, json={**FICHE, **changes}, headers={**key(role, *communes), **(headers or {})}
        )
        assert answer.status_code == 201, answer.text
        Feature[FicheGeree].model_validate(answer.json())
        return answer

    return create


def decide(client, answer, statut, role="cci", *communes, **body):
    number = answer.json()["id"]
    headers = {**key(role, *communes), "If-Match": answer.headers["etag"]}
    return client.post(f"{PATH}/{number}/statut", json={"statut": statut, **body}, headers=headers)


def test_a_listing_is_a_draft_until_it_is_published(app, client, create):
    app.vitrine.refresh()
    created = create()
    properties = created.json()["properties"]
    assert created.headers["location"] == f"{PATH}/{created.json()['id']}"
    assert properties["statut"] == "brouillon"
    assert properties["naf_rev2"] == "47.29Z"
    assert properties["naf_2025"] == "47.27G"
    assert properties["commune"] == "Marolles-en-Brie"
    assert properties["horaires_osm"] == "Tu-Sa 09:00-19:00; PH off"
    assert properties["modalites_detail"][0]["minimum"] == "20.00"
    app.vitrine.refresh()
    number = created.json()["id"]
    assert client.get(f"/fiches/{number}").status_code == 404
    published = decide(client, created, "publiee", motif="vérifiée par la CCI")
    assert published.status_code == 200, published.text
    app.vitrine.refresh()
    shown = client.get(f"/fiches/{number}").json()["properties"]
    assert shown["verifie_par"] == "cci"
    assert shown["telephone"] == "+33142360000"
    assert "prive@exemple.fr" not in client.get(f"/fiches/{number}").text
    assert client.get(f"/fiches?livre_a={FICHE['lon']},{FICHE['lat']}").json()["numberMatched"] == 1
    closed = decide(client, published, "fermee", motif="départ en retraite")
    assert closed.json()["properties"]["au"] is not None
    app.vitrine.refresh()
    assert client.get(f"/fiches/{number}").status_code == 404
    with Session(app.fastapi.state.engine) as session:
        entries = session.execute(select(JOURNAL.c.genre, JOURNAL.c.acteur, JOURNAL.c.corps)).all()
    assert [entry.genre for entry in entries] == ["fiche.creee", "fiche.statut", "fiche.statut"]
    assert {entry.acteur for entry in entries} == {"cci"}
    assert entries[-1].corps == {"statut": "fermee", "version": 3}


def test_a_decision_is_taken_once(client, create):
    created = create()
    assert decide(client, created, "publiee").status_code == 200
    assert decide(client, created, "archivee").status_code == 412


def test_a_status_follows_only_some_others(client, create):
    created = create()
    assert decide(client, created, "suspendue").status_code == 409
    archived = decide(client, created, "archivee")
    assert decide(client, archived, "publiee").json()["detail"].endswith("aucun.")


def test_a_closed_shop_may_open_again(client, create):
    shop = create()
    for statut in ("publiee", "fermee", "publiee", "suspendue", "publiee"):
        shop = decide(client, shop, statut)
        assert shop.json()["properties"]["statut"] == statut
    assert shop.json()["properties"]["au"] is None


def test_nothing_more_is_written_of_an_archived_listing(client, create):
    archived = decide(client, create(), "archivee")
    path = f"{PATH}/{archived.json()['id']}"
    headers = {**key(), "If-Match": archived.headers["etag"]}
    refused = client.put(path, json={**FICHE, "nom": "Autre enseigne"}, headers=headers)
    assert refused.status_code == 409
    assert "archivée" in refused.json()["detail"]
    assert client.get(path, headers=key()).json() == archived.json()


def test_a_change_cites_the_version_it_read(client, create):
    created = create()
    path = f"{PATH}/{created.json()['id']}"
    body = {**FICHE, "nom": "Crèmerie d'essai"}
    assert client.put(path, json=body, headers=key()).status_code == 428
    stale = client.put(path, json=body, headers={**key(), "If-Match": '"autre"'})
    assert stale.status_code == 412
    changed = client.put(path, json=body, headers={**key(), "If-Match": created.headers["etag"]})
    assert changed.json()["properties"]["nom"] == "Crèmerie d'essai"
    assert changed.headers["etag"] != created.headers["etag"]
    read = client.get(path, headers=key())
    assert read.headers["etag"] == changed.headers["etag"]
    unchanged = client.get(path, headers={**key(), "If-None-Match": read.headers["etag"]})
    assert unchanged.status_code == 304


def replaced(client, created, **changes):
    headers = {**key(), "If-Match": created.headers["etag"]}
    answer = client.put(
        f"{PATH}/{created.json()['id']}", json={**FICHE, **changes}, headers=headers
    )
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize(
    ("changes", "establishments", "places"),
    [
        ({"enseigne": "AU BON FROMAGE"}, 1, 1),
        ({"adresse": "1 bis rue de la Fontaine", "lat": 48.7376}, 1, 1),
        ({"siret": None}, 1, 1),
        ({"du": "2019-05-02"}, 1, 1),
        ({"siret": "21750001600019", "du": "2026-03-01"}, 2, 1),
        ({"lat": 48.7400}, 2, 2),
    ],
    ids=["sign", "correction", "siret unsaid", "first day", "takeover", "move"],
)
def test_a_takeover_or_a_move_is_another_establishment(  # noqa: PLR0917
    app, client, create, changes, establishments, places
):
    replaced(client, decide(client, create(), "publiee"), **changes)
    with Session(app.fastapi.state.engine) as session:
        found = session.scalars(select(Exploitation).order_by(Exploitation.id)).all()
        assert len(found) == establishments
        assert len(session.scalars(select(Lieu)).all()) == places
        ended = [one.au for one in found]
    assert ended[-1] is None
    assert (ended[0] is None) == (establishments == 1)
    if "siret" in changes and "du" in changes:
        assert ended[0] == date(2026, 2, 28)


def test_a_modality_comes_and_goes(client, create):
    changed = replaced(
        client, create(), modalites=[{"genre": "drive", "note": "au fond de la cour"}]
    )
    (only,) = changed.json()["properties"]["modalites_detail"]
    assert (only["genre"], only["note"]) == ("drive", "au fond de la cour")


def test_the_same_key_creates_once(client, create):
    one = create(headers={"Idempotency-Key": "abc"})
    again = create(headers={"Idempotency-Key": "abc"})
    assert again.json()["id"] == one.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    other = client.post(
        PATH, json={**FICHE, "nom": "Autre"}, headers={**key(), "Idempotency-Key": "abc"}
    )
    assert (other.status_code, other.json()["code"]) == (422, "cle-deja-servie")


MAROLLES, BOULOGNE = "94048", "92012"


def test_a_commune_sees_only_its_own(client, create):
    created = create("commune", MAROLLES)
    path = f"{PATH}/{created.json()['id']}"
    assert client.get(path, headers=key("commune", MAROLLES)).status_code == 200
    assert client.get(path, headers=key("commune", MAROLLES, BOULOGNE)).status_code == 200
    assert client.get(path, headers=key("metropole")).status_code == 200
    other = key("commune", BOULOGNE)
    assert client.get(path, headers=other).status_code == 404
    tagged = {**other, "If-Match": created.headers["etag"]}
    assert client.put(path, json=FICHE, headers=tagged).status_code == 404
    answer = client.post(f"{path}/statut", json={"statut": "publiee"}, headers=tagged)
    assert answer.status_code == 404
    assert client.get(PATH, headers=other).json()["features"] == []


def test_a_commune_creates_and_moves_only_at_home(app, client, create):
    answer = client.post(PATH, json=FICHE, headers=key("commune", BOULOGNE))
    assert answer.status_code == 403
    created = create("commune", MAROLLES)
    paris = {**FICHE, "lon": 2.3522, "lat": 48.8566, "code_postal": "75004"}
    headers = {**key("commune", MAROLLES), "If-Match": created.headers["etag"]}
    moved = client.put(f"{PATH}/{created.json()['id']}", json=paris, headers=headers)
    assert moved.status_code == 403
    with Session(app.fastapi.state.engine) as session:
        assert session.scalar(text("SELECT count(*) FROM commerces.fiches")) == 1
        assert session.scalar(text("SELECT count(*) FROM commerces.lieux")) == 1


def test_old_codes_and_paris_are_understood(client, create):
    paris = {"lon": 2.3522, "lat": 48.8566, "code_postal": "75004"}
    number = create("commune", "75056", **paris).json()["id"]
    assert client.get(f"{PATH}/{number}", headers=key("commune", "75104")).status_code == 200
    assert client.get(f"{PATH}/{number}", headers=key("commune", "75105")).status_code == 404
    saint_denis = {"lon": 2.357, "lat": 48.936, "code_postal": "93200"}
    number = create(**saint_denis).json()["id"]
    assert client.get(f"{PATH}/{number}", headers=key("commune", "93059")).status_code == 200


@pytest.mark.parametrize(
    ("role", "scope", "status"),
    [
        (None, "", 401),
        ("cci", "commerces:autre", 403),
        ("operateur", "commerces:gerer", 403),
        ("commune", "commerces:gerer", 403),
    ],
)
def test_who_may_not_write(refusing, role, scope, status):
    client = TestClient(refusing)
    headers = key(role, scope=scope) if role else {}
    assert client.post(PATH, json=FICHE, headers=headers).status_code == status


def test_the_list_is_read_page_by_page(client, create):
    numbers = [create(nom=f"Essai {n}").json()["id"] for n in range(5)]
    found, params = [], {"limite": 2}
    while True:
        answer = client.get(PATH, params=params, headers=key())
        page = answer.json()
        FichesGerees.model_validate(page)
        told = [f'<{link["href"]}>; rel="next"' for link in page["liens"]]
        assert told == ([answer.headers["link"]] if page["curseur_suivant"] else [])
        found += [feature["id"] for feature in page["features"]]
        if page["curseur_suivant"] is None:
            break
        params["curseur"] = page["curseur_suivant"]
    assert found == numbers
    assert client.get(PATH, params={"statut": "publiee"}, headers=key()).json()["features"] == []


@pytest.mark.parametrize(
    ("commune", "agent", "count"),
    [
        (MAROLLES, ("cci",), 1),
        (BOULOGNE, ("cci",), 0),
        (MAROLLES, ("commune", MAROLLES), 1),
        (MAROLLES, ("commune", BOULOGNE), 0),
        ("75104", ("commune", "75056"), 0),
    ],
)
def test_the_list_of_a_commune(client, create, commune, agent, count):
    create()
    answer = client.get(PATH, params={"commune": commune}, headers=key(*agent))
    assert len(answer.json()["features"]) == count


UN_JOUR = {"creneaux": [{"de": "09:00", "a": "17:00"}]}
HEURES = {"semaine": {"mardi": UN_JOUR["creneaux"]}}
TOUTE_L_ANNEE = [{"du": "01-01", "au": "06-30"}, {"du": "06-30", "au": "12-31"}]
BOW = [[2.30, 48.80], [2.40, 48.90], [2.40, 48.80], [2.30, 48.90], [2.30, 48.80]]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"siret": "73282932000075"}, "#/siret"),
        ({"nom": "<b>x</b>"}, "#/nom"),
        ({"categories": ["inconnue"]}, "#/categories/0"),
        ({"naf": ["47.29Z", "10.71C"]}, "#/naf"),
        ({"lon": 5.37, "lat": 43.29}, "#/lon"),
        ({"code_postal": "92100"}, "#/code_postal"),
        ({"horaires_osm": "quand je veux"}, "#/horaires_osm"),
        ({"horaires_osm": "Mo 09:00-10:00; PH off; Jan 01-Dec 31 off"}, "#/horaires_osm"),
        ({"horaires_osm": "Mo-Su 09:00-18:00; Mo-Su off"}, "#/horaires_osm"),
        ({"horaires_osm": "Mo-Su off; 2020 Dec 24 09:00-17:00"}, "#/horaires_osm"),
        (
            {"horaires_osm": None, "horaires": {**HEURES, "fermetures": TOUTE_L_ANNEE}},
            "#/horaires",
        ),
        (
            {"horaires_osm": None, "horaires": {"exceptions": [{"du": "2020-12-24", **UN_JOUR}]}},
            "#/horaires",
        ),
        ({"horaires": {"semaine": {}}}, "#/horaires"),
        (
            {"contacts": [{"genre": "site", "valeur": "javascript:alert(1)"}]},
            "#/contacts/0",
        ),
        (
            {"modalites": [{"genre": "drive", "horaires_osm": 'Mo-Fr 08:00-12:00 || "x"'}]},
            "#/modalites/0/horaires_osm",
        ),
        (
            {
                "modalites": [
                    {
                        "genre": "livraison",
                        "zone": {
                            "type": "polygone",
                            "geometrie": {"type": "Polygon", "coordinates": [BOW]},
                        },
                    }
                ]
            },
            "#/modalites/0/zone/geometrie/coordinates",
        ),
        (
            {
                "modalites": [
                    {"genre": "livraison", "zone": {"type": "communes", "codes": ["13055"]}}
                ]
            },
            "#/modalites/0/zone/codes/0",
        ),
        (
            {
                "modalites": [
                    {
                        "genre": "livraison",
                        "zone": {
                            "type": "polygone",
                            "geometrie": {"type": "Polygon", "coordinates": [[[2, 48]] * 9_999]},
                        },
                    }
                ]
            },
            "#/modalites/0/zone/geometrie/coordinates/0",
        ),
        ({"nom": "abc\u202edef"}, "#/nom"),
        (
            {"modalites": [{"genre": "drive", "du": "2026-02-01", "au": "2026-01-01"}]},
            "#/modalites/0/au",
        ),
    ],
)  # fmt: skip
def test_a_refusal_points_at_what_is_wrong_and_changes_nothing(refusing, changes, pointer):
    answer = TestClient(refusing).post(PATH, json={**FICHE, **changes}, headers=key())
    assert answer.status_code == 422
    assert answer.json()["erreurs"][0]["pointer"] == pointer
    with Session(refusing.fastapi.state.engine) as session:
        for table in ("fiches", "exploitations", "lieux", "journal"):
            assert session.scalar(text(f"SELECT count(*) FROM commerces.{table}")) == 0
