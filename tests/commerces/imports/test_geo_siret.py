"""Files of SIRENE with all the columns that are published: what is taken, what is rejected."""

from datetime import date

import pytest

from services.commerces.imports import sirene
from services.commerces.imports.queries import report
from tests.commerces.imports.conftest import codes

SIRET = "73282932000074"
EN_TETE = (
    "siren,nic,siret,statutDiffusionEtablissement,dateCreationEtablissement,"
    "trancheEffectifsEtablissement,dateDernierTraitementEtablissement,etablissementSiege,"
    "complementAdresseEtablissement,numeroVoieEtablissement,indiceRepetitionEtablissement,"
    "typeVoieEtablissement,libelleVoieEtablissement,codePostalEtablissement,"
    "libelleCommuneEtablissement,codeCommuneEtablissement,identifiantAdresseEtablissement,"
    "coordonneeLambertAbscisseEtablissement,coordonneeLambertOrdonneeEtablissement,dateDebut,"
    "etatAdministratifEtablissement,enseigne1Etablissement,enseigne2Etablissement,"
    "enseigne3Etablissement,denominationUsuelleEtablissement,activitePrincipaleEtablissement,"
    "nomenclatureActivitePrincipaleEtablissement,longitude,latitude,geo_score,geo_type,"
    "geo_adresse,geo_id,denominationUniteLegale,nomUniteLegale,prenomUsuelUniteLegale"
)
COLONNES = EN_TETE.split(",")
OUVERT = {
    "siren": SIRET[:9],
    "nic": SIRET[9:],
    "siret": SIRET,
    "statutDiffusionEtablissement": "O",
    "dateCreationEtablissement": "2014-05-12",
    "dateDernierTraitementEtablissement": "2026-01-15T10:00:00",
    "numeroVoieEtablissement": "1",
    "typeVoieEtablissement": "RUE",
    "libelleVoieEtablissement": "DE LA FONTAINE",
    "codePostalEtablissement": "94440",
    "libelleCommuneEtablissement": "MAROLLES-EN-BRIE",
    "codeCommuneEtablissement": "94048",
    "etatAdministratifEtablissement": "A",
    "enseigne1Etablissement": "FROMAGERIE D'ESSAI",
    "activitePrincipaleEtablissement": "47.29Z",
    "longitude": "2.5553",
    "latitude": "48.7375",
    "geo_type": "housenumber",
    "geo_adresse": "1 Rue de la Fontaine 94440 Marolles-en-Brie",
    "geo_id": "94048_0110_00001",
}


def csv_of(*etablissements):
    rows = [
        ",".join((OUVERT | one).get(colonne, "") for colonne in COLONNES) for one in etablissements
    ]
    return "\n".join([EN_TETE, *rows, ""]).encode()


def test_a_whole_published_file_is_taken(take, shown):
    found = take(content=csv_of({}), source="SIRENE")
    ((fiche, properties),) = shown().values()
    assert (properties.siret, properties.nom) == (SIRET, "FROMAGERIE D'ESSAI")
    assert (properties.du, properties.cle_ban) == (date(2014, 5, 12), "94048_0110_00001")
    assert fiche.statut == "brouillon"
    ignored = set(found.bilan.colonnes_ignorees)
    assert not ignored & {
        "libelleCommuneEtablissement",
        "codeCommuneEtablissement",
        "dateCreationEtablissement",
        "geo_id",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"enseigne1Etablissement": ""}, "OBLI"),
        ({"enseigne1Etablissement": "[ND]"}, "OBLI"),
        ({"libelleVoieEtablissement": "[ND]", "numeroVoieEtablissement": "[ND]",
          "typeVoieEtablissement": "[ND]", "geo_adresse": ""}, "OBLI"),
        ({"longitude": "", "latitude": ""}, "POSA"),
        ({"longitude": "5.4", "latitude": "43.3"}, "PERI"),
    ],
)  # fmt: skip
def test_an_open_establishment_that_cannot_be_listed_is_one_rejected_line(
    session, take, shown, changes, code
):
    found = take(content=csv_of(changes, {"siret": "35600000000048"}), source="SIRENE")
    assert (found.bilan.lignes.rejete, found.bilan.fiches.creees) == (1, 1)
    first, _ = report(session, found.id)
    assert (first.statut, code in {one.code for one in first.constats}) == ("rejete", True)
    assert len(shown()) == 1


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"denomination_usuelle": "LE COIN", "denomination": "SARL X"}, "LE COIN"),
        ({"enseigne": "[ND]", "denomination": "SARL X", "nom_personne": "DUPONT"}, "SARL X"),
        ({"nom_personne": "DUPONT", "prenom": "JEANNE"}, "JEANNE DUPONT"),
        ({"nom_personne": "DUPONT", "nom_usage": "DURAND", "prenom": "[ND]"}, "DURAND"),
        ({"nom_personne": "[ND]", "prenom": "JEANNE"}, None),
    ],
)
def test_names_in_the_absence_of_a_sign(values, name):
    assert sirene.named(values).get("nom") == name


def test_a_name_that_is_a_persons_is_told(take, shown):
    changes = {
        "enseigne1Etablissement": "",
        "nomUniteLegale": "DUPONT",
        "prenomUsuelUniteLegale": "JEANNE",
    }
    found = take(content=csv_of(changes), source="SIRENE")
    assert list(shown()) == ["JEANNE DUPONT"]
    assert codes(found)["NOMP"] == 1


@pytest.mark.parametrize(
    ("created", "geo_id", "kept", "said"),
    [
        ("1900-01-01", "94048", (None, None), {"BANI": 1}),
        ("1987-03-02", "94048_0110", (date(1987, 3, 2), "94048_0110"), {}),
        ("hier", "94048_0110_00001_bis", (None, "94048_0110_00001_bis"), {"DATI": 1}),
    ],
)
def test_first_days_and_keys_of_addresses(take, shown, created, geo_id, kept, said):  # noqa: PLR0917 two are the test's own
    one = {"dateCreationEtablissement": created, "geo_id": geo_id}
    found = take(content=csv_of(one), source="SIRENE")
    ((_, properties),) = shown().values()
    assert (properties.du, properties.cle_ban) == kept
    assert said.items() <= codes(found).items()


def test_what_is_known_of_a_shop_is_kept_by_a_file_without_it(take, shown):
    take(content=csv_of({}), source="SIRENE")
    change = csv_of({"complementAdresseEtablissement": "HALLE", "dateCreationEtablissement": ""})
    take(content=change, source="SIRENE")
    ((_, properties),) = shown().values()
    assert (properties.complement, properties.du) == ("HALLE", date(2014, 5, 12))
