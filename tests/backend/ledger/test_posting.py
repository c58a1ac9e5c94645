"""Posting an entry: balances follow, a reference means one thing for ever, and nothing goes beyond its bound."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry
from tests.backend.ledger.conftest import OCCURRED_AT, RIDE
from tests.backend.refusals import refusal


def test_points_leave_one_account_and_arrive_in_another(person):
    person.post("ride 1", (f"issuance:{RIDE}", "pending", 320))
    person.post("ride 1 collected", ("pending", "points", 320))
    assert (person.balance("pending"), person.balance("points")) == (0, 320)


def test_an_entry_may_move_points_more_than_once(person):
    person.post("ride 1", (f"issuance:{RIDE}", "pending", 320), ("pending", "points", 20))
    assert (person.balance("pending"), person.balance("points")) == (300, 20)


def test_the_same_reference_with_the_same_content_is_the_first_entry(person):
    first = person.earn(320)
    assert person.earn(320) == first
    assert person.balance() == 320
    assert len(person.entries()) == 1


def test_a_fact_told_again_later_is_the_same_fact(person, in_transaction):
    first = person.earn(320)
    postings = person.postings((f"issuance:{RIDE}", "points", 320))
    later = OCCURRED_AT + timedelta(hours=3)
    again = in_transaction(lambda s: ledger.post(s, person.id, NewEntry("earned", "credit", postings, {}, later)))
    assert again == first
    assert person.entries()[0].occurred_at == OCCURRED_AT


@pytest.mark.parametrize(
    "change",
    [
        {"moves": (f"issuance:{RIDE}", "points", 321)},
        {"moves": (f"issuance:{RIDE}", "pending", 320)},
        {"facts": {"activity_id": "another"}},
        {"kind": "correction"},
    ],
    ids=["amount", "account", "facts", "kind"],
)
def test_the_same_reference_with_other_content_is_refused(person, change):
    moves = (f"issuance:{RIDE}", "points", 320)
    person.post("ride 1", moves)
    with refusal("ledger.reference_reused"):
        person.post(
            "ride 1",
            change.get("moves", moves),
            facts=change.get("facts"),
            kind=change.get("kind", "credit"),
        )
    assert person.balance() == 320


def test_two_people_may_use_the_same_reference(person, other):
    assert person.earn(1) != other.earn(2)
    assert (person.balance(), other.balance()) == (1, 2)


def test_a_reference_is_known_at_once_within_its_transaction(person, in_transaction):
    postings = person.postings((f"issuance:{RIDE}", "points", 5))

    def twice(session):
        entry = NewEntry("ride 1", "credit", postings, {}, OCCURRED_AT)
        return [ledger.post(session, person.id, entry) for _ in range(2)]

    first, second = in_transaction(twice)
    assert first == second
    assert person.balance() == 5


@pytest.mark.parametrize("name", ["points", "pending"])
def test_an_account_never_goes_below_its_floor(person, name):
    person.post("ride 1", (f"issuance:{RIDE}", name, 100))
    code = "ledger.insufficient_points" if name == "points" else "ledger.beyond_bound"
    with refusal(code):
        person.post("too much", (name, "spent:trees", 101))
    assert person.balance(name) == 100
    assert len(person.entries()) == 1


def test_spending_more_than_there_is_says_how_much_there_is(person):
    person.earn(100)
    with refusal("ledger.insufficient_points") as refused:
        person.post("tree", ("points", "spent:trees", 150))
    assert refused.facts == {"available": 100, "needed": 150}


def test_an_account_that_never_moved_holds_nothing_to_spend(person):
    with refusal("ledger.insufficient_points"):
        person.post("tree", ("points", "spent:trees", 1))


def test_a_debt_is_never_repaid_beyond_zero(person):
    person.post("taken back", ("owed", f"issuance:{RIDE}", 100))
    assert person.balance("owed") == -100
    with refusal("ledger.beyond_bound"):
        person.post("repaid", (f"issuance:{RIDE}", "owed", 101))
    person.post("repaid", (f"issuance:{RIDE}", "owed", 100))
    assert person.balance("owed") == 0


def test_only_the_net_change_of_an_entry_meets_the_floor(person):
    person.earn(10)
    person.post("there and back", ("points", "spent:trees", 50), (f"issuance:{RIDE}", "points", 40))
    assert person.balance() == 0


@pytest.mark.parametrize("amount", [0, -1, True, 1.0, "1", 2**53])
def test_an_amount_is_a_whole_number_above_zero(person, amount):
    with pytest.raises(ValueError, match="whole number"):
        person.earn(amount)


@pytest.mark.parametrize(
    "name", ["cash", "user:x", "user:x:points:gone", "issuance:", "spent:a b", "points ", "lapsed:1", "expired\n"]
)
def test_an_account_outside_the_chart_does_not_exist(person, name):
    with pytest.raises(ValueError, match="no account"):
        person.post("ride 1", (name, "points", 1))


def test_an_entry_cannot_touch_the_account_of_someone_else(person, other):
    other.earn(100)
    with pytest.raises(ValueError, match="another person's book"):
        person.post("mine now", (other.account("points"), "points", 100))


def test_an_entry_without_a_posting_or_to_itself_is_refused(person):
    with pytest.raises(ValueError, match="needs a posting"):
        person.post("nothing")
    with pytest.raises(ValueError, match="must move"):
        person.post("in place", ("points", "points", 1))


def test_facts_hold_no_float(person):
    with pytest.raises(ValueError, match="whole numbers"):
        person.post("ride 1", (f"issuance:{RIDE}", "points", 1), facts={"trip": [{"km": 1.5}]})


def test_what_is_posted_can_be_read_back_to_the_letter(person, frozen_clock):
    entry_id = person.post(
        "ride 1", (f"issuance:{RIDE}", "pending", 320), facts={"trip": {"方式": "地铁", "stops": [1, None, True]}}
    )
    (entry,) = person.entries()
    assert entry.id == entry_id
    assert (entry.sequence, entry.reference, entry.kind) == (1, "ride 1", "credit")
    assert entry.facts == {"trip": {"方式": "地铁", "stops": [1, None, True]}}
    assert (entry.occurred_at, entry.posted_at) == (OCCURRED_AT, frozen_clock.at)
    assert entry.postings == tuple(person.postings((f"issuance:{RIDE}", "pending", 320)))


def test_a_transaction_that_fails_later_leaves_no_trace(person, in_transaction):
    def fail(session):
        postings = person.postings(("lapsed", "points", 1))
        ledger.post(session, person.id, NewEntry("ride 1", "credit", postings, {}, OCCURRED_AT))
        raise RuntimeError("the ride was never there")

    with pytest.raises(RuntimeError):
        in_transaction(fail)
    assert person.entries() == []
    assert person.balance() == 0
