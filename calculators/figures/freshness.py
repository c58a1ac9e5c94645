"""Figures and documents past their day: warn, then credit less, then not at all.

Promise: judged by the day of the activity, never by a clock, so a result recomputes the same for ever. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache

from calculators.rounding import ONE, ZERO

FRESH, OVERDUE, DEGRADED, EXPIRED = "fresh", "overdue", "degraded", "expired"


@dataclass(frozen=True, slots=True)
class Freshness:
    """House policy for figures past their use-by day: warn at once, then credit less, then not at all."""

    degrade_after_days: int
    degraded_weight: Decimal
    stop_after_days: int


@dataclass(frozen=True, slots=True)
class Age:
    """How a result's figures stand on its day: the state, its weight, and the day that was passed."""

    state: str
    weight: Decimal
    due: str | None


_FRESH = Age(FRESH, ONE, None)


@lru_cache(maxsize=4096)
def age_on(day: date, review_by: date, use_by: date | None, policy: Freshness) -> Age:
    """The state of figures that were due on the earlier of `review_by` and `use_by`."""
    due = review_by if use_by is None or review_by < use_by else use_by
    late = (day - due).days
    if late <= 0:
        return _FRESH
    if late <= policy.degrade_after_days:
        return Age(OVERDUE, ONE, due.isoformat())
    if late <= policy.stop_after_days:
        return Age(DEGRADED, policy.degraded_weight, due.isoformat())
    return Age(EXPIRED, ZERO, due.isoformat())
