"""The chain shows whatever was changed behind the database's back, and exported heads show a book rewritten whole."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from sqlalchemy import text

from backend.ledger import service as ledger
from backend.ledger.domain import GENESIS, Link, content_sha256
from backend.ledger.service import posting
from backend.ledger.sql import HEAD
from tests.backend.ledger.conftest import OCCURRED_AT, RIDE
from tests.races import everyone_reads_first

planted = pytest.mark.breaks_invariants("tampers with the book on purpose")


@pytest.fixture
def tamper(in_transaction, engine):
    """`tamper(sql)` with every trigger of the ledger out of the way: what an intruder with the database's keys does."""

    def change(*statements: str) -> None:
        def work(session):
            if engine == "postgresql":
                session.execute(text("SET LOCAL session_replication_role = replica"))
            else:
                triggers = text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger_%'")
                for name in session.scalars(triggers).all():
                    session.execute(text(f"DROP TRIGGER {name}"))
                session.execute(text("PRAGMA defer_foreign_keys = ON"))
            for statement in statements:
                session.execute(text(statement))

        in_transaction(work)

    return change


@pytest.fixture
def book(person):
    """Three entries of one person."""
    person.post("ride 1", (f"issuance:{RIDE}", "pending", 320), facts={"activity_id": "act_1"})
    person.post("collected", ("pending", "points", 320), kind="collection")
    person.post("tree", ("points", "spent:trees", 100), kind="spending")
    return person


def test_an_untouched_book_verifies(book, broken_rules):
    assert broken_rules() == set()
    entries = book.entries()
    assert [entry.sequence for entry in entries] == [1, 2, 3]


def test_the_hashes_are_what_the_documented_form_says(person, frozen_clock):
    """Computed here from the words of `chain`, not by its functions."""
    entry_id = person.post("ride 1", (f"issuance:{RIDE}", "pending", 320), facts={"b": "方式", "a": 1})
    content = (
        '{"facts":{"a":1,"b":"方式"},"kind":"credit",'
        f'"postings":[["issuance:{RIDE}","user:{person.id}:points:pending",320]],"reverses":null}}'
    )
    content_hash = hashlib.sha256(content.encode()).hexdigest()
    link = {
        "content_sha256": content_hash,
        "id": entry_id,
        "occurred_at": "2026-11-20T00:10:00.000000+00:00",
        "posted_at": "2026-11-20T04:00:00.000000+00:00",
        "previous_sha256": "0" * 64,
        "reference": "ride 1",
        "sequence": 1,
        "user_id": person.id,
    }
    canonical = json.dumps(link, separators=(",", ":"))  # the keys above stand in order
    assert person.entries()[0].sha256 == hashlib.sha256(canonical.encode()).hexdigest()


@planted
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entries SET kind = 'Credit' WHERE sequence = 1",
        "UPDATE ledger_entries SET reference = 'ride 2' WHERE sequence = 1",
        'UPDATE ledger_entries SET facts = \'{"activity_id": "act_2"}\' WHERE sequence = 1',
        "UPDATE ledger_entries SET occurred_at = '2026-11-20 00:10:00.000001' WHERE sequence = 1",
        "UPDATE ledger_entries SET posted_at = '2026-11-20 00:10:00.000001' WHERE sequence = 1",
        """UPDATE ledger_entries SET id = 'ent_0' WHERE sequence = 3;
        UPDATE ledger_postings SET entry_id = 'ent_0' WHERE amount = 100""",
        "UPDATE ledger_entries SET sequence = 9 WHERE sequence = 3",
        "UPDATE ledger_entries SET reverses = id WHERE sequence = 2",
        "UPDATE ledger_entries SET content_sha256 = sha256 WHERE sequence = 1",
        "UPDATE ledger_entries SET previous_sha256 = sha256 WHERE sequence = 2",
        "UPDATE ledger_entries SET sha256 = content_sha256 WHERE sequence = 3",
        "UPDATE ledger_postings SET amount = amount + 1 WHERE amount = 100",
        "UPDATE ledger_postings SET destination = 'spent:badges' WHERE amount = 100",
        "UPDATE ledger_postings SET source = 'lapsed' WHERE source LIKE 'issuance%'",
        "DELETE FROM ledger_postings WHERE amount = 100",
        "INSERT INTO ledger_postings SELECT user_id, entry_id, 1, source, destination, 1 FROM ledger_postings",
    ],
)
def test_one_changed_byte_breaks_the_chain(book, tamper, broken_rules, change):
    tamper(*change.split(";"))
    assert "the chain verifies" in broken_rules()


