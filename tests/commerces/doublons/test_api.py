"""Duplicates over HTTP: proposed, decided once, remembered, followed."""

import json
from urllib.parse import urlencode

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.commands import Auteur, record_change
from services.commerces.doublons import commands
from services.commerces.doublons.commands import chercher, version
from services.commerces.models import Doublon, Fiche, Provenance
from services.commerces.taches import atelier
from shared.auth import Acteur
from shared.problems import Conflict
from shared.schemas.commerces_doublons import DecisionDoublon, DoublonPropose
from shared.schemas.commerces_valeurs import VerifiePar
from shared.settings import Settings
from shared.worker import run_due
from tests.applications import SECRET, bearer, opened
from tests.commerces.conftest import LIGNE

AUTEUR = Auteur("cci", VerifiePar.CCI)
SHOP = {**LIGNE, "telephone": "01 99 00 12 34"}
TWIN = {
    **SHOP,
    "nom": "La fromagerie d'essai",
    "modalites": "comptoir",
    "telephone": "01 99 00 12 35",
}
FAR = {**SHOP, "nom": "Ailleurs", "position": "48.8566,2.3522", "code_postal": "75004"}


def key(role="cci", *communes, scopes=("commerces:gerer", "commerces:importer")):
    acteur = Acteur(role, role, frozenset(scopes), territoire=frozenset(communes))
    return bearer(acteur, service="commerces")


@pytest.fixture
def app(clone_database):
    with opened(service, Settings(database_url=clone_database(), secret_interne=SECRET)) as app:
        yield app


@pytest.fixture
def client(app):
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def engine(app):
    return app.fastapi.state.engine


@pytest.fixture
def take(client, engine):
    """Import shops, then do the work that follows."""

    def take(*shops):
        answer = client.post(
            "/imports",
            content=json.dumps(shops),
            headers=key() | {"Content-Type": "application/json"},
            params={"seuil_perte": 1},
        )
        assert answer.status_code == 201, answer.text
        run_due(engine, atelier(Settings()))
        return answer.json()

    return take


@pytest.fixture
def proposed(client):
    def proposed(*who, **asked):
        answer = client.get("/doublons", params=asked, headers=key(*who))
        assert answer.status_code == 200, answer.text
        for one in answer.json()["elements"]:
            DoublonPropose.model_validate(one)
        return answer.json()["elements"]

    return proposed


@pytest.fixture
def decide(client):
    def decide(number, *who, etag=None, **body):
        read = client.get(f"/doublons/{number}", headers=key(*who))
        headers = key(*who) | {"If-Match": etag or read.headers.get("etag", "*")}
        return client.post(f"/doublons/{number}/decision", json=body, headers=headers)

    return decide


def journal(engine):
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT genre, sujet FROM commerces.journal ORDER BY position")
        )
        return [tuple(row) for row in rows]


def test_an_import_is_followed_by_proposals(take, proposed):
    take(SHOP, TWIN, FAR)
    (pair,) = proposed()
    assert [one["properties"]["nom"] for one in pair["fiches"]] == [SHOP["nom"], TWIN["nom"]]
    assert 0.6 < pair["score"] < 1
    assert pair["raisons"]["distance_m"] == 0
    assert pair["raisons"]["meme_telephone"] is False
    assert proposed(score_min=0.99) == []
    assert len(proposed(commune="94048")) == 1
    assert proposed(commune="75056") == []


def test_a_pair_that_is_not_one_shop_is_remembered(take, proposed, decide, engine):
    take(SHOP, TWIN)
    (pair,) = proposed()
    answer = decide(pair["id"], decision="non_doublon", motif="deux étals")
    assert answer.status_code == 200, answer.text
    assert answer.json()["decide_par"] == "cci"
    with Session(engine) as session, session.begin():
        assert chercher(session) == 0
    assert proposed() == []
    assert len(proposed(etat="non_doublon")) == 1
    # Also while the two are not alike any more.
    for statut in ("fermee", "publiee"):
        with Session(engine) as session, session.begin():
            session.execute(text("UPDATE commerces.fiches SET statut = :s"), {"s": statut})
            assert chercher(session) == 0
    assert len(proposed(etat="non_doublon")) == 1


def test_a_merge_sees_what_became_of_the_listings_since_they_were_read(take, engine):
    take(SHOP, TWIN)
    fusion = DecisionDoublon(decision="fusion", garde=1)
    with Session(engine) as session:
        pair = session.scalars(select(Doublon)).one()
        read = session.scalars(select(Fiche)).all()
        with engine.begin() as other:
            other.execute(text("UPDATE commerces.fiches SET statut = 'archivee' WHERE id = 2"))
        assert [fiche.statut for fiche in read] == ["publiee", "publiee"]
        with pytest.raises(Conflict, match="archivée"):
            commands.decide(session, pair, fusion, auteur=AUTEUR, if_match=version(pair))


