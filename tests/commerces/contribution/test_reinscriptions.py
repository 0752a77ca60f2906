"""A shop registered twice by the same person, who thought the first mail lost."""

import pytest

from tests.commerces.contribution.conftest import COURRIEL, FICHE, SIRET, key, token


def test_the_same_shop_registered_again_replaces_what_waited(  # noqa: PLR0917
    client, registered, queue, rows, decide, propose
):
    first = registered(fiche={**FICHE, "siret": None}, message="Bonjour")
    again = {**FICHE, "nom": "FROMAGERIE D’ESSAI", "description": "Au lait cru"}
    second = registered(fiche=again, courriel=COURRIEL.upper(), message="Rebonjour")
    assert second["fiche_id"] == first["fiche_id"]
    (waiting,) = queue()
    assert waiting["siret"] == SIRET
    assert [one["texte"] for one in waiting["etapes"]] == ["Bonjour", "Rebonjour"]
    assert {one["champ"]: one["apres"] for one in waiting["ecarts"]}["description"] == "Au lait cru"
    assert rows("SELECT statut FROM commerces.fiches") == [("en_attente",)]
    for given in (first, second):
        assert client.get("/moi", headers=token(given["jeton"])).json()["saisie"]["contacts"]
    assert decide(waiting["id"]).status_code == 200
    assert rows("SELECT statut, count(*) FROM commerces.fiches GROUP BY 1") == [("publiee", 1)]


@pytest.mark.parametrize(
    "changes",
    [
        {"nom": "Une autre enseigne"},
        {"adresse": "3 rue de la Fontaine"},
        {"siret": "21750001600019"},
    ],
)
def test_another_shop_of_the_same_person_is_another(registered, queue, changes):
    first = registered()["fiche_id"]
    assert registered(fiche=FICHE | changes)["fiche_id"] != first
    assert len(queue()) == 2


def test_the_same_shop_registered_by_another_is_for_the_agent_to_see(registered, queue):
    registered()
    registered(courriel="autre@exemple.fr")
    assert [len(one["memes_siret"]) for one in queue()] == [1, 1]


def test_what_an_agent_corrected_is_not_written_over(client, registered, queue):
    number = registered()["fiche_id"]
    headers = key("cci", scope="commerces:gerer")
    path = f"/gestion/fiches/{number}"
    tag = client.get(path, headers=headers).headers["etag"]
    body = {**FICHE, "description": "Corrigé"}
    assert client.put(path, json=body, headers={**headers, "If-Match": tag}).status_code == 200
    assert registered()["fiche_id"] != number
    assert client.get(path, headers=headers).json()["properties"]["description"] == "Corrigé"
