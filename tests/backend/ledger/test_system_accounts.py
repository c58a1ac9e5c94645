"""What lies on the accounts of the installation, with and without the job that adds up days."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.ledger import service as ledger
from tests.backend.ledger.conftest import RIDE


@pytest.fixture
def issued(in_transaction):
    """How many points the ride's methodology has issued so far."""
    return lambda: (
        -in_transaction(lambda session: ledger.get_system_balance(session, f"issuance:{RIDE}"), read_only=True)
    )


@pytest.fixture
def roll_up(in_transaction, frozen_clock):
    return lambda **given: in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at, **given))


def test_a_system_balance_is_the_sum_over_everyone(person, other, issued):
    person.earn(100)
    other.earn(50)
    other.post("correction", ("points", f"issuance:{RIDE}", 20))
    assert issued() == 130


def test_adding_up_the_days_changes_no_balance(person, frozen_clock, issued, roll_up, broken_rules):
    for day in range(4):
        person.earn(100, f"ride {day}")
        frozen_clock.advance(timedelta(days=1))
    assert issued() == 400
    assert roll_up() == 3  # the fourth is over, but somebody's transaction might still commit into it
    assert issued() == 400
    frozen_clock.advance(timedelta(hours=3))
    assert roll_up() == 1
    assert roll_up() == 0
    person.earn(1, "today")
    assert issued() == 401
    assert broken_rules() == set()


def test_a_day_without_entries_is_added_up_too(person, frozen_clock, issued, roll_up):
    person.earn(100)
    frozen_clock.advance(timedelta(days=5, hours=2))
    assert roll_up() == 5
    person.earn(7, "later")
    assert issued() == 107


def test_a_long_absence_is_caught_up_in_pieces(person, frozen_clock, roll_up):
    person.earn(100)
    frozen_clock.advance(timedelta(days=5, hours=2))
    assert [roll_up(at_most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_empty_ledger_has_nothing_to_add_up(roll_up):
    assert roll_up() == 0


def test_the_account_of_a_person_is_not_the_installations(person, session):
    with pytest.raises(ValueError, match="belongs to a person"):
        ledger.get_system_balance(session, person.account("points"))


@pytest.mark.concurrency
def test_two_jobs_add_up_a_day_once(person, frozen_clock, issued, roll_up, parallel, broken_rules):
    person.earn(100)
    frozen_clock.advance(timedelta(days=2, hours=2))
    race = parallel(4, lambda _: roll_up())
    assert sorted(race.results)[-1] == 2
    assert issued() == 100
    assert broken_rules() == set()
