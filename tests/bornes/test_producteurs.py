"""What a producer's file may change of what another one publishes."""

import pytest
from sqlalchemy import select

from services.bornes import commands
from services.bornes.models import JOURNAL, PointDeCharge
from shared.schemas.imports import EtatImport
from tests.factories import codes, irve_row, irve_station, living, take_irve


def test_another_producer_wins_only_with_a_newer_row(session, send):
    send([irve_row(1, date_maj="2024-02-01")], producteur="premier")
    same = send([irve_row(1, date_maj="2024-02-01", nom_station="Autre")], producteur="second")
    assert codes(same)["DOUP"] == 1
    assert session.get_one(PointDeCharge, "FRXXXE1").producteur == "premier"
    newer = send([irve_row(1, date_maj="2024-02-02", nom_station="Autre")], producteur="second")
    assert newer.bilan.points.modifies == 1
    point = session.get_one(PointDeCharge, "FRXXXE1", populate_existing=True)
    assert (point.producteur, point.nom_station) == ("second", "Autre")
    # The first one no longer owns it: its next file neither takes it back nor withdraws it.
    send([irve_row(2)], producteur="premier")
    assert "FRXXXE1" in living(session)


def test_a_newer_row_of_another_s_point_says_why_it_is_left_out(session, send):
    send([irve_row(1, date_maj="2024-02-01")], producteur="premier")
    newer = irve_row(1, date_maj="2024-02-02")
    found = send([newer], producteur="second", prefixes=frozenset({"FRYYY"}))
    assert codes(found)["DOUC"] == 1
    assert "DOUP" not in codes(found)
    assert session.get_one(PointDeCharge, "FRXXXE1").producteur == "premier"


def test_a_point_changes_hands_only_for_who_answers_for_its_id(session) -> None:
    """A newer date is not enough to take another producer's point."""
    mine = irve_row(1, nom_station="À moi", date_maj="2024-01-01")
    newer = {**mine, "nom_station": "À un autre", "date_maj": "2024-06-01"}

    def send(row, producteur, prefixes=None):
        return take_irve(session, [row], producteur, prefixes=prefixes).bilan

    send(mine, "moi")
    for prefixes in ((), ("FRZZZ",)):
        assert send(newer, "un autre", prefixes).lignes.doublon == 1
    assert session.scalars(select(PointDeCharge.nom_station)).all() == ["À moi"]
    assert send(newer, "un autre", ("FRXXX",)).points.modifies == 1
    assert session.scalars(select(PointDeCharge.nom_station)).all() == ["À un autre"]


def test_a_point_of_one_s_own_does_not_change_another_s_station(session, send):
    send(irve_station(2, nom_station="À moi"), producteur="moi")
    intruder = irve_row(
        id_pdc_itinerance="FRYYYE1", nom_station="À un autre", coordonneesXY="[2.25,48.83]",
        date_maj="2026-01-01",
    )  # fmt: skip
    alone = irve_row(id_pdc_itinerance="FRYYYE2", id_station_itinerance="FRYYYP2", nbre_pdc="1")
    for prefixes in ({"FRYYY"}, set()):
        found = send([intruder, alone], producteur="un autre", prefixes=frozenset(prefixes))
        assert codes(found)["STAU"] == 1
        assert found.bilan.lignes.rejete == 1
        assert living(session) == {"FRXXXE100", "FRXXXE101", "FRYYYE2"}


def test_who_answers_for_a_station_adds_to_it_whoever_published_it_first(session, send):
    send(irve_station(1), producteur="agrégateur", prefixes=frozenset())
    added = irve_row(id_pdc_itinerance="FRYYYE1")
    for prefixes in (frozenset({"FRXXX"}), None):
        found = send([added], producteur="réseau", prefixes=prefixes)
        assert "STAU" not in codes(found)
        assert living(session) == {"FRXXXE100", "FRYYYE1"}


def test_a_point_known_before_it_went_to_another_s_station_stays_as_it_was(session, send):
    send(irve_station(1), producteur="moi")
    own = irve_row(id_pdc_itinerance="FRYYYE2", id_station_itinerance="FRYYYP2", nbre_pdc="1")
    send([own], producteur="un autre", prefixes=frozenset({"FRYYY"}))
    moved = {**own, "id_station_itinerance": "FRXXXP1"}
    assert codes(send([moved], producteur="un autre", prefixes=frozenset({"FRYYY"})))["STAU"] == 1
    assert session.get_one(PointDeCharge, "FRYYYE2").station_id == "FRYYYP2"