@planted
def test_a_missing_last_entry_shows_at_the_head(book, tamper, broken_rules):
    tamper(
        "DELETE FROM ledger_postings WHERE amount = 100",
        "DELETE FROM ledger_entries WHERE sequence = 3",
        "UPDATE ledger_balances SET balance = 320 WHERE account LIKE '%points'",
    )
    assert broken_rules() == {"the head is the end of its chain"}


@planted
def test_an_emptied_book_shows_at_the_head(book, tamper, broken_rules):
    tamper("DELETE FROM ledger_postings", "DELETE FROM ledger_entries", "DELETE FROM ledger_balances")
    assert broken_rules() == {"the head is the end of its chain"}


@planted
def test_a_book_rewritten_with_all_its_hashes_shows_against_an_exported_head(
    person, in_transaction, tamper, broken_rules
):
    person.earn(100)
    exported = in_transaction(lambda session: list(ledger.list_heads(session)), read_only=True)
    (entry,) = person.entries()
    postings = [replace(entry.postings[0], amount=900)]
    content = content_sha256(entry.kind, postings, entry.facts, None)
    whole = Link(
        user_id=person.id,
        entry_id=entry.id,
        sequence=1,
        reference=entry.reference,
        occurred_at=OCCURRED_AT,
        posted_at=entry.posted_at,
        content_sha256=content,
        previous_sha256=GENESIS,
    ).sha256()
    tamper(
        "UPDATE ledger_postings SET amount = 900",
        f"UPDATE ledger_entries SET content_sha256 = '{content}', sha256 = '{whole}'",
        "UPDATE ledger_balances SET balance = 900",
        f"UPDATE ledger_heads SET sha256 = '{whole}'",
    )
    assert broken_rules() == set()  # inside, everything fits again
    found = in_transaction(lambda session: list(ledger.verify_heads(session, exported)), read_only=True)
    assert [violation.row["user_id"] for violation in found] == [person.id]


def test_exported_heads_stay_in_their_chains_as_books_grow(book, in_transaction):
    exported = in_transaction(lambda session: list(ledger.list_heads(session)), read_only=True)
    book.earn(5, "ride 2")
    assert in_transaction(lambda session: list(ledger.verify_heads(session, exported)), read_only=True) == []


@pytest.mark.concurrency
def test_fifty_entries_at_once_make_one_chain(person, parallel, counts, broken_rules):
    n = counts(small=15, long=50)
    race = parallel(n, lambda i: person.earn(1, f"ride {i}"))
    assert race.errors == []
    assert [entry.sequence for entry in person.entries()] == list(range(1, n + 1))
    assert person.balance() == n
    assert broken_rules() == set()


@pytest.mark.concurrency
def test_control_without_the_lock_on_the_head_entries_collide(person, parallel, engine, monkeypatch):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    person.earn(1, "the first")
    monkeypatch.setattr(posting, "LOCK_HEAD", HEAD)
    monkeypatch.setattr(posting, "open_book", everyone_reads_first(3, posting.open_book))
    race = parallel(3, lambda i: person.earn(1, f"ride {i}"))
    assert len(race.errors) == 2  # three entries that all follow the first: the chain takes one
    assert person.balance() == 2


@pytest.mark.concurrency
def test_one_reference_sent_fifty_times_at_once_is_one_entry(person, parallel, counts):
    race = parallel(counts(small=15, long=50), lambda _: person.earn(320))
    assert race.errors == []
    assert len(set(race.results)) == 1
    assert person.balance() == 320
