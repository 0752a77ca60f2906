"""The directory of shops as a service."""

from pathlib import Path

import services.commerces.api.carte  # noqa: F401 declares its reads
from services.commerces import demonstration
from services.commerces.api import (
    commercants,
    gestion,
    inscriptions,
    moderation,
    signalements,
)
from services.commerces.api.fiches import reads
from services.commerces.models import JOURNAL, CommercesBase
from services.commerces.taches import ATELIER
from services.commerces.vitrine import FicheSource
from shared.service import Service

service = Service(
    nom="commerces",
    titre="Mes commerces à domicile",
    description=(
        "Annuaire des commerces de la Métropole du Grand Paris qui livrent ou vendent à emporter : "
        "qui dessert une adresse, par quelle modalité, à quelle heure."
    ),
    dossier=Path(__file__).parent,
    metadata=CommercesBase.metadata,
    journal=JOURNAL,
    source=FicheSource(),
    reads=reads,
    routers=(
        gestion.router,
        inscriptions.router,
        commercants.router,
        signalements.router,
        moderation.router,
    ),
    atelier=ATELIER,
    demonstration=demonstration.fill,
)
