"""A person whose activities are settled, collected, spent and corrected, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from backend.ledger import service as ledger
from backend.platform.core import clock
from backend.platform.core.roles import USER
from backend.platform.data import ids
from backend.platform.data.paging import Window
from backend.platform.privacy import access_tokens
from backend.points import service as points
from backend.points.domain import ActivityCredit, ActivityPoints

RIDE = "transport.low_carbon_trip"
BEIJING = "Asia/Shanghai"
TOMORROW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)  # noon in Beijing


@dataclass
class Person:
    """One person's points by short words; `settle` judges an activity once more at each call."""

    signed_in: Any
    in_transaction: Callable[..., Any]
    frozen_clock: Any
    zone: str = BEIJING
    revisions: dict[str, int] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.signed_in.user_id

    @property
    def api(self) -> Any:
        """The same person at the other end of HTTP, `person.api.get("/v1/account")`, with a token of this instant."""
        with self.signed_in.app.app_context():
            token = access_tokens.sign_access(self.id, self.signed_in.session_id, frozenset({USER}))
        return replace(self.signed_in, access_token=token)

    def settle(
        self,
        activity_id: str,
        target: int,
        *,
        revision: int | None = None,
        on: date | None = None,
        methodology_id: str = RIDE,
    ) -> ActivityPoints:
        self.revisions[activity_id] = revision or self.revisions.get(activity_id, 0) + 1
        number, day = self.revisions[activity_id], on or clock.local_day(clock.now(), self.zone)
        return self.in_transaction(
            lambda session: points.set_activity_points(
                session, ActivityCredit(self.id, activity_id, number, methodology_id, day, self.zone, target)
            )
        )

    def collect(self, *grant_ids: str) -> points.Collected:
        return self.in_transaction(lambda session: points.collect(session, self.id, grant_ids or None))

    def earn(self, amount: int) -> str:
        """A new activity whose points are collected the next day; the clock has moved on. Returns the activity."""
        activity_id = ids.new_id("activity")
        self.settle(activity_id, amount)
        self.frozen_clock.advance(timedelta(days=1))
        self.collect()
        return activity_id

    def spend(self, amount: int, reference: str = "order 1", purpose: str = "trees") -> str:
        return self.in_transaction(lambda session: points.spend(session, self.id, reference, amount, purpose))

    def cancel(self, reference: str = "order 1") -> str:
        return self.in_transaction(lambda session: points.cancel_spending(session, self.id, reference, "not delivered"))

    def give(self, to: Person, amount: int, gift_id: str = "gift-1") -> str:
        return self.in_transaction(lambda session: points.give(session, self.id, to.id, gift_id, amount))

    @property
    def has(self) -> tuple[int, int, int]:
        """(points, pending, owed)"""
        found = self.balances
        return found.points, found.pending, found.owed

    @property
    def balances(self) -> points.Balances:
        return self.in_transaction(lambda session: points.get_balances(session, self.id), read_only=True)

    @property
    def bubbles(self) -> list[points.Bubble]:
        return self.in_transaction(
            lambda session: points.list_bubbles(session, self.id, Window(200, None)).items, read_only=True
        )

    @property
    def entries(self) -> list[ledger.Entry]:
        return self.in_transaction(lambda session: list(ledger.export(session, self.id)), read_only=True)

    @property
    def kinds(self) -> list[str]:
        return [entry.kind for entry in self.entries]


@pytest.fixture
def person(frozen_clock, new_person, in_transaction) -> Person:
    return Person(new_person(), in_transaction, frozen_clock)


@pytest.fixture
def other(frozen_clock, new_person, in_transaction) -> Person:
    return Person(new_person(), in_transaction, frozen_clock)


@pytest.fixture
def run_jobs(in_transaction) -> Callable[[], int]:
    """Let everything end that is due, as the job does: find the people, end what is theirs; how many grants ended."""

    def run() -> int:
        people = in_transaction(lambda session: points.list_ending(session, "", 100), read_only=True)
        return sum(in_transaction(lambda session, owner=owner: points.end_due(session, owner)) for owner in people)

    return run


@pytest.fixture(autouse=True)
def only_points_and_ledger_are_judged(request) -> None:
    """These tests settle activities that nobody logged; the world restores the application's own checks."""
    if "app" in request.fixturenames:
        app = request.getfixturevalue("app")
        app.extensions["carbon.checks"] = {"ledger": ledger.verify, "points": points.verify}
