"""Age: asked when an account is made, kept sealed; below the policy's age a guardian must agree first.

A year alone counts as its last day, so that nobody is taken for older than they may be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from backend.accounts.service.addresses import Address, read_email
from backend.platform.core import clock, context
from backend.platform.core.errors import invalid_field

OLDEST_YEARS = 120
_YEAR = re.compile(r"[0-9]{4}\Z", re.ASCII)


@dataclass(frozen=True)
class Age:
    """When someone was born, as much as they told, and their guardian's e-mail when they need one."""

    born: str
    guardian: Address | None


def read_age(born: str, guardian_email: str | None) -> Age:
    """`born` is `2012` or `2012-05-01`. Raises `request.invalid` when it cannot be, or when a guardian is missing."""
    on = _latest_day(born)
    today = clock.now().date()
    if on is None or not 0 <= today.year - on.year <= OLDEST_YEARS:
        raise invalid_field("born", "not_a_birth_date")
    minimum = context.policy().sign_in.minimum_age_years
    if _years(on, today) >= minimum:
        return Age(born, None)
    if guardian_email is None:
        raise invalid_field("guardian_email", "guardian_required", minimum_age_years=minimum)
    return Age(born, read_email(guardian_email, "guardian_email"))


def check_guardian(age: Age, own: Address) -> None:
    """Raise `request.invalid` when a minor names their own address as their guardian's."""
    if age.guardian is not None and age.guardian.hash == own.hash:
        raise invalid_field("guardian_email", "guardian_is_oneself")


def _latest_day(born: str) -> date | None:
    try:
        return date(int(born), 12, 31) if _YEAR.match(born) else date.fromisoformat(born)
    except ValueError:
        return None


def _years(on: date, today: date) -> int:
    return today.year - on.year - ((today.month, today.day) < (on.month, on.day))
