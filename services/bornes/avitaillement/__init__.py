"""Stations that sell hydrogen and gas: our own schema of them, their files, their state."""
