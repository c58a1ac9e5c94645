"""A provider within this process, for development and tests: no network, no account anywhere.

It keeps the rules a real one keeps (one use per code, PKCE, the same redirect, signed ID tokens), so that the client
is the same code. Its key is derived from the installation's secret; it is never there in production.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from backend.platform.core import clock, context
from backend.platform.data import ids
from backend.platform.privacy.key_rings import ALGORITHM, KeyRing
from config import Settings

LOCAL = "local"
ISSUER = "urn:carbon-account:local-provider"
CLIENT = "carbon-account"
JWKS = "urn:carbon-account:local-provider:keys"
TOKEN = "urn:carbon-account:local-provider:token"
AUTHORIZE_PATH = "/v1/auth/oidc/local/authorize"
CODE_LIFE = timedelta(minutes=1)
CODE_KIND = "code+jwt"
INVALID_GRANT = {"error": "invalid_grant"}


def local_description(settings: Settings) -> dict[str, Any]:
    """The stand-in as a provider like any other; what it is called stands with the others in `providers.toml`."""
    return {
        "protocol": "oidc",
        "issuer": ISSUER,
        "client_id": CLIENT,
        "client_secret": "",
        "authorization_endpoint": settings.public_url + AUTHORIZE_PATH,
        "token_endpoint": TOKEN,
        "jwks_uri": JWKS,
        "algorithms": [ALGORITHM],
        "scope": "openid email",
        "pkce": True,
    }


class LocalProvider:
    """The stand-in of one installation."""

    def __init__(self, settings: Settings) -> None:
        seed = hmac.new(settings.secret_key.encode(), b"carbon/local-provider", hashlib.sha256).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._ring = KeyRing([self._key])

    def authorize(self, query: Mapping[str, str], person: str) -> str:
        """What a browser gets when `person` agrees: the way back to us, with a code that lives a minute."""
        kept = {name: query[name] for name in ("client_id", "redirect_uri", "nonce", "code_challenge")}
        code = self._ring.sign(
            kept | {"sub": person, "jti": ids.new_secret(12), "exp": clock.now() + CODE_LIFE}, CODE_KIND
        )
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def get(self, _url: str) -> Mapping[str, Any]:
        """The keys that verify its ID tokens."""
        return self._ring.jwks()

    def post(self, _url: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        """An ID token for a code; `invalid_grant` for one that is used, late, or somebody else's."""
        code = self._code(form.get("code", ""))
        if code is None or not self._fits(code, form) or not _first_use(code["jti"]):
            return INVALID_GRANT
        now = clock.now()
        claims = {
            "iss": ISSUER,
            "aud": code["client_id"],
            "sub": code["sub"],
            "nonce": code["nonce"],
            "email": code["sub"],
            "email_verified": "@" in code["sub"],
            "iat": now,
            "exp": now + timedelta(minutes=5),
        }
        return {"token_type": "Bearer", "id_token": self._ring.sign(claims, "JWT")}

    def _code(self, code: str) -> dict[str, Any] | None:
        try:
            read: dict[str, Any] = jwt.decode(
                code,
                self._key.public_key(),
                algorithms=[ALGORITHM],
                options={"require": ["exp", "jti", "sub"], "verify_exp": False},
            )
        except jwt.PyJWTError:
            return None
        return read if read["exp"] > clock.now().timestamp() else None

    def _fits(self, code: Mapping[str, Any], form: Mapping[str, str]) -> bool:
        verifier = form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
        return (
            hmac.compare_digest(challenge, code["code_challenge"])
            and form.get("redirect_uri") == code["redirect_uri"]
            and form.get("client_id") == code["client_id"]
        )


def agree_locally(query: Mapping[str, str]) -> str:
    """The way back to us when `query["person"]` agrees at the stand-in of the current application."""
    return LocalProvider(context.settings()).authorize(query, query["person"])


def _first_use(code_id: str) -> bool:
    used: set[str] = context.remembered("local_provider_codes", set)
    if code_id in used:
        return False
    used.add(code_id)
    return True
