"""Points are spent once per reference, oldest end first, never beyond what there is; gifts keep their age."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.points.domain import Balances
from tests.backend.refusals import refusal

TWO_YEARS = timedelta(days=731)


def test_spent_points_are_gone_for_their_purpose(person):
    person.earn(1000)
    person.spend(300)
    assert person.has == (700, 0, 0)
    assert person.entries[-1].postings[0].destination == "spent:trees"


def test_the_same_reference_spends_once(person):
    person.earn(1000)
    assert person.spend(300) == person.spend(300)
    assert person.has == (700, 0, 0)


def test_the_same_reference_for_another_amount_is_refused(person):
    person.earn(1000)
    person.spend(300)
    for amount, purpose in ((301, "trees"), (300, "badges")):
        with refusal("ledger.reference_reused"):
            person.spend(amount, purpose=purpose)
    assert person.has == (700, 0, 0)


def test_a_spending_told_again_when_the_points_are_gone_is_still_the_first(person):
    person.earn(300)
    assert person.spend(300) == person.spend(300)


def test_pending_points_cannot_be_spent(person):
    person.settle("ride", 1000)
    with refusal("ledger.insufficient_points") as refused:
        person.spend(1)
    assert refused.facts == {"available": 0, "needed": 1}


def test_what_ends_first_is_spent_first(person, frozen_clock, run_jobs):
    person.earn(100)
    frozen_clock.advance(timedelta(days=30))
    person.earn(100)
    person.spend(150)
    frozen_clock.advance(TWO_YEARS - timedelta(days=10))
    assert run_jobs() == 0  # the older hundred was spent, nothing of it is left to expire
    assert person.has == (50, 0, 0)
    frozen_clock.advance(timedelta(days=20))
    assert run_jobs() == 1
    assert person.has == (0, 0, 0)


def test_a_cancelled_spending_comes_back_with_the_days_it_had_left(person, frozen_clock):
    person.earn(100)
    person.spend(60)
    frozen_clock.advance(TWO_YEARS - timedelta(days=2))
    person.cancel()
    assert person.has == (100, 0, 0)
    frozen_clock.advance(timedelta(days=2))
    assert person.has == (0, 0, 0)


def test_a_spending_is_cancelled_once(person):
    person.earn(100)
    person.spend(60)
    assert person.cancel() == person.cancel()
    assert person.has == (100, 0, 0)


def test_what_was_never_spent_cannot_be_cancelled(person):
    with refusal("not_found.entry"):
        person.cancel("order 7")


def test_a_cancelled_spending_repays_a_debt_first(person):
    ride = person.earn(1000)
    person.spend(900)
    person.settle(ride, 400)
    assert person.has == (0, 0, 500)
    person.cancel()
    assert person.has == (400, 0, 0)


def test_a_gift_arrives_and_the_giver_has_less(person, other):
    person.earn(1000)
    person.give(other, 300)
    assert (person.has, other.has) == ((700, 0, 0), (300, 0, 0))


def test_a_gift_is_given_once(person, other):
    person.earn(1000)
    assert person.give(other, 300) == person.give(other, 300)
    with refusal("ledger.reference_reused"):
        person.give(other, 301)
    assert (person.has, other.has) == ((700, 0, 0), (300, 0, 0))


def test_a_gift_does_not_grow_younger(person, other, frozen_clock):
    person.earn(1000)
    frozen_clock.advance(TWO_YEARS - timedelta(days=2))
    person.give(other, 300)
    frozen_clock.advance(timedelta(days=2))
    assert other.has == (0, 0, 0)


def test_a_gift_to_a_debtor_repays_first(person, other):
    ride = other.earn(100)
    other.spend(100)
    other.settle(ride, 0)
    person.earn(1000)
    person.give(other, 300)
    assert other.has == (200, 0, 0)


def test_nobody_gives_what_they_do_not_have_or_to_themselves(person, other):
    person.earn(100)
    with refusal("ledger.insufficient_points"):
        person.give(other, 101)
    with refusal("points.gift_to_oneself"):
        person.give(person, 1)
    assert (person.has, other.has) == ((100, 0, 0), (0, 0, 0))


def test_a_gift_stays_given_when_the_giver_must_pay_back(person, other):
    ride = person.earn(100)
    person.give(other, 100)
    person.settle(ride, 0)
    assert (person.balances, other.balances) == (Balances(0, 0, 100), Balances(100, 0, 0))


@pytest.mark.concurrency
def test_fifty_orders_at_once_spend_no_more_than_there_is(person, parallel, counts):
    person.earn(1000)
    n = counts(small=20, long=50)
    race = parallel(n, lambda order: person.spend(100, f"order {order}"))
    assert len(race.results) == 10
    assert {error.code for error in race.errors} == {"ledger.insufficient_points"}
    assert person.has == (0, 0, 0)


@pytest.mark.concurrency
def test_gifts_both_ways_at_once_wait_for_each_other_without_a_circle(person, other, parallel):
    person.earn(500)
    other.earn(500)

    def exchange(n):
        giver, taker = (person, other) if n % 2 else (other, person)
        return giver.give(taker, 10, f"gift-{n}")

    race = parallel(20, exchange)
    assert race.errors == []
    assert (person.has, other.has) == ((500, 0, 0), (500, 0, 0))
