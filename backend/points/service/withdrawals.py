"""Spending points, and taking a spending back. General: what the points are for is the caller's business.

Grants that end first are spent first, so that expiry is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, spent
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Batch, fetch
from backend.points.domain import Grant, GrantState, Slice
from backend.points.service.grants import add, cover, draw
from backend.points.sql import drawn_by_entry, spendable_question

SPENDING = "spending"


def spend(session: Session, user_id: str, reference: str, amount: int, purpose: str) -> str:
    """Spend `amount` points of `user_id` for `purpose`; return the entry's id.

    The same `reference` with the same amount and purpose returns the first entry and spends nothing more. Raises
    `ledger.insufficient_points` (with `available` and `needed`) and `ledger.reference_reused`.
    """
    now = clock.database_now(session)
    batch = Batch(session)
    opened = batch.fetch(ledger.opening(user_id, reference))
    spendable = batch.fetch(spendable_question(user_id, now, amount))
    batch.run()
    book = ledger.open_book(session, user_id, reference, opened.one())
    slices = cover(spendable.all(), amount)
    is_new = book.known[reference] is None
    if is_new:
        refuse_more_than(slices, amount)
    postings = [Posting(accounts_of(user_id).points, spent(purpose), amount)]
    entry_id = ledger.post(session, user_id, NewEntry(reference, SPENDING, postings, {}, now))
    if is_new:
        draw(session, entry_id, slices)
    return entry_id


def cancel_spending(session: Session, user_id: str, reference: str, reason: str) -> str:
    """Give back what was spent under `reference`, once, with the days it had left; return the reversal's id.

    A debt that has grown meanwhile is repaid out of it first. Raises `not_found.entry`.
    """
    spending = ledger.find_entry(session, user_id, reference)
    if spending is None or spending.kind != SPENDING:
        raise Refusal("not_found.entry")
    cancelling = f"{reference}:cancelled"
    book = ledger.open_book(session, user_id, cancelling)
    if known := book.known[cancelling]:
        return known.id
    (spent,) = spending.postings
    repaid = min(spent.amount, debt_of(session, user_id))
    postings = arriving(user_id, spent.destination, spent.amount, repaid)
    now = clock.database_now(session)
    reversal = ledger.Reversal(spending.id, cancelling, {"reason": reason}, now, postings)
    entry_id = ledger.reverse(session, user_id, reversal)
    add_collected(session, user_id, entry_id, fetch(session, drawn_by_entry(user_id, spending.id)).all(), repaid)
    return entry_id


def refuse_more_than(slices: Sequence[Slice], amount: int) -> None:
    """Raise `ledger.insufficient_points` when `slices` do not make up `amount`."""
    available = sum(part.amount for part in slices)
    if available < amount:
        raise Refusal("ledger.insufficient_points", available=available, needed=amount)


def debt_of(session: Session, user_id: str) -> int:
    """What `user_id` owes, 0 or more; it stays so while their book is open."""
    return -ledger.get_balance(session, user_id, accounts_of(user_id).owed)


def arriving(user_id: str, source: str, amount: int, repaid: int) -> list[Posting]:
    """Postings that bring `amount` out of `source` to `user_id`, `repaid` of it towards what they owe."""
    accounts = accounts_of(user_id)
    parts = ((accounts.owed, repaid), (accounts.points, amount - repaid))
    return [Posting(source, destination, part) for destination, part in parts if part]


def add_collected(session: Session, user_id: str, entry_id: str, slices: Sequence[Slice], repaid: int) -> None:
    """Grants for points that arrive collected, each ending when the slice it stands for would have, and extended when
    that was; `repaid` of them, those that end first, went towards a debt by the same entry.
    """
    for part in slices:
        used = min(part.amount, repaid)
        repaid -= used
        grant = Grant(
            user_id=user_id,
            id=ids.new_id("grant"),
            entry_id=entry_id,
            zone=part.grant.zone,
            state=GrantState.COLLECTED,
            amount=part.amount,
            remaining=part.amount - used,
            matures_at=part.grant.matures_at,
            ends_at=part.grant.ends_at,
            extended_at=part.grant.extended_at,
        )
        add(session, grant)
