"""Where a report that is judged again goes on: behind what it was before, under its id, with its points by entries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, RecordedDecision, Reduction
from backend.activities.service.ledger_effects import settle_points
from backend.activities.service.notices import notify_replaced
from backend.activities.sql.logging import NewActivity
from calculators import ACCEPT, BELIEVED

CREDITED_LATE = "credited_late"  # cause of the reduction of what was stored while crediting was paused


@dataclass(frozen=True)
class Succession:
    """The activity and the reduction that a report follows, how many decisions there were on them, why and when."""

    activity: Activity
    reduction: Reduction
    decisions: int
    cause: str
    now: datetime

    @property
    def is_late_credit(self) -> bool:
        """Whether it is what was stored while crediting was paused, and is credited whatever is paused now."""
        return self.cause == CREDITED_LATE

    def follow(self, session: Session, new: NewActivity) -> NewActivity:
        """The report as it is written: it keeps what says which activity it is, and counts on.

        Points under another rule, and such as are held or no longer, are taken back first and issued anew.
        """
        # what every rule accepted at first stays told by the activity itself; each later decision is a row
        activity = replace(
            new.activity,
            client_id=self.activity.client_id,
            created_at=self.activity.created_at,
            limits_version=self.activity.limits_version,
        )
        number = self.reduction.revision + 1
        is_alike = self.activity.methodology_id == activity.methodology_id and self.activity.is_held == activity.is_held
        if self.reduction.amount and not is_alike:
            settle_points(session, self.activity, number, 0, is_held=self.activity.is_held)
            number += 1
        reduction = replace(new.reduction, revision=number, cause=self.cause)
        notify_replaced(session, self.reduction, reduction)
        return replace(
            new,
            activity=activity,
            reduction=reduction,
            decision=replace(new.decision or _believed(new.activity), number=self.decisions + 1),
            evidence_ids=(),
            is_correction=True,
        )


def _believed(activity: Activity) -> RecordedDecision:
    """The decision on what every rule accepts, as a row of its own."""
    return RecordedDecision(
        user_id=activity.user_id,
        activity_id=activity.id,
        number=1,
        outcome=ACCEPT,
        rule=BELIEVED,
        rule_version=activity.limits_version or 0,
        found={"rules": [], "params": {}},
        decided_by=None,
        sealed_reason=None,
        decided_at=activity.created_at,
    )
