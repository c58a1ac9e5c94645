"""An entry is taken back by another entry, exactly, once."""

from __future__ import annotations

import pytest

from tests.backend.ledger.conftest import RIDE
from tests.backend.refusals import refusal


def test_a_reversal_puts_everything_back(person):
    entry_id = person.post("ride 1", (f"issuance:{RIDE}", "pending", 320), ("pending", "points", 20))
    person.reverse(entry_id)
    assert (person.balance("pending"), person.balance("points")) == (0, 0)
    reversal = person.entries()[-1]
    assert (reversal.kind, reversal.reverses) == ("reversal", entry_id)


def test_a_reversal_told_again_is_the_first(person):
    entry_id = person.earn(320)
    assert person.reverse(entry_id) == person.reverse(entry_id)
    assert person.balance() == 0


def test_nothing_is_taken_back_twice(person):
    entry_id = person.earn(320)
    person.earn(320, "another ride")
    person.reverse(entry_id)
    with refusal("ledger.already_reversed"):
        person.reverse(entry_id, "taken back by someone else")
    assert person.balance() == 320


def test_a_reversal_may_take_the_points_from_where_they_are_now(person):
    entry_id = person.earn(320)
    person.post("tree", ("points", "spent:trees", 300))
    back = person.postings(("points", f"issuance:{RIDE}", 20), ("owed", f"issuance:{RIDE}", 300))
    person.reverse(entry_id, postings=back)
    assert (person.balance("points"), person.balance("owed")) == (0, -300)


@pytest.mark.parametrize("amount", [319, 321])
def test_a_reversal_is_exact(person, amount):
    entry_id = person.earn(320)
    person.earn(5, "another ride")
    with pytest.raises(ValueError, match="exactly"):
        person.reverse(entry_id, postings=person.postings(("points", f"issuance:{RIDE}", amount)))


def test_points_that_are_gone_cannot_be_taken_from_their_account(person):
    entry_id = person.earn(320)
    person.post("tree", ("points", "spent:trees", 300))
    with refusal("ledger.insufficient_points"):
        person.reverse(entry_id)


def test_the_entry_of_someone_else_is_as_unknown_as_none(person, other):
    with refusal("not_found.entry"):
        person.reverse(other.earn(320))
    with refusal("not_found.entry"):
        person.reverse("ent_none")


@pytest.mark.concurrency
def test_reversing_twice_at_once_has_one_effect(person, parallel, counts):
    entry_id = person.earn(320)
    person.earn(320, "another ride")
    race = parallel(counts(small=10, long=50), lambda i: person.reverse(entry_id, f"taken back {i}"))
    assert len(race.results) == 1
    assert {error.code for error in race.errors} == {"ledger.already_reversed"}
    assert person.balance() == 320


@pytest.mark.concurrency
def test_one_reversal_sent_many_times_at_once_is_one_entry(person, parallel):
    entry_id = person.earn(320)
    race = parallel(10, lambda _: person.reverse(entry_id))
    assert race.errors == []
    assert len(set(race.results)) == 1
