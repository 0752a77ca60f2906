"""Credentials tokens of OCPI: made, recognised by their digest, and one kept under seal.

Tokens that partners present (A, then C) are stored as SHA-256 digests: they are 256 random bits,
so a digest tells nothing. The token that a partner gives us (B) must be presented to it again, so
it is kept under seal (shared.sealing): the database alone does not give it away.
"""

import base64
import binascii
import hashlib
import re
import secrets
from typing import Final

from shared import sealing

PRINTABLE: Final = re.compile(r"[\x21-\x7e]{1,64}")
_PURPOSE: Final = b"bornes.ocpi.jeton_b"


def new_token() -> str:
    """A token of 256 bits, in 43 printable characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def presented(credential: str) -> list[str]:
    """The tokens that the value of an Authorization header may mean.

    It is the token in base64; some clients send it as it is, and OCPI 2.1.1 asked for that.
    """
    found = [credential]
    try:
        decoded = base64.b64decode(credential, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        decoded = ""
    if decoded:
        found.insert(0, decoded)
    return [token for token in found if PRINTABLE.fullmatch(token)]


def header(token: str) -> str:
    """The Authorization header that presents a token."""
    return f"Token {base64.b64encode(token.encode()).decode()}"


def seal(token: str, secret: str) -> str:
    """A token that only the holder of the secret can read again."""
    return sealing.seal(token, secret, purpose=_PURPOSE)


def unseal(sealed: str, secret: str) -> str | None:
    """The token under seal; None when the secret is no longer the one it was sealed with."""
    return sealing.unseal(sealed, secret, purpose=_PURPOSE)
