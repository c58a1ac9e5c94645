"""Who is calling: access tokens, and the actor of a request.

Tokens are EdDSA JWTs of a few minutes. The algorithm is pinned by the key, `exp`, `aud`, `iss`, `sub`, `sid` and the
type are required, and an unknown key id is refused before any signature is looked at.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import jwt
from flask import current_app, g, request
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.actor import NOBODY, ROLES, USER, Actor
from backend.platform.core.context import remembered
from backend.platform.core.errors import Refusal
from backend.platform.privacy.key_rings import KeyRing

ISSUER = "carbon-account"
AUDIENCE = "carbon-account-api"
TYPE = "at+jwt"
KEPT_TOKENS = 10_000


@dataclass(frozen=True)
class Who:
    """Who may call an endpoint: nobody in particular, or holders of one of `roles`."""

    roles: frozenset[str]

    @property
    def is_public(self) -> bool:
        return not self.roles


ANYONE = Who(frozenset())
SIGNED_IN = Who(frozenset({USER}))


def holders_of(*roles: str) -> Who:
    """Whoever holds one of `roles`."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown roles: {sorted(unknown)}")
    return Who(frozenset(roles))


class Standing(Protocol):
    """How `accounts` answers whether a caller may still act: raises `Refusal` when not."""

    def __call__(self, session: Session, actor: Actor) -> None: ...


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


def actor_of_request(who: Who) -> Actor:
    """The caller of this request, allowed by `who`; raise `auth.required`, `auth.invalid_token` or `auth.forbidden`."""
    header = request.headers.get("Authorization", "")
    if not header:
        if who.is_public:
            return NOBODY
        raise Refusal("auth.required")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal("auth.invalid_token")
    actor = read_access(token.strip())
    if not who.is_public and not actor.roles & who.roles:
        raise Refusal("auth.forbidden")
    g.actor = actor
    return actor


def check_standing(session: Session, actor: Actor) -> None:
    """Refuse a caller who was suspended or signed out since the token was made."""
    if actor is not NOBODY:
        standing: Callable[[Session, Actor], Any] = current_app.extensions["carbon.standing"]
        standing(session, actor)
