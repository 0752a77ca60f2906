"""Alembic's entry to the directory's schema."""  # noqa: INP001 Alembic loads it by its path

from services.commerces.models import CommercesBase
from shared.migrations import run

run(CommercesBase.metadata)
