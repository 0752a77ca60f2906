"""Numbers as French sentences have them."""

from typing import Final

_THIN: Final = "\u202f"


def figure(value: int) -> str:
    """The number, its thousands parted by a narrow space: « 100 000 000 »."""
    return f"{value:,}".replace(",", _THIN)


def counted(value: int, words: str) -> str:
    """A number with words that agree with it: « 1 ligne lue », « 2 lignes lues », « 0 ligne lue ».

    `words` are in the singular, and each takes an s.
    """
    told = words if value <= 1 else " ".join(f"{word}s" for word in words.split(" "))
    return f"{figure(value)} {told}"
