"""The directory of shops as a service."""

from pathlib import Path

import services.commerces.api.carte
import services.commerces.api.ogc  # noqa: F401 both declare their reads
from services.commerces import demonstration
from services.commerces.api import (
    abonnements,
    changements,
    commercants,
    doublons,
    exports,
    gestion,
    imports,
    indicateurs,
    inscriptions,
    moderation,
    regimes,
    signalements,
    widget,
)
from services.commerces.api.agents import QUALITES
from services.commerces.api.fiches import reads
from services.commerces.doublons.vitrine import FusionSource
from services.commerces.models import JOURNAL, CommercesBase
from services.commerces.regimes.vitrine import RegimeSource
from services.commerces.taches import atelier
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
    roles=frozenset(QUALITES),
    journal=JOURNAL,
    source=FicheSource(),
    autres=(RegimeSource(), FusionSource()),
    reads=reads,
    routers=(
        gestion.router,
        imports.router,
        doublons.router,
        regimes.router,
        changements.router,
        exports.router,
        indicateurs.router,
        abonnements.router,
        widget.router,
        inscriptions.router,
        commercants.router,
        signalements.router,
        moderation.router,
    ),
    atelier=atelier,
    demonstration=lambda engine, _settings: demonstration.fill(engine),
)
