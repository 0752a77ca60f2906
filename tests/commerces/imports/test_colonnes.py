"""The names that files give to our columns."""

import pytest

from services.commerces.imports import colonnes
from tests.commerces.imports.test_fichier import records


def test_a_blank_column_at_the_end_is_no_half_of_sunday():
    names = ["Samedi", "Dimanche", ""]
    assert colonnes.halves(names) is names
    assert colonnes.halves(["Samedi", "", "Dimanche", ""])[1] == "horaires_samedi_apres_midi"


def test_a_long_text_is_no_name():
    padded = "Nom" + " " * 500_000
    assert (colonnes.nom(padded), colonnes.rang(padded)) == ("nom", 0)
    assert colonnes.nom("Nom" + " " * 500_000 + "du commerce") is None


@pytest.mark.parametrize(
    ("received", "column"),
    [
        ("Zone de livraison", "livraison_zone"),
        ("Secteur de livraison", "livraison_zone"),
        ("Communes desservies", "livraison_zone"),
        ("Frais de livraison", "livraison_frais"),
        ("Prix de la livraison", "livraison_frais"),
        ("Minimum de commande", "livraison_minimum"),
        ("Montant minimum de livraison", "livraison_minimum"),
        ("Livraison gratuite à partir de", "livraison_franco"),
        ("Livraison offerte dès (€)", "livraison_franco"),
        ("Délai de livraison", "livraison_delai_min"),
        ("Horaires de livraison", "livraison_horaires"),
        ("Heure limite de commande", "livraison_commande_jusqu_a"),
        ("Conditions de livraison", "livraison_note"),
        ("Horaires du drive", "drive_horaires"),
        ("Horaires de retrait", "comptoir_horaires"),
        ("Zone d’intervention", "depannage_urgence_zone"),
        ("opening_hours:delivery", "livraison_horaires"),
        ("drive_through", "drive"),
        ("coord_x", "longitude"),
        ("État", "ouvert"),
        ("Statut", "ouvert"),
        ("Ouvert (oui/non)", "ouvert"),
        ("Ouvert pendant le confinement", "ouvert"),
        ("Diffusion", "publication"),
        ("etatAdministratifEtablissement", "etat_administratif"),
        ("Coordonnées X (Lambert 93)", "longitude"),
        ("Proposez-vous la livraison ?", "livraison"),
        ("Proposez-vous un service de livraison à domicile ?", "livraison"),
        ("Faites-vous de la vente à emporter ?", "comptoir"),
        ("Proposez-vous une livraison gratuite aux personnes âgées ?", None),
        ("Acceptez-vous que ces informations soient publiées ?", "publication"),
        ("J'autorise la mairie à publier ces informations", "publication"),
        ("Accord de diffusion (oui/non)", "publication"),
        ("J'accepte la diffusion de mes informations", "publication"),
        ("J'accepte les conditions de publication", "publication"),
        ("Souhaitez-vous que vos coordonnées soient publiées ?", "publication"),
        ("Acceptez-vous que votre nom et votre téléphone soient publiés ?", "publication"),
        ("Accord RGPD", "publication"),
        ("Consentement RGPD (oui/non)", "publication"),
        ("Acceptez-vous que votre téléphone soit publié ?", "telephone_public"),
        ("Souhaitez-vous que votre numéro soit publié ?", "telephone_public"),
        ("Publication du téléphone", "telephone_public"),
        ("Souhaitez-vous apparaître dans l'annuaire ?", "publication"),
        ("Souhaitez-vous une publication Facebook ?", None),
        ("Voulez-vous la diffusion de vos promotions ?", None),
        ("Numéro de publication", None),
        ("Acceptez-vous que votre courriel soit publié ?", None),
        ("Acceptez-vous de diffuser nos affiches ?", None),
        ("Autorisation de terrasse sur le domaine public", None),
        ("Date de publication", None),
        ("Je n'accepte pas la publication de mes coordonnées", None),
        ("Livraison / retrait", "modalites"),
        ("Mode", "modalites"),
        ("Horodateur", "verifie_le"),
        ("Livraison O/N", "livraison"),
        ("Livre à domicile", "livraison"),
        ("Sur place", "comptoir"),
        ("Click'n'collect", "comptoir"),
        ("Dépannage", "depannage_urgence"),
        ("Horaires de dépannage", "depannage_urgence_horaires"),
        ("Nom du point de vente", "nom"),
        ("Société", "denomination"),
        ("Métier", "categories"),
        ("SIRET (14 chiffres)", "siret"),
        ("Téléphone de commande", "telephone"),
        ("Lien de commande", "commande"),
        ("Email de contact", "courriel"),
        ("Lat / Long", "position"),
        ("Vente_emporter", "comptoir"),
        ("Cliqué-retiré", "comptoir"),
        ("Mode de vente", "modalites"),
        ("Quels services proposez-vous ? (plusieurs réponses possibles)", "modalites"),
        ("Adresse (n° et rue)", "adresse"),
        ("Horaires pendant le confinement", "horaires"),
        ("Site marchand", "commande"),
        ("Produits proposés", "description"),
        ("Produits", "description"),
        ("Y_L93", "latitude"),
        ("Tél. fixe", "telephone"),
        ("TEL PORTABLE", "telephone_mobile"),
        ("INDICE", "indice_voie"),
        ("CPLT ADRESSE", "complement"),
        ("Type_commerce", "categories"),
        ("Infos", "precisions"),
        ("Observations", None),  # often those of an agent about the shop, not for the public
        ("Accessibilité PMR", "accessibilites"),
        ("Raison sociale", "denomination"),
        ("Dimanche", "horaires_dimanche"),
        ("Prix", None),
        ("Jours", None),
        ("Category", "categories"),
        ("HORAIRES_OUVERTURE", "horaires"),
        ("LIVRAISON_DOMICILE", "livraison"),
        ("Livraison (oui/non)", "livraison"),
        ("Minimum de commande (euros)", "livraison_minimum"),
        ("Délai de livraison (en minutes)", "livraison_delai_min"),
        ("Nom / Name", "nom"),
        ("Catégorie | Category", "categories"),
        ("Retrait / Click & Collect", "comptoir"),
        ("Nom / Prénom", None),
        ("Drive / Livraison", None),
        ("Téléphone / Observations", None),
        ("Nom de votre commerce", "nom"),
        ("Quel est votre type d’activité ?", "categories"),
        ("Quels services proposez-vous ?", "modalites"),
        ("Vos horaires d’ouverture", "horaires"),
        ("Nom de votre établissement", "nom"),
        ("Quel est le nom de votre commerce ?", "nom"),
        ("Quel est votre nom ?", None),
        ("Nom de votre entreprise", "denomination"),
        ("Adresse complète de votre commerce", "adresse"),
        ("Quelle est l’adresse de votre boutique ?", "adresse"),
        ("Ville du commerce", "commune"),
        ("Téléphone de l’établissement", "telephone"),
        ("Horaires d’ouverture du magasin", "horaires"),
        ("Nom du responsable du commerce", None),
        ("Numéro de la société", None),
        ("N° du magasin", None),
        ("No de l'établissement", None),
        ("Votre n° de commerce", None),
        ("Montant mini", "livraison_minimum"),
        ("Nom rue", "libelle_voie"),
        ("coordonneesXY", "position"),
        ("location", "position"),
        ("status", "ouvert"),
        ("cat", "categories"),
        ("Votre numéro de téléphone", "telephone"),
        ("Votre nom", None),
        ("Votre adresse", None),
        ("Jours d’ouverture", "jours_ouverts"),
    ],
)
def test_other_names_of_columns(received, column):
    assert colonnes.nom(received) == column


def test_no_name_stands_for_two_columns():
    names = [
        name
        for one in colonnes.COLONNES.values()
        for name in {colonnes.cle(one.nom), *one.autres_noms}
    ]
    assert len(names) == len(set(names))


def test_a_name_that_is_known_is_surer_than_one_that_is_made_out():
    text = "Name / Nom;Nom du commerce;Adresse;Latitude;Longitude\nA;B;1 rue;48.85;2.35\n"
    ((_, values),) = records(text)
    assert values["nom"] == "B"
