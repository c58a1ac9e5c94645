"""Who acts: the caller of a request, and the roles that may be granted.

Promise: plain values, so that a service can ask who acts without knowing how they signed in. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

USER, SUPPORT, METHODOLOGIST, REVIEWER = "user", "support", "methodologist", "reviewer"
FINANCE, AUDITOR, ADMIN, PARTNER = "finance", "auditor", "admin", "partner"
ROLES = (USER, SUPPORT, METHODOLOGIST, REVIEWER, FINANCE, AUDITOR, ADMIN, PARTNER)


@dataclass(frozen=True)
class Actor:
    """The caller of a request. Anonymous callers have no `user_id` and no roles."""

    user_id: str
    session_id: str
    roles: frozenset[str]


NOBODY = Actor("", "", frozenset())
