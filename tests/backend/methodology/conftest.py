"""A rule book to review: documents to submit, people to submit and decide, days to count from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from backend.methodology import service
from calculators import load_library
from tests.backend.methodology.adoption import adopt_library, approve_by_two

TRIP = "transport.low_carbon_trip"
AUTHOR, OTHER_AUTHOR, REVIEWER = "usr_author", "usr_other_author", "usr_reviewer"
# The frozen clock stands at 2026-11-20 12:00 in Beijing, a Friday; in UTC+14 it is 18:00 of the same day.
TODAY = date(2026, 11, 20)
FIRST_OPEN_DAY = date(2026, 11, 21)
NEXT_MONDAY = date(2026, 11, 23)


@pytest.fixture
def shipped() -> str:
    """The shipped trip document."""
    return load_library().methodologies[TRIP].text


@pytest.fixture
def with_lower_weight(shipped: str) -> str:
    """The trip document with one number changed: what nobody checked counts 0.4 instead of 0.5."""
    changed = shipped.replace('self_declared = "0.5"', 'self_declared = "0.4"').replace(
        "reduction_g = 720, credited_g = 320", "reduction_g = 720, credited_g = 256"
    )
    assert changed != shipped
    return changed


@pytest.fixture
def adopted(in_transaction, frozen_clock) -> list[service.AdoptedVersion]:
    """The shipped library, approved by `REVIEWER` and where need be by a second one, in force from two weeks ago."""
    return in_transaction(lambda session: adopt_library(session, REVIEWER))


@pytest.fixture
def submit(in_transaction, frozen_clock) -> Callable[..., tuple[int, str]]:
    """`submit(document)`: a draft's version and hash."""

    def call(document: str, author: str = AUTHOR, **given) -> tuple[int, str]:
        draft = in_transaction(lambda session: service.submit_draft(session, author, document, **given))
        return draft.version, draft.content_sha256

    return call


@pytest.fixture
def approve(in_transaction, frozen_clock) -> Callable[..., date]:
    """`approve(version, sha256)`: the first day on which it counts; by a second one too, where that is needed."""

    def call(version: int, sha256: str, on: date | None = None, reviewer: str = REVIEWER) -> date:
        return in_transaction(lambda session: approve_by_two(session, reviewer, TRIP, version, sha256, on)).effective_on

    return call


@pytest.fixture
def version_on(in_transaction) -> Callable[[date], int]:
    """`version_on(day)`: the version of the trip methodology that counts on that day."""
    return lambda day: in_transaction(lambda session: service.get_in_force(session, TRIP, day), read_only=True).version
