"""What the SIRENE directory brings, closes and hides."""

import json
from datetime import date

import pytest
from sqlalchemy import func, select

from services.commerces import commands as gestion
from services.commerces.contribution.models import Titulaire
from services.commerces.courrier.models import Courrier
from services.commerces.imports import sirene
from services.commerces.imports.commands import Expediteur
from shared.problems import Forbidden
from shared.schemas.commerces_valeurs import StatutFiche
from tests.commerces.imports.conftest import AGENT, SHOP, codes, done

SIRET, AUTRE_SIRET = "73282932000074", "35600000000048"
ETABLISSEMENT = {
    "siret": SIRET,
    "statutDiffusionEtablissement": "O",
    "etatAdministratifEtablissement": "A",
    "enseigne1Etablissement": "FROMAGERIE D'ESSAI",
    "numeroVoieEtablissement": "1",
    "typeVoieEtablissement": "RUE",
    "libelleVoieEtablissement": "DE LA FONTAINE",
    "codePostalEtablissement": "94440",
    "activitePrincipaleEtablissement": "47.29Z",
    "coordonneeLambertAbscisseEtablissement": 667375.0,
    "coordonneeLambertOrdonneeEtablissement": 6848740.0,
    "dateDernierTraitementEtablissement": "2026-01-15T10:00:00",
}


def test_sirene_brings_drafts(take, shown):
    found = take(ETABLISSEMENT, source="SIRENE", edition=date(2026, 2, 1))
    assert found.bilan.sirene
    ((fiche, properties),) = shown().values()
    assert (fiche.statut, properties.verifie_par, properties.siret) == (
        "brouillon",
        "sirene",
        SIRET,
    )
    assert (properties.adresse, properties.naf_rev2) == ("1 RUE DE LA FONTAINE", "47.29Z")
    assert properties.verifie_le == date(2026, 2, 1)
    again = take(ETABLISSEMENT, source="SIRENE", edition=date(2026, 3, 1))
    assert again.bilan.fiches.confirmees == 1
    assert done(take({**ETABLISSEMENT, "siret": AUTRE_SIRET}, source="SIRENE")) == (0, 1, 0)
    assert shown()["FROMAGERIE D'ESSAI"][0].id == fiche.id  # taken over under the same name


def told(etat):
    """What is made of an establishment in this state."""
    return sirene.judge({"siret": SIRET, "etat_administratif": etat, "enseigne": "X"})


@pytest.mark.parametrize("etat", ["F", "f", "Fermé", "FERMÉE", "C"])
def test_an_establishment_is_closed_in_other_words_too(etat):
    """Opendatasoft's copy of SIRENE says « Actif », « Fermé »."""
    assert (
        sirene.judge({"siret": SIRET, "etat_administratif": etat, "enseigne": "X"})[0]
        == sirene.FERMER
    )


@pytest.mark.parametrize("etat", ["A", "Actif", ""])
def test_an_open_establishment_is_nothing_to_tell(etat):
    assert told(etat) == (None, ())


def test_a_state_that_nobody_knows_is_told():
    action, ((code, column, *_),) = sirene.judge(
        {"siret": SIRET, "etat_administratif": "?", "enseigne": "X"}
    )
    assert (action, code, column) == (None, "VALI", "etat_administratif")


DE_L_ADRESSE = {name: ETABLISSEMENT[name] for name in ETABLISSEMENT if "Voie" in name}
DE_L_API = {
    "siret": SIRET,
    "statutDiffusionEtablissement": "O",
    "uniteLegale": {"denominationUniteLegale": "SARL", "etatAdministratifUniteLegale": "A"},
    "adresseEtablissement": {
        **DE_L_ADRESSE,
        "codePostalEtablissement": "94440",
        "coordonneeLambertAbscisseEtablissement": "667375.0",
        "coordonneeLambertOrdonneeEtablissement": "6848740.0",
    },
    "periodesEtablissement": [
        {"dateFin": "2020-01-01", "etatAdministratifEtablissement": "F"},
        {
            "dateFin": None,
            "etatAdministratifEtablissement": "A",
            "enseigne1Etablissement": "FROMAGERIE D'ESSAI",
            "activitePrincipaleEtablissement": "47.29Z",
        },
    ],
}
DE_LA_RECHERCHE = {
    "siren": SIRET[:9],
    "nom_complet": "SARL (FROMAGERIE)",
    "nom_raison_sociale": "SARL",
    "etat_administratif": "A",
    "siege": {"siret": AUTRE_SIRET},
    "matching_etablissements": [
        {
            "siret": SIRET,
            "adresse": "1 RUE DE LA FONTAINE 94440 MAROLLES-EN-BRIE",
            "code_postal": "94440",
            "etat_administratif": "A",
            "liste_enseignes": ["FROMAGERIE D'ESSAI"],
            "activite_principale": "47.29Z",
            "latitude": "48.7375",
            "longitude": "2.5553",
        }
    ],
}


@pytest.mark.parametrize(
    "document",
    [{"header": {"statut": 200}, "etablissements": [DE_L_API]}, {"results": [DE_LA_RECHERCHE]}],
    ids=["API Sirene", "annuaire-entreprises"],
)
def test_answers_of_the_state_are_read(take, shown, document):
    found = take(content=json.dumps(document).encode(), source="SIRENE")
    assert found.bilan.sirene
    ((fiche, properties),) = shown().values()
    assert (fiche.nom, fiche.statut) == ("FROMAGERIE D'ESSAI", "brouillon")
    assert (properties.siret, properties.naf_rev2) == (SIRET, "47.29Z")
    assert properties.adresse == "1 RUE DE LA FONTAINE"


