"""From credited grams to points, and back when the credit turns out lower."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.ledger.domain import accounts_of
from backend.points.domain import ActivityPoints
from tests.backend.points.conftest import RIDE
from tests.backend.refusals import refusal


def moved(person, kind):
    """What the last entry of `kind` moved, by the short names of the person's accounts."""
    own = accounts_of(person.id)
    short = {own.points: "points", own.pending: "pending", own.owed: "owed"}
    (*_, entry) = (entry for entry in person.entries if entry.kind == kind)
    return {
        (short.get(posting.source, posting.source), short.get(posting.destination, posting.destination)): posting.amount
        for posting in entry.postings
    }


def test_a_credited_reduction_waits_in_pending(person):
    settled = person.settle("ride", 320)
    assert (settled.amount, settled.state) == (320, "pending")
    assert person.has == (0, 320, 0)
    assert moved(person, "credit") == {(f"issuance:{RIDE}", "pending"): 320}


def test_an_activity_worth_nothing_posts_nothing(person):
    assert person.settle("walk", 0) == ActivityPoints(0, "none", None)
    assert person.entries == []


def test_the_same_judgement_again_changes_nothing(person):
    first = person.settle("ride", 320, revision=1)
    assert person.settle("ride", 320, revision=1) == first
    assert len(person.entries) == 1


def test_the_same_judgement_cannot_say_something_else(person):
    person.settle("ride", 320, revision=1)
    with refusal("ledger.reference_reused"):
        person.settle("ride", 640, revision=1)
    assert person.has == (0, 320, 0)


def test_a_later_judgement_posts_only_the_difference(person):
    person.settle("ride", 320)
    assert person.settle("ride", 640).amount == 640
    assert [entry.postings[0].amount for entry in person.entries] == [320, 320]
    assert person.settle("ride", 500).amount == 500
    assert person.has == (0, 500, 0)
    assert person.kinds == ["credit", "credit", "correction"]


def test_a_withdrawn_activity_takes_its_pending_points_back(person):
    person.settle("ride", 320)
    assert person.settle("ride", 0) == ActivityPoints(0, "none", None)
    assert person.has == (0, 0, 0)
    credit, reversal = person.entries
    assert (reversal.kind, reversal.reverses) == ("reversal", credit.id)


def test_points_already_collected_are_taken_back_from_points(person):
    ride = person.earn(1000)
    person.settle(ride, 300)
    assert person.has == (300, 0, 0)
    assert moved(person, "correction") == {("points", f"issuance:{RIDE}"): 700}


def test_points_already_spent_are_taken_from_other_pending_points_then_other_points(person):
    ride = person.earn(1000)
    person.spend(1000)
    person.earn(400)
    person.settle("walk", 250)
    person.settle(ride, 0)
    assert moved(person, "reversal") == {
        ("pending", f"issuance:{RIDE}"): 250,
        ("points", f"issuance:{RIDE}"): 400,
        ("owed", f"issuance:{RIDE}"): 350,
    }
    assert person.has == (0, 0, 350)


def test_the_activitys_own_points_go_before_any_others(person):
    ride = person.earn(1000)
    person.settle("walk", 250)
    person.settle(ride, 0)
    assert person.has == (0, 250, 0)


def test_what_was_spent_and_taken_back_is_shown_as_owed_and_later_credits_repay_it(person):
    ride = person.earn(1000)
    person.spend(900)
    person.settle(ride, 0)
    assert person.has == (0, 0, 900)
    assert (person.balances.balance, person.balances.available) == (-900, 0)

    settled = person.settle("ride home", 500)
    assert (settled.amount, settled.state) == (500, "repaid")
    assert person.balances.balance == -400
    assert person.bubbles == []

    person.settle("long ride", 600)
    assert person.has == (0, 200, 0)
    assert [bubble.amount for bubble in person.bubbles] == [200]


def test_a_credit_that_repaid_a_debt_can_be_taken_back_as_well(person):
    ride = person.earn(1000)
    person.spend(1000)
    person.settle(ride, 0)
    person.settle("ride home", 600)
    assert person.balances.balance == -400
    person.settle("ride home", 0)
    assert person.balances.balance == -1000


def test_a_debtor_has_nothing_to_spend(person):
    ride = person.earn(1000)
    person.spend(1000)
    person.settle(ride, 0)
    with refusal("ledger.insufficient_points") as refused:
        person.spend(1, "order 2")
    assert refused.facts == {"available": 0, "needed": 1}


def test_points_that_lapsed_are_taken_back_from_where_they_lapsed_to(person, run_jobs, frozen_clock):
    person.settle("ride", 320)
    frozen_clock.advance(timedelta(days=9))
    assert run_jobs() == 1
    person.settle("ride", 120)
    assert moved(person, "correction") == {("lapsed", f"issuance:{RIDE}"): 200}
    assert person.has == (0, 0, 0)


def test_two_methodologies_get_back_what_each_issued(person):
    person.settle("trip", 100, methodology_id=RIDE)
    person.settle("trip", 150, methodology_id="transport.shared_bicycle")
    person.settle("trip", 0)
    assert moved(person, "correction") == {
        ("pending", "issuance:transport.shared_bicycle"): 50,
        ("pending", f"issuance:{RIDE}"): 100,
    }


@pytest.mark.concurrency
def test_taking_back_fifty_times_at_once_has_one_effect(person, parallel, counts):
    ride = person.earn(1000)
    person.spend(900)
    race = parallel(counts(small=10, long=50), lambda n: person.settle(ride, 0, revision=2 + n))
    assert race.errors == []
    assert set(race.results) == {ActivityPoints(0, "none", None)}
    assert person.balances.balance == -900
    assert person.kinds.count("reversal") == 1
