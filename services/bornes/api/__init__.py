"""The HTTP face of the registry: one module for each resource; HTTP ends here."""
