"""HTTP layer of the directory: one module for each resource."""
