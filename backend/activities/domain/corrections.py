"""A report that is corrected: what is said now, and what was said before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from backend.activities.domain.activities import Activity, LogActivity, Reduction

CORRECTED = "corrected"  # cause of the reduction of a corrected report


@dataclass(frozen=True)
class Correction:
    """What an activity should have said; `revision` is that of the reduction which the person saw as they wrote it."""

    activity_id: str
    revision: int
    report: LogActivity


@dataclass(frozen=True)
class EarlierReport:
    """What an activity said until it was corrected, with the last reduction that this came to."""

    user_id: str
    activity_id: str
    number: int
    methodology_id: str
    occurred_at: datetime
    occurred_on: date
    duration_s: int | None
    zone: str
    given_region: str | None
    inputs: Mapping[str, Any]
    declared_alternative: str | None
    status: str
    reason: str | None
    reduction_id: str
    replaced_at: datetime


def earlier_report_of(activity: Activity, reduction: Reduction, number: int, now: datetime) -> EarlierReport:
    """What an activity says, as it is kept once it is corrected."""
    return EarlierReport(
        user_id=activity.user_id,
        activity_id=activity.id,
        number=number,
        methodology_id=activity.methodology_id,
        occurred_at=activity.occurred_at,
        occurred_on=activity.occurred_on,
        duration_s=activity.duration_s,
        zone=activity.zone,
        given_region=activity.given_region,
        inputs=activity.inputs,
        declared_alternative=activity.declared_alternative,
        status=activity.status,
        reason=activity.reason,
        reduction_id=reduction.id,
        replaced_at=now,
    )
