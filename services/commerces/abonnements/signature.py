"""Signatures of messages (Standard Webhooks 1.0): their secrets and their three headers."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

PREFIXE: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """256 random bits, as the standard writes them."""
    return PREFIXE + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def sign(secret: str, message: str, timestamp: int, corps: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of `id.timestamp.body`; ValueError for what is no secret."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIXE), validate=True)
    except binascii.Error as error:
        raise ValueError(PREFIXE) from error
    signed = b".".join((message.encode(), b"%d" % timestamp, corps))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secrets_: Iterable[str], message: str, timestamp: int, corps: bytes) -> dict[str, str]:
    """One signature for each live secret: a receiver that knows one of them is satisfied."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(sign(one, message, timestamp, corps) for one in secrets_),
    }
