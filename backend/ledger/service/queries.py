"""Reading one person's book: balances now and at a past instant, entries in pages.

A balance is one row by its key, so it costs the same with ten postings behind it as with ten million.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backend.ledger import sql
from backend.ledger.domain import Entry, Filter, Posting, get_account
from backend.ledger.service.posting import balances_question
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, fetch, fetch_one
from backend.platform.data.paging import Page, SortKey, Window, whole_field

LISTED = SortKey((whole_field("sequence"),))


def get_balances(session: Session, user_id: str) -> dict[str, int]:
    """Every account of `user_id` that ever moved, with what lies on it now."""
    return fetch_one(session, balances_question(user_id))


def get_balance(session: Session, user_id: str, account_name: str) -> int:
    """What lies on one account of `user_id` now; 0 when it never moved. `ValueError` for an account of someone else."""
    if get_account(account_name).owner != user_id:
        raise ValueError(f"{account_name} is not an account of {user_id}")
    return get_balances(session, user_id).get(account_name, 0)


def get_balances_at(session: Session, user_id: str, instant: datetime) -> dict[str, int]:
    """What lay on the accounts of `user_id` at a past `instant`, by the time of posting."""
    rows = fetch(session, Question(sql.BALANCES_AT, {"owner": user_id, "instant": instant}, dict)).all()
    return {row["account"]: int(row["balance"]) for row in rows if get_account(row["account"]).owner}


def sum_by_kind(session: Session, user_id: str, since: datetime, until: datetime) -> dict[str, int]:
    """How many points the entries of each kind moved, of those posted from `since` on and before `until`."""
    moved = session.execute(sql.SUMS_BY_KIND, {"owner": user_id, "since": since, "until": until})
    return {row.kind: int(row.amount) for row in moved}


def get_entry(session: Session, user_id: str, entry_id: str) -> Entry:
    """One entry of `user_id`; raise `not_found.entry`."""
    found = _entries(session, sql.ENTRY, {"owner": user_id, "of_entry": entry_id})
    if not found:
        raise Refusal("not_found.entry")
    return found[0]


def find_entry(session: Session, user_id: str, reference: str) -> Entry | None:
    """The entry of `user_id` behind `reference`, or None."""
    found = _entries(session, sql.ENTRY_BEHIND, {"owner": user_id, "wanted_reference": reference})
    return found[0] if found else None


def list_entries(session: Session, user_id: str, window: Window, wanted: Filter | None = None) -> Page[Entry]:
    """The entries of `user_id`, newest first."""
    page = sql.page_of_entries(wanted or Filter(), window.after(LISTED), window.limit + 1)
    return window.cut(_entries(session, page, {"owner": user_id}), LISTED)


def export(session: Session, user_id: str, after: str = "", at_once: int = 500) -> Iterator[Entry]:
    """Every entry of `user_id` behind the sequence `after`, oldest first, `at_once` in memory: for their own copy."""
    asked = {"owner": user_id, "after": int(after or 0), "most": at_once}
    while found := _entries(session, sql.ENTRIES_AFTER, asked):
        yield from found
        asked |= {"after": found[-1].sequence}


def forget(session: Session, user_id: str) -> None:
    """Change nothing: entries hold ids and whole numbers, never personal data, and an id leads to nobody once the
    account is erased. Every sum, every chain and every exported head must stay as it is.
    """


def _entries(session: Session, statement: Select[Any], asked: Mapping[str, Any]) -> list[Entry]:
    rows = session.execute(statement, asked).mappings().all()
    postings: dict[str, list[Posting]] = {row["id"]: [] for row in rows}
    theirs = {"owner": asked["owner"], "entry_ids": list(postings)}
    for row in session.execute(sql.POSTINGS_OF_ENTRIES, theirs).mappings() if rows else ():
        postings[row["entry_id"]].append(sql.read_posting(dict(row)))
    return [sql.read_entry(dict(row), postings[row["id"]]) for row in rows]
