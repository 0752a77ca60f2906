"""The one public door: it mounts the services, here or elsewhere, at /v1/<service>."""
