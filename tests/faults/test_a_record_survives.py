"""A worker dies at any database message of what becomes of a logged activity, or a COMMIT is lost: one effect each.

Points are collected, an activity is taken back after its points were collected, a guest's record joins an account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.service import guests
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.roles import USER
from backend.platform.data.transactions import in_transaction
from backend.points import service as points
from backend.profiles import service as profiles
from tests.backend.methodology.adoption import adopt_library
from tests.faults.fault import commit_answer_lost, commit_lost, killed_after, killed_before
from tests.faults.test_an_activity_survives import signed_in
from tests.faults.walk import Caller, Stage

FAULTS = [killed_before, killed_after, commit_lost, commit_answer_lost]
BEIJING = {"region": "CN-BJ", "zone": "Asia/Shanghai"}
SINCE = timedelta(days=2)  # two local midnights in any zone: what was logged then has matured


@dataclass
class Record:
    """An account with two rides of the day before yesterday, a guest with another, and what was answered about them."""

    app: Any
    account: dict[str, str]
    guest: dict[str, str]
    question: str = ""
    rides: tuple[dict[str, Any], ...] = ()
    stage: Stage | None = None

    @property
    def earned(self) -> int:
        return sum(ride["points"]["amount"] for ride in self.rides)

    def post(self, caller: Caller, path: str, body: Any, key: str) -> Any:
        return caller.post(path, body, signed_in(self.app, self.account) | {"Idempotency-Key": key})

    def balances(self, who: str) -> tuple[int, int, int]:
        """(points, pending, owed)"""
        with self.app.app_context():
            found = in_transaction(lambda session: points.get_balances(session, who), read_only=True)
        return found.points, found.pending, found.owed

    def count(self, table: str, where: str, **values: str) -> int:
        query = text(f"SELECT count(*) FROM {table} WHERE {where}").bindparams(**values)
        with self.app.app_context():
            return in_transaction(lambda session: session.execute(query).scalar_one(), read_only=True)

    def let_time_pass(self) -> None:
        """What waits until nobody can act as the guest any more falls due."""
        due = text("UPDATE outbox SET not_before = not_before - interval '1 day', due_at = due_at - interval '1 day'")
        with self.app.app_context():
            in_transaction(lambda session: session.execute(due))


@pytest.fixture(scope="module")
def record(make_stage: Callable[..., Any], books: Any) -> Record:
    kept: list[Record] = []

    def prepare(app: Any) -> None:
        with app.app_context():
            # at any hour of the day: the account is a day older than its rides
            with clock.installed(lambda: datetime.now(UTC) - SINCE - timedelta(days=1)):
                made = in_transaction(lambda session: settle_in(session, app))
            with clock.installed(lambda: datetime.now(UTC) - SINCE):
                made.rides = (log(app, made.account, 8), log(app, made.account, 7))
                log(app, made.guest, 6)
            made.question = in_transaction(lambda session: ask(session, made))
            kept.append(made)

    stage = make_stage(prepare)
    (made,) = kept
    made.app, made.stage = books, stage
    return made


def settle_in(session: Any, app: Any) -> Record:
    """An account and a guest in Beijing, with the rule book in force."""
    adopt_library(session, "usr_reviewer")
    people = []
    for is_guest in (False, True):
        user_id = accounts.create_user(session, is_guest=is_guest)
        profiles.change_profile(session, user_id, BEIJING)
        opened = accounts.open_session(session, user_id, "guest", None, is_guest=is_guest)
        people.append({"user_id": user_id, "session_id": opened.session_id})
    return Record(app, *people)


def log(app: Any, person: dict[str, str], hours_ago: int) -> dict[str, Any]:
    """A ride that was credited when it was logged."""
    ride = {
        "methodology": "transport.low_carbon_trip",
        "occurred_at": (clock.now() - timedelta(hours=hours_ago)).isoformat(),
        "inputs": {"mode": "metro", "distance": "10"},
    }
    answer = app.test_client().post("/v1/activities", json=ride, headers=signed_in(app, person))
    assert (answer.status_code, answer.json["status"]) == (201, "credited"), answer.json
    return answer.json


def ask(session: Any, record: Record) -> str:
    """The guest signs in to the account and is asked whether the record comes along."""
    guest = Actor(record.guest["user_id"], record.guest["session_id"], frozenset({USER}))
    question = guests.ask(session, guest, record.account["user_id"])
    assert question is not None
    return question


@pytest.fixture
def tries(counts: Callable[..., int]) -> int | None:
    """Fewer in the ordinary run than elsewhere: here are three stories with several requests each."""
    return counts(small=4, long=0) or None


@pytest.mark.parametrize("fault", FAULTS)
def test_collecting_points_survives_a_worker_that_dies_at_any_message(record, fault, tries):
    def collect(caller: Caller) -> None:
        first = record.post(caller, "/v1/points/collect", {}, "tap")
        again = record.post(caller, "/v1/points/collect", {}, "tap")
        assert (first.status, first.body["amount"]) == (200, record.earned)
        assert again == first
        assert record.post(caller, "/v1/points/collect", {}, "another tap").body["amount"] == 0
        assert record.balances(record.account["user_id"]) == (record.earned, 0, 0)

    assert record.stage.walk(collect, fault, tries)


@pytest.mark.parametrize("fault", FAULTS)
def test_taking_an_activity_back_survives_a_worker_that_dies_at_any_message(record, fault, tries):
    """Its points were collected before, so that a reversal takes them back."""
    ride, kept = record.rides
    left = (kept["points"]["amount"], 0, 0)

    def withdraw(caller: Caller) -> None:
        collected = record.post(caller, "/v1/points/collect", {}, "tap")
        assert collected.body["amount"] == record.earned
        first = record.post(caller, f"/v1/activities/{ride['id']}/withdraw", {}, "back")
        again = record.post(caller, f"/v1/activities/{ride['id']}/withdraw", {}, "back")
        assert (first.status, first.body["status"], first.body["points"]["amount"]) == (200, "withdrawn", 0)
        assert again == first
        assert record.balances(record.account["user_id"]) == left
        live = "activity_id = :ride AND superseded_at IS NULL"
        assert record.count("reductions", live, ride=ride["id"]) == 0

    assert record.stage.walk(withdraw, fault, tries)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_guest_who_joins_survives_a_worker_that_dies_at_any_message(record, fault, tries):
    """Answered once: whoever asks again because the answer was lost hears it, and who asks anew that it is closed."""
    account, guest = record.account["user_id"], record.guest["user_id"]

    def join(caller: Caller) -> None:
        answer = {"answer_token": record.question, "bring": True}
        told = record.post(caller, "/v1/auth/guest/merge", answer, "join")
        assert (told.status, told.body["brought"]) == (200, True)
        assert record.post(caller, "/v1/auth/guest/merge", answer, "join again").body["code"] == "auth.question_unknown"
        for _ in range(2):
            record.let_time_pass()
            assert caller.post("/on-call", {}).status == 200
        assert record.count("activities", "user_id = :who AND status = 'credited'", who=account) == 3
        assert record.count("activities", "user_id = :who AND status <> 'withdrawn'", who=guest) == 0
        assert record.balances(guest) == (0, 0, 0)
        assert record.balances(account)[1] > record.earned
        assert record.count("outbox", "topic = :topic", topic=accounts.TOPIC_MERGED) == 0
        assert record.count("dead_letters", "1 = 1") == 0

    assert record.stage.walk(join, fault, tries)
