"""A directory with one published shop, its merchant, and agents of two communes."""

import re

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces.app import service
from services.commerces.courrier import commands as courrier
from services.commerces.doublons import commands as doublons
from shared.auth import Acteur
from shared.settings import Settings
from tests.applications import SECRET, bearer, opened

MAROLLES, BOULOGNE = "94048", "92012"
COURRIEL = "marie.durand@exemple.fr"
SIRET = "73282932000074"
FICHE = {
    "nom": "Fromagerie d'essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "lon": 2.5553,
    "lat": 48.7375,
    "siret": SIRET,
    "naf": ["47.29Z"],
    "categories": ["fromagerie"],
    "contacts": [
        {"genre": "telephone", "valeur": "+33142360000", "public": True},
        {"genre": "courriel", "valeur": "prive@exemple.fr", "public": False},
    ],
    "horaires_osm": "Tu-Sa 09:00-19:00; PH off",
    "modalites": [
        {"genre": "livraison", "zone": {"type": "rayon", "rayon_m": 3000}, "minimum": "20.00"},
        {"genre": "comptoir"},
    ],
}


def key(role="commune", *communes, scope="commerces:moderer"):
    acteur = Acteur(role, role, frozenset({scope}), territoire=frozenset(communes))
    return bearer(acteur, service="commerces")


def token(jeton):
    return {"Authorization": f"Token {jeton}"}


@pytest.fixture
def app(clone_database):
    with opened(
        service,
        Settings(
            database_url=clone_database(),
            secret_interne=SECRET,
            adresse_publique="https://annuaire.exemple",
            commerces_inscriptions_par_heure=5,
            commerces_signalements_par_heure=5,
        ),
    ) as app:
        yield app


@pytest.fixture
def engine_of(app):
    return app.fastapi.state.engine


@pytest.fixture
def client(app):
    return TestClient(app, client=("192.0.2.1", 50_000))


@pytest.fixture
def rows(engine_of):
    """What a statement reads."""

    def rows(statement, **parameters):
        with engine_of.connect() as connection:
            return connection.execute(text(statement), parameters).all()

    return rows


@pytest.fixture
def run(engine_of):
    """Do something in one committed transaction."""

    def run(do, *args, **kwargs):
        with Session(engine_of) as session, session.begin():
            return do(session, *args, **kwargs)

    return run


@pytest.fixture
def sent(engine_of):
    """Let all due mail out; what left."""

    def sent():
        mails = []
        while courrier.let_out(engine_of, mails.append):
            pass
        return mails

    return sent


@pytest.fixture
def link(sent):
    """The token of the one link that was just mailed."""

    def link():
        (found,) = (
            found[1]
            for mail in sent()
            for found in [re.search(r"/v1/commerces/liens\?jeton=(\S+)", mail.texte)]
            if found
        )
        return found

    return link


@pytest.fixture
def publish(client):
    """A listing of the CCI, published; its number."""

    def publish(**changes):
        headers = key("cci", scope="commerces:gerer")
        made = client.post("/gestion/fiches", json=FICHE | changes, headers=headers)
        assert made.status_code == 201, made.text
        number = made.json()["id"]
        done = client.post(
            f"/gestion/fiches/{number}/statut",
            json={"statut": "publiee"},
            headers={**headers, "If-Match": made.headers["etag"]},
        )
        assert done.status_code == 200, done.text
        return int(number)

    return publish


@pytest.fixture
def registered(client, link):
    """Register a new shop, or claim one, and follow the link; what the link gave."""

    def registered(**demande):
        demande = {"courriel": COURRIEL, **demande}
        if "fiche_id" not in demande:
            demande.setdefault("fiche", FICHE)
        asked = client.post("/inscriptions", json=demande)
        assert asked.status_code == 201, asked.text
        followed = client.post("/liens", params={"jeton": link()})
        assert followed.status_code == 200, followed.text
        return followed.json()

    return registered


@pytest.fixture
def decide(client):
    """Read a proposition and decide it."""

    def decide(number, decision="accepter", *, headers=None, if_match=None, **more):
        headers = headers or key("commune", MAROLLES)
        path = f"/moderation/propositions/{number}"
        if if_match is None:
            if_match = client.get(path, headers=headers).headers["etag"]
        return client.post(
            f"{path}/decision",
            json={"decision": decision, "raison": "Vu sur place", **more},
            headers={**headers, "If-Match": if_match},
        )

    return decide


@pytest.fixture
def queue(client):
    """The propositions that wait, as an agent sees them."""

    def queue(headers=None, **recherche):
        answer = client.get(
            "/moderation/propositions",
            params={"etat": "en_attente", **recherche},
            headers=headers or key("commune", MAROLLES),
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["elements"]

    return queue


@pytest.fixture
def holder(registered, publish, queue, decide):
    """The recognised holder of a published listing, at some proof level; its token and listing."""

    def holder(*, atteste=False, **changes):
        number = publish(**changes)
        given = registered(fiche_id=number, siret=changes.get("siret", SIRET))
        (asked,) = queue()
        assert decide(asked["id"], atteste=atteste).status_code == 200
        return given["jeton"], number

    return holder


@pytest.fixture
def propose(client):
    """Ask for changes of one's listing."""

    def propose(jeton, number, *, if_match=None, body=None, **changes):
        mine = client.get("/moi", headers=token(jeton))
        assert mine.status_code == 200, mine.text
        body = body or {"fiche": mine.json()["saisie"] | changes}
        headers = {**token(jeton), "If-Match": if_match or mine.headers["etag"]}
        return client.post(f"/fiches/{number}/propositions", json=body, headers=headers)

    return propose


@pytest.fixture
def fusion(app, client, run):
    """What merges the two listings alike into the one kept, as their duplicate is read now."""

    def fusion(kept):
        run(doublons.chercher)
        agent = key("cci", scope="commerces:gerer")
        tag = client.get("/doublons/1", headers=agent).headers["etag"]
        body, headers = {"decision": "fusion", "garde": kept}, {**agent, "If-Match": tag}
        return lambda: TestClient(app).post("/doublons/1/decision", json=body, headers=headers)

    return fusion
