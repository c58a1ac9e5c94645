"""A person's book, opened for writing: its head row locked until the transaction ends.

Whoever posts opens the book first, in one round trip. The lock makes the chain a chain: the next writer reads the
head only after this one has committed. A `Book` follows what is posted through it, so that a second entry in the same
transaction reads the head no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.ledger.models import EntryRow, HeadRow
from backend.ledger.service.chain import GENESIS
from backend.platform.data.batch import Batch, Question, Questions, fetch, read_as
from backend.platform.data.upsert import insert_absent


@dataclass(frozen=True)
class BookHead:
    """The last entry of a book: its number and its hash."""

    sequence: int
    sha256: str


@dataclass(frozen=True)
class Opening:
    """What opens a book: its head, none for one that nobody has made yet, and the entry behind the reference."""

    heads: Sequence[BookHead]
    entries: Sequence[dict[str, Any]]


@dataclass
class Book:
    """One open book. `known` holds the entry behind each reference that was asked for, None where there is none."""

    user_id: str
    sequence: int
    sha256: str
    known: dict[str, dict[str, Any] | None]


_HEADS = HeadRow.__table__
_ENTRIES = EntryRow.__table__

HEAD = select(_HEADS.c.sequence, _HEADS.c.sha256).where(_HEADS.c.user_id == bindparam("owner"))
LOCK_HEAD = HEAD.with_for_update()
BY_REFERENCE = select(
    _ENTRIES.c.id, _ENTRIES.c.kind, _ENTRIES.c.facts, _ENTRIES.c.reverses, _ENTRIES.c.content_sha256
).where(_ENTRIES.c.user_id == bindparam("owner"), _ENTRIES.c.reference == bindparam("wanted_reference"))
_ENSURE_HEAD = insert_absent(_HEADS)


def opening(user_id: str, reference: str = "") -> Questions[Opening]:
    """The question that opens a book, for callers that ask for more in the same round trip: see `open_book`."""
    return Questions(
        {
            "heads": Question(LOCK_HEAD, {"owner": user_id}, read_as(BookHead)),
            # after the lock, so that it reads what the last writer left
            "entries": _entry_behind(user_id, reference),
        },
        Opening,
    )


def open_book(session: Session, user_id: str, reference: str = "", opened: Opening | None = None) -> Book:
    """The book of `user_id`, locked, with the entry behind `reference` known.

    `opened` is the answer to `opening`, when the caller has asked it in this transaction already. Costs no round trip
    when this transaction has opened the book and knows the reference.
    """
    books: dict[str, Book] = session.info.setdefault("ledger.books", {})
    book = books.get(user_id)
    if book and reference in book.known:
        return book
    if book:
        entries = opened.entries if opened else fetch(session, _entry_behind(user_id, reference)).all()
        book.known[reference] = entries[0] if entries else None
        return book
    if opened is None:
        opened = fetch(session, opening(user_id, reference)).one()
    if not opened.heads:
        opened = _begin(session, user_id, reference)
    head, entry = opened.heads[0], opened.entries[0] if opened.entries else None
    books[user_id] = Book(user_id, head.sequence, head.sha256, {reference: entry})
    return books[user_id]


def open_books(session: Session, references: Mapping[str, str]) -> dict[str, Book]:
    """Several books at once, `{user_id: reference}`, in the one order in which everyone locks them."""
    return {user_id: open_book(session, user_id, references[user_id]) for user_id in sorted(references)}


def _entry_behind(user_id: str, reference: str) -> Question[dict[str, Any]]:
    return Question(BY_REFERENCE, {"owner": user_id, "wanted_reference": reference}, dict)


def _begin(session: Session, user_id: str, reference: str) -> Opening:
    """Make the head of a new book; whoever makes it first, both find it."""
    batch = Batch(session)
    batch.fetch(Question(_ENSURE_HEAD, {"user_id": user_id, "sequence": 0, "sha256": GENESIS}, dict))
    opened = batch.fetch(opening(user_id, reference))
    batch.run()
    return opened.one()
