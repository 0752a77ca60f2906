"""The registry of charging points (IRVE) of the Métropole du Grand Paris."""
