"""Alembic's entry to the directory's schema."""  # noqa: INP001 Alembic loads it by its path

import services.commerces.abonnements.models
import services.commerces.contribution.models
import services.commerces.courrier.models
import services.commerces.fraicheur.models
import services.commerces.origines.models
import services.commerces.signalements.models  # noqa: F401 these declare their tables
from services.commerces.models import CommercesBase
from shared.migrations import run

run(CommercesBase.metadata)