def test_a_merge_leaves_a_redirect_and_a_tombstone(client, take, proposed, decide, engine):
    vitrine = client.app.vitrine
    vitrine.refresh()
    take(SHOP, TWIN)
    (pair,) = proposed()
    kept, other = (int(one["id"]) for one in pair["fiches"])
    answer = decide(pair["id"], decision="fusion", garde=kept, motif="le même")
    assert answer.status_code == 200, answer.text
    assert journal(engine)[-2:] == [
        ("fiche.fusionnee", str(other)),
        ("fiche.modifiee", str(kept)),
    ]
    vitrine.refresh()
    expected = client.get(f"/fiches/{kept}").json()
    for read in ("/fiches/%d", "/fiches/%d/jsonld", "/ogc/collections/commerces/items/%d"):
        moved = client.get(read % other)
        assert (moved.status_code, moved.content) == (308, b"")
        assert moved.headers["cache-control"].startswith("public, max-age=")
        assert moved.headers["access-control-allow-origin"] == "*"
        assert "etag" not in moved.headers
        assert client.head(read % other).headers["location"] == moved.headers["location"]
        followed = client.get(read % other, follow_redirects=True)
        assert followed.url.path == read % kept
        assert followed.status_code == 200
        assert client.get(read % 999_999).status_code == 404
    asked = "a=2026-12-01T20:00"
    moved = client.get(f"/fiches/{other}?{asked}")
    assert moved.headers["location"] == f"{kept}?{asked}"
    week = "disponibilites?du=2026-12-01"
    followed = client.get(f"/fiches/{other}/{week}", follow_redirects=True)
    assert followed.json() == client.get(f"/fiches/{kept}/{week}").json()
    followed = client.get(f"/fiches/{other}?{asked}", follow_redirects=True)
    assert "ouverture" in followed.json()["properties"]
    assert client.get(f"/fiches/{other}", follow_redirects=True).json() == expected
    moved = client.get(f"/redirections/{other}")
    assert (moved.status_code, moved.headers["location"]) == (308, f"/fiches/{kept}")
    assert client.get(f"/redirections/{kept}").status_code == 404
    whole = client.get(f"/fiches/{kept}").json()["properties"]
    assert whole["modalites"] == ["livraison", "comptoir"]
    gone = client.get(f"/gestion/fiches/{other}", headers=key()).json()["properties"]
    assert (gone["statut"], gone["fusionnee_dans"]) == ("archivee", kept)


def test_a_merge_of_a_merge_leads_to_the_last_one_and_a_withdrawn_one_nowhere(
    client, take, proposed, decide, engine
):
    take(SHOP, TWIN, {**TWIN, "nom": "La bonne fromagerie d'essai"})
    first, second, third = range(1, 4)
    pairs = {frozenset(int(one["id"]) for one in pair["fiches"]): pair for pair in proposed()}
    client.app.vitrine.refresh()
    for pair, kept in ((frozenset({first, second}), second), (frozenset({second, third}), third)):
        answer = decide(pairs[pair]["id"], decision="fusion", garde=kept)
        assert answer.status_code == 200, answer.text
        client.app.vitrine.refresh()
    assert client.get(f"/fiches/{first}").headers["location"] == str(third)
    assert client.get(f"/redirections/{first}").headers["location"] == f"/fiches/{third}"
    with Session(engine) as session, session.begin():
        fiche = session.get(Fiche, third)
        fiche.statut = "suspendue"
        record_change(session, fiche, "fiche.statut", Auteur("cci", VerifiePar.CCI))
    client.app.vitrine.refresh()
    assert client.get(f"/fiches/{third}").status_code == 404
    assert client.get(f"/fiches/{second}").status_code == 308
    # Another process, which reads all anew, says the same.
    with opened(service, client.app.settings) as fresh:
        fresh.vitrine.refresh()
        again = TestClient(fresh, follow_redirects=False)
        assert again.get(f"/fiches/{first}").headers["location"] == str(third)


def test_a_merged_line_no_longer_makes_a_listing(take, proposed, decide, engine):
    take(SHOP, TWIN)
    (pair,) = proposed()
    kept = int(pair["fiches"][0]["id"])
    decide(pair["id"], decision="fusion", garde=kept)
    before = journal(engine)
    again = take(SHOP, {**TWIN, "description": "Du neuf"})
    assert {code["code"] for code in again["bilan"]["codes"]} == {"FUSI"}
    assert again["bilan"]["lignes"]["doublon"] == 1
    assert journal(engine) == before
    # The source still names it by its other line; then no longer at all; then again.
    assert take(TWIN, FAR)["bilan"]["fiches"]["suspendues"] == 0
    assert take(FAR)["bilan"]["fiches"]["suspendues"] == 1
    take(TWIN, FAR)
    with Session(engine) as session:
        rows = session.scalars(select(Provenance).where(Provenance.fiche_id == kept)).all()
        assert {(row.fusionnee, row.absente_le is None) for row in rows} == {
            (True, True),
            (False, False),
        }


