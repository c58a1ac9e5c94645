"""The proof is quiet beside writes, begins where the last one ended, and reads no book twice."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select, text

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry
from backend.ledger.models import CheckpointRow, RolledDayRow
from backend.ledger.service import book_audit
from backend.platform.data import transactions
from backend.platform.ops import invariants
from tests.backend.ledger.conftest import OCCURRED_AT, RIDE, Person

planted = pytest.mark.breaks_invariants("tampers with the book on purpose")


@pytest.fixture
def look(app):
    """What a look at what is new finds, by rule."""

    def run():
        with app.app_context():
            return {broken.found.rule for broken in invariants.run_latest(invariants.in_snapshot)}

    return run


@pytest.fixture
def lines_read(app):
    """How many lines of books the statements run meanwhile have returned, by counting entries verified."""
    seen = []
    verify = book_audit.verify_entry

    def count(lines, postings, previous):
        seen.append(lines[0].id)
        return verify(lines, postings, previous)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(book_audit, "verify_entry", count)
        yield seen


@pytest.fixture
def checkpoints(in_transaction):
    return lambda: {
        row.user_id: row.sequence
        for row in in_transaction(lambda session: session.scalars(select(CheckpointRow)).all())
    }


def test_a_look_reads_only_what_is_new_since_the_last(person, other, look, lines_read, checkpoints):
    person.earn(10, "one")
    other.earn(20, "two")
    assert look() == set()
    assert len(lines_read) == 2
    assert look() == set()
    assert len(lines_read) == 2, "nothing is new"
    person.earn(5, "three")
    assert look() == set()
    assert len(lines_read) == 3
    assert checkpoints() == {person.id: 2, other.id: 1}


@planted
@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("UPDATE ledger_balances SET balance = balance + 1", "a balance is the sum of its postings"),
        ("UPDATE ledger_heads SET sha256 = 'x'", "the head is the end of its chain"),
        ("UPDATE ledger_heads SET sequence = 1", "the head is the end of its chain"),
    ],
)
def test_a_look_finds_what_is_wrong_with_a_book_that_has_grown(person, look, in_transaction, change, rule, checkpoints):
    person.earn(10, "one")
    assert look() == set()
    person.earn(5, "two")
    in_transaction(lambda session: session.execute(text(change)))
    assert rule in look()
    assert checkpoints() == {person.id: 1}, "a wrong book is looked at again from where it was right"
    assert rule in look()


@planted
def test_a_head_that_was_moved_back_is_found_though_nothing_was_posted(person, look, in_transaction):
    for number in range(3):
        person.earn(10, f"ride {number}")
    assert look() == set()
    in_transaction(lambda session: session.execute(text("UPDATE ledger_heads SET sequence = 2")))
    assert look() == {"the head is the end of its chain"}


@planted
def test_what_was_verified_and_then_changed_shows_when_all_is_read(person, look, in_transaction, broken_rules):
    person.earn(10)
    assert look() == set()
    in_transaction(lambda session: session.execute(text("UPDATE ledger_balances SET balance = 99")))
    assert look() == set()
    assert broken_rules() == {"a balance is the sum of its postings"}


def test_pages_of_any_size_read_every_book(new_person, in_transaction, look, broken_rules, lines_read, monkeypatch):
    people = [Person(new_person().user_id, in_transaction) for _ in range(7)]
    for index, one in enumerate(people):
        for number in range(index + 1):
            one.earn(1, f"ride {number}")
    monkeypatch.setattr(book_audit, "BOOKS_AT_ONCE", 3)
    monkeypatch.setattr(book_audit, "ENTRIES_AT_ONCE", 4)
    monkeypatch.setattr(book_audit, "REVERSALS_AT_ONCE", 1)
    people[0].reverse(people[0].entries()[0].id)
    people[6].reverse(people[6].entries()[0].id)
    assert look() == set()
    assert len(lines_read) == 30
    assert len(set(lines_read)) == 30
    lines_read.clear()
    assert broken_rules() == set()
    assert len(set(lines_read)) == len(lines_read) == 30


@planted
def test_a_book_nobody_has_a_head_for_is_found(person, in_transaction, broken_rules):
    person.earn(10)
    in_transaction(lambda session: session.execute(text("DELETE FROM ledger_heads")))
    assert "the head is the end of its chain" in broken_rules()


@planted
def test_a_wrong_sum_of_a_day_is_found_by_the_next_look(person, look, in_transaction, frozen_clock):
    person.earn(10)
    frozen_clock.advance(timedelta(days=2))
    in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at))
    in_transaction(lambda session: session.execute(text("UPDATE ledger_day_sums SET change = change + 1")))
    assert look() == {"a rolled-up sum is the sum of its postings"}
    in_transaction(lambda session: session.execute(text("UPDATE ledger_day_sums SET change = change - 1")))
    assert look() == set()
    days = in_transaction(lambda session: session.scalars(select(RolledDayRow.verified_at)).all())
    assert days
    assert None not in days


@planted
def test_a_gift_that_did_not_arrive_is_found_by_the_look_after_its_day(
    person, other, look, in_transaction, frozen_clock
):
    person.earn(10)
    person.post("gift", ("points", "transit:gift_1", 3))
    frozen_clock.advance(timedelta(days=2))
    in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at))
    assert look() == {"a gift that left one book arrived in the other"}
    other.post("gift", ("transit:gift_1", "points", 3))


def test_rolling_up_asks_for_the_first_entry_only_once(person, in_transaction, frozen_clock, app):
    person.earn(10)
    frozen_clock.advance(timedelta(days=2))
    in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at))
    frozen_clock.advance(timedelta(days=1))
    asked = []
    engine = app.extensions["carbon.engine"]

    def listen(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", listen)
    try:
        assert in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at)) == 1
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    assert not [statement for statement in asked if "min(ledger_entries.posted_at)" in statement]


def test_what_comes_and_goes_on_one_day_leaves_no_row_of_sums(person, other, in_transaction, frozen_clock):
    person.earn(10)

    def give(session):
        out = person.postings(("points", "transit:gift_1", 3))
        into = other.postings(("transit:gift_1", "points", 3))
        for owner, postings in ((person, out), (other, into)):
            ledger.post(session, owner.id, NewEntry("gift", "gift", postings, {}, OCCURRED_AT))

    in_transaction(give)
    frozen_clock.advance(timedelta(days=2))
    in_transaction(lambda session: ledger.roll_up(session, frozen_clock.at))
    accounts = in_transaction(lambda session: session.scalars(text("SELECT account FROM ledger_day_sums")).all())
    assert accounts == [f"issuance:{RIDE}"]


@pytest.fixture
def between_heads_and_lines(monkeypatch):
    """Do something at the worst moment: when the heads of a page are read and its entries are not."""

    def do(work):
        audit, done = book_audit._audit, []

        def first_work(*given):
            if not done:
                done.append(True)
                thread = threading.Thread(target=work)
                thread.start()
                thread.join(20)
            return audit(*given)

        monkeypatch.setattr(book_audit, "_audit", first_work)

    return do


@pytest.mark.concurrency
def test_a_proof_beside_writes_finds_nothing(person, app, between_heads_and_lines, engine):
    if engine == "sqlite":
        pytest.skip("SQLite reads one snapshot in any transaction")
    person.earn(10, "before")
    between_heads_and_lines(lambda: person.earn(5, "meanwhile"))
    with app.app_context():
        assert invariants.run_whole() == []


@pytest.mark.concurrency
def test_a_look_beside_writes_finds_nothing(person, look, between_heads_and_lines, engine):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    person.earn(10, "before")
    between_heads_and_lines(lambda: person.earn(5, "meanwhile"))
    assert look() == set()


@pytest.mark.concurrency
def test_control_without_a_snapshot_it_cries_wolf(person, app, between_heads_and_lines, engine):
    if engine == "sqlite":
        pytest.skip("SQLite reads one snapshot in any transaction")
    person.earn(10, "before")
    between_heads_and_lines(lambda: person.earn(5, "meanwhile"))
    with app.app_context():
        found = transactions.in_transaction(lambda session: list(invariants.run(session)), read_only=True)
    assert "the head is the end of its chain" in {broken.found.rule for broken in found}