def test_each_establishment_that_a_search_found_is_one():
    one = DE_LA_RECHERCHE["matching_etablissements"][0]
    found = [*sirene.establishments(DE_LA_RECHERCHE | {"matching_etablissements": [one, one]})]
    assert [each["siret"] for each in found] == [SIRET, SIRET]
    (head,) = sirene.establishments(DE_LA_RECHERCHE | {"matching_etablissements": []})
    assert (head["siret"], head["denominationUniteLegale"]) == (AUTRE_SIRET, "SARL")
    alone = {"nom_complet": "JEANNE DOE", "nom_raison_sociale": None, "siege": {"siret": SIRET}}
    (person,) = sirene.establishments(alone)
    assert "denominationUniteLegale" not in person
    assert person["nomUniteLegale"] == "JEANNE DOE"
    for other in ({"siege": "Paris"}, {"matching_etablissements": 3}, None, []):
        assert [*sirene.establishments(other)] == [other]


def test_sirene_suspends_what_closed(session, take, shown):
    take({**SHOP, "siret": SIRET})
    closed = {**ETABLISSEMENT, "etatAdministratifEtablissement": "F"}
    found = take(closed, source="SIRENE")
    assert codes(found)["FERS"] == 1
    assert done(found) == (0, 0, 1)
    fiche = shown()[SHOP["nom"]][0]
    assert (fiche.statut, fiche.motif_statut) == ("suspendue", "Établissement fermé dans SIRENE")
    assert done(take(closed, source="SIRENE")) == (0, 0, 0)


def test_a_holder_is_told_that_sirene_closed_its_listing(session, take, shown):
    take({**SHOP, "siret": SIRET})
    take({**SHOP, "nom": "Voisin", "siret": AUTRE_SIRET}, source="autre")
    for nom, accepted in ((SHOP["nom"], True), (SHOP["nom"], False), ("Voisin", True)):
        holder = Titulaire(fiche_id=shown()[nom][0].id, courriel=f"{nom[0]}@exemple.fr", niveau=2)
        holder.accepte_le = func.now() if accepted else None
        session.add(holder)
    closed = {**ETABLISSEMENT, "etatAdministratifEtablissement": "F"}
    take(closed, source="SIRENE", essai=True)
    assert session.scalars(select(Courrier)).all() == []
    take(closed, source="SIRENE")
    (mail,) = session.scalars(select(Courrier)).all()
    assert (mail.genre, mail.destinataire) == ("fermeture", "F@exemple.fr")
    assert f"SIRENE de l'INSEE dit fermé l'établissement {SIRET}" in mail.texte
    take(closed, source="SIRENE")
    take({**SHOP, "nom": "Ailleurs"}, source="autre")  # its absence is no closure
    assert session.scalars(select(Courrier)).all() == [mail]


def test_sirene_never_publishes_who_is_hidden(session, take, shown):
    hidden = {
        **ETABLISSEMENT,
        "statutDiffusionEtablissement": "P",
        "enseigne1Etablissement": "[ND]",
        "libelleVoieEtablissement": "[ND]",
        "numeroVoieEtablissement": "[ND]",
        "typeVoieEtablissement": "[ND]",
    }
    found = take(hidden, source="SIRENE")
    assert codes(found)["DIFP"] == 1
    assert shown() == {}
    take({**ETABLISSEMENT}, source="SIRENE")
    ((fiche, _),) = shown().values()
    publish(session, fiche)
    take(hidden, source="SIRENE")
    assert next(iter(shown().values()))[0].statut == "suspendue"


def publish(session, fiche):
    gestion.change_status(session, fiche, StatutFiche.PUBLIEE, auteur=AGENT)


def test_a_part_of_sirene_takes_away_nothing_that_it_does_not_name(session, take, shown):
    other = {**ETABLISSEMENT, "siret": AUTRE_SIRET, "enseigne1Etablissement": "VOISIN"}
    take(ETABLISSEMENT, other, source="SIRENE")
    for fiche, _ in shown().values():
        publish(session, fiche)
    found = take(ETABLISSEMENT, source="SIRENE")
    assert (found.bilan.barriere.perdus, found.bilan.fiches.suspendues) == (0, 0)
    assert {fiche.statut for fiche, _ in shown().values()} == {"publiee"}


def test_who_sirene_hides_stays_where_another_source_shows_it(take, shown):
    """A trader who has itself listed elsewhere wants to be found."""
    take({**SHOP, "siret": SIRET})
    found = take({**ETABLISSEMENT, "statutDiffusionEtablissement": "P"}, source="SIRENE")
    assert codes(found)["DIFP"] == 1
    assert shown()[SHOP["nom"]][0].statut == "publiee"


def test_a_commune_imports_no_sirene(take):
    with pytest.raises(Forbidden):
        take(ETABLISSEMENT, expediteur=Expediteur("marolles", {"94048"}))


@pytest.mark.parametrize(
    ("parts", "address"),
    [
        (("12", "B", "RUE", "DE RIVOLI"), "12 B RUE DE RIVOLI"),
        (("5", "", "RUE", "8 MAI 1945"), "5 RUE 8 MAI 1945"),
        (("12.0", "", "", "rue de Rivoli"), "12 rue de Rivoli"),
        ((12, "", "", "rue de Rivoli"), "12 rue de Rivoli"),
        (("3", "", "", "12 bis, rue de Rivoli"), "12 bis, rue de Rivoli"),  # 3 is a row's
        (("", "", "", "Place du Marché"), "Place du Marché"),
        (("[ND]", "", "", "[ND]"), ""),
    ],
)
def test_a_street_told_in_parts(parts, address):
    assert sirene.street(dict(zip(sirene.VOIE, parts, strict=True))) == address
