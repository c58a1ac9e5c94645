"""How many files somebody has to open who follows one logged ride through the code, from the wire to the commit.

A file is visited when one of its functions runs, and returned to when the path comes back from another. Whoever adds to
the path sees here what it costs the next reader.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from backend.platform.ops import switches
from backend.platform.privacy import access_tokens
from tests.backend.activities.conftest import trip

ROOT = Path(__file__).parents[3]
ROOMS = tuple(f"{ROOT / room}/" for room in ("backend", "calculators", "offsets", "config"))
EARLIER = "2026-11-20T06:10:00+08:00"
MOST_RETURNS = 247
# Each file of the path, and how often it is entered.
PATH = {
    "backend/activities/api.py": 2,
    "backend/activities/service/activity_log.py": 35,
    "backend/activities/service/allowance.py": 7,
    "backend/activities/service/estimates.py": 6,
    "backend/activities/service/flow_rivals.py": 12,
    "backend/activities/service/ledger_effects.py": 3,
    "backend/activities/service/neighbours.py": 15,
    "backend/activities/service/screening.py": 6,
    "backend/activities/service/views.py": 2,
    "backend/activities/sql/allowance.py": 3,
    "backend/activities/sql/flow_claims.py": 6,
    "backend/activities/sql/stored_reductions.py": 4,
    "backend/activities/sql/logging.py": 13,
    "backend/ledger/domain.py": 3,
    "backend/ledger/service/posting.py": 10,
    "backend/methodology/service/in_force.py": 2,
    "backend/platform/core/clock.py": 11,
    "backend/platform/data/batch.py": 9,
    "backend/platform/data/columns.py": 18,
    "backend/platform/data/ids.py": 4,
    "backend/platform/data/transactions.py": 29,
    "backend/platform/data/writes.py": 4,
    "backend/platform/ops/switches.py": 2,
    "backend/platform/privacy/access_tokens.py": 3,
    "backend/platform/web/edge.py": 10,
    "backend/platform/web/fields.py": 3,
    "backend/platform/web/json.py": 3,
    "backend/platform/web/middleware.py": 2,
    "backend/points/service/activity_points.py": 10,
    "backend/profiles/domain.py": 3,
    "calculators/estimate/activity_data.py": 3,
    "calculators/estimate/credit.py": 3,
    "calculators/estimate/exact.py": 6,
    "calculators/estimate/explanation.py": 6,
    "calculators/estimate/flow_instances.py": 7,
    "calculators/estimate/working.py": 3,
    "calculators/plausibility/claim_rules.py": 13,
    "calculators/rounding.py": 7,
    "calculators/words.py": 3,
}


class Visits:
    """The files that are entered one after the other while a profiler is set."""

    def __init__(self) -> None:
        self.files: list[str] = []
        self._stack: list[str] = []

    def watch(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Take in one call or return of a function of ours; see `sys.setprofile`."""
        name = frame.f_code.co_filename
        if not name.startswith(ROOMS):
            return
        if event == "call":
            self._stack.append(str(Path(name).relative_to(ROOT)))
        elif event == "return" and self._stack:
            self._stack.pop()
        if self._stack and self._stack[-1:] != self.files[-1:]:
            self.files.append(self._stack[-1])


def visits_of_a_ride(person: Any) -> list[str]:
    """The files that one ride by metro enters, once the process is warm."""
    client, headers = person.app.test_client(), person.headers
    first = client.post("/v1/activities", json=trip(occurred_at=EARLIER), headers=headers)
    visits = Visits()
    sys.setprofile(visits.watch)
    try:
        second = client.post("/v1/activities", json=trip(distance="12"), headers=headers)
    finally:
        sys.setprofile(None)
    assert (first.status_code, second.status_code) == (201, 201)
    return visits.files


@pytest.mark.allowance
def test_a_logged_ride_visits_no_other_file_and_comes_back_no_more_often(beijinger, engine, monkeypatch):
    if engine != "sqlite":
        pytest.skip("the path is counted where every statement is sent by itself")
    # what a process keeps for seconds must not run out between the two requests of a slow machine
    monkeypatch.setattr(access_tokens, "STANDING_KEPT_S", 3600)
    monkeypatch.setattr(switches, "LOOKED_UP_FOR_S", 3600)
    entered = Counter(visits_of_a_ride(beijinger))
    returns = entered.total() - len(entered)
    oftener = {file: (PATH.get(file, 0), times) for file, times in entered.items() if times > PATH.get(file, 0)}
    assert sorted(entered.keys() - PATH.keys()) == [], "new on the path: is there a file it need not open?"
    assert returns <= MOST_RETURNS, f"{returns} returns; entered more often than before: {oftener}"
