"""The public contract of the suite: pydantic models only, importable alone by any client.

A module for each subject of a service, by both their names; what has no service's name is common
to all.
"""
