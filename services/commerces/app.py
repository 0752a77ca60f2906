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
    espace,
    exports,
    gestion,
    imports,
    indicateurs,
    inscriptions,
    messages,
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
from shared.contract import Rubrique
from shared.service import Service

RUBRIQUES = (
    Rubrique(
        "recherche",
        "Chercher des commerces",
        "Qui dessert un lieu, par quelle modalité, à quelle heure ; et ce que dit chaque fiche.",
        ("/", "/fiches", "/facettes", "/taxonomie", "/redirections"),
    ),
    Rubrique(
        "carte",
        "Carte",
        "Dessiner l'annuaire à tous les zooms : grappes et tuiles vectorielles.",
        ("/grappes", "/tuiles"),
    ),
    Rubrique(
        "copie",
        "Fichiers entiers et changements",
        "Prendre tout l'annuaire, puis suivre ce qui change.",
        ("/exports", "/changements"),
    ),
    Rubrique(
        "regimes",
        "Règles de crise",
        "Ce que des commerces peuvent encore proposer, où, et de quand à quand.",
        ("/regimes", "/gestion/regimes"),
    ),
    Rubrique(
        "contribution",
        "Contribuer sans compte",
        "S'inscrire, tenir sa fiche, signaler une erreur, lire et effacer ses données.",
        (
            "/inscriptions",
            "/acces",
            "/liens",
            "/moi",
            "/propositions",
            "/fiches/{id}/propositions",
            "/fiches/{id}/signalements",
        ),
    ),
    Rubrique(
        "espace",
        "Pages des commerçants",
        "S'inscrire et tenir sa fiche sans rien programmer.",
        ("/inscription", "/mon-commerce", "/espace"),
    ),
    Rubrique(
        "moderation",
        "Modération",
        "Pour les agents : décider des demandes, des signalements et des doublons.",
        ("/moderation", "/doublons"),
    ),
    Rubrique(
        "gestion",
        "Tenir les fiches",
        "Pour les agents : écrire les fiches une à une, ou importer un fichier.",
        ("/gestion", "/imports"),
    ),
    Rubrique(
        "abonnements",
        "Webhooks",
        "Recevoir un message signé à chaque changement d'une fiche publique.",
        ("/abonnements",),
    ),
    Rubrique(
        "indicateurs",
        "Indicateurs",
        "Les chiffres d'une commune, chacun défini par sa formule.",
        ("/communes",),
    ),
    Rubrique(
        "widget",
        "Widget",
        "La liste des commerces d'une commune, à montrer dans son site.",
        ("/widget", "/widget.js", "/widget.css"),
    ),
    Rubrique(
        "ogc",
        "OGC API Features",
        "L'annuaire pour QGIS, GDAL et les autres outils de cartographie.",
        ("/ogc",),
    ),
)

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
        espace.router,
        inscriptions.router,
        commercants.router,
        signalements.router,
        moderation.router,
    ),
    rubriques=RUBRIQUES,
    messages=messages.router,
    atelier=atelier,
    demonstration=lambda engine, _settings: demonstration.fill(engine),
)
