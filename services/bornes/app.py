"""The charging registry as a service."""

from pathlib import Path

import services.bornes.api.ogc  # noqa: F401 declares its reads
from services.bornes import demonstration
from services.bornes.api import (
    carte,
    deploiement,
    exports,
    imports,
    ocpi,
    qualite,
    signalements,
    sites,
)
from services.bornes.api.stations import reads
from services.bornes.models import JOURNAL, BornesBase
from services.bornes.taches import ATELIER
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
    journal=JOURNAL,
    source=StationSource(),
    reads=reads,
    routers=(
        imports.router,
        exports.router,
        carte.router,
        deploiement.router,
        sites.router,
        qualite.router,
        signalements.router,
        ocpi.router,
        ocpi.par_version,
    ),
    atelier=ATELIER,
    demonstration=demonstration.fill,
)
