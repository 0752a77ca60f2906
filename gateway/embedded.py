"""The only module that imports the services: what one process mounts, migrates and runs."""

from typing import NamedTuple

from services.bornes.app import service as bornes
from services.commerces.app import service as commerces
from shared.auth import declared_access
from shared.service import Service

SERVICES: dict[str, Service] = {service.nom: service for service in (bornes, commerces)}
"""The services of the suite by name, in the order pages show them."""

TO_TRY = (
    "/v1/bornes/stations?bbox=2.30,48.84,2.36,48.88",
    "/v1/bornes/stations/proches?lon=2.3522&lat=48.8566&rayon_m=1000",
    "/v1/bornes/stations/proches?lon=2.3522&lat=48.8566&disponible=true",
    "/v1/bornes/facettes",
    "/v1/bornes/grappes?zoom=10",
    "/v1/bornes/signalements/publics",
    "/v1/bornes/ogc",
    "/v1/commerces?livre_a=2.3522,48.8566&a=maintenant&inclure_fermes=true",
    "/v1/commerces?q=fromagrie&limite=5",
    "/v1/commerces/taxonomie",
)
"""Addresses that `relance demo` proposes."""


def scopes() -> frozenset[str]:
    """Every right a key may carry: those that the routes of the services ask for."""
    routes = (route for s in SERVICES.values() for router in s.routers for route in router.routes)
    accesses = filter(None, map(declared_access, routes))
    return frozenset(access for access in accesses if ":" in access)


def _scopes_of(service: Service) -> frozenset[str]:
    return frozenset(scope for scope in scopes() if scope.startswith(f"{service.nom}:"))


def roles() -> list[str]:
    """Every role a key may carry."""
    return sorted({role for service in SERVICES.values() for role in service.roles})


class DemonstrationKey(NamedTuple):
    """A key of `relance demo`: who holds it, and what it is to be tried with."""

    fichier: str
    titre: str
    organisation: str
    role: str
    droits: frozenset[str]
    a_essayer: tuple[str, ...]
    territoire: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()


def demonstration_keys() -> tuple[DemonstrationKey, ...]:
    """The keys of `relance demo`, all fictive; the operator's first."""
    queue = (
        "/v1/commerces/moderation/propositions?etat=en_attente",
        "/v1/commerces/moderation/signalements?etat=ouvert",
    )
    return (
        DemonstrationKey(
            "cle-de-demonstration",
            "opérateur de bornes",
            "Démonstration",
            "operateur",
            _scopes_of(bornes),
            ("/v1/bornes/signalements",),
            prefixes=("FRZZZ",),
        ),
        DemonstrationKey(
            "cle-cci-de-demonstration",
            "CCI, toute la Métropole",
            "CCI (démonstration)",
            "cci",
            _scopes_of(commerces),
            (*queue, "/v1/commerces/doublons"),
        ),
        DemonstrationKey(
            "cle-commune-de-demonstration",
            "commune de Marolles-en-Brie seule",
            "Ville de Marolles-en-Brie (démonstration)",
            "commune",
            frozenset(("commerces:gerer", "commerces:moderer")),
            queue,
            territoire=("94048",),
        ),
    )
