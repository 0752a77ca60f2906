"""Alembic's entry to the registry's schema."""  # noqa: INP001 Alembic loads it by its path

from services.bornes.models import BornesBase
from shared.migrations import run

run(BornesBase.metadata)
