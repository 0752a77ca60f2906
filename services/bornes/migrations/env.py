"""Alembic's entry to the registry's schema."""  # noqa: INP001 Alembic loads it by its path

import services.bornes.signalements.models  # noqa: F401 declares its tables
from services.bornes.models import BornesBase
from shared.migrations import run

run(BornesBase.metadata)
