"""The public contract of the suite: pydantic models only, importable alone by any client."""
