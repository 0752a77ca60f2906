"""What of a text can be seen: characters that show nothing are no part of it."""

import re
from typing import Final

BLANCS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u2800\u3164\uffa0")
"""Those that `str.isprintable` takes for characters that are seen."""
_INVISIBLE: Final = re.compile(
    f"[{''.join(sorted(BLANCS))}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202c\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SEEN: Final = re.compile(r"[^\s\u200c\u200d\ufe00-\ufe0f]")
"""Joiners and variation selectors shape what is beside them, and show nothing alone."""


def visible(text: str) -> str:
    """A text without soft hyphens, fillers, marks of direction and spaces of no width.

    What makes letters read backwards (U+202D, U+202E) stays: it is seen, and refused.
    """
    return text if text.isascii() else _INVISIBLE.sub("", text)


def is_seen(text: str) -> bool:
    """Whether a text shows anything."""
    return _SEEN.search(text) is not None
