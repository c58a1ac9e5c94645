"""Fifty at once against one floor, and every rule of `verify` seen to fail."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.ledger.domain import NewEntry
from backend.ledger.service import posting
from backend.ledger.sql import MOVE_BALANCE
from tests.backend.ledger.conftest import RIDE

planted = pytest.mark.breaks_invariants("plants a violation on purpose")


@pytest.mark.concurrency
def test_fifty_spendings_at_once_take_exactly_what_there_is(person, parallel, counts):
    person.earn(1000)
    n = counts(small=20, long=50)
    race = parallel(n, lambda i: person.post(f"order {i}", ("points", "spent:trees", 100), kind="spending"))
    assert len(race.results) == 10
    assert {error.code for error in race.errors} == {"ledger.insufficient_points"}
    assert person.balance() == 0


@planted
@pytest.mark.concurrency
def test_control_without_the_condition_the_floor_gives_way(person, parallel, counts, monkeypatch, broken_rules):
    person.earn(1000)
    monkeypatch.setattr(posting, "LOWER_BALANCE", MOVE_BALANCE)
    n = counts(small=20, long=50)
    race = parallel(n, lambda i: person.post(f"order {i}", ("points", "spent:trees", 100), kind="spending"))
    assert race.errors == []
    assert person.balance() == 1000 - n * 100
    assert broken_rules() == {"a balance stays within the bounds of its account"}


@planted
@pytest.mark.parametrize(
    "rule, change",
    [
        ("a balance is the sum of its postings", "UPDATE ledger_balances SET balance = balance + 1"),
        ("a balance is the sum of its postings", "DELETE FROM ledger_balances"),
        (
            "a balance is the sum of its postings",
            "INSERT INTO ledger_balances SELECT user_id, account || '2', 5 FROM ledger_balances",
        ),
        (
            "a balance stays within the bounds of its account",
            "UPDATE ledger_balances SET account = REPLACE(account, 'points', 'coins')",
        ),
        ("the head is the end of its chain", "UPDATE ledger_heads SET sequence = sequence + 1"),
        (
            "a rolled-up sum is the sum of its postings",
            "INSERT INTO ledger_rolled_days (posted_on, entries) VALUES ('2026-11-20', 1)",
        ),
    ],
)
def test_verify_sees_what_does_not_fit(person, in_transaction, frozen_clock, broken_rules, rule, change):
    person.earn(100)
    assert broken_rules() == set()
    in_transaction(lambda session: session.execute(text(change)))
    assert rule in broken_rules()


@planted
def test_a_gift_that_left_and_never_arrived_is_seen(person, broken_rules):
    person.earn(100)
    person.post("gift", ("points", "transit:gift-1", 40))
    assert broken_rules() == {"a gift that left one book arrived in the other"}


def test_a_gift_that_arrived_leaves_nothing_in_transit(person, other, broken_rules):
    person.earn(100)
    person.post("gift", ("points", "transit:gift-1", 40))
    other.post("gift", ("transit:gift-1", "points", 40))
    assert broken_rules() == set()


@planted
def test_a_reversal_that_took_back_too_little_is_seen(person, in_transaction, broken_rules):
    from backend.ledger import service as ledger
    from tests.backend.ledger.conftest import OCCURRED_AT

    entry_id = person.earn(100)
    too_little = person.postings(("points", f"issuance:{RIDE}", 99))
    in_transaction(
        lambda session: ledger.post(
            session, person.id, NewEntry("back", "reversal", too_little, {}, OCCURRED_AT, reverses=entry_id)
        )
    )
    assert broken_rules() == {"a reversal takes back exactly what was posted"}
