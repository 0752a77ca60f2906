"""The only module that knows the services as code: what one process mounts, migrates and runs."""

from services.bornes.app import service as bornes
from shared.service import Service

SERVICES: dict[str, Service] = {service.nom: service for service in (bornes,)}
"""The services of the suite by name, in the order pages show them."""
