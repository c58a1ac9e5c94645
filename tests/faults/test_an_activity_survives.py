"""A worker dies at any database message of logging or correcting, or a COMMIT is lost: one activity, one credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.platform.core import clock
from backend.platform.core.roles import USER
from backend.platform.data.transactions import in_transaction
from backend.platform.privacy.access_tokens import sign_access
from backend.profiles import service as profiles
from tests.backend.methodology.adoption import adopt_library
from tests.faults.fault import commit_answer_lost, commit_lost, killed_after, killed_before
from tests.faults.walk import Caller, Stage

COUNTED = ("activities", "reductions", "ledger_entries", "stored_answers")


@dataclass(frozen=True)
class Home:
    """Somebody in Beijing with a phone, and the workers it talks to."""

    stage: Stage
    person: dict[str, str]


@pytest.fixture(scope="module")
def home(make_stage: Callable[..., Any]) -> Home:
    people: list[dict[str, str]] = []

    def prepare(app: Any) -> None:
        # at any hour of the day: what was done before the account was made does not count
        with app.app_context(), clock.installed(lambda: datetime.now(UTC) - timedelta(days=1)):
            people.append(in_transaction(someone_in_beijing))

    stage = make_stage(prepare)
    return Home(stage, people[0])


@pytest.mark.parametrize("fault", [killed_before, killed_after, commit_lost, commit_answer_lost])
def test_logging_an_activity_survives_a_worker_that_dies_at_any_message(home, books, fault, tries):
    def log(caller: Caller) -> None:
        ride = {
            "methodology": "transport.low_carbon_trip",
            "occurred_at": (clock.now() - timedelta(minutes=30)).isoformat(),
            "inputs": {"mode": "metro", "distance": "10"},
        }
        headers = signed_in(books, home.person) | {"Idempotency-Key": "ride"}
        first = caller.post("/v1/activities", ride, headers)
        again = caller.post("/v1/activities", ride, headers)
        assert (first.status, first.body["status"]) == (201, "credited")
        assert again == first
        assert counts_of(books) == [1, 1, 1, 1]

    assert home.stage.walk(log, fault, tries)


@pytest.mark.parametrize("fault", [killed_before, killed_after, commit_lost, commit_answer_lost])
def test_correcting_an_activity_leaves_one_of_the_two_states(home, books, fault, tries):
    def log_and_correct(caller: Caller) -> None:
        said = {
            "methodology": "transport.low_carbon_trip",
            "occurred_at": (clock.now() - timedelta(minutes=30)).isoformat(),
            "inputs": {"mode": "metro", "distance": "100"},
        }
        meant = said | {"inputs": {"mode": "metro", "distance": "10"}, "revision": 1}
        headers = signed_in(books, home.person)
        activity = caller.post("/v1/activities", said, headers | {"Idempotency-Key": "ride"}).body
        path = f"/v1/activities/{activity['id']}"
        before = (1, activity["points"]["amount"])
        assert standing(caller.get(path, headers).body) == before
        corrected = caller.put(path, meant, headers | {"Idempotency-Key": "correction"})
        assert corrected.status == 200
        assert standing(corrected.body) != before
        assert standing(caller.get(path, headers).body) == standing(corrected.body)
        assert counts_of(books)[:3] == [1, 2, 2]

    assert home.stage.walk(log_and_correct, fault, tries)


def standing(activity: dict[str, Any]) -> tuple[int, int]:
    """Which revision counts, and for how many points."""
    return activity["reduction"]["revision"], activity["points"]["amount"]


def someone_in_beijing(session: Any) -> dict[str, str]:
    """Somebody signed in, with the rule book in force."""
    adopt_library(session, "usr_reviewer")
    user_id = accounts.create_user(session, is_guest=False)
    profiles.change_profile(session, user_id, {"region": "CN-BJ", "zone": "Asia/Shanghai"})
    opened = accounts.open_session(session, user_id, "guest", None, is_guest=False)
    return {"user_id": user_id, "session_id": opened.session_id}


def signed_in(app: Any, person: dict[str, str]) -> dict[str, str]:
    """A token of now: the long walk takes longer than one lives."""
    with app.app_context():
        token = sign_access(person["user_id"], person["session_id"], frozenset({USER}))
    return {"Authorization": f"Bearer {token}"}


def counts_of(app: Any) -> list[int]:
    """How many rows of each kind one ride has left."""

    def look(session: Any) -> list[int]:
        return [session.scalar(text(f"SELECT count(*) FROM {table}")) for table in COUNTED]

    with app.app_context():
        return in_transaction(look, read_only=True)
