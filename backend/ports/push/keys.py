"""The key with which this installation signs to push services (VAPID, RFC 8292): one P-256 key, apart from all others.

Every subscription is bound to it: with another key, every device must subscribe anew.
"""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from backend.platform.privacy.key_rings import made_once

VALID_FOR = timedelta(hours=12)  # the standard allows a day


class ServerKey:
    """Signs that a push comes from us. `public` is what devices subscribe with, base64url."""

    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64.urlsafe_b64encode(point).rstrip(b"=").decode()

    def authorization(self, origin: str, contact: str, now: datetime) -> str:
        """The `Authorization` header for one push service; `contact` is whom it writes to when something is wrong."""
        claims = {"aud": origin, "exp": int((now + VALID_FOR).timestamp()), "sub": contact}
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self.public}"


def read_server_key(pem: str, fallback: Path) -> ServerKey:
    """The key in `pem`; when empty, one made and kept at `fallback`. Raises `ValueError` for any other kind of key."""
    pem = pem or made_once(fallback, lambda: ec.generate_private_key(ec.SECP256R1()))
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except ValueError as error:
        raise ValueError("CARBON_PUSH_KEY: this is no private key in PEM") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise ValueError("CARBON_PUSH_KEY: only a P-256 private key signs pushes")
    return ServerKey(key)
