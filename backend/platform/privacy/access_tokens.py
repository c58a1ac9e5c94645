"""Access tokens: EdDSA JWTs of a few minutes.

The algorithm is pinned by the key; `exp`, `aud`, `iss`, `sub`, `sid` and the type are required, and an unknown key id
is refused before any signature is looked at. Both sides of a token stand here, so that they cannot drift apart.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import Any

import jwt
from flask import current_app

from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.context import remembered
from backend.platform.core.errors import Refusal
from backend.platform.privacy.key_rings import KeyRing

ISSUER = "carbon-account"
AUDIENCE = "carbon-account-api"
TYPE = "at+jwt"
KEPT_TOKENS = 10_000


def sign_access(user_id: str, session_id: str, roles: frozenset[str]) -> str:
    """An access token for one session of `user_id`."""
    issued_at = clock.now()
    life = timedelta(seconds=current_app.extensions["carbon.settings"].access_token_s)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": user_id,
        "sid": session_id,
        "roles": sorted(roles),
        "iat": issued_at,
        "exp": issued_at + life,
    }
    return token_keys().sign(claims, TYPE)


def read_access(token: str) -> Actor:
    """The actor a token names; raise `Refusal("auth.invalid_token")`."""
    claims = _verified(token)
    # the library's own check uses the machine's clock; ours is the one tests can move
    if claims["exp"] <= clock.now().timestamp():
        raise Refusal("auth.invalid_token")
    return Actor(claims["sub"], claims["sid"], frozenset(claims["roles"]))


def _verified(token: str) -> dict[str, Any]:
    """The claims of a token that our keys signed. A signature is checked once: a token is sent many times over."""
    keys = token_keys()
    known: OrderedDict[str, tuple[KeyRing, dict[str, Any]]] = remembered("verified_tokens", OrderedDict)
    kept = known.get(token)
    if kept is not None and kept[0] is keys:
        return kept[1]
    try:
        claims = keys.verify(token, TYPE, audience=AUDIENCE, issuer=ISSUER)
    except jwt.InvalidTokenError as error:
        raise Refusal("auth.invalid_token") from error
    known[token] = keys, claims
    while len(known) > KEPT_TOKENS:
        known.popitem(last=False)
    return claims


def token_keys() -> KeyRing:
    """The keys that sign access tokens, newest first."""
    keys: KeyRing = current_app.extensions["carbon.token_keys"]
    return keys
