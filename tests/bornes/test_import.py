"""Imports: what becomes public, what is said of the rest."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from services.bornes import commands
from services.bornes.imports import chargement
from services.bornes.models import (
    JOURNAL,
    ImportAnomalie,
    ImportFichier,
    PointDeCharge,
    Station,
)
from services.bornes.queries import living_points
from shared.db import make_engine
from shared.problems import Conflict, InvalidBody, NotFound, PreconditionFailed
from shared.schemas.imports import EtatImport
from tests.blocking import wait_for_a_blocked_session
from tests.factories import codes, irve_csv, irve_row, irve_station, living, take_irve


def journal(session: Session, after: int = 0) -> list[tuple[str, str, dict]]:
    rows = session.execute(
        select(JOURNAL).where(JOURNAL.c.position > after).order_by(JOURNAL.c.position)
    )
    return [(row.genre, row.sujet, row.corps) for row in rows]


def last(session: Session) -> int:
    return session.scalar(select(JOURNAL.c.position).order_by(JOURNAL.c.position.desc())) or 0


def test_a_flawless_station_becomes_public(session, send):
    found = send(irve_station(2, code_insee_commune="75104"))
    assert found.etat == EtatImport.ACCEPTE
    assert found.bilan.lignes.model_dump() == {
        "lues": 2,
        "accepte": 2,
        "repare": 0,
        "rejete": 0,
        "doublon": 0,
    }
    assert found.bilan.codes == []
    assert (found.bilan.points.crees, found.bilan.stations.crees) == (2, 1)
    point = session.get_one(PointDeCharge, "FRXXXE100")
    assert (point.puissance_nominale, point.prise_type_2, point.gratuit) == (22.0, True, None)
    assert (point.code_commune, point.code_arrondissement, point.territoire) == (
        "75056",
        "75104",
        "T1",
    )
    assert (point.producteur, point.ligne, point.recu) == ("essai", 2, None)
    station = session.get_one(Station, "FRXXXP1")
    assert (station.code_commune, station.territoire) == ("75056", "T1")
    corps = {
        "import": found.id,
        "champs": ["points_de_charge"],
        "points": {"cree": ["FRXXXE100", "FRXXXE101"]},
    }
    assert journal(session) == [("station.creee", "FRXXXP1", corps)]


def test_the_same_file_again_changes_nothing(session, send):
    rows = [*irve_station(2), *irve_station(1, "FRXXXP2", raccordement="direct")]
    send(rows)
    before = session.execute(text("SELECT id, xmin FROM bornes.points_de_charge")).all()
    position = last(session)
    again = send(rows)
    assert (again.bilan.points.crees, again.bilan.points.modifies, again.bilan.points.retires) == (
        0,
        0,
        0,
    )
    assert journal(session, position) == []
    assert session.execute(text("SELECT id, xmin FROM bornes.points_de_charge")).all() == before


def test_the_latest_row_of_a_station_speaks_for_it(session, send):
    first, second = irve_station(2)
    first |= {"date_maj": "2024-01-01", "nom_station": "Ancien nom"}
    second |= {"date_maj": "2024-02-01", "nom_station": "Nouveau nom"}
    send([first, second])
    told = list(living_points(session.connection()))
    assert [point.nom_station for point in told] == ["Nouveau nom", "Ancien nom"]


def test_a_repair_keeps_what_was_received(session, send):
    found = send([irve_row(raccordement="direct", coordonneesXY="[48.8566, 2.3522]")])
    assert found.bilan.lignes.repare == 1
    point = session.get_one(PointDeCharge, "FRXXXE1")
    assert (point.raccordement, point.lon, point.lat) == ("Direct", 2.3522, 48.8566)
    assert point.recu == {"raccordement": "direct", "coordonneesXY": "[48.8566, 2.3522]"}
    assert codes(found) == {"COIN": 1, "ENUM": 1}


def test_texts_with_tabs_quotes_and_backslashes_are_kept_as_they_are(session, send):
    observations = 'C:\\N "à\tdroite"\n\\.\n€'
    send([irve_row(observations=observations)])
    assert session.get_one(PointDeCharge, "FRXXXE1").observations == observations


def test_a_change_names_its_columns_once_a_station(session, send):
    send(irve_station(2))
    position = last(session)
    rows = irve_station(2, horaires="Mo-Fr 08:00-19:00")
    rows[0]["puissance_nominale"] = "50"
    rows[0]["num_pdl"] = "12345678901234"
    found = send(rows)
    assert found.bilan.points.modifies == 2
    corps = {
        "import": found.id,
        "champs": ["horaires", "num_pdl", "puissance_nominale"],
        "points": {"modifie": ["FRXXXE100", "FRXXXE101"]},
        "avant": [2.3522, 48.8566, "75056", "75104", "T1"],
    }
    assert journal(session, position) == [("station.modifiee", "FRXXXP1", corps)]


def test_a_point_that_changes_station_touches_both(session, send):
    send([*irve_station(2), *irve_station(1, "FRXXXP2")])
    position = last(session)
    rows = [*irve_station(2), *irve_station(1, "FRXXXP2")]
    rows[1]["id_station_itinerance"] = "FRXXXP2"
    send(rows)
    written = journal(session, position)
    assert [(genre, sujet, corps["points"]) for genre, sujet, corps in written] == [
        ("station.modifiee", "FRXXXP1", {"parti": ["FRXXXE101"]}),
        ("station.modifiee", "FRXXXP2", {"arrive": ["FRXXXE101"]}),
    ]
    assert all("motif" not in corps for _, _, corps in written)


def test_a_station_whose_points_all_moved_is_withdrawn_for_that_reason(session, send):
    send([*irve_station(1), *irve_station(1, "FRXXXP2")])
    position = last(session)
    rows = [*irve_station(1), *irve_station(1, "FRXXXP2")]
    rows[1]["id_station_itinerance"] = "FRXXXP1"
    send(rows)
    (_, kept), (genre, gone) = [(genre, corps) for genre, _, corps in journal(session, position)]
    assert (genre, gone["points"]) == ("station.retiree", {"parti": ["FRXXXE200"]})
    assert gone["motif"] == "Ses points de charge sont rattachés à une autre station"
    assert kept["points"] == {"arrive": ["FRXXXE200"]}


def test_a_withdrawn_point_of_a_living_station_has_its_reason(session, send):
    send(irve_station(3))
    position = last(session)
    send(irve_station(2), seuil_perte=0.5)
    ((genre, _, corps),) = journal(session, position)
    assert (genre, corps["motif"]) == (
        "station.modifiee",
        "Absent du dernier fichier du producteur",
    )
    assert corps["points"]["retire"] == ["FRXXXE102"]


def test_points_that_vanish_are_withdrawn_softly_and_come_back(session, send):
    both = [*irve_station(1), *irve_station(1, "FRXXXP2")]
    send(both)
    position = last(session)
    found = send(irve_station(1), seuil_perte=0.5)
    assert found.bilan.stations.retires == 1
    assert living(session) == {"FRXXXE100"}
    gone = session.get_one(Station, "FRXXXP2", populate_existing=True)
    assert gone.retiree_le is not None
    ((genre, sujet, corps),) = journal(session, position)
    assert (genre, sujet, corps["motif"]) == ("station.retiree", "FRXXXP2", gone.motif_retrait)
    send(both)
    assert living(session) == {"FRXXXE100", "FRXXXE200"}
    back = session.get_one(Station, "FRXXXP2", populate_existing=True)
    point = session.get_one(PointDeCharge, "FRXXXE200", populate_existing=True)
    assert (back.retiree_le, back.motif_retrait) == (None, None)
    assert (point.retire_le, point.motif_retrait) == (None, None)
    assert journal(session, position)[1][:2] == ("station.creee", "FRXXXP2")


def test_a_row_that_turns_bad_keeps_the_last_good_version(session, send):
    send(irve_station(2))
    rows = irve_station(2)
    rows[0]["puissance_nominale"] = "beaucoup"
    found = send(rows)
    assert codes(found)["ILLI"] == 1
    assert found.bilan.lignes.rejete == 1
    assert found.bilan.points.retires == 0
    assert living(session) == {"FRXXXE100", "FRXXXE101"}


def test_points_outside_the_metropole_need_the_flag(session, send):
    lyon = irve_row(1, coordonneesXY="[4.8357,45.764]", code_insee_commune="69123")
    refused = send([lyon, irve_row(2)])
    assert codes(refused)["PERI"] == 1
    assert living(session) == {"FRXXXE2"}
    send([lyon, irve_row(2)], hors_perimetre=True)
    point = session.get_one(PointDeCharge, "FRXXXE1")
    assert (point.code_insee_commune, point.code_commune) == ("69123", None)
    # Without the flag again, it counts as absent.
    send([lyon, irve_row(2)], seuil_perte=0.5)
    assert living(session) == {"FRXXXE2"}


def test_the_report_shows_a_position_outside_as_it_was_received(session, send):
    send([irve_row(n, coordonneesXY=p) for n, p in enumerate(("4.83 ; 45.76", "[4.8357,45.764]"))])
    told = select(ImportAnomalie.recu).where(ImportAnomalie.code == "PERI")
    assert set(session.scalars(told)) == {"4.83 ; 45.76", "[4.8357,45.764]"}


def test_a_point_that_moved_out_leaves_even_if_an_older_row_remembers_it(session, send):
    old = irve_row(1, date_maj="2024-01-01")
    send([old, irve_row(2)])
    lyon = irve_row(1, coordonneesXY="[4.8357,45.764]", date_maj="2024-02-01")
    found = send([lyon, old, irve_row(2)], seuil_perte=0.5)
    assert (codes(found)["PERI"], codes(found)["DOUA"]) == (1, 1)
    assert (found.bilan.lignes.rejete, found.bilan.lignes.doublon) == (1, 1)
    assert living(session) == {"FRXXXE2"}


def test_points_outside_roaming_are_recognised_by_their_local_ids(session, send):
    nowhere = {
        "id_pdc_itinerance": "Non concerné",
        "id_station_itinerance": "Non concerné",
        "id_station_local": "s1",
    }
    rows = [
        irve_row(id_pdc_local="a", **nowhere),
        irve_row(id_pdc_local="b", **nowhere),
        irve_row(id_pdc_local="", **nowhere),
    ]
    found = send(rows)
    assert codes(found)["NCSL"] == 1
    ids = living(session)
    assert len(ids) == 2
    assert all(one.startswith("NC") and len(one) == 18 for one in ids)
    rows[0]["coordonneesXY"] = "[2.3523,48.8567]"
    again = send(rows)
    assert (again.bilan.points.crees, again.bilan.points.modifies) == (0, 1)
    assert living(session) == ids
    other = send(rows[:1], producteur="autre")
    assert other.bilan.points.crees == 1


def test_a_file_that_loses_too_much_waits_and_nothing_public_changes(session, send):
    stations = [irve_station(1, f"FRXXXP{number}")[0] for number in range(1, 6)]
    send(stations)
    assert send(stations[:4]).etat == EtatImport.ACCEPTE  # 20 %, not more
    send(stations)
    position = last(session)
    held = send([*stations[:3], irve_row(9)])
    assert held.etat == EtatImport.EN_ATTENTE
    assert held.bilan.barriere.model_dump() == {
        "connus": 5,
        "perdus": 2,
        "seuil": 0.2,
        "franchie": True,
    }
    assert held.bilan.points.crees == 0
    assert journal(session, position) == []
    assert len(living(session)) == 5
    assert session.get_one(ImportFichier, held.id).contenu is not None

    with pytest.raises(PreconditionFailed):
        commands.confirmer(session, held.id, acteur="chef", if_match='"autre"')
    done = commands.confirmer(session, held.id, acteur="chef", if_match=commands.version(held))
    assert done.etat == EtatImport.ACCEPTE
    assert (done.bilan.points.retires, done.bilan.points.crees) == (2, 1)
    assert len(living(session)) == 4
    assert len(journal(session, position)) == 3
    assert session.get_one(ImportFichier, held.id).contenu is None
    with pytest.raises(Conflict):
        commands.abandonner(session, held.id, if_match=commands.version(done))


def test_a_dropped_import_leaves_the_last_version(session, send):
    send([irve_row(1), irve_row(2)])
    held = send([irve_row(1)])
    dropped = commands.abandonner(session, held.id, if_match="*")
    assert dropped.etat == EtatImport.ABANDONNE
    assert len(living(session)) == 2
    with pytest.raises(NotFound):
        commands.abandonner(session, 2**31 - 1, if_match="*")


def test_a_newer_file_replaces_the_one_that_waits(session, send):
    send([irve_row(1), irve_row(2)])
    held = send([irve_row(1)])
    send([irve_row(1), irve_row(2)])
    assert session.get_one(ImportFichier, held.id, populate_existing=True).etat == "abandonne"


def test_a_dry_run_tells_all_and_keeps_nothing(session):
    vers = []
    rows = [irve_row(raccordement="direct", nbre_pdc="2")]
    found = take_irve(session, rows, essai=True, vers=vers.extend)
    assert (found.id, found.etat) == (None, EtatImport.ESSAI)
    assert found.bilan.points.crees == 1
    assert [one.code for one in vers] == ["ENUM", "PDCL"]
    assert living(session) == set()
    assert journal(session) == []
    assert session.scalars(select(ImportFichier)).all() == []


def test_a_formula_refuses_the_whole_file(session, send):
    rows = [irve_row(1), irve_row(2, observations="=cmd()|' /C calc'!A0")]
    with pytest.raises(InvalidBody) as caught:
        send(rows)
    assert "ligne 3, colonne observations" in caught.value.detail
    assert caught.value.members["erreurs"][0]["pointer"] == "#/3/observations"
    assert living(session) == set()
    assert session.scalars(select(ImportFichier)).all() == []


def test_the_first_fault_of_a_file_is_told(send):
    rows = irve_csv([irve_row(1), irve_row(2, observations="=1"), irve_row(3, observations="ici")])
    broken = rows.replace(b"ici,", b'"ici"x,')
    with pytest.raises(InvalidBody, match="formule"):
        send(broken)


def test_a_file_that_breaks_in_its_middle_changes_nothing(session, send):
    content = irve_csv([irve_row(number) for number in range(3000)])[:-30]
    with pytest.raises(InvalidBody):
        send(content)
    assert living(session) == set()


def test_a_file_with_too_many_findings_is_refused_at_once(session, send, monkeypatch):
    """Each would be a row of the report: 28 kB of gzip may hold millions of them."""
    send(irve_station(2))
    before = last(session)
    monkeypatch.setattr(chargement, "CONSTATS_MAX", 3)
    few = [irve_row(1), *(irve_row(n, raccordement="direct") for n in range(2, 5)), irve_row(5)]
    assert send(few, essai=True).bilan.lignes.repare == 3
    with pytest.raises(InvalidBody) as refusal:
        send([*few, irve_row(6, raccordement="direct"), irve_row(7)])
    assert "plus de 3 constats" in refusal.value.detail
    assert "« raccordement »" in refusal.value.detail
    assert refusal.value.members["erreurs"][0]["pointer"] == "#/7/raccordement"
    assert last(session) == before


def test_an_import_waits_for_the_one_that_applies_then_sees_its_points(clone_database):
    engine = make_engine(clone_database())

    def take(session: Session, number: int) -> None:
        rows = [irve_row(1, date_maj=f"2024-01-0{number}", nom_station=f"n° {number}")]
        take_irve(session, rows, f"producteur {number}")

    def take_then_commit(number: int) -> None:
        with Session(engine) as session, session.begin():
            take(session, number)

    with ThreadPoolExecutor() as threads, Session(engine) as first:
        take(first, 2)
        later = [threads.submit(take_then_commit, number) for number in (1, 3)]
        wait_for_a_blocked_session(engine)
        first.commit()
        for one in later:
            one.result()
    with Session(engine) as session:
        point = session.get_one(PointDeCharge, "FRXXXE1")
        assert (point.nom_station, point.producteur) == ("n° 3", "producteur 3")
        assert len(session.scalars(select(ImportFichier)).all()) == 3
    engine.dispose()
