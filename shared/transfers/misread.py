"""Texts that a program read in the wrong way before they came: accents in two signs, HTML entities.

`FranÃ§ois` is UTF-8 read as Windows-1252, `l&#039;Ouest` was written for a web page. Both can be
undone, and nobody writes them on purpose.
"""

import html
import re
from typing import Final

from shared.schemas.visible import is_seen, visible
from shared.transfers.spreadsheets import SIGNES

_SUSPECT: Final = re.compile("[ÂÃÅâ]")
"""What every text of spoiled accents holds one of."""
_ENTITY: Final = re.compile(r"&(?:#\d{2,6}|#[xX][0-9a-fA-F]{2,5}|[A-Za-z]{2,8}\d{0,2});")
_UNUSED: Final = frozenset((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that Windows-1252 leaves out: what reads them all the same makes control characters."""
_GOES_ON: Final = {
    **{chr(byte): byte for byte in range(0x80, 0xC0)},
    **{bytes([byte]).decode("cp1252"): byte for byte in range(0x80, 0xC0) if byte not in _UNUSED},
}
"""The bytes that go on a character of UTF-8, by what Latin-1 and Windows-1252 show for them."""
_REST: Final = f"[{re.escape(''.join(_GOES_ON))}]"
_SPOILED: Final = re.compile(f"[ÂÃÅ]{_REST}|â{_REST}{_REST}")
"""Two or three bytes of UTF-8, each read as a character."""
_FRENCH: Final = re.compile("[\xa0-\xffŒœŸ\u2002-\u203a€™]")
_TIMES: Final = 4
"""A text may have been spoiled more than once; the last time changes nothing."""


def restored(text: str) -> str:
    """A text as it was before; itself when nothing shows that it was spoiled.

    Restored again, it does not change. One that would begin a formula of a spreadsheet, or show
    nothing, stays as it came.
    """
    # Two looks that cost nothing spare most texts the third.
    if "&" not in text and (text.isascii() or not _SUSPECT.search(text)):
        return text
    found = text
    for _ in range(_TIMES):
        before = found
        found = visible(_SPOILED.sub(_character, _ENTITY.sub(_sign, before))).strip()
        if before == found:
            break
    spoiled = found != visible(text).strip()
    if not spoiled or before != found or not is_seen(found) or found[0] in SIGNES:
        return text
    return found


def _sign(entity: re.Match[str]) -> str:
    """What an entity stands for, where that can be in a line of text."""
    sign = html.unescape(entity[0])
    return sign if sign.isprintable() or sign.isspace() else entity[0]


def _character(spoiled: re.Match[str]) -> str:
    """The character whose bytes were read one by one, where they make one that French has."""
    first, rest = spoiled[0][0], spoiled[0][1:]
    content = first.encode("cp1252") + bytes(map(_GOES_ON.__getitem__, rest))
    found = content.decode(errors="replace")
    return found if _FRENCH.fullmatch(found) else spoiled[0]
