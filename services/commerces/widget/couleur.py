"""The accent colour a commune chooses, and whether it can be read (WCAG 2.2, 1.4.3)."""

from typing import Final

DEFAUT: Final = "14405e"
CONTRASTE: Final = 4.5
"""Between a text and what is under it. The page is white and its buttons bear white words, so one
ratio holds for both."""
_STEP: Final = 0.02


def contrast_with_white(color: str) -> float:
    """The contrast ratio of six hexadecimal digits with white."""
    return 1.05 / (_luminance(_channels(color)) + 0.05)


def is_readable(color: str) -> bool:
    return contrast_with_white(color) >= CONTRASTE


def darkened(color: str) -> str:
    """The nearest darker shade of the same colour that can be read."""
    channels = _channels(color)
    left = 1.0
    while not is_readable(color):
        left -= _STEP
        color = "".join(f"{int(channel * left):02x}" for channel in channels)
    return color


def _channels(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color))


def _luminance(channels: tuple[int, ...]) -> float:
    red, green, blue = (_linear(channel / 255) for channel in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 sRGB's own numbers
