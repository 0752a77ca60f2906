"""The gateway: mounts the services, local or remote, at /v1/<service>."""
