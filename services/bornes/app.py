"""The charging registry as a service."""

from pathlib import Path

import services.bornes.api.ogc  # noqa: F401 declares its reads
from services.bornes import demonstration
from services.bornes.api import (
    avitaillement,
    carte,
    changements,
    deploiement,
    exports,
    imports,
    ocpi,
    qualite,
    signalements,
    sites,
    statuts,
)
from services.bornes.api.agents import ROLES
from services.bornes.api.stations import reads
from services.bornes.avitaillement.vitrine import AvitaillementSource
from services.bornes.flux import evenements
from services.bornes.models import JOURNAL, BornesBase
from services.bornes.statuts.vitrine import SuiviEtats
from services.bornes.taches import atelier
from services.bornes.vitrine import StationSource
from shared.contract import Rubrique
from shared.service import Service

RUBRIQUES = (
    Rubrique(
        "stations",
        "Stations et points de charge",
        "Chercher des stations par lieu et par critère, et lire ce que le registre en publie.",
        ("/stations", "/points-de-charge", "/facettes"),
    ),
    Rubrique(
        "carte",
        "Carte",
        "Dessiner le registre à tous les zooms : grappes et tuiles vectorielles.",
        ("/grappes", "/tuiles"),
    ),
    Rubrique(
        "direct",
        "État en direct et changements",
        "Ce que valent les points en ce moment, et ce qui change dans le registre.",
        ("/etats", "/flux", "/changements", "/points-de-charge/{id}/disponibilite"),
    ),
    Rubrique(
        "exports",
        "Fichiers entiers",
        "Tout le registre en un téléchargement, aux schémas nationaux ou en GeoJSON.",
        ("/exports",),
    ),
    Rubrique(
        "signalements",
        "Signalements",
        "Dire qu'un point est en panne, sans compte ; traiter ce qui est signalé.",
        ("/signalements",),
    ),
    Rubrique(
        "avitaillement",
        "Hydrogène et gaz",
        "Les stations d'avitaillement : les chercher, les dessiner, publier leur état.",
        ("/avitaillement",),
    ),
    Rubrique(
        "producteurs",
        "Publier ses données",
        "Pour les opérateurs : envoyer un fichier et suivre son import, envoyer des statuts.",
        ("/imports", "/statuts"),
    ),
    Rubrique(
        "qualite",
        "Qualité des données",
        "Les règles appliquées à chaque fichier, et ce qu'elles trouvent.",
        ("/qualite",),
    ),
    Rubrique(
        "deploiement",
        "Déploiement",
        "Les programmes, leurs objectifs, leurs sites et leur avancement.",
        ("/deploiement",),
    ),
    Rubrique(
        "ocpi",
        "OCPI",
        "Le registre pour les partenaires OCPI 2.2.1 et 2.3.0.",
        ("/ocpi",),
    ),
    Rubrique(
        "ogc",
        "OGC API Features",
        "Le registre pour QGIS, GDAL et les autres outils de cartographie.",
        ("/ogc",),
    ),
)

service = Service(
    nom="bornes",
    titre="Bornes de recharge",
    description=(
        "Registre des infrastructures de recharge pour véhicules électriques (IRVE) de la "
        "Métropole du Grand Paris : stations et points de charge, au standard national 2.3.1."
    ),
    dossier=Path(__file__).parent,
    metadata=BornesBase.metadata,
    roles=ROLES,
    journal=JOURNAL,
    source=StationSource(),
    autres=(AvitaillementSource(),),
    reads=reads,
    routers=(
        imports.router,
        exports.router,
        carte.router,
        avitaillement.router,
        avitaillement.annonces_router,
        changements.router,
        deploiement.router,
        sites.router,
        qualite.router,
        statuts.router,
        signalements.router,
        ocpi.router,
        ocpi.par_version,
    ),
    rubriques=RUBRIQUES,
    atelier=atelier,
    evenements=evenements,
    entetes=("relance-colonnes-sans-donnee",),
    demonstration=demonstration.fill,
    direct=lambda engine, settings: SuiviEtats(engine, settings.bornes_peremption_s),
)
