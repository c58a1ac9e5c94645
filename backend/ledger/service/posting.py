"""A person's book, opened and written into: the one place that changes a balance.

Whoever posts opens the book first, in one round trip; its head row stays locked until the transaction ends. The lock
makes the chain a chain: the next writer reads the head only after this one has committed. Everything is written in one
more round trip. A balance changes by a conditional UPDATE that names its bound, so that no reading of it, however old,
can take an account where it must not go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.ledger.domain import (
    GENESIS,
    Account,
    BookHead,
    Link,
    NewEntry,
    Opening,
    PostedEntry,
    Posting,
    accounts_of,
    get_account,
)
from backend.ledger.models import LONGEST_REFERENCE
from backend.ledger.sql import (
    ADD_TO_BALANCE,
    BALANCES_OF,
    BY_REFERENCE,
    ENSURE_HEAD,
    INSERT_ENTRY,
    INSERT_POSTING,
    LOCK_HEAD,
    LOWER_BALANCE,
    MOVE_HEAD,
    RAISE_BALANCE,
)
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question, Questions, fetch, fetch_one, read_as
from backend.platform.data.transactions import Write, enqueue_writes

# Beyond it a phone's JSON reader rounds.
LARGEST_AMOUNT = 2**53 - 1


@dataclass
class Book:
    """One open book. `known` holds the entry behind each reference that was asked for, None where there is none.

    It follows what is posted through it, so that a second entry in the same transaction reads the head no more.
    """

    user_id: str
    sequence: int
    sha256: str
    known: dict[str, PostedEntry | None]


_read_head: Callable[[Mapping[str, Any]], BookHead] = read_as(BookHead)
_read_posted: Callable[[Mapping[str, Any]], PostedEntry] = read_as(PostedEntry)


def opening(user_id: str, reference: str | None = None) -> Questions[Opening]:
    """The question that opens a book, for callers that ask for more in the same round trip: see `open_book`.

    Without a reference it asks for no entry: for who names what is made in this very transaction.
    """
    heads = Question(LOCK_HEAD, {"owner": user_id}, _read_head)
    if reference is None:
        return Questions({"heads": heads}, Opening)
    # after the lock, so that it reads what the last writer left
    return Questions({"heads": heads, "entries": _entry_behind(user_id, reference)}, Opening)


def balances_question(user_id: str) -> Questions[dict[str, int]]:
    """What to ask for every balance of one person, by account, for callers that ask more in the same round trip."""
    return Questions({"rows": Question(BALANCES_OF, {"owner": user_id}, dict)}, _by_account)


def _by_account(rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    return {row["account"]: row["balance"] for row in rows}


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
        entry = _first(opened) if opened else fetch(session, _entry_behind(user_id, reference)).one_or_none()
        book.known[reference] = entry
        return book
    if opened is None:
        opened = fetch_one(session, opening(user_id, reference))
    if not opened.heads:
        opened = _begin_book(session, user_id, reference)
    head = opened.heads[0]
    books[user_id] = Book(user_id, head.sequence, head.sha256, {reference: _first(opened)})
    return books[user_id]


def open_books(session: Session, references: Mapping[str, str]) -> dict[str, Book]:
    """Several books at once, `{user_id: reference}`, in the one order in which everyone locks them."""
    return {user_id: open_book(session, user_id, references[user_id]) for user_id in sorted(references)}


def _first(opened: Opening) -> PostedEntry | None:
    return opened.entries[0] if opened.entries else None


def _entry_behind(user_id: str, reference: str) -> Question[PostedEntry]:
    return Question(BY_REFERENCE, {"owner": user_id, "wanted_reference": reference}, _read_posted)


def _begin_book(session: Session, user_id: str, reference: str) -> Opening:
    """Make the head of a new book; whoever makes it first, both find it."""
    batch = Batch(session)
    batch.fetch(Question(ENSURE_HEAD, {"user_id": user_id, "sequence": 0, "sha256": GENESIS}, dict))
    opened = batch.fetch(opening(user_id, reference))
    batch.run()
    return opened.one()


def post(session: Session, user_id: str, entry: NewEntry) -> str:
    """Write one entry into the book of `user_id` and return its id; balances follow.

    The same reference with the same content (kind, postings, facts, reverses) returns the first entry and writes
    nothing. Raises `ledger.reference_reused` for other content. When an account would go beyond its bound,
    `ledger.insufficient_points` is raised no later than the commit, and nothing of the transaction remains.
    `ValueError` for what only a mistake in our own code can send: an unknown or a foreign account, an amount that is
    not a whole number above zero, facts that hold a float.
    """
    _check(user_id, entry)
    content = entry.content_sha256()
    book = open_book(session, user_id, entry.reference)
    if first := book.known[entry.reference]:
        if first.content_sha256 != content:
            raise Refusal("ledger.reference_reused", reference=entry.reference)
        return first.id
    link = Link(
        user_id=user_id,
        entry_id=ids.new_id("entry"),
        sequence=book.sequence + 1,
        reference=entry.reference,
        occurred_at=entry.occurred_at,
        posted_at=clock.database_now(session),
        content_sha256=content,
        previous_sha256=book.sha256,
    )
    _write(session, book, entry, link)
    return link.entry_id


def _write(session: Session, book: Book, entry: NewEntry, link: Link) -> None:
    """Queue the rows of an entry, and let the book go on behind it."""
    sha256 = link.sha256()
    move = {
        "owner": book.user_id,
        "seen_sha256": book.sha256,
        "next_sequence": link.sequence,
        "next_sha256": sha256,
    }
    writes = [
        *_balance_writes(session, link.user_id, entry.postings),
        Write(INSERT_ENTRY, _entry_row(entry, link, sha256)),
        *(Write(INSERT_POSTING, row) for row in _posting_rows(entry, link)),
        # the lock makes it impossible that this fails; without the lock it would fork the chain
        Write(MOVE_HEAD, move, rows=1, otherwise=lambda: Refusal("service.busy", retry_after_s=1)),
    ]
    enqueue_writes(session, writes)
    book.sequence, book.sha256 = link.sequence, sha256
    book.known[entry.reference] = PostedEntry(
        link.entry_id, entry.kind, entry.facts, entry.reverses, link.content_sha256
    )


def _posting_rows(entry: NewEntry, link: Link) -> list[dict[str, Any]]:
    return [
        {
            "user_id": link.user_id,
            "entry_id": link.entry_id,
            "position": position,
            "source": posting.source,
            "destination": posting.destination,
            "amount": posting.amount,
        }
        for position, posting in enumerate(entry.postings)
    ]


def _entry_row(entry: NewEntry, link: Link, sha256: str) -> dict[str, Any]:
    return {
        "user_id": link.user_id,
        "id": link.entry_id,
        "sequence": link.sequence,
        "reference": entry.reference,
        "kind": entry.kind,
        "facts": dict(entry.facts),
        "reverses": entry.reverses,
        "occurred_at": entry.occurred_at,
        "posted_at": link.posted_at,
        "content_sha256": link.content_sha256,
        "previous_sha256": link.previous_sha256,
        "sha256": sha256,
    }


def _balance_writes(session: Session, user_id: str, postings: Sequence[Posting]) -> list[Write]:
    """What changes the balances of a person's accounts, in the order in which everyone touches them."""
    changes: dict[str, int] = defaultdict(int)
    for posting in postings:
        changes[posting.source] -= posting.amount
        changes[posting.destination] += posting.amount
    # sorted, so that nobody waits in a circle
    touched = [(get_account(name), changes[name]) for name in sorted(changes)]
    return [
        _balance_write(session, user_id, account, change) for account, change in touched if change and account.owner
    ]


