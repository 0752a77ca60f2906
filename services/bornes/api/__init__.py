"""HTTP layer of the registry: one module for each resource."""
