"""The roles: what somebody may be granted, and `user`, which everyone holds; and who may call an endpoint by them.

Promise: the whole list, as plain values. Granting and withdrawing them is `accounts/service/role_grants.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

USER, SUPPORT, METHODOLOGIST, REVIEWER = "user", "support", "methodologist", "reviewer"
FINANCE, AUDITOR, ADMIN, PARTNER = "finance", "auditor", "admin", "partner"
ROLES = (USER, SUPPORT, METHODOLOGIST, REVIEWER, FINANCE, AUDITOR, ADMIN, PARTNER)


@dataclass(frozen=True)
class Who:
    """Who may call an endpoint: nobody in particular, or holders of one of `roles`."""

    roles: frozenset[str]
    is_public: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_public", not self.roles)


ANYONE = Who(frozenset())
SIGNED_IN = Who(frozenset({USER}))


def holders_of(*roles: str) -> Who:
    """Whoever holds one of `roles`."""
    unknown = set(roles) - set(ROLES)
    if unknown:
        raise ValueError(f"unknown roles: {sorted(unknown)}")
    return Who(frozenset(roles))
