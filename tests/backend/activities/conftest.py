"""People in Beijing, the shipped rule book in force, and the fewest words to log what they did."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from backend.methodology import service as methodology
from backend.profiles import service as profiles

TRIP = "transport.low_carbon_trip"
REVIEWER = "usr_reviewer"
# The frozen clock stands at noon in Beijing on 2026-11-20.
THIS_MORNING = "2026-11-20T08:10:00+08:00"


def trip(mode: str = "metro", distance: str = "10", **given: Any) -> dict[str, Any]:
    """The body of a logged trip."""
    inputs = {"mode": mode, "distance": {"value": distance, "unit": "km"}}
    return {"methodology": TRIP, "occurred_at": THIS_MORNING, "inputs": inputs, **given}


@pytest.fixture
def rule_book(in_transaction, frozen_clock) -> None:
    """The shipped library, adopted."""
    in_transaction(lambda session: methodology.adopt_library(session, REVIEWER))


@pytest.fixture
def new_beijinger(new_person, in_transaction, rule_book) -> Callable[..., Any]:
    """Make somebody who lives in Beijing, or as the given profile says."""

    def make(**profile: Any) -> Any:
        made = new_person()
        stated = {"region": "CN-BJ", "zone": "Asia/Shanghai"} | profile
        in_transaction(lambda session: profiles.change_profile(session, made.user_id, stated))
        return made

    return make


@pytest.fixture
def beijinger(new_beijinger) -> Any:
    return new_beijinger()
