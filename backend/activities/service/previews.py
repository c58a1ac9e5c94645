"""What would an activity give? Judged as it would be, and nothing stored."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.activities.domain import EstimateContext, LogActivity, Preview
from backend.activities.domain.views import EstimateView
from backend.activities.service.estimates import judge
from backend.activities.service.views import present_estimate
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language


def preview(session: Session, wish: Preview, language: Language) -> EstimateView:
    """The result that an activity would have on a day with untouched caps.

    Raises `request.invalid` for what cannot be, and `methodology.not_in_force`.
    """
    now = clock.database_now(session)
    on = wish.on or clock.local_day(now, "UTC")
    try:
        in_force = methodology.get_in_force(session, wish.methodology_id, on)
    except Refusal as refused:
        if refused.code == "methodology.unknown":
            raise invalid_field("methodology", "unknown_methodology") from refused
        raise
    estimate = judge(in_force, _command(wish, now), _context(wish, on), {})
    return present_estimate(estimate, in_force, language)


def _command(wish: Preview, now: datetime) -> LogActivity:
    return LogActivity(
        methodology_id=wish.methodology_id,
        occurred_at=now,
        inputs=wish.inputs,
        duration_s=wish.duration_s,
        declared_alternative=wish.declared_alternative,
    )


def _context(wish: Preview, on: date) -> EstimateContext:
    return EstimateContext(
        region=wish.region,
        on=on,
        evidence_tier=wish.evidence_tier,
        household_size=wish.household_size,
        diet=wish.diet,
    )
