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
from shared.service import Service

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
    atelier=atelier,
    evenements=evenements,
    demonstration=demonstration.fill,
    direct=lambda engine, settings: SuiviEtats(engine, settings.bornes_peremption_s),
)
