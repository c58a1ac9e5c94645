"""The roles: what somebody may be granted, and `user`, which everyone holds.

Promise: the whole list, as plain values. Granting and withdrawing them is `accounts/service/role_grants.py`.
"""

from __future__ import annotations

USER, SUPPORT, METHODOLOGIST, REVIEWER = "user", "support", "methodologist", "reviewer"
FINANCE, AUDITOR, ADMIN, PARTNER = "finance", "auditor", "admin", "partner"
ROLES = (USER, SUPPORT, METHODOLOGIST, REVIEWER, FINANCE, AUDITOR, ADMIN, PARTNER)
