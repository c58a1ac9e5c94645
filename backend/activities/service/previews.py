"""What would an activity give? Judged as it would be, and nothing stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import EstimateContext, LogActivity, Preview
from backend.activities.domain.views import EstimateView
from backend.activities.service.estimates import judge
from backend.activities.service.views import place_notes, present_estimate
from backend.methodology import service as methodology
from backend.methodology.domain import FoundPlace, InForce
from backend.platform.core import clock
from backend.platform.core.errors import InvalidFields, Refusal, invalid_field
from backend.platform.core.i18n import Language
from calculators import Estimate

EVERYWHERE = "WORLD"  # where an estimate is made that only looks for what else is wrong


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
    place = methodology.find_place(wish.region)
    estimate = _judge(in_force, wish, now, on, place)
    shown = present_estimate(estimate, in_force, language)
    return replace(shown, notes=[*shown.notes, *place_notes(wish.region, language)])


def _judge(in_force: InForce, wish: Preview, now: datetime, on: date, place: FoundPlace | None) -> Estimate:
    """The estimate in a place; where none is known, raise `request.invalid` for that and for what else is wrong."""
    where = EVERYWHERE if place is None else place.code
    errors: list[dict[str, Any]] = [] if place else [{"field": "region", "code": "unknown_region"}]
    try:
        estimate = judge(in_force, _command(wish, now), replace(_context(wish, on), region=where), {})
    except InvalidFields as refused:
        raise InvalidFields([*errors, *refused.errors]) from refused
    if errors:
        raise InvalidFields(errors)
    return estimate


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
