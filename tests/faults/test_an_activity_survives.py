"""A worker dies at any database message of logging an activity, or a COMMIT is lost: one activity, one credit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend import clock
from backend.accounts import service as accounts
from backend.db import in_transaction
from backend.methodology import service as methodology
from backend.profiles import service as profiles
from tests.faults.injected import commit_answer_lost, commit_lost, killed_after, killed_before
from tests.faults.walking import Caller

COUNTED = ("activities", "reductions", "ledger_entries", "stored_answers")


@pytest.mark.parametrize("fault", [killed_before, killed_after, commit_lost, commit_answer_lost])
def test_logging_an_activity_survives_a_worker_that_dies_at_any_message(make_stage, books, fault, tries):
    headers: dict[str, str] = {}

    def prepare(app: Any) -> None:
        with app.app_context():
            headers.update(in_transaction(someone_in_beijing))

    def log(caller: Caller) -> None:
        ride = {
            "methodology": "transport.low_carbon_trip",
            "occurred_at": (clock.now() - timedelta(minutes=30)).isoformat(),
            "inputs": {"mode": "metro", "distance": "10"},
        }
        first = caller.post("/v1/activities", ride, headers)
        again = caller.post("/v1/activities", ride, headers)
        assert (first.status, first.body["status"]) == (201, "credited")
        assert again == first
        assert counts_of(books) == [1, 1, 1, 1]

    with make_stage(prepare=prepare, CARBON_RATE_LIMITS="false") as stage:
        assert stage.walk(log, fault, tries)


def someone_in_beijing(session: Any) -> dict[str, str]:
    """The headers of somebody signed in, with one key for the one ride."""
    methodology.adopt_library(session, "usr_reviewer")
    user_id = accounts.create_user(session, is_guest=False)
    profiles.change_profile(session, user_id, {"region": "CN-BJ", "zone": "Asia/Shanghai"})
    opened = accounts.open_session(session, user_id, "guest", None, is_guest=False)
    return {"Authorization": f"Bearer {opened.access_token}", "Idempotency-Key": "ride"}


def counts_of(app: Any) -> list[int]:
    """How many rows of each kind one ride has left."""

    def look(session: Any) -> list[int]:
        return [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in COUNTED]

    with app.app_context():
        return in_transaction(look, read_only=True)
