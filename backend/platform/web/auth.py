"""Who is calling: the actor of a request, and who may call an endpoint."""

from __future__ import annotations

from dataclasses import dataclass

from flask import g, request

from backend.platform.core.actor import NOBODY, Actor
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import ROLES, USER
from backend.platform.privacy.access_tokens import read_access


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
