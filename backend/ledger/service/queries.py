"""Reading one person's book: balances now and at a past instant, entries in pages.

A balance is one row by its key, so it costs the same with ten postings behind it as with ten million.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from backend.ledger.domain import Entry, Filter, Posting, get_account
from backend.ledger.service.posting import balances_question
from backend.ledger.sql import BALANCES_AT, ENTRIES, POSTINGS
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, fetch
from backend.platform.data.paging import Page, SortKey, Window, whole_field

LISTED = SortKey((whole_field("sequence"),))


def get_balances(session: Session, user_id: str) -> dict[str, int]:
    """Every account of `user_id` that ever moved, with what lies on it now."""
    return fetch(session, balances_question(user_id)).one()


def get_balance(session: Session, user_id: str, account_name: str) -> int:
    """What lies on one account of `user_id` now; 0 when it never moved. `ValueError` for an account of someone else."""
    if get_account(account_name).owner != user_id:
        raise ValueError(f"{account_name} is not an account of {user_id}")
    return get_balances(session, user_id).get(account_name, 0)


def get_balances_at(session: Session, user_id: str, instant: datetime) -> dict[str, int]:
    """What lay on the accounts of `user_id` at a past `instant`, by the time of posting."""
    rows = fetch(session, Question(BALANCES_AT, {"owner": user_id, "instant": instant}, dict)).all()
    return {row["account"]: int(row["balance"]) for row in rows if get_account(row["account"]).owner}


def sum_by_kind(session: Session, user_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """How many points the entries of each kind moved, of those posted from `since` on and before `until`."""
    moved = (
        select(ENTRIES.c.kind, func.sum(POSTINGS.c.amount).label("amount"))
        .join(POSTINGS, (POSTINGS.c.user_id == ENTRIES.c.user_id) & (POSTINGS.c.entry_id == ENTRIES.c.id))
        .where(ENTRIES.c.user_id == user_id, ENTRIES.c.posted_at >= since, ENTRIES.c.posted_at < until)
        .group_by(ENTRIES.c.kind)
        .order_by(ENTRIES.c.kind)
    )
    return {row.kind: int(row.amount) for row in session.execute(moved)}


def get_entry(session: Session, user_id: str, entry_id: str) -> Entry:
    """One entry of `user_id`; raise `not_found.entry`."""
    found = _entries(session, user_id, [ENTRIES.c.id == entry_id], limit=1)
    if not found:
        raise Refusal("not_found.entry")
    return found[0]


def find_entry(session: Session, user_id: str, reference: str) -> Entry | None:
    """The entry of `user_id` behind `reference`, or None."""
    found = _entries(session, user_id, [ENTRIES.c.reference == reference], limit=1)
    return found[0] if found else None


def list_entries(session: Session, user_id: str, window: Window, wanted: Filter | None = None) -> Page[Entry]:
    """The entries of `user_id`, newest first."""
    conditions = _conditions(user_id, wanted or Filter())
    after = window.after(LISTED)
    if after is not None:
        conditions.append(ENTRIES.c.sequence < after[0])
    return window.cut(_entries(session, user_id, conditions, window.limit + 1), LISTED)


def export(session: Session, user_id: str, after: str = "", at_once: int = 500) -> Iterator[Entry]:
    """Every entry of `user_id` behind the sequence `after`, oldest first, `at_once` in memory: for their own copy."""
    last = int(after or 0)
    while found := _entries(session, user_id, [ENTRIES.c.sequence > last], at_once, newest_first=False):
        yield from found
        last = found[-1].sequence


def forget(session: Session, user_id: str) -> None:
    """Change nothing: entries hold ids and whole numbers, never personal data, and an id leads to nobody once the
    account is erased. Every sum, every chain and every exported head must stay as it is.
    """


def _conditions(user_id: str, wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind:
        conditions.append(ENTRIES.c.kind == wanted.kind)
    if wanted.reference:
        conditions.append(ENTRIES.c.reference.startswith(wanted.reference, autoescape=True))
    if wanted.since:
        conditions.append(ENTRIES.c.posted_at >= wanted.since)
    if wanted.until:
        conditions.append(ENTRIES.c.posted_at < wanted.until)
    if wanted.account:
        touches = or_(POSTINGS.c.source == wanted.account, POSTINGS.c.destination == wanted.account)
        conditions.append(ENTRIES.c.id.in_(select(POSTINGS.c.entry_id).where(POSTINGS.c.user_id == user_id, touches)))
    return conditions


def _entries(
    session: Session,
    user_id: str,
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    *,
    newest_first: bool = True,
) -> list[Entry]:
    order = ENTRIES.c.sequence.desc() if newest_first else ENTRIES.c.sequence
    chosen = select(ENTRIES).where(ENTRIES.c.user_id == user_id, *conditions).order_by(order).limit(limit)
    rows = session.execute(chosen).mappings().all()
    postings: dict[str, list[Posting]] = {row["id"]: [] for row in rows}
    theirs = (
        select(POSTINGS)
        .where(POSTINGS.c.user_id == user_id, POSTINGS.c.entry_id.in_(postings))
        .order_by(POSTINGS.c.entry_id, POSTINGS.c.position)
    )
    for row in session.execute(theirs).mappings() if rows else ():
        postings[row["entry_id"]].append(Posting(row["source"], row["destination"], row["amount"]))
    return [
        Entry(
            **{name: row[name] for name in Entry.__dataclass_fields__ if name != "postings"},
            postings=tuple(postings[row["id"]]),
        )
        for row in rows
    ]