@pytest.mark.parametrize(
    "change",
    [
        {"siret": "73282932000074"},
        {"adresse": "Place du marché, 1"},
        {"nom": "Fromagerie d'essai et fils"},
    ],
    ids=["siret", "address", "name"],
)
def test_a_merged_line_is_known_when_the_next_list_writes_it_otherwise(
    take, proposed, decide, engine, change
):
    """A list that gains a column of SIRETs made anew every listing that agents had merged."""
    take(SHOP, TWIN)
    (pair,) = proposed()
    kept = int(pair["fiches"][0]["id"])
    decide(pair["id"], decision="fusion", garde=kept)
    before = journal(engine)
    for _ in range(2):
        again = take(SHOP, {**TWIN, **change})
        assert again["bilan"]["lignes"]["doublon"] == 1, again["bilan"]
        assert journal(engine) == before
    assert proposed() == []


def test_a_merged_line_that_left_the_list_takes_no_new_shop_with_it(take, proposed, decide):
    """A new branch has its name and its web site."""
    site = {"site": "https://fromagerie.exemple.fr/"}
    take({**SHOP, **site}, {**TWIN, **site})
    (pair,) = proposed()
    decide(pair["id"], decision="fusion", garde=int(pair["fiches"][0]["id"]))
    take({**SHOP, **site})
    branch = {**TWIN, **site, "position": FAR["position"], "code_postal": FAR["code_postal"]}
    again = take({**SHOP, **site}, {**branch, "adresse": "2 rue Neuve"})
    assert again["bilan"]["fiches"]["creees"] == 1, again["bilan"]


def test_a_line_of_the_listing_kept_is_known_before_the_merged_one(take, proposed, decide, engine):
    """Both were of one list, which now names one of them, otherwise."""
    take(SHOP, {**TWIN, "telephone": SHOP["telephone"]})
    (pair,) = proposed()
    kept = int(pair["fiches"][0]["id"])
    decide(pair["id"], decision="fusion", garde=kept)
    again = take({**SHOP, "nom": "Au bon fromage", "description": "Du neuf"})
    assert again["bilan"]["fiches"]["modifiees"] == 1, again["bilan"]
    with Session(engine) as session:
        assert session.get(Fiche, kept).description == "Du neuf"


def test_a_decision_is_taken_once(take, proposed, decide, client):
    take(SHOP, TWIN)
    (pair,) = proposed()
    kept = int(pair["fiches"][0]["id"])
    body = {"decision": "fusion", "garde": kept}
    path = f"/doublons/{pair['id']}/decision"
    assert client.post(path, json=body, headers=key()).status_code == 428
    assert decide(pair["id"], etag='"autre"', **body).status_code == 412
    assert decide(pair["id"], decision="fusion", garde=999_999).status_code == 422
    for wrong in ({"decision": "fusion"}, {"decision": "non_doublon", "garde": kept}):
        refused = decide(pair["id"], **wrong)
        assert (refused.status_code, refused.json()["erreurs"][0]["pointer"]) == (422, "#/garde")
    assert decide(pair["id"], **body).status_code == 200
    assert decide(pair["id"], decision="non_doublon").status_code == 409


def test_an_archived_listing_is_not_merged(take, proposed, decide, engine):
    take(SHOP, TWIN)
    (pair,) = proposed()
    kept, other = (int(one["id"]) for one in pair["fiches"])
    with Session(engine) as session, session.begin():
        session.get(Fiche, other).statut = "archivee"
    assert decide(pair["id"], decision="fusion", garde=kept).status_code == 409


def test_a_commune_decides_at_home_only(take, proposed, decide, client):
    take(SHOP, TWIN)
    (pair,) = proposed("commune", "94048")
    assert proposed("commune", "94080") == []
    stranger = decide(pair["id"], "commune", "94080", decision="non_doublon")
    assert stranger.status_code == 404
    assert client.get("/doublons", headers=key("operateur")).status_code == 403
    assert client.get("/doublons").status_code == 401
    assert decide(pair["id"], "commune", "94048", decision="non_doublon").status_code == 200


def test_pages_show_each_pair_once(take, client, engine):
    shops = [{**SHOP, "nom": f"{SHOP['nom']} {n}"} for n in "abcd"]
    take(*shops)
    found, cursor = [], None
    for _ in range(10):
        asked = {"limite": 2} | ({"curseur": cursor} if cursor else {})
        answer = client.get("/doublons", params=asked, headers=key())
        page = answer.json()
        found += [one["id"] for one in page["elements"]]
        cursor = page["curseur_suivant"]
        if cursor is None:
            assert page["liens"] == []
            break
        (link,) = page["liens"]
        assert link["href"] == f"?{urlencode({'limite': 2, 'curseur': cursor})}"
        assert link["href"] in answer.headers["link"]
    with Session(engine) as session:
        assert sorted(found) == sorted(session.scalars(select(Doublon.id)))
    assert len(found) == 6


def test_a_proposal_that_no_longer_holds_is_forgotten(take, proposed):
    take(SHOP, TWIN)
    assert len(proposed()) == 1
    take(SHOP, {**TWIN, "nom": "Tout autre chose"})
    assert proposed() == []
