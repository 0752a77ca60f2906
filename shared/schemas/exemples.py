"""One example of each body that callers write, by the name of the model that reads it.

The contract shows them, and the commands of the reference page send them.
"""

from collections.abc import Mapping
from typing import Any, Final

_FICHE: Final[Mapping[str, Any]] = {
    "nom": "Fromagerie d’essai",
    "adresse": "1 rue de la Fontaine",
    "code_postal": "94440",
    "lon": 2.5553,
    "lat": 48.7375,
    "categories": ["fromagerie"],
    "horaires_osm": "Tu-Sa 09:00-19:00; PH off",
    "modalites": [
        {"genre": "comptoir"},
        {"genre": "livraison", "zone": {"type": "rayon", "rayon_m": 3000}},
    ],
}

EXEMPLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "AbonnementSaisie": {
        "url": "https://exemple.fr/webhooks/commerces",
        "territoires": ["92012", "T6"],
    },
    "AnnoncesAvitaillement": {
        "annonces": [
            {
                "id_point": "FRDEMOH2001-700",
                "horodatage": "2026-01-31T08:00:00Z",
                "etat_point": "hors_service",
            },
            {
                "id_point": "FRDEMOH2001-350",
                "horodatage": "2026-01-31T08:00:00Z",
                "prix_kg": "14.900",
            },
        ]
    },
    "ChangementStatut": {"statut": "publiee", "motif": "Vérifiée par la CCI"},
    "Credentials": {
        "token": "jeton-B-de-votre-plateforme",
        "url": "https://ocpi.exemple.fr/versions",
        "roles": [
            {
                "role": "NSP",
                "party_id": "EXE",
                "country_code": "FR",
                "business_details": {"name": "Exemple"},
            }
        ],
    },
    "DecisionDoublon": {"decision": "fusion", "garde": 1, "motif": "Même commerce, deux sources"},
    "DecisionProposition": {"decision": "accepter", "raison": "Vu sur place", "atteste": True},
    "DecisionSignalement": {"etat": "confirme", "raison": "Vu sur place"},
    "DecisionSignalementFiche": {"etat": "traite", "raison": "Modalités corrigées"},
    "DemandeAcces": {"courriel": "essai@boutique.example", "fiche_id": 1},
    "EvenementNouveau": {
        "statut": "en_service",
        "date_reelle": "2022-03-01",
        "preuve": "proces_verbal",
    },
    "FicheSaisie": _FICHE,
    "InscriptionNouvelle": {"courriel": "essai@boutique.example", "fiche": _FICHE},
    "PropositionNouvelle": {"fermeture": True, "message": "Départ à la retraite"},
    "RechercheItineraire": {
        "trace": {"type": "LineString", "coordinates": [[2.33, 48.86], [2.36, 48.93]]},
        "corridor_m": 500,
        "champs": ["nom_station"],
    },
    "RegimeSaisie": {
        "nom": "Restaurants : retrait et livraison seulement",
        "motif": "État d’urgence sanitaire",
        "categories": ["restauration"],
        "territoires": ["metropole"],
        "modalites": ["drive", "livraison", "point_collecte"],
        "debut": "2026-01-01T00:00:00+01:00",
        "fin": "2026-02-01T00:00:00+01:00",
    },
    "ReponsePrecision": {"message": "Oui, la livraison est offerte dès 30 €."},
    "SignalementFicheNouveau": {"motif": "modalites", "commentaire": "Ne livre plus"},
    "SignalementNouveau": {"id_pdc_itinerance": "FRZZZE00000101", "motif": "hors_service"},
    "SiteNouveau": {
        "programme": "AIP-2019",
        "prefixe": "FRMGP",
        "nom": "Avenue du Roule",
        "adresse": "1 avenue du Roule 92200 Neuilly-sur-Seine",
        "code_commune": "92051",
        "lon": 2.2688,
        "lat": 48.8848,
        "pdc": {"0-7.4": 4, "7.4-22": 2},
    },
    "StatutsEnvoyes": {
        "statuts": [
            {
                "id_pdc_itinerance": "FRXXXE1234",
                "etat_pdc": "en_service",
                "occupation_pdc": "libre",
                "horodatage": "2026-01-31T08:00:00+01:00",
                "etat_prise_type_2": "fonctionnel",
            }
        ]
    },
}
