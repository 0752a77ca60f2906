"""Where the widget's page is, and what it says of now: crisis rules, closings, its own age."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from services.commerces.api import widget
from services.commerces.horaires_osm import from_osm
from services.commerces.regimes.vitrine import GENRE
from services.commerces.regimes.vitrine import segment as regimes_segment
from services.commerces.widget.mots import etat_en_mots
from shared.memory.segments import Version
from shared.schemas.commerces_horaires import EtatOuverture
from shared.schemas.commun import PARIS
from tests.commerces.conftest import fiche_of
from tests.commerces.regimes.conftest import regime_of
from tests.commerces.test_widget import ALWAYS, SAINT_DENIS, Reader, show

__all__ = ["show"]

FERMETURE = {
    "nom": "Fermeture des cavistes",
    "motif": "Arrêté du maire",
    "debut": datetime(2020, 1, 1, tzinfo=UTC),
    "fin": datetime(2099, 12, 31, 23, tzinfo=UTC),
}


def under(client, *regimes):
    etalage = client.app.state.vitrine
    etalage.vue = replace(etalage.vue, autres={GENRE: Version.of(regimes_segment(regimes))})
    return client


def paragraphs(answer):
    return [one["text"] for one in Reader(answer.text).all("p")]


OUVERTES = [{"genre": "comptoir", "horaires": ALWAYS}, {"genre": "livraison", "horaires": ALWAYS}]


def test_a_shop_that_a_rule_closes_is_closed_by_decision_and_says_why(show):
    client = under(show(fiche_of(1, modalites=OUVERTES)), regime_of(**FERMETURE))
    told = paragraphs(client.get("/widget/75056"))
    assert "Fermé par décision" in told
    assert "Fermeture des cavistes : Arrêté du maire" in told
    assert not [text for text in told if text.startswith("Services") or "inconnus" in text]


def test_a_decision_that_ends_soon_says_when_the_shop_reopens(show):
    fin = datetime.now(UTC) + timedelta(days=30)
    client = under(show(fiche_of(1, modalites=OUVERTES)), regime_of(**{**FERMETURE, "fin": fin}))
    (told,) = [t for t in paragraphs(client.get("/widget/75056")) if t.startswith("Fermé")]
    assert told.startswith("Fermé par décision, ouvre le ")
    assert "Arrêté" not in told


def test_only_permitted_services_are_listed(show):
    client = under(show(fiche_of(1, modalites=OUVERTES)), regime_of("livraison", **FERMETURE))
    told = paragraphs(client.get("/widget/75056"))
    assert "Services : livraison à domicile" in told
    assert "Fermeture des cavistes : Arrêté du maire" in told
    assert [text for text in told if text.startswith("Ouvert")]


def test_a_service_is_listed_from_its_first_day_to_its_last(show):
    today = datetime.now(PARIS).date()
    day = timedelta(days=1)
    modalites = [
        {"genre": "comptoir"},
        {"genre": "livraison", "au": today - day},
        {"genre": "drive", "du": today + 2 * day},
        {"genre": "point_collecte", "du": today, "au": today},
    ]
    client = show(fiche_of(1, modalites=modalites))
    told = paragraphs(client.get("/widget/75056"))
    assert "Services : point de collecte, vente au comptoir" in told


def test_a_rule_that_leaves_only_what_has_ended_closes_the_shop(show):
    ended = {"genre": "livraison", "au": datetime.now(PARIS).date() - timedelta(days=1)}
    shop = fiche_of(1, modalites=[{"genre": "comptoir", "horaires": ALWAYS}, ended])
    client = under(show(shop), regime_of("livraison", **FERMETURE))
    told = paragraphs(client.get("/widget/75056"))
    assert "Fermé par décision" in told
    assert not [text for text in told if text.startswith("Services")]


def test_what_a_rule_keeps_out_of_the_list_is_counted(show):
    shops = [fiche_of(1, modalites=OUVERTES), fiche_of(2, **SAINT_DENIS, modalites=OUVERTES)]
    client = under(show(*shops), regime_of("livraison", **FERMETURE))
    told = paragraphs(client.get("/widget/75056", params={"modalite": "comptoir"}))
    assert "1 commerce écarté par décision. Fermeture des cavistes : Arrêté du maire" in told
    told = paragraphs(client.get("/widget/75056", params={"modalite": "livraison"}))
    assert not [text for text in told if "écarté" in text]


def test_a_rule_about_others_says_nothing(show):
    rule = regime_of(**FERMETURE, territoires=("93066",))
    told = " ".join(
        paragraphs(under(show(fiche_of(1, modalites=OUVERTES)), rule).get("/widget/75056"))
    )
    assert "décision" not in told
    assert "Services : livraison à domicile, vente au comptoir" in told


def test_closed_before_an_unknown_holiday_is_not_said_to_open(show, monkeypatch):
    """What follows a closed evening may be unknown: only an opening is announced."""
    week = [
        {"genre": "comptoir", "horaires": from_osm("Mo-Su 09:00-19:00").model_dump(mode="json")}
    ]
    client = show(fiche_of(1, modalites=week))
    for now, told in (
        (datetime(2026, 11, 10, 20, tzinfo=PARIS), "Fermé"),
        (datetime(2026, 11, 11, 20, tzinfo=PARIS), "Horaires inconnus"),
        (datetime(2026, 11, 12, 20, tzinfo=PARIS), "Fermé, ouvre vendredi à 9 h"),
    ):
        monkeypatch.setattr(widget.time, "time", now.timestamp)
        (found,) = [
            text
            for text in paragraphs(client.get("/widget/75056"))
            if text.startswith(("Fermé", "Horaires"))
        ]
        assert found.startswith(told), now
        assert "ouvre" not in found or "ouvre" in told


ECRITS = "Du mardi au samedi, 9 h - 19 h.\nFermé <en> août"


@pytest.mark.parametrize(
    ("horaires", "texte", "told"),
    [
        (None, ECRITS, ["Horaires : Du mardi au samedi, 9 h - 19 h. Fermé <en> août"]),
        (ALWAYS, ECRITS, ["Ouvert", "Horaires : Du mardi au samedi, 9 h - 19 h. Fermé <en> août"]),
        (None, None, ["Horaires inconnus"]),
    ],
)
def test_hours_in_words_are_shown_as_they_were_written(show, horaires, texte, told):
    """They are known to who reads them, if not to us."""
    client = show(fiche_of(1, horaires=horaires, horaires_texte=texte))
    found = paragraphs(client.get("/widget/75056"))
    assert [t for t in found if t.startswith(("Horaires", "Ouvert"))] == told


@pytest.mark.parametrize(
    ("texte", "modalites", "told"),
    [
        (None, {"livraison": "Le soir"}, ["Horaires : livraison à domicile : Le soir"]),
        (
            "Du mardi au samedi",
            {"drive": "Le soir", "livraison": "Le soir", "comptoir": "Du mardi au samedi"},
            ["Horaires : Du mardi au samedi ; drive, livraison à domicile : Le soir"],
        ),
        (
            "Du mardi au samedi, " * 20,
            {"livraison": "Le soir"},
            [f"Horaires : {'Du mardi au samedi, ' * 6}Du mardi… ; livraison à domicile : Le soir"],
        ),
    ],
)
def test_hours_in_words_of_a_service_are_shown_too(show, texte, modalites, told):
    """They were not: « Horaires inconnus », where the shopkeeper had written when it delivers."""
    own = [{"genre": genre, "horaires_texte": words} for genre, words in modalites.items()]
    client = show(fiche_of(1, horaires_texte=texte, modalites=own))
    found = paragraphs(client.get("/widget/75056"))
    assert [t for t in found if t.startswith(("Horaires", "Ouvert"))] == told


def test_hours_in_words_of_a_service_that_a_rule_forbids_are_not_shown(show):
    own = [{"genre": "livraison"}, {"genre": "comptoir", "horaires_texte": "Le matin"}]
    client = under(show(fiche_of(1, modalites=own)), regime_of("livraison", **FERMETURE))
    assert "Le matin" not in client.get("/widget/75056").text


@pytest.mark.parametrize(("days", "old"), [(0, False), (89, False), (90, True), (300, True)])
def test_what_nobody_confirmed_for_long_is_to_be_confirmed(show, days, old):
    noon = datetime.combine(datetime.now(PARIS), time(12), PARIS) - timedelta(days=days)
    client = show(fiche_of(1, verifie_le=noon.astimezone(UTC)))
    (told,) = [t for t in paragraphs(client.get("/widget/75056")) if t.startswith("Vérifié le ")]
    assert told.endswith(", à confirmer") == old


def test_a_page_of_an_old_vitrine_says_so(show):
    client = show(fiche_of(1))
    fresh = client.get("/widget/75056")
    assert "relance-fraicheur" not in fresh.headers
    client.app.state.vitrine.perimee_depuis = datetime(2026, 1, 31, 9, tzinfo=UTC)
    old = client.get("/widget/75056")
    assert old.headers["relance-fraicheur"] == "perimee; depuis=2026-01-31T09:00:00+00:00"


def test_a_shop_that_cannot_be_reached_has_no_empty_line(show):
    site = {"genre": "site", "valeur": "https://exemple.fr/", "public": True}
    reached = show(fiche_of(1, contacts=[site])).get("/widget/75056").text
    assert 'class="actions"' in reached
    assert 'class="actions"' not in show(fiche_of(1)).get("/widget/75056").text


NOW = datetime(2026, 11, 25, 12, tzinfo=PARIS)


@pytest.mark.parametrize(
    ("etat", "hours", "words"),
    [
        ("ouvert", 7.5, "Ouvert jusqu’à 19 h 30"),
        ("ouvert", 14, "Ouvert jusqu’à jeudi 2 h"),
        ("ouvert", 24 * 36, "Ouvert jusqu’au 31 décembre à 12 h"),
        ("ouvert", None, "Ouvert"),
        ("ferme", 2, "Fermé, ouvre à 14 h"),
        ("ferme", 21, "Fermé, ouvre jeudi à 9 h"),
        ("ferme", 24 * 36 + 1, "Fermé, ouvre le 31 décembre à 13 h"),
        ("ferme", 24 * 37, "Fermé, ouvre le 1er janvier à 12 h"),
        ("ferme", None, "Fermé"),
        ("inconnu", 2, "Horaires inconnus"),
    ],
)
def test_states_in_words(etat, hours, words):
    until = None if hours is None else (NOW + timedelta(hours=hours)).astimezone(UTC)
    assert etat_en_mots(EtatOuverture(etat=etat, jusqu_a=until), NOW) == words
    reason = EtatOuverture(etat=etat, jusqu_a=until, raison="Noël")
    assert etat_en_mots(reason, NOW) == f"{words} (Noël)"


def test_the_slash_of_a_folder_leads_to_the_page(show):
    client = show(fiche_of(1))
    for query in ("", "?q=a%26b&page=1"):
        sent = client.get(f"/widget/93066/{query}", follow_redirects=False)
        assert (sent.status_code, sent.headers["location"]) == (308, f"../93066{query}")
        assert client.get(f"/widget/93066/{query}").url.path == "/widget/93066"
    sent = client.get("/widget/%3C%2Fb%3E/", follow_redirects=False)
    assert sent.headers.get("location", "../").startswith("../")
