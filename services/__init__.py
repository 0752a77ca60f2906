"""The services: independent, one folder each with the same file names; none imports another."""
