"""A small book of one person, and the fewest words to post into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from backend.ledger import service as ledger
from backend.ledger.domain import Entry, NewEntry, Posting, accounts_of

OCCURRED_AT = datetime(2026, 11, 20, 0, 10, tzinfo=UTC)
RIDE = "transport.low_carbon_trip"


@dataclass
class Person:
    """One person's accounts by short names, and posting in a transaction of its own."""

    id: str
    in_transaction: Callable[..., Any]

    def account(self, name: str) -> str:
        own = accounts_of(self.id)
        return {"points": own.points, "pending": own.pending, "owed": own.owed}.get(name, name)

    def postings(self, *moves: tuple[str, str, int]) -> list[Posting]:
        return [Posting(self.account(source), self.account(to), amount) for source, to, amount in moves]

    def post(
        self, reference: str, *moves: tuple[str, str, int], facts: dict | None = None, kind: str = "credit"
    ) -> str:
        return self.in_transaction(
            lambda session: ledger.post(
                session, self.id, NewEntry(reference, kind, self.postings(*moves), facts or {}, OCCURRED_AT)
            )
        )

    def earn(self, amount: int, reference: str = "earned") -> str:
        """Points straight from a ride's methodology."""
        return self.post(reference, (f"issuance:{RIDE}", "points", amount))

    def reverse(self, entry_id: str, reference: str = "taken back", **given: Any) -> str:
        return self.in_transaction(
            lambda session: ledger.reverse(
                session, self.id, ledger.Reversal(entry_id, reference, {}, OCCURRED_AT, **given)
            )
        )

    def balance(self, name: str = "points") -> int:
        return self.in_transaction(
            lambda session: ledger.get_balance(session, self.id, self.account(name)), read_only=True
        )

    def entries(self) -> list[Entry]:
        return self.in_transaction(lambda session: list(ledger.export(session, self.id)), read_only=True)


@pytest.fixture
def person(new_person, in_transaction) -> Person:
    return Person(new_person().user_id, in_transaction)


@pytest.fixture
def other(new_person, in_transaction) -> Person:
    return Person(new_person().user_id, in_transaction)


@pytest.fixture
def broken_rules(in_transaction) -> Callable[[], set[str]]:
    """Which rules of the ledger are broken now."""
    return lambda: in_transaction(lambda session: {found.rule for found in ledger.verify(session)}, read_only=True)


@pytest.fixture(autouse=True)
def only_the_ledger_is_judged(request) -> None:
    """These tests post by hand what no verb of `points` would; the world restores the application's own checks."""
    if "app" in request.fixturenames:
        app = request.getfixturevalue("app")
        app.extensions["carbon.checks"] = {"ledger": ledger.verify}
