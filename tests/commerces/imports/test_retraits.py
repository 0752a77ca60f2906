"""A line that says that its shop is not to be published takes its listing away, in any list."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from services.commerces import commands as gestion
from services.commerces.commands import Auteur
from services.commerces.doublons import commands as doublons
from services.commerces.doublons.queries import find_doublon
from services.commerces.imports import commands
from services.commerces.imports.queries import report
from services.commerces.models import Doublon, ImportFichier
from shared import clock
from shared.schemas.commerces_doublons import DecisionDoublon
from shared.schemas.commerces_valeurs import VerifiePar
from tests.commerces.imports.conftest import AGENT, CCI, SHOP, codes, done

SIRET, AUTRE_SIRET = "73282932000074", "55208131766522"
OTHER = {**SHOP, "nom": "Un autre", "adresse": "9 rue de la Paix", "position": "48.74,2.56"}
THIRD = {**SHOP, "nom": "La Boutique", "adresse": "5 avenue Foch", "position": "48.74,2.55"}
EMPTY = dict.fromkeys(SHOP, "")
REFUSES = {"publication": "Non"}
CLOSED = {"ouvert": "Fermé"}
VACANT = {"categories": "Local vacant"}
NOTHING = (0, 0, 0)
WITHDRAWN = (0, 0, 1)
MOTIF = "Retirée par sa source : commerce fermé, local vacant ou refus d’être publié"


@pytest.fixture
def partial(take):
    def partial(*shops, **options):
        return take(*shops, complet=False, **options)

    return partial


@pytest.fixture
def statuts(shown):
    return lambda: {nom: fiche.statut for nom, (fiche, _) in shown().items()}


def entries(session):
    rows = session.execute(text("SELECT genre, sujet FROM commerces.journal ORDER BY position"))
    return list(map(tuple, rows))


@pytest.mark.parametrize("known", [{}, {"identifiant": "R0"}], ids=str)
def test_a_name_that_says_the_shop_closed_withdraws_it(take, partial, statuts, known):
    take({**SHOP, **known}, OTHER)
    found = partial({**SHOP, **known, "nom": f"{SHOP['nom']} (fermé définitivement)"})
    assert (done(found), codes(found)) == (WITHDRAWN, {"FERM": 1, "RETI": 1})
    assert statuts()[SHOP["nom"]] == "suspendue"


@pytest.mark.parametrize(
    ("said", "code"), [(REFUSES, "REFU"), (CLOSED, "FERM"), (VACANT, "VACA")], ids=str
)
@pytest.mark.parametrize("known", [{}, {"siret": SIRET}, {"identifiant": "R0"}], ids=str)
def test_a_line_of_a_partial_list_withdraws_its_listing(  # noqa: PLR0917
    session, take, partial, shown, statuts, said, code, known
):
    take({**SHOP, **known}, OTHER)
    number = shown()[SHOP["nom"]][0].id
    found = partial({**SHOP, **known, **said})
    assert (done(found), codes(found)) == (WITHDRAWN, {code: 1, "RETI": 1})
    assert statuts() == {SHOP["nom"]: "suspendue", "Un autre": "publiee"}
    assert shown()[SHOP["nom"]][0].motif_statut == MOTIF
    (line,) = report(session, found.id)
    assert (line.statut, line.nom, line.fiche) == ("rejete", SHOP["nom"], number)
    assert [one.code for one in line.constats] == [code, "RETI"]
    assert entries(session)[-1] == ("fiche.statut", str(number))


def test_said_twice_it_writes_nothing_more_and_the_shop_may_come_back(
    session, take, partial, shown
):
    take(SHOP, OTHER)
    partial({**SHOP, **REFUSES})
    before = entries(session)
    again = partial({**SHOP, **REFUSES})
    assert (done(again), codes(again)) == (NOTHING, {"REFU": 1})
    assert done(take(OTHER)) == NOTHING
    assert entries(session) == before
    assert done(partial(SHOP)) == (0, 1, 0)
    fiche = shown()[SHOP["nom"]][0]
    assert (fiche.statut, fiche.motif_statut) == ("publiee", None)


def test_a_line_that_comes_twice_is_told_twice(partial, take):
    take(SHOP, OTHER)
    found = partial({**SHOP, **REFUSES}, {**SHOP, **CLOSED})
    assert (done(found), codes(found)) == (WITHDRAWN, {"REFU": 1, "FERM": 1, "RETI": 2})


@pytest.mark.parametrize(
    "line",
    [
        {"identifiant": "R0"},
        {"siret": SIRET},
        {"nom": SHOP["nom"], "adresse": "1, R. de la Fontaine", "code_postal": "94440"},
        {"nom": SHOP["nom"], "adresse": "1 bis rue Fontaine", "position": SHOP["position"]},
        {"identifiant": "R0", "nom": "Renommée", "adresse": SHOP["adresse"]},
        {"identifiant": "R0", "nom": "Local vacant"},
        {"identifiant": "2", "siret": SIRET, "nom": SHOP["nom"]},
    ],
    ids=str,
)
def test_a_shop_is_recognised_as_in_any_line(take, partial, statuts, line):
    other = {**OTHER, "identifiant": "2"}
    take({**SHOP, "identifiant": "R0", "siret": SIRET}, other)
    assert done(partial({**EMPTY, **line, **REFUSES}, other)) == WITHDRAWN
    assert statuts()[SHOP["nom"]] == "suspendue"


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"nom": "Inconnu", "adresse": SHOP["adresse"], "code_postal": "94440"},
        {"nom": "Local vacant", "adresse": SHOP["adresse"], "code_postal": "94440"},
        {"nom": SHOP["nom"]},
        # Numbers of rows: the next shop of this file is not that of the last one.
        {**THIRD, "identifiant": "1"},
        {**THIRD, "identifiant": "1", "nom": "Local vacant"},
        {**SHOP, "identifiant": "1", "siret": AUTRE_SIRET, "nom": "X", "adresse": "2 rue Y"},
    ],
    ids=str,
)
def test_what_is_not_sure_withdraws_nothing(take, partial, line):
    other = {**OTHER, "identifiant": "2"}
    take({**SHOP, "identifiant": "1", "siret": SIRET}, other)
    found = partial({**EMPTY, **line, **REFUSES}, other)
    assert done(found) == NOTHING
    assert "RETI" not in codes(found)


def test_a_siret_that_two_stalls_share_says_which_by_its_name_alone(take, partial, statuts):
    stalls = [{**one, "siret": SIRET} for one in (SHOP, OTHER)]
    take(*stalls, THIRD)
    assert done(partial({**EMPTY, "siret": SIRET, **REFUSES})) == NOTHING
    assert done(partial({**stalls[1], **REFUSES})) == WITHDRAWN
    assert statuts()["Un autre"] == "suspendue"


@pytest.mark.parametrize("complet", [True, False])
def test_another_line_that_names_the_shop_keeps_it(take, complet):
    take(SHOP, OTHER)
    refused = {**SHOP, **REFUSES}
    assert done(take(refused, SHOP, OTHER, complet=complet)) == NOTHING
    wrong = {**SHOP, "position": "43.3,5.4"}
    assert done(take(refused, wrong, OTHER, complet=complet)) == NOTHING
    unnamed = {"nom": SHOP["nom"], "position": SHOP["position"]}
    assert done(take(refused, unnamed, OTHER, complet=complet)) == NOTHING


def test_a_dry_run_tells_it(session, take, partial, statuts):
    take(SHOP, OTHER)
    before = entries(session)
    found = partial({**SHOP, **REFUSES}, essai=True)
    assert (done(found), codes(found)) == (WITHDRAWN, {"REFU": 1, "RETI": 1})
    assert [one.code for one in found.rapport[0].constats] == ["REFU", "RETI"]
    assert set(statuts().values()) == {"publiee"}
    assert entries(session) == before


def test_the_gate_counts_it(session, take, partial, statuts):
    take(SHOP, OTHER, THIRD)
    found = partial({**SHOP, **REFUSES}, seuil_perte=0.2)
    assert found.bilan.barriere.model_dump() == {
        "connus": 3,
        "perdus": 1,
        "seuil": 0.2,
        "franchie": True,
    }
    assert (done(found), codes(found)) == (NOTHING, {"REFU": 1, "RETI": 1})
    assert set(statuts().values()) == {"publiee"}
    recu = session.get_one(ImportFichier, found.id)
    tag = commands.version(recu)
    assert done(commands.confirmer(session, recu.id, expediteur=CCI, if_match=tag)) == WITHDRAWN
    assert statuts()[SHOP["nom"]] == "suspendue"


def test_a_listing_of_another_source_stays(take, partial, statuts):
    row = {**SHOP, "siret": SIRET}
    take(row, source="autre")
    assert done(partial({**row, **REFUSES})) == NOTHING
    take(row)  # the same shop, which the other source goes on writing
    found = partial({**row, **REFUSES})
    assert (done(found), codes(found)) == (NOTHING, {"REFU": 1, "TENU": 1})
    assert set(statuts().values()) == {"publiee"}


@pytest.mark.parametrize("auteur", [AGENT, Auteur("commercant", VerifiePar.COMMERCANT)])
@pytest.mark.parametrize("complet", [True, False])
def test_a_listing_that_somebody_else_wrote_since_stays(  # noqa: PLR0917
    session, take, shown, statuts, auteur, complet
):
    take(SHOP, OTHER)
    gestion.confirm(session, shown()[SHOP["nom"]][0], auteur=auteur)
    found = take({**SHOP, **REFUSES}, OTHER, complet=complet)
    assert (done(found), codes(found)) == (NOTHING, {"REFU": 1, "TENU": 1})
    assert set(statuts().values()) == {"publiee"}


def test_a_draft_stays_one(take, partial, statuts):
    take(SHOP, OTHER, publier=False)
    found = partial({**SHOP, **REFUSES})
    assert (done(found), codes(found)) == (NOTHING, {"REFU": 1})
    assert statuts()[SHOP["nom"]] == "brouillon"


def test_a_line_that_was_merged_does_not_take_the_other_away(session, take, partial, shown):
    double = {**SHOP, "nom": "Fromagerie d'essai SARL", "telephone": "01 99 00 12 34"}
    take({**SHOP, "telephone": "01 99 00 12 34"}, double, OTHER)
    doublons.chercher(session)
    pair = find_doublon(session, session.query(Doublon.id).scalar(), lock=True)
    kept = shown()[SHOP["nom"]][0].id
    doublons.decide(
        session,
        pair,
        DecisionDoublon(decision="fusion", garde=kept),
        auteur=AGENT,
        if_match=doublons.version(pair),
    )
    found = partial({**double, **REFUSES})
    assert (done(found), codes(found)) == (NOTHING, {"REFU": 1})
    assert shown()[SHOP["nom"]][0].statut == "publiee"


def test_other_lines_of_the_list_are_taken_as_before(take, partial, statuts):
    take(SHOP, OTHER)
    found = partial({**SHOP, **REFUSES}, {**OTHER, "description": "Du neuf"}, THIRD)
    assert done(found) == (1, 1, 1)
    assert statuts() == {
        SHOP["nom"]: "suspendue",
        "Un autre": "publiee",
        "La Boutique": "publiee",
    }


def test_an_older_list_withdraws_nothing_by_mistake(session, take, partial):
    today = clock.today(session)
    take(SHOP, OTHER, edition=today)
    with pytest.raises(commands.Conflict):
        partial({**SHOP, **REFUSES}, edition=today - timedelta(days=1))


def test_a_whole_list_tells_what_it_withdraws_from_what_it_no_longer_names(take, shown):
    take(SHOP, OTHER, THIRD)
    found = take({**SHOP, **CLOSED}, THIRD)
    assert (done(found), codes(found)) == ((0, 0, 2), {"FERM": 1, "RETI": 1})
    motifs = {nom: fiche.motif_statut for nom, (fiche, _) in shown().items()}
    assert motifs == {
        SHOP["nom"]: MOTIF,
        "Un autre": "Absente du dernier fichier de sa source",
        "La Boutique": None,
    }


CHINESE = {**SHOP, "nom": "北京楼", "adresse": "3 rue de la Paix", "position": "48.74,2.57"}
HALL = {**SHOP, "adresse": "Halle aux blés", "code_postal": "94440"}


@pytest.mark.parametrize(
    "line",
    [
        {"nom": "Local vacant", "adresse": "3 rue de la Paix"},
        {"nom": "Local vacant", "position": "48.74,2.57"},
        {"nom": "上海", "adresse": "3 rue de la Paix"},
        {"nom": "上海", "position": "48.74,2.57"},
        {"identifiant": "2", "nom": "上海", "adresse": "9 rue Y", "code_postal": "94440"},
    ],
    ids=str,
)
@pytest.mark.parametrize("known", [{}, {"identifiant": "2"}], ids=str)
def test_a_name_without_latin_letters_is_not_that_of_whatever_has_none(take, partial, line, known):
    take({**CHINESE, **known}, SHOP)
    found = partial({**EMPTY, "code_postal": CHINESE["code_postal"], **line, **REFUSES}, SHOP)
    assert (done(found), "RETI" in codes(found)) == (NOTHING, False)


@pytest.mark.parametrize("name", [{}, {"nom": "Supérette"}], ids=str)
def test_another_stall_of_a_shared_siret_takes_none_of_the_known_ones_away(take, partial, name):
    first, second, third = ({**one, "siret": SIRET, **name} for one in (SHOP, OTHER, THIRD))
    take(first, second)
    assert done(partial(second, {**third, **REFUSES})) == NOTHING


def test_nor_does_the_number_of_its_row(take, partial):
    rows = [{**one, "siret": SIRET} for one in (SHOP, OTHER, THIRD)]
    first, second, third = (
        {**one, "identifiant": number} for one, number in zip(rows, "121", strict=True)
    )
    take(first, second)
    assert done(partial(second, {**third, **REFUSES})) == NOTHING


def test_another_company_of_the_same_name_and_address_is_another_shop(take, partial):
    take({**HALL, "siret": SIRET}, OTHER)
    assert done(partial({**HALL, "siret": AUTRE_SIRET, **REFUSES}, OTHER)) == NOTHING


@pytest.mark.parametrize(
    "line",
    [
        {"nom": "Un troisième", "adresse": "Halle"},
        {**THIRD, "nom": SHOP["nom"]},
        {"nom": "Local vacant", "position": "48.74,2.55"},
        {"position": "48.74,2.55"},
        {"position": "45.75,4.85"},
    ],
    ids=str,
)
def test_the_number_of_a_row_is_not_believed_elsewhere(take, partial, line):
    take({**HALL, "identifiant": "1"}, OTHER)
    assert done(partial({**EMPTY, **line, "identifiant": "1", **REFUSES}, OTHER)) == NOTHING
