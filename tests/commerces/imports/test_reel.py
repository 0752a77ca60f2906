"""The two real files of Paris: what they hold, and what their order leaves."""

from datetime import date

import pytest
from sqlalchemy import text

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
    print(first.lignes, first.fiches, counts(first))
    print(second.lignes, second.fiches, counts(second))
    print(len(may), len(december), len(kept), len(set(may.values()) & set(december.values())))
    before = journal(session)
    again = take(DECEMBRE).bilan
    assert journal(session) == before
    assert (again.fiches.creees, again.fiches.modifiees, again.fiches.suspendues) == (0, 0, 0)
