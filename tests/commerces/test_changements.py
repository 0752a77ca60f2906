"""The feed of changes: replayed from the beginning it is the export, whoever writes meanwhile."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from services.commerces import commands, queries
from services.commerces.app import service
from services.commerces.commands import Auteur
from services.commerces.models import JOURNAL, Fiche
from services.commerces.statuts import SUIVANTS
from shared import journal
from shared.schemas.commerces_changements import ChangementsFiches
from shared.schemas.commerces_gestion import FicheSaisie
from shared.schemas.commerces_valeurs import StatutFiche, VerifiePar
from shared.settings import Settings
from tests.applications import opened
from tests.commerces.test_gestion import FICHE
from tests.journal import catch_up

CCI = Auteur("cci", VerifiePar.CCI)
PUBLIEE, SUSPENDUE, FERMEE, ARCHIVEE = (
    StatutFiche.PUBLIEE,
    StatutFiche.SUSPENDUE,
    StatutFiche.FERMEE,
    StatutFiche.ARCHIVEE,
)


class Annuaire:
    """The service over a database of its own; its vitrine moves when it is asked to."""

    def __init__(self, app):
        self.app = app
        self.client = TestClient(self.app)
        self.engine = app.fastapi.state.engine
        self.app.vitrine.refresh()

    def create(self, *statuts, **changes):
        with Session(self.engine) as session, session.begin():
            saisie = FicheSaisie.model_validate({**FICHE, **changes})
            fiche = commands.create(session, saisie, auteur=CCI)
            for statut in statuts:
                self._decide(session, fiche, statut)
            return fiche.id

    def decide(self, number, statut, motif=None):
        with Session(self.engine) as session, session.begin():
            self._decide(session, queries.find_fiche(session, number, lock=True), statut, motif)

    def _decide(self, session, fiche, statut, motif=None):
        commands.change_status(session, fiche, statut, motif, auteur=CCI)

    def replace(self, number, **changes):
        with Session(self.engine) as session, session.begin():
            fiche = queries.find_fiche(session, number, lock=True)
            saisie = FicheSaisie.model_validate({**FICHE, **changes})
            commands.replace(session, fiche, saisie, auteur=CCI)

    def page(self, **question):
        answer = self.client.get("/changements", params=question)
        assert answer.status_code == 200, answer.text
        ChangementsFiches.model_validate(answer.json())
        return answer.json()

    def told(self):
        return [(one["id"], one["nature"], one["motif"]) for one in self.page()["elements"]]

    def export(self):
        features = self.client.get("/exports/commerces.geojson").json()["features"]
        return {feature["id"]: feature for feature in features}

    def catch_up(self):
        catch_up(self.app.vitrine, self.engine, JOURNAL)


class Lecteur:
    """A reader that only ever applies what the feed says."""

    def __init__(self, annuaire, limite=100):
        self.annuaire = annuaire
        self.limite = limite
        self.curseur = None
        self.fiches = {}
        self.natures = []

    def follow(self):
        while not self.read():
            pass

    def read(self):
        depuis = {} if self.curseur is None else {"depuis": self.curseur}
        page = self.annuaire.page(limite=self.limite, **depuis)
        for one in page["elements"]:
            self.natures.append((one["id"], one["nature"]))
            if one["fiche"] is None:
                self.fiches.pop(one["id"], None)
            else:
                self.fiches[one["id"]] = one["fiche"]
        self.curseur = page["curseur"]
        return page["a_jour"]


@pytest.fixture
def annuaire(clone_database):
    with opened(service, Settings(database_url=clone_database())) as app:
        yield Annuaire(app)


def test_an_empty_directory_has_an_empty_page_and_a_cursor_to_keep(annuaire):
    page = annuaire.page()
    assert (page["elements"], page["a_jour"], page["liens"]) == ([], True, [])
    number = annuaire.create(PUBLIEE)
    annuaire.catch_up()
    (one,) = annuaire.page(depuis=page["curseur"])["elements"]
    assert (one["id"], one["nature"], one["objet"]) == (str(number), "creation", "fiche")
    assert one["fiche"] == annuaire.client.get(f"/fiches/{number}").json()


def test_a_page_stops_where_the_vitrine_stands(annuaire):
    """A change told before it is shown would have the state before it, for good."""
    first = annuaire.create(PUBLIEE)
    annuaire.catch_up()
    second = annuaire.create(PUBLIEE)
    before = annuaire.page()
    assert ({one["id"] for one in before["elements"]}, before["a_jour"]) == ({str(first)}, True)
    annuaire.catch_up()
    after = annuaire.page(depuis=before["curseur"])
    assert {one["id"] for one in after["elements"]} == {str(second)}


def test_each_change_is_told_and_each_withdrawal_says_why(annuaire):
    number = annuaire.create(PUBLIEE)
    annuaire.replace(number, nom="Crèmerie d'essai")
    annuaire.decide(number, SUSPENDUE, "Signalée comme fermée")
    annuaire.replace(number, nom="Encore une crèmerie")
    annuaire.decide(number, PUBLIEE)
    annuaire.decide(number, FERMEE)
    annuaire.decide(number, ARCHIVEE, "Doublon")
    annuaire.catch_up()
    one = str(number)
    assert annuaire.told() == [
        (one, "creation", None),
        (one, "modification", None),
        (one, "retrait", "suspendue"),
        (one, "creation", None),
        (one, "retrait", "fermee"),
        (one, "retrait", "archivee"),
    ]
    # What is no longer published shows nothing, at whatever change of it.
    assert all(element["fiche"] is None for element in annuaire.page()["elements"])


def test_what_an_agent_wrote_of_a_withdrawal_is_never_public(annuaire):
    number = annuaire.create(PUBLIEE)
    annuaire.decide(number, FERMEE, "Mme Durand hospitalisée, tel 06 12 34 56 78")
    old = {"statut": "archivee", "version": 9, "motif": "Mme Durand, marie@exemple.fr"}
    with annuaire.engine.begin() as connection:
        for genre in ("fiche.statut", "fiche.fusionnee", "fiche.effacee"):
            journal.append(connection, JOURNAL, [(genre, str(number), "essai", old)])
        kept = connection.scalar(text("SELECT motif_statut FROM commerces.fiches"))
        entries = connection.execute(select(JOURNAL.c.corps)).scalars().all()
    assert kept == "Mme Durand hospitalisée, tel [masqué]"
    assert "06 12" not in str(entries)
    annuaire.catch_up()
    told = [motif for _, nature, motif in annuaire.told() if nature == "retrait"]
    assert told == ["fermee", "archivee", "fusionnee", "effacee"]
    assert "Durand" not in annuaire.client.get("/changements").text


def test_what_was_never_published_is_never_told(annuaire):
    draft = annuaire.create(nom="Secret d'atelier")
    annuaire.replace(draft, nom="Autre secret")
    annuaire.decide(draft, StatutFiche.EN_ATTENTE, "secret")
    annuaire.decide(draft, ARCHIVEE, "secret")
    with annuaire.engine.begin() as connection:
        journal.append(connection, JOURNAL, [("regime.cree", "1", "cci", {"nom": "secret"})])
    annuaire.catch_up()
    page = annuaire.page()
    assert page["elements"] == []
    assert "ecret" not in json.dumps(page)
    assert annuaire.page(depuis=page["curseur"])["a_jour"]


def test_neither_who_wrote_nor_private_contacts_are_told(annuaire):
    annuaire.create(PUBLIEE)
    annuaire.catch_up()
    content = json.dumps(annuaire.page())
    assert "prive@exemple.fr" not in content
    assert "acteur" not in content


def test_a_day_that_passes_changes_nothing_public(annuaire):
    number = annuaire.create(PUBLIEE, modalites=[{"genre": "drive", "du": "2026-11-24"}])
    annuaire.catch_up()
    place = annuaire.page()["curseur"]
    with Session(annuaire.engine) as session, session.begin():
        (modalite,) = session.get(Fiche, number).modalites
        day, modalite.annoncee_le = modalite.du, modalite.du - timedelta(days=1)
        session.flush()
        assert commands.journal_offers_of_today(session, day) == 1
    annuaire.catch_up()
    assert annuaire.page(depuis=place)["elements"] == []


@pytest.mark.parametrize("limite", [1, 2, 1000])
def test_pages_follow_each_other_to_the_last_one(annuaire, limite):
    numbers = [annuaire.create(PUBLIEE) for _ in range(4)]
    annuaire.catch_up()
    lecteur = Lecteur(annuaire, limite)
    lecteur.follow()
    assert lecteur.natures == [(str(number), "creation") for number in numbers]
    assert lecteur.fiches == annuaire.export()


def test_a_page_that_did_not_change_is_not_sent_again(annuaire):
    annuaire.create(PUBLIEE)
    annuaire.catch_up()
    first = annuaire.client.get("/changements")
    known = {"If-None-Match": first.headers["etag"]}
    again = annuaire.client.get("/changements", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    annuaire.create(PUBLIEE)
    annuaire.catch_up()
    assert annuaire.client.get("/changements", headers=known).status_code == 200


@pytest.mark.parametrize(
    "question", ["limite=0", "limite=1001", "depuis=x", "depuis=WyJib3JuZXMiLDAsMF0", "autre=1"]
)
def test_a_bad_question_is_refused_by_name(annuaire, question):
    answer = annuaire.client.get(f"/changements?{question}")
    assert answer.status_code == 400
    assert answer.json()["parametre"] == question.partition("=")[0]


def test_a_slow_transaction_is_neither_lost_nor_told_too_early(annuaire):
    """The order of positions would lose it: it is shown once everything before it is."""
    first, second = annuaire.create(PUBLIEE), annuaire.create(PUBLIEE)
    annuaire.catch_up()
    lecteur = Lecteur(annuaire)
    lecteur.follow()
    body = {"statut": "publiee", "version": 3, "motif": None}
    with annuaire.engine.connect() as slow:
        journal.append(slow, JOURNAL, [("fiche.modifiee", str(first), "essai", body)])
        with annuaire.engine.begin() as fast:
            journal.append(fast, JOURNAL, [("fiche.modifiee", str(second), "essai", body)])
        annuaire.app.vitrine.refresh()
        lecteur.follow()
        assert len(lecteur.natures) == 2
        slow.commit()
    annuaire.catch_up()
    lecteur.follow()
    assert lecteur.natures[2:] == [(str(first), "modification"), (str(second), "modification")]


def test_who_begins_first_and_writes_last_is_told_first(annuaire):
    first, second = annuaire.create(PUBLIEE), annuaire.create(PUBLIEE)
    annuaire.catch_up()
    place = annuaire.page()["curseur"]
    body = {"statut": "publiee", "version": 3, "motif": None}
    with annuaire.engine.connect() as slow:
        slow.execute(select(func.pg_current_xact_id()))
        with annuaire.engine.begin() as fast:
            journal.append(fast, JOURNAL, [("fiche.modifiee", str(second), "essai", body)])
        journal.append(slow, JOURNAL, [("fiche.modifiee", str(first), "essai", body)])
        slow.commit()
    annuaire.catch_up()
    told = annuaire.page(depuis=place)["elements"]
    assert [one["id"] for one in told] == [str(first), str(second)]


def write(annuaire, seed):
    """Some listings of a writer, which live and end at random."""
    draw = random.Random(seed)
    mine = {}
    for step in range(25):
        if not mine or draw.random() < 0.3:
            mine[annuaire.create(PUBLIEE, nom=f"Commerce {seed}-{step}")] = PUBLIEE
            continue
        number = draw.choice(list(mine))
        if draw.random() < 0.5:
            mine[number] = draw.choice(sorted(SUIVANTS[mine[number]]))
            annuaire.decide(number, mine[number], f"étape {step}")
            if mine[number] is ARCHIVEE:  # nothing follows, and nothing more is written of it
                del mine[number]
        else:
            annuaire.replace(number, nom=f"Commerce {seed}-{step}")


def test_whoever_writes_meanwhile_the_reader_ends_with_the_export(annuaire):
    lecteurs = [Lecteur(annuaire, limite) for limite in (1, 7, 1000)]
    with ThreadPoolExecutor() as threads:
        writers = [threads.submit(write, annuaire, seed) for seed in range(3)]
        while not all(writer.done() for writer in writers):
            annuaire.app.vitrine.refresh()
            for lecteur in lecteurs:
                lecteur.read()
        for writer in writers:
            writer.result()
    annuaire.catch_up()
    there = annuaire.export()
    assert there
    fresh = Lecteur(annuaire)
    for lecteur in (*lecteurs, fresh):
        lecteur.follow()
        assert lecteur.fiches == there
        assert lecteur.natures == lecteurs[0].natures
    assert {"creation", "modification", "retrait"} == {nature for _, nature in fresh.natures}
