"""Posting an entry: the one place that changes a balance.

One round trip to open the book, one to write everything. A balance changes by a conditional UPDATE that names its
bound, so that no reading of it, however old, can take an account where it must not go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from backend.ledger.models import LONGEST_REFERENCE, BalanceRow, EntryRow, HeadRow, PostingRow
from backend.ledger.service.books import Book, open_book
from backend.ledger.service.chain import Posting, content_sha256, entry_sha256
from backend.ledger.service.chart import Account, account, points
from backend.ledger.service.queries import get_balance
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.platform.data.upsert import offered, upsert

# Beyond it a phone's JSON reader rounds.
LARGEST_AMOUNT = 2**53 - 1

_BALANCES = BalanceRow.__table__
_HEADS = HeadRow.__table__

INSERT_ENTRY = EntryRow.__table__.insert()
INSERT_POSTING = PostingRow.__table__.insert()
ADD_TO_BALANCE = upsert(
    _BALANCES,
    key=["user_id", "account"],
    changes={"balance": _BALANCES.c.balance + offered(_BALANCES).balance},
)
MOVED_BALANCE = (
    _BALANCES.update()
    .where(_BALANCES.c.user_id == bindparam("owner"), _BALANCES.c.account == bindparam("touched_account"))
    .values(balance=_BALANCES.c.balance + bindparam("change"))
)
LOWER_BALANCE = MOVED_BALANCE.where(_BALANCES.c.balance + bindparam("change") >= bindparam("floor"))
RAISE_BALANCE = MOVED_BALANCE.where(_BALANCES.c.balance + bindparam("change") <= bindparam("ceiling"))
MOVE_HEAD = (
    _HEADS.update()
    .where(_HEADS.c.user_id == bindparam("owner"), _HEADS.c.sha256 == bindparam("seen_sha256"))
    .values(sequence=bindparam("next_sequence"), sha256=bindparam("next_sha256"))
)


def post(
    session: Session,
    user_id: str,
    reference: str,
    kind: str,
    postings: Sequence[Posting],
    facts: Mapping[str, Any],
    occurred_at: datetime,
    *,
    reverses: str | None = None,
) -> str:
    """Write one entry into the book of `user_id` and return its id; balances follow.

    The same `reference` with the same content (kind, postings, facts, reverses) returns the first entry and writes
    nothing. Raises `ledger.reference_reused` for other content. When an account would go beyond its bound,
    `ledger.insufficient_points` is raised no later than the commit, and nothing of the transaction remains.
    `ValueError` for what only a mistake in our own code can send: an unknown or a foreign account, an amount that is
    not a whole number above zero, facts that hold a float.
    """
    _check(user_id, reference, postings, facts)
    content = content_sha256(kind, postings, facts, reverses)
    book = open_book(session, user_id, reference)
    if first := book.known[reference]:
        if first["content_sha256"] != content:
            raise Refusal("ledger.reference_reused", reference=reference)
        return str(first["id"])
    entry_id, posted_at = ids.new_id("entry"), clock.database_now(session)
    entry = {
        "user_id": user_id,
        "id": entry_id,
        "sequence": book.sequence + 1,
        "reference": reference,
        "kind": kind,
        "facts": dict(facts),
        "reverses": reverses,
        "occurred_at": occurred_at,
        "posted_at": posted_at,
        "content_sha256": content,
        "previous_sha256": book.sha256,
    }
    entry["sha256"] = entry_sha256(
        user_id=user_id,
        entry_id=entry_id,
        sequence=book.sequence + 1,
        reference=reference,
        occurred_at=occurred_at,
        posted_at=posted_at,
        content=content,
        previous=book.sha256,
    )
    _change_balances(session, user_id, postings)
    enqueue_write(session, INSERT_ENTRY, entry)
    for position, posting in enumerate(postings):
        enqueue_write(session, INSERT_POSTING, _posting_row(entry, position, posting))
    _move_head(session, book, entry)
    book.known[reference] = entry
    return entry_id


def _change_balances(session: Session, user_id: str, postings: Sequence[Posting]) -> None:
    changes: dict[str, int] = defaultdict(int)
    for posting in postings:
        changes[posting.source] -= posting.amount
        changes[posting.destination] += posting.amount
    for name in sorted(changes):  # everyone touches accounts in this order, so nobody waits in a circle
        if changes[name] and account(name).owner:
            _change_balance(session, user_id, account(name), changes[name])


def _change_balance(session: Session, user_id: str, known: Account, change: int) -> None:
    if change < 0 and known.floor is not None:
        statement, bound = LOWER_BALANCE, {"floor": known.floor}
    elif change > 0 and known.ceiling is not None:
        statement, bound = RAISE_BALANCE, {"ceiling": known.ceiling}
    else:
        row = {"user_id": user_id, "account": known.name, "balance": change}
        enqueue_write(session, ADD_TO_BALANCE, row, adds=("balance",))
        return
    enqueue_write(
        session,
        statement,
        {"owner": user_id, "touched_account": known.name, "change": change, **bound},
        rows=1,
        otherwise=lambda: _beyond(session, user_id, known.name, change),
    )


def _beyond(session: Session, user_id: str, name: str, change: int) -> Exception:
    if name == points(user_id):
        return Refusal("ledger.insufficient_points", available=get_balance(session, user_id, name), needed=-change)
    return Refusal("ledger.beyond_bound", account=name)


def _move_head(session: Session, book: Book, entry: Mapping[str, Any]) -> None:
    enqueue_write(
        session,
        MOVE_HEAD,
        {
            "owner": book.user_id,
            "seen_sha256": book.sha256,
            "next_sequence": entry["sequence"],
            "next_sha256": entry["sha256"],
        },
        rows=1,
        # the lock makes this impossible; without the lock it would fork the chain
        otherwise=lambda: Refusal("service.busy", retry_after_s=1),
    )
    book.sequence, book.sha256 = entry["sequence"], entry["sha256"]


def _posting_row(entry: Mapping[str, Any], position: int, posting: Posting) -> dict[str, Any]:
    return {
        "user_id": entry["user_id"],
        "entry_id": entry["id"],
        "position": position,
        "source": posting.source,
        "destination": posting.destination,
        "amount": posting.amount,
    }


def _check(user_id: str, reference: str, postings: Sequence[Posting], facts: Mapping[str, Any]) -> None:
    if not 0 < len(reference) <= LONGEST_REFERENCE:
        raise ValueError(f"a reference has 1 to {LONGEST_REFERENCE} characters: {reference!r}")
    if not postings:
        raise ValueError(f"an entry needs a posting: {reference!r}")
    for posting in postings:
        if type(posting.amount) is not int or not 0 < posting.amount <= LARGEST_AMOUNT:
            raise ValueError(f"an amount is a whole number from 1 to {LARGEST_AMOUNT}: {posting.amount!r}")
        if posting.source == posting.destination:
            raise ValueError(f"points must move: from {posting.source} to itself")
        for name in (posting.source, posting.destination):
            if account(name).owner not in (None, user_id):
                raise ValueError(f"{name} is not an account of {user_id}: another person's book")
    _refuse_floats(facts)


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
