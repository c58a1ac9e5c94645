"""Access tokens: EdDSA JWTs of a few minutes, and whether their holder may still act on one.

The algorithm is pinned by the key; `exp`, `aud`, `iss`, `sub`, `sid` and the type are required, and an unknown key id
is refused before any signature is looked at. Both sides of a token stand here, so that they cannot drift apart.

A token outlives what it says by a few minutes: so each call also asks how its holder stands, as `accounts` answers.
Whoever changes that forgets what was kept, so this process refuses at once and every other within `STANDING_KEPT_S`.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import jwt
from flask import current_app
from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.actor import NOBODY, Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import Who
from backend.platform.privacy.key_rings import KeyRing

ISSUER = "carbon-account"
AUDIENCE = "carbon-account-api"
TYPE = "at+jwt"
KEPT_TOKENS = KEPT_PEOPLE = 10_000
STANDING_KEPT_S = 5.0


@dataclass(frozen=True)
class Standing:
    """Whether somebody may still act, as looked up at an instant of the process: the code by which they are refused,
    None where they are not, and the roles they hold.
    """

    at: float
    refused_by: str | None
    roles: frozenset[str]


AskStanding = Callable[[Session, Actor, Callable[[Standing], None]], None]


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


def read_caller(header: str, who: Who) -> Actor:
    """The caller that an `Authorization` header names, allowed by `who`.

    Raises `auth.required`, `auth.invalid_token`, `auth.expired_token` or `auth.forbidden`. Where anybody may call, a
    header that names nobody (any more) is nobody's: whoever signs in anew still sends the old one.
    """
    if not who.roles:
        try:
            return _named(header) if header else NOBODY
        except Refusal:
            return NOBODY
    if not header:
        raise Refusal("auth.required")
    actor = _named(header)
    if not actor.roles & who.roles:
        raise Refusal("auth.forbidden")
    return actor


def _named(header: str) -> Actor:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Refusal("auth.invalid_token")
    return read_access(token.strip())


def read_access(token: str) -> Actor:
    """The actor a token names; raise `auth.invalid_token`, or `auth.expired_token` for one whose time is over."""
    claims = _verified(token)
    # the library's own check uses the machine's clock; ours is the one tests can move
    if claims["exp"] <= clock.now().timestamp():
        raise Refusal("auth.expired_token")
    return Actor(claims["sub"], claims["sid"], frozenset(claims["roles"]))


def _verified(token: str) -> dict[str, Any]:
    """The claims of a token that our keys signed. A signature is checked once: a token is sent many times over."""
    keys = token_keys()
    known = keys.verified
    if (kept := known.get(token)) is not None:
        return kept
    try:
        claims = keys.verify(token, TYPE, audience=AUDIENCE, issuer=ISSUER)
    except jwt.InvalidTokenError as error:
        raise Refusal("auth.invalid_token") from error
    known[token] = claims
    while len(known) > KEPT_TOKENS:
        known.popitem(last=False)
    return claims


def check_standing(session: Session, actor: Actor) -> None:
    """Refuse a caller who was suspended, signed out or stripped of a role since their token was made.

    Raises what `accounts` holds against them, else `auth.invalid_token` for a role they no longer have: at once where
    this process has looked within `STANDING_KEPT_S`, else as the next round trip of the transaction is answered.
    """
    if actor is NOBODY:
        return
    kept = _standings().get(actor.user_id, {}).get(actor.session_id)
    if kept is not None and time.monotonic() - kept.at < STANDING_KEPT_S:
        _refuse(actor, kept)
        return

    def judge(standing: Standing) -> None:
        _keep(actor, standing)
        _refuse(actor, standing)

    ask_standing: AskStanding = current_app.extensions["carbon.standing"]
    ask_standing(session, actor, judge)


def _refuse(actor: Actor, standing: Standing) -> None:
    if standing.refused_by is not None:
        raise Refusal(standing.refused_by)
    if not actor.roles <= standing.roles:
        raise Refusal("auth.invalid_token")


def forget_standing(user_id: str) -> None:
    """Look this person up again at their next request to this process: whoever changes their standing calls it."""
    _standings().pop(user_id, None)


def _keep(actor: Actor, standing: Standing) -> None:
    standings = _standings()
    standings.setdefault(actor.user_id, {})[actor.session_id] = standing
    while len(standings) > KEPT_PEOPLE:
        standings.popitem(last=False)


def _standings() -> OrderedDict[str, dict[str, Standing]]:
    found: OrderedDict[str, dict[str, Standing]] = current_app.extensions.setdefault("carbon.standings", OrderedDict())
    return found


def token_keys() -> KeyRing:
    """The keys that sign access tokens, newest first."""
    keys: KeyRing = current_app.extensions["carbon.token_keys"]
    return keys