def _balance_write(session: Session, user_id: str, account: Account, change: int) -> Write:
    if change < 0 and account.floor is not None:
        statement, bound = LOWER_BALANCE, {"floor": account.floor}
    elif change > 0 and account.ceiling is not None:
        statement, bound = RAISE_BALANCE, {"ceiling": account.ceiling}
    else:
        row = {"user_id": user_id, "account": account.name, "balance": change}
        return Write(ADD_TO_BALANCE, row, adds=("balance",))
    return Write(
        statement,
        {"owner": user_id, "touched_account": account.name, "change": change, **bound},
        rows=1,
        otherwise=lambda: _beyond(session, user_id, account.name, change),
    )


def _beyond(session: Session, user_id: str, name: str, change: int) -> Exception:
    if name == accounts_of(user_id).points:
        available = fetch_one(session, balances_question(user_id)).get(name, 0)
        return Refusal("ledger.insufficient_points", available=available, needed=-change)
    return Refusal("ledger.beyond_bound", account=name)


def _check(user_id: str, entry: NewEntry) -> None:
    if not 0 < len(entry.reference) <= LONGEST_REFERENCE:
        raise ValueError(f"a reference has 1 to {LONGEST_REFERENCE} characters: {entry.reference!r}")
    if not entry.postings:
        raise ValueError(f"an entry needs a posting: {entry.reference!r}")
    for posting in entry.postings:
        if type(posting.amount) is not int or not 0 < posting.amount <= LARGEST_AMOUNT:
            raise ValueError(f"an amount is a whole number from 1 to {LARGEST_AMOUNT}: {posting.amount!r}")
        if posting.source == posting.destination:
            raise ValueError(f"points must move: from {posting.source} to itself")
        for name in (posting.source, posting.destination):
            if get_account(name).owner not in (None, user_id):
                raise ValueError(f"{name} is not an account of {user_id}: another person's book")
    _refuse_floats(entry.facts)


def _refuse_floats(value: Any) -> None:
    """Floats are written differently by different machines, and the chain covers every byte."""
    if isinstance(value, Mapping):
        for inner in value.values():
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
    elif not (value is None or isinstance(value, str | int)):
        raise ValueError(f"facts hold texts, whole numbers, lists and objects: {value!r}")
