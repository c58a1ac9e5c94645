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
    """House policy for what is past its review-by day: warn at once, then credit less, then not at all."""

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
def age_on(day: date, document_due: date, figures_due: date | None, policy: Freshness) -> Age:
    """The state of what was due for review on the earlier of the document's day and its figures'."""
    due = document_due if figures_due is None else min(document_due, figures_due)
    late = (day - due).days
    if late <= 0:
        return _FRESH
    if late <= policy.degrade_after_days:
        return Age(OVERDUE, ONE, due.isoformat())
    if late <= policy.stop_after_days:
        return Age(DEGRADED, policy.degraded_weight, due.isoformat())
    return Age(EXPIRED, ZERO, due.isoformat())
