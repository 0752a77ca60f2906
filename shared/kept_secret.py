"""The secret shared by the processes of one data folder when RELANCE_SECRET_INTERNE is unset.

What is sealed with a secret is lost with it: one drawn anew at each start would make the tokens and
the webhooks' secrets of before unreadable, and one held in memory would be no other process's.
"""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

FICHIER: Final = "secret-interne"


def read(dossier: Path) -> str | None:
    """The secret kept in a folder, None where there is none that this account may read."""
    try:
        return (dossier / FICHIER).read_text().strip() or None
    except (OSError, UnicodeDecodeError):
        return None


def keep(dossier: Path) -> str | None:
    """The same, drawn at first, for its owner alone; None where nothing can be written."""
    with suppress(OSError):
        dossier.mkdir(parents=True, exist_ok=True)
        # Whole at once, and never over another's: of two that start together, one draws.
        draft = dossier / f"{FICHIER}.{os.getpid()}"
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, dossier / FICHIER)
        draft.unlink()
    return read(dossier)
