"""Encryption at rest for secrets that must be read again: the database alone reveals nothing.

JWE (`dir`, A256GCM) under a key derived from RELANCE_SECRET_INTERNE, one for each purpose.
"""

import hashlib
import hmac
from functools import lru_cache

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey


def seal(text: str, secret: str, *, purpose: bytes) -> str:
    """A text that only the holder of the secret can read again."""
    return jwe.encrypt_compact(
        {"alg": "dir", "enc": "A256GCM"}, text.encode(), _key(secret, purpose)
    )


def unseal(sealed: str, secret: str, *, purpose: bytes) -> str | None:
    """The text under seal; None when the secret is no longer the one it was sealed with."""
    try:
        plaintext = jwe.decrypt_compact(sealed, _key(secret, purpose)).plaintext
    except (JoseError, ValueError):
        return None
    return plaintext.decode() if plaintext is not None else None


@lru_cache(maxsize=8)
def _key(secret: str, purpose: bytes) -> OctKey:
    return OctKey.import_key(hmac.new(secret.encode(), purpose, hashlib.sha256).digest())
