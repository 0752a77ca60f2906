"""Alembic's entry to the directory's schema."""  # noqa: INP001 Alembic loads it by its path

import services.commerces.abonnements.models  # noqa: F401 declares its tables
from services.commerces.models import CommercesBase
from shared.migrations import run

run(CommercesBase.metadata)
