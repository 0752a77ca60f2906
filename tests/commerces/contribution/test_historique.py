"""What happened to a listing, as its agents read it: when, by whom, and no text of anyone."""

import json
from datetime import timedelta
from io import BytesIO

from services.commerces.fraicheur.commands import hide
from services.commerces.imports.commands import Expediteur, importer
from services.commerces.models import JOURNAL
from shared import journal
from shared.clock import now
from tests.commerces.contribution.conftest import BOULOGNE, FICHE, MAROLLES, SIRET, key


def history(client, number, **question):
    agent = key("commune", MAROLLES, scope="commerces:gerer")
    answer = client.get(f"/gestion/fiches/{number}/historique", params=question, headers=agent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_listing_tells_what_happened_to_it_the_last_first(client, holder, propose, run):
    jeton, number = holder()
    propose(jeton, number, description="Bien à vous, 06 12 34 56 78")
    sent = client.post(
        f"/fiches/{number}/signalements", json={"motif": "horaires", "commentaire": "Fermé"}
    )
    assert sent.status_code == 201, sent.text
    run(lambda s: hide(s, adresse="https://annuaire.exemple", now=now(s) + timedelta(days=400)))
    steps = history(client, number)["elements"]
    assert [(one["genre"], one["auteur"], one["statut"]) for one in steps] == [
        ("fiche.statut", "fraicheur", "suspendue"),
        ("signalement.recu", "public", None),
        ("proposition.appliquee", "commercant", None),
        ("fiche.modifiee", "commercant", "publiee"),
        ("proposition.acceptee", "commune", None),
        ("fiche.modifiee", "commune", "publiee"),
        ("proposition.en_attente", "commercant", None),
        ("fiche.statut", "cci", "publiee"),
        ("fiche.creee", "cci", "brouillon"),
    ]
    assert [one["version"] for one in steps if one["version"]] == [5, 4, 3, 2, 1]
    assert steps[2]["proposition"] is not None
    assert steps[1]["signalement"] is not None
    assert all(one["instant"].endswith("Z") for one in steps)
    assert "Bien" not in str(steps)


def test_it_is_read_page_by_page(client, publish):
    number = publish()
    first = history(client, number, limite=1)
    assert [one["genre"] for one in first["elements"]] == ["fiche.statut"]
    last = history(client, number, limite=1, curseur=first["curseur_suivant"])
    assert [one["genre"] for one in last["elements"]] == ["fiche.creee"]
    assert last["curseur_suivant"] is None


def test_it_is_of_this_listing_only_and_of_its_agents(client, publish, run):
    number = publish()
    publish(nom="Autre fromagerie", siret=None)
    other = [("import.oublie", str(number), "oubli", {"lignes": 3})]
    run(lambda s: journal.append(s, JOURNAL, other))
    assert len(history(client, number)["elements"]) == 2
    path = f"/gestion/fiches/{number}/historique"
    stranger = key("commune", BOULOGNE, scope="commerces:gerer")
    assert client.get(path, headers=stranger).status_code == 404
    assert client.get(path).status_code == 401


def test_it_says_which_import_wrote_a_listing(client, run):
    line = {
        "nom": FICHE["nom"],
        "siret": SIRET,
        "adresse": FICHE["adresse"],
        "code_postal": FICHE["code_postal"],
        "longitude": FICHE["lon"],
        "latitude": FICHE["lat"],
        "categories": "fromagerie",
        "modalites": "comptoir",
    }
    done = run(
        lambda s: (
            importer(
                s,
                BytesIO(json.dumps([line]).encode()),
                nom="fichier.json",
                source="cci",
                expediteur=Expediteur("cci"),
            ).id
        )
    )
    (step,) = history(client, 1)["elements"]
    assert (step["genre"], step["numero_import"]) == ("fiche.creee", done)
