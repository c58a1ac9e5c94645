"""What was credited and spent and then reversed is owed, shown below zero, and repaid by what is earned next."""

from __future__ import annotations

import pytest

from backend.ledger import service as ledger
from backend.ledger.service import posting
from backend.ledger.sql import HEAD
from tests.races import everyone_reads_first


@pytest.fixture
def spender(person):
    """Somebody who earned 1,000 and spent 900, and the activity that brought them."""
    activity_id = person.earn(1000)
    person.spend(900)
    return person, activity_id


def balance(person):
    shown = person.api.get("/v1/account").json
    return shown["balance"], shown["owed"], shown["available"]


def test_earn_1000_spend_900_reverse_the_1000_then_earn_500(spender):
    person, activity_id = spender
    person.settle(activity_id, 0)
    assert balance(person) == (-900, 900, 0)
    person.earn(500)
    assert balance(person) == (-400, 400, 0)
    assert person.kinds == ["credit", "collection", "spending", "reversal", "credit"]
    person.earn(500)
    assert balance(person) == (100, 0, 100)


@pytest.mark.concurrency
@pytest.mark.parametrize("same_judgement", [True, False])
def test_reversing_twice_at_once_has_one_effect(spender, parallel, same_judgement):
    person, activity_id = spender
    race = parallel(2, lambda n: person.settle(activity_id, 0, revision=2 if same_judgement else 2 + n))
    assert race.errors == []
    assert balance(person) == (-900, 900, 0)
    assert person.kinds.count("reversal") == 1


@pytest.mark.concurrency
def test_control_without_the_lock_on_the_book_two_reversals_collide(spender, parallel, engine, monkeypatch):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    person, activity_id = spender
    monkeypatch.setattr(posting, "LOCK_HEAD", HEAD)
    monkeypatch.setattr(ledger, "open_book", everyone_reads_first(2, ledger.open_book))
    race = parallel(2, lambda n: person.settle(activity_id, 0, revision=2 + n))
    assert len(race.errors) == 1  # both saw 1,000 to take back; only the keys of the book stopped the second
    assert balance(person) == (-900, 900, 0)
