"""The two real files of Paris: what they hold, and what their order leaves."""

from datetime import date

import pytest
from sqlalchemy import text

from services.commerces.doublons.commands import chercher
from services.commerces.imports.commands import Expediteur, importer
from shared.schemas.commerces_imports import OptionsImportCommerces

MAI, DECEMBRE = (
    "paris-commercants-livraison_2020-05.json",
    "paris-commercants-livraison_2020-12.csv",
)
EDITIONS = {MAI: date(2020, 5, 19), DECEMBRE: date(2020, 12, 1)}
CCI = Expediteur("cci")


@pytest.fixture
def take(session, donnees_reelles):
    def take(name, **options):
        with (donnees_reelles / "commerces" / name).open("rb") as file:
            return importer(
                session,
                file,
                nom=name,
                source="Ville de Paris",
                expediteur=CCI,
                options=OptionsImportCommerces(
                    edition=EDITIONS[name], seuil_perte=1, licence="ODbL", **options
                ),
            )

    return take


def journal(session):
    return session.scalar(text("SELECT count(*) FROM commerces.journal"))


def ids(session):
    rows = session.execute(
        text(
            "SELECT nom_cle, lieu_cle, fiche_id FROM commerces.provenances WHERE absente_le IS NULL"
        )
    )
    return {(row.nom_cle, row.lieu_cle): row.fiche_id for row in rows}


def counts(bilan):
    return {one.code: one.nombre for one in bilan.codes}


def test_both_editions_in_order(session, take):
    first = take(MAI).bilan
    assert first.lignes.lues == 919
    may = ids(session)
    second = take(DECEMBRE).bilan
    assert second.lignes.lues == 2354
    december = ids(session)
    kept = may.keys() & december.keys()
    assert all(may[key] == december[key] for key in kept)
    # Shops whose name and address are written the same, and those recognised by what they kept.
    assert (first.lignes.rejete, second.lignes.rejete) == (0, 0)
    assert len(kept) == 880
    assert len(set(may.values()) & set(december.values())) >= 882
    before = journal(session)
    again = take(DECEMBRE).bilan
    assert journal(session) == before
    assert (again.fiches.creees, again.fiches.modifiees, again.fiches.suspendues) == (0, 0, 0)


def test_what_people_typed(take):
    found = counts(take(DECEMBRE).bilan)
    assert found["NULX"] == 49
    assert found["TEL2"] == 20
    assert found["MAI2"] == 20
    assert (found["TELI"], found["TELR"], found["MAII"]) == (5, 2, 3)
    assert (found["SITP"], found["SITI"], found["SITC"], found["SITT"]) == (15, 13, 3, 1)
    assert found["ADCP"] == 2
    assert found["MODA"] == 1
    assert found["DOUX"] + found["DOUM"] == 83 if "DOUX" in found else found["DOUM"] == 83
    assert found["HORL"] + found["HORT"] == 170


def test_nothing_private_is_public(session, take):
    take(DECEMBRE)
    public = session.scalars(
        text(
            "SELECT c ->> 'valeur' FROM commerces.fiches, jsonb_array_elements(contacts) AS c"
            " WHERE (c ->> 'public')::bool"
        )
    ).all()
    assert len(public) > 1_000
    assert not [value for value in public if "@" in value or value.startswith(("+336", "+337"))]


def test_the_duplicates_of_december(session, take):
    take(DECEMBRE)
    count = chercher(session)
    scores = session.execute(
        text("SELECT score, raisons FROM commerces.doublons ORDER BY score DESC")
    ).all()
    alike = [row for row in scores if row.raisons["ressemblance_nom"] >= 0.9]
    both = [row for row in alike if row.raisons["meme_telephone"]]
    assert count == len(scores)
    assert (count, len(alike), len(both)) == (57, 46, 25)
    assert all(row.raisons["distance_m"] <= 100 for row in scores)
