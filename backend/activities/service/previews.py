"""What would an activity give? Judged as it would be, and nothing stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.service.estimates import Circumstances, Told, judge
from backend.activities.service.views import View, present_estimate
from backend.methodology import service as methodology
from backend.platform.core import clock
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language


def preview(session: Session, wish: Mapping[str, Any], language: Language) -> View:
    """The result that an activity would have on a day with untouched caps.

    `wish` names methodology, inputs, region, on (None: today in UTC), duration_s, evidence_tier, household_size, diet
    and declared_alternative. Raises `request.invalid` for what cannot be, and `methodology.not_in_force`.
    """
    now = clock.database_now(session)
    on = wish["on"] or clock.local_day(now, "UTC")
    with fault_of_field():
        in_force = methodology.get_in_force(session, wish["methodology"], on)
    told = Told(
        methodology_id=wish["methodology"],
        occurred_at=now,
        inputs=wish["inputs"],
        duration_s=wish["duration_s"],
        declared_alternative=wish["declared_alternative"],
    )
    known = Circumstances(
        region=wish["region"],
        on=on,
        evidence_tier=wish["evidence_tier"],
        household_size=wish["household_size"],
        diet=wish["diet"],
    )
    return present_estimate(judge(in_force, told, known, {}), in_force, language)


@contextmanager
def fault_of_field() -> Iterator[None]:
    """A methodology nobody knows is a fault of the field that names it."""
    try:
        yield
    except Refusal as refused:
        if refused.code == "methodology.unknown":
            raise invalid_field("methodology", "unknown_methodology") from refused
        raise
