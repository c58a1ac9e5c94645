"""Documents that outlive their database: signed with the statements' keys, so that anyone can check them later.

A signed document is a compact JWS whose payload is the document in its canonical bytes. Retired keys stay in the ring
and so keep verifying. Never the tokens' keys.
"""

from __future__ import annotations

from typing import Any

import jwt
from flask import current_app
from jwt.types import Options

from backend.platform.privacy.key_rings import ALGORITHM, KeyRing

_CHECKS: Options = {
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "verify_aud": False,
    "verify_iss": False,
    "verify_sub": False,
    "verify_jti": False,
}


class NotSigned(ValueError):
    """The text is no document of this kind that one of our keys has signed."""


def sign(document: dict[str, Any], kind: str) -> str:
    """`document` (JSON-able) as a compact JWS of type `kind`, by the newest key."""
    return _ring().sign(document, kind)


def sign_detached(content: bytes, kind: str) -> str:
    """The signature of `content`, to be kept beside it: a detached JWS of type `kind`, by the newest key."""
    return _ring().sign_detached(content, kind)


def read(token: str, kind: str) -> dict[str, Any]:
    """The document in `token`; raise `NotSigned` unless one of our keys, present or retired, signed this kind."""
    try:
        header = jwt.get_unverified_header(token)
        key = next((key for key in _ring().jwks()["keys"] if key["kid"] == header.get("kid")), None)
        if key is None or header.get("typ") != kind:
            raise NotSigned("unknown key or another kind of document")
        # a document is no token: it has neither audience nor expiry to check
        found: dict[str, Any] = jwt.decode(token, jwt.PyJWK(key), algorithms=[ALGORITHM], options=_CHECKS)
    except jwt.InvalidTokenError as error:
        raise NotSigned(str(error)) from error
    return found


def public_keys() -> dict[str, Any]:
    """The keys that verify signed documents, as a JSON Web Key Set."""
    return _ring().jwks()


def _ring() -> KeyRing:
    ring: KeyRing = current_app.extensions["carbon.statement_keys"]
    return ring
