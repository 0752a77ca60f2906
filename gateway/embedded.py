"""The only module that knows the services as code: what one process mounts, migrates and runs."""

from shared.service import Service

SERVICES: dict[str, Service] = {}
"""The services of the suite by name, in the order pages show them."""