@pytest.mark.parametrize("found", ["a living point", "a station"])
def test_who_confirms_a_file_takes_no_more_than_its_sender_could(session, send, found):
    send([irve_row(1, nom_station="À moi", date_maj="2024-01-01")], producteur="moi")
    own = [
        irve_row(id_pdc_itinerance=f"FRYYYE{n}", id_station_itinerance="FRYYYP1") for n in (1, 2, 3)
    ]
    yyy = frozenset({"FRYYY"})
    send(own, producteur="un autre", prefixes=yyy)
    number = "FRXXXE1" if found == "a living point" else "FRYYYE9"
    taken = irve_row(id_pdc_itinerance=number, nom_station="À un autre", date_maj="2024-06-01")
    held = send([own[0], taken], producteur="un autre", prefixes=yyy)
    assert held.etat == EtatImport.EN_ATTENTE
    done = commands.confirmer(session, held.id, acteur="Métropole", if_match="*")
    assert done.bilan.lignes == held.bilan.lignes
    assert codes(done).keys() == codes(held).keys()
    assert session.scalars(
        select(PointDeCharge.nom_station).where(PointDeCharge.station_id == "FRXXXP1")
    ).all() == ["À moi"]


def test_a_date_to_come_proves_nothing(session, send):
    """A year mistyped must not hold a point for ever against who answers for it."""
    found = send([irve_row(1, date_maj="2062-02-01")], producteur="agrégateur")
    assert codes(found)["DATF"] == 1
    right = irve_row(1, date_maj="2024-02-02", nom_station="La sienne")
    for _ in range(2):
        send([right], producteur="réseau", prefixes=frozenset({"FRXXX"}))
        assert session.scalars(select(PointDeCharge.nom_station)).all() == ["La sienne"]
        again = send([irve_row(1, date_maj="2062-02-01")], producteur="agrégateur")
        assert codes(again)["DOUP"] == 1


def test_a_row_of_a_day_to_come_gives_way_to_another_of_its_file(session, send):
    rows = [irve_row(1, date_maj="2024-02-02", nom_station="Vraie")]
    found = send([*rows, irve_row(1, date_maj="2062-02-01", nom_station="Fausse")])
    assert {"DATF", "DOUA"} <= codes(found).keys()
    assert session.scalars(select(PointDeCharge.nom_station)).all() == ["Vraie"]


def test_at_the_same_date_who_answers_for_a_point_has_it(session, send):
    """An aggregator copies an operator's file with its dates: the operator must not be shut out."""
    row = irve_row(1, date_maj="2024-02-01")
    mine, xxx = {**row, "nom_station": "La sienne"}, frozenset({"FRXXX"})
    send([{**row, "nom_station": "Copiée"}], producteur="agrégateur")
    assert send([mine], producteur="réseau", prefixes=xxx).bilan.points.modifies == 1
    for producteur, prefixes in (
        ("agrégateur", None),
        ("agrégateur", frozenset()),
        ("voisin", frozenset({"FRYYY"})),
        ("filiale", xxx),  # it answers for it no less: two would take it in turns
    ):
        again = send([row], producteur=producteur, prefixes=prefixes)
        assert codes(again)["DOUP"] == 1
    assert session.scalars(select(PointDeCharge.nom_station)).all() == ["La sienne"]
    send([{**mine, "date_maj": "2024-01-31"}], producteur="agrégateur")
    assert session.scalars(select(PointDeCharge.producteur)).all() == ["réseau"]


def test_a_copy_changes_hands_and_its_station_says_so(session, send):
    """Word for word the same row: what the operator withdraws later must go all the same."""
    rows = irve_station(2)
    send(rows, producteur="agrégateur")
    found = send(rows, producteur="réseau", prefixes=frozenset({"FRXXX"}))
    assert found.bilan.points.modifies == 2
    last = session.execute(select(JOURNAL).order_by(JOURNAL.c.position.desc()).limit(1)).one()
    assert (last.genre, last.corps["champs"]) == ("station.modifiee", ["producteur"])
    again = send(rows, producteur="réseau", prefixes=frozenset({"FRXXX"}))
    assert again.bilan.points.modifies == 0
    send(rows[:1], producteur="réseau", prefixes=frozenset({"FRXXX"}), seuil_perte=1)
    assert living(session) == {"FRXXXE100"}
