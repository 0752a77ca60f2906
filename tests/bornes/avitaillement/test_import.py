"""Files of refuelling points: what is kept, told, held, withdrawn, and left to others."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select

from services.bornes import commands
from services.bornes.avitaillement import commands as avitaillement
from services.bornes.avitaillement.fiches import etat
from services.bornes.avitaillement.queries import living_points
from services.bornes.commands import confirmer
from services.bornes.exports.avitaillement import avitaillement as exported
from services.bornes.exports.rapport import en_csv, rapport
from services.bornes.models import PointAvitaillement
from services.bornes.qualite.queries import accepted_imports
from services.bornes.queries import list_imports
from shared.problems import InvalidBody
from shared.schemas.bornes_imports import SchemaDonnees
from shared.schemas.imports import EtatImport
from tests.examples import tried_on
from tests.factories import codes, irve_csv, irve_row, point, point_csv, take_irve

FIVE = [point(number) for number in range(1, 6)]


def one(session, id_point="FRAVI-1-700"):
    return session.get(PointAvitaillement, id_point, populate_existing=True)


def living(session):
    statement = select(PointAvitaillement.id_point).where(PointAvitaillement.retire_le.is_(None))
    return set(session.scalars(statement))


def test_a_second_import_tells_nothing(session, send, told):
    first = send(FIVE)
    assert (first.schema_donnees, first.etat) == (SchemaDonnees.AVITAILLEMENT, EtatImport.ACCEPTE)
    assert first.bilan.lignes.accepte == first.bilan.points.crees == first.bilan.stations.crees == 5
    assert first.bilan.codes == []
    assert [(genre, sujet) for genre, sujet, _ in told()] == [
        ("avitaillement.creee", f"FRAVI-{number}") for number in range(1, 6)
    ]
    again = send(FIVE)
    assert len(told()) == 5
    nothing = {"crees": 0, "modifies": 0, "retires": 0}
    assert again.bilan.points.model_dump() == again.bilan.stations.model_dump() == nothing


def test_values_are_kept_with_their_types(session, send):
    send([point()])
    found = one(session)
    assert (found.lon, found.lat, found.code_commune, found.code_arrondissement) == (
        2.3522,
        48.8566,
        "75056",
        "75104",
    )
    assert (found.pression_bar, f"{found.prix_kg}", found.paiement_cb) == (700, "14.900", True)
    assert found.horodatage_etat == datetime(2026, 1, 31, 8, tzinfo=UTC)
    assert found.recu is None


def test_what_is_exported_is_what_was_imported(session, send, told):
    rows = [point(1), point(2, observations='+un, "deux"\n;é', prix_kg="", horodatage_prix="")]
    send(rows)
    content = "".join(exported(session)).encode()
    again = send(content)
    assert again.bilan.points.modifies == 0
    assert len(told()) == 2


def test_a_change_is_told_with_its_fields_and_a_station_with_its_two_points(session, send, told):
    two = [point(), point(id_point="FRAVI-1-350", pression_bar="350", connecteur="H35")]
    created = send(two)
    assert (created.bilan.points.crees, created.bilan.stations.crees) == (2, 1)
    changed = send([two[0], {**two[1], "connecteur": "H35HF", "date_maj": "2026-02-01"}])
    assert (changed.bilan.points.modifies, changed.bilan.stations.modifies) == (1, 1)
    genre, sujet, corps = told()[-1]
    assert (genre, sujet) == ("avitaillement.modifiee", "FRAVI-1")
    assert corps == {"import": changed.id, "champs": ["connecteur", "date_maj"]}
    less = send(two[:1], seuil_perte=1)
    assert (less.bilan.points.retires, less.bilan.stations.modifies) == (1, 1)
    assert told()[-1][2]["champs"] == ["points"]
    assert living(session) == {"FRAVI-1-700"}


def test_a_station_that_vanishes_leaves_a_tombstone_and_may_come_back(session, send, told):
    send(FIVE)
    less = send(FIVE[1:])
    assert less.bilan.stations.retires == 1
    assert told()[-1] == (
        "avitaillement.retiree",
        "FRAVI-1",
        {"import": less.id, "motif": "Absent du dernier fichier du producteur"},
    )
    assert one(session).motif_retrait == "Absent du dernier fichier du producteur"
    back = send(FIVE)
    assert (back.bilan.points.crees, told()[-1][0]) == (1, "avitaillement.creee")
    assert one(session).motif_retrait is None


def test_a_point_that_moves_to_another_station_is_told_by_both(session, send, told):
    send([point(), point(id_point="FRAVI-1-350", pression_bar="350")])
    moved = point(id_point="FRAVI-1-350", pression_bar="350", id_station="FRAVI-2")
    found = send([point(), moved])
    assert [(genre, sujet) for genre, sujet, _ in told()[-2:]] == [
        ("avitaillement.modifiee", "FRAVI-1"),
        ("avitaillement.creee", "FRAVI-2"),
    ]
    assert (found.bilan.points.modifies, found.bilan.stations.crees) == (1, 1)


def test_a_file_that_loses_too_much_waits_and_irve_csvs_are_apart(session, send, told):
    send(FIVE)
    held = send(FIVE[:3])
    assert (held.etat, held.bilan.barriere.perdus) == (EtatImport.EN_ATTENTE, 2)
    assert living(session) == {row["id_point"] for row in FIVE}
    irve = take_irve(session, [irve_row()])
    waiting = list_imports(session, schema_donnees="avitaillement", etat="en_attente", limit=9)
    assert [found.id for found in waiting] == [held.id]
    assert [i.id for i in accepted_imports(session, producteur=None, history=9)["essai"]] == [
        irve.id
    ]
    done = confirmer(session, held.id, acteur="moi", if_match="*")
    assert (done.etat, done.bilan.points.retires) == (EtatImport.ACCEPTE, 2)
    assert told()[-1][0] == "avitaillement.retiree"


def test_a_newer_file_replaces_the_one_that_waited(session, send):
    send(FIVE)
    held = send(FIVE[:3])
    send(FIVE)
    assert session.get(commands.ImportFichier, held.id).etat == EtatImport.ABANDONNE


def test_a_dry_run_counts_all_and_keeps_nothing(session, send, told):
    found = send(FIVE, essai=True)
    assert (found.id, found.etat, found.bilan.points.crees) == (None, EtatImport.ESSAI, 5)
    assert (living(session), told()) == (set(), [])


@pytest.mark.parametrize(
    ("cells", "code", "kept"),
    [
        ({"pression_bar": ""}, "PRES", False),
        ({"pression_bar": "200"}, "PRES", False),
        ({"energie": "GNC", "pression_bar": ""}, None, True),
        ({"energie": "GNL", "pression_bar": ""}, None, True),
        ({"energie": "essence"}, "ILLI", False),
        ({"coordonneesXY": "[2.35]"}, "COOR", False),
        ({"coordonneesXY": "[4.8357,45.7640]", "code_insee_commune": "69123"}, "PERI", False),
        ({"coordonneesXY": "[48.8566,2.3522]"}, "COIN", True),
        ({"code_insee_commune": ""}, "INSA", True),
        ({"code_insee_commune": "92036"}, "INSR", True),
        ({"horaires": "24/7 sauf dimanche"}, "HORI", True),
        ({"horodatage_prix": ""}, "HORO", True),
        ({"horodatage_etat": "2099-01-01T00:00:00Z"}, "HORF", True),
        ({"nom_operateur": ""}, "OBLI", False),
        ({"id_point": "?"}, "ILLI", False),
    ],
)
def test_a_row_is_kept_repaired_or_refused_with_its_code(session, send, cells, code, kept):
    found = send([point(**cells)])
    assert list(codes(found)) == ([code] if code else [])
    assert bool(living(session)) is kept
    report = "".join(en_csv(rapport(session, found.id))).splitlines()
    assert (len(report) > 1) is (code is not None)
    assert all(f",{code}," in line and line.startswith("2,") for line in report[1:])


def test_a_date_that_is_missing_is_midnight_in_paris(session, send):
    send([point(horodatage_etat="")])
    assert one(session).horodatage_etat == datetime(2026, 1, 30, 23, tzinfo=UTC)


def test_points_outside_are_taken_when_asked(session, send):
    found = send([point(coordonneesXY="[4.8357,45.7640]")], hors_perimetre=True)
    assert codes(found).keys() <= {"INSE", "INSA", "INSR"}
    assert one(session).territoire is None
    gone = send([point(coordonneesXY="[4.8357,45.7640]")], seuil_perte=1)
    assert (gone.bilan.points.retires, codes(gone)["PERI"]) == (1, 1)


def test_a_point_whose_new_row_is_wrong_keeps_its_last_good_one(session, send, told):
    send(FIVE)
    found = send([point(1, energie="?"), *FIVE[1:]])
    assert (found.bilan.lignes.rejete, found.bilan.points.retires) == (1, 0)
    assert (one(session).energie, len(told())) == ("H2", 5)


def test_one_row_a_point_and_one_description_a_station(session, send):
    old = point(nom_station="Ancien", date_maj="2025-01-01")
    same = point()
    last = point(nom_station="Dernier")
    found = send([old, same, same, last])
    assert found.bilan.lignes.doublon == 3
    assert codes(found) == {"DOUA": 1, "DOUM": 2}
    assert one(session).nom_station == "Dernier"
    assert codes(send([last, last])) == {"DOUX": 1}
    two = [last, point(id_point="FRAVI-1-350", pression_bar="350", nom_station="Autre")]
    assert codes(send(two)) == {"COHS": 1}


def test_another_producer_s_point_and_station_stay_its_own(session, send):
    send([point()])
    newer = point(date_maj="2026-03-01")
    mine, alone = frozenset({"FRXYZ"}), frozenset({"FRAVI"})
    refused = send([newer], "autre", prefixes=mine)
    assert codes(refused) == {"STAU": 1}
    beside = point(1, id_point="FRXYZ-1", date_maj="2026-03-01")
    assert codes(send([beside], "autre", prefixes=mine)) == {"STAU": 1}
    elsewhere = point(9, id_point="FRAVI-1-700", date_maj="2026-03-01")
    assert codes(send([elsewhere], "autre", prefixes=mine)) == {"DOUC": 1}
    older = point(date_maj="2025-01-01")
    assert codes(send([older], "autre", prefixes=alone)) == {"DOUP": 1}
    assert one(session).producteur == "essai"
    taken = send([newer], "autre", prefixes=alone)
    assert (taken.bilan.points.modifies, one(session).producteur) == (1, "autre")
    # What it lost is not its former producer's to withdraw.
    assert send([point(2)]).bilan.points.retires == 0


def test_at_an_equal_date_who_alone_answers_for_the_point_has_it(session, send):
    own = frozenset({"FRAVI"})
    send([point()], "agrégateur", prefixes=frozenset({"FRXYZ"}))
    assert codes(send([point()], "agrégateur 2")) == {"DOUP": 1}
    assert codes(send([point()], "opérateur", prefixes=own)) == {}
    assert one(session).producteur == "opérateur"
    assert codes(send([point()], "agrégateur", prefixes=frozenset({"FRXYZ"}))) == {"STAU": 1}
    assert codes(send([point()], "autre opérateur", prefixes=own)) == {"DOUP": 1}
    assert one(session).producteur == "opérateur"


def test_a_date_to_come_proves_nothing(session, send):
    """A year mistyped would hold a point for ever."""
    later = point(date_maj="2052-01-31", nom_station="Agrégée")
    assert codes(send([later], "agrégateur")) == {"DATF": 1}
    assert codes(send([point()], "opérateur", prefixes=frozenset({"FRAVI"}))) == {}
    assert (one(session).producteur, one(session).nom_station) == (
        "opérateur",
        point()["nom_station"],
    )
    assert codes(send([later], "agrégateur")) == {"DATF": 1, "DOUP": 1}
    twice = [point(nom_station="Juste"), later]
    assert codes(send(twice, "opérateur", prefixes=frozenset({"FRAVI"}))) == {"DATF": 1, "DOUA": 1}
    assert one(session).nom_station == "Juste"


def test_no_prefix_is_no_right_over_others(session, send):
    send([point()])
    assert codes(send([point(date_maj="2026-03-01")], "autre", prefixes=frozenset())) == {"STAU": 1}


def test_an_old_file_does_not_undo_what_was_heard_since(session, send, told):
    send([point()])
    late = {"etat_point": "hors_service", "horodatage_etat": "2026-02-01T00:00:00Z"}
    assert told()[-1][0] == "avitaillement.creee"
    send([point(**late)])
    assert told()[-1][2]["champs"] == ["etat_point"]
    found = send([point()])
    assert codes(found) == {"HORP": 1}
    assert one(session).etat_point == "hors_service"
    silent = dict.fromkeys(("etat_point", "horodatage_etat", "prix_kg", "horodatage_prix"), "")
    assert codes(send([point(**silent)])) == {}
    assert (one(session).etat_point, f"{one(session).prix_kg}") == ("hors_service", "14.900")


def test_the_state_of_a_new_point_is_unknown_until_it_is_told(session, send):
    send([point(etat_point="", horodatage_etat="", prix_kg="", horodatage_prix="")])
    found = one(session)
    assert (found.etat_point, found.horodatage_etat, found.prix_kg) == ("inconnu", None, None)
    (ligne,) = living_points(session.connection())
    assert etat([ligne]) == "inconnu"
    assert etat([ligne, ligne._replace(etat_point="hors_service")]) == "inconnu"
    assert etat([ligne, ligne._replace(etat_point="en_service")]) == "en_service"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (irve_csv([irve_row()]), "un schéma IRVE"),
        (b"a,b\n1,2\n", "Aucun en-tête d’avitaillement"),
        (point_csv(FIVE).replace(b"id_point", b"id"), "obligatoires absentes : id_point"),
        (point_csv([point(observations="=1+1")]), "formule de tableur"),
        (point_csv(FIVE)[:-60], "tronqué"),
        (gzip.compress(point_csv(FIVE))[:-20], "tronqué ou abîmé"),
        (b"PK\x03\x04" + bytes(60), "une archive ZIP"),
        (point_csv(FIVE) + b"\0", "nul"),
    ],
)
def test_a_hostile_or_foreign_file_is_refused_whole(session, send, told, content, words):
    send(FIVE)
    with pytest.raises(InvalidBody, match=words):
        send(content)
    assert len(living(session)) == len(told()) == 5


def test_a_file_of_our_schema_is_refused_as_irve(session):
    with pytest.raises(InvalidBody, match="stations d’avitaillement"):
        take_irve(session, point_csv(FIVE))


def test_too_many_rows_are_refused(session, send, monkeypatch):
    monkeypatch.setattr(avitaillement, "LIGNES_MAX", 4)
    with pytest.raises(InvalidBody, match="au plus 4 lignes"):
        send(FIVE)
    assert living(session) == set()


def test_a_short_row_is_refused_alone(session, send):
    lines = point_csv(FIVE).splitlines(keepends=True)
    content = b"".join([*lines[:2], b"a,b\r\n", *lines[3:]])
    found = send(content)
    assert codes(found) == {"CELL": 1}
    assert len(living(session)) == 4


def test_semicolons_windows_text_and_other_columns_are_read(send):
    content = point_csv(FIVE, delimiter=";", encoding="cp1252", columns=[*FIVE[0], "extra"])
    found = send(gzip.compress(content))
    assert (found.bilan.encodage, found.bilan.colonnes_ignorees) == ("cp1252", ["extra"])
    assert found.bilan.lignes.accepte == 5


CELLS = st.dictionaries(
    st.sampled_from([name for name in FIVE[0] if name != "id_point"]),
    st.one_of(
        st.text(
            alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0="), max_size=20
        ),
        st.sampled_from(["24/7", "H2", "350", "[2.3,48.8]", "2026-01-31", "true", "1e-5", "\\N"]),
    ),
    max_size=6,
)


@tried_on(25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(CELLS, min_size=1, max_size=4))
def test_any_cells_are_kept_or_refused_and_a_second_import_tells_nothing(
    session, send, told, cells
):
    with session.begin_nested() as undoable:
        rows = [point(number, **changes) for number, changes in enumerate(cells)]
        first = send(rows, seuil_perte=1, hors_perimetre=True)
        assert first.bilan.lignes.lues == len(rows)
        before = told()
        again = send(rows, seuil_perte=1, hors_perimetre=True)
        assert told() == before
        assert again.bilan.lignes == first.bilan.lignes
        undoable.rollback()


def test_a_heartbeat_in_a_file_is_heard_without_a_word(session, send, told):
    send([point()])
    later = datetime(2026, 1, 31, 8, 30, tzinfo=UTC)
    send([point(horodatage_etat=later.isoformat())])
    assert len(told()) == 1
    found = one(session)
    assert (found.horodatage_etat, found.etat_entendu_le) == (
        later - timedelta(minutes=30),
        later,
    )
