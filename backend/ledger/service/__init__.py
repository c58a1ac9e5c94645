"""The verbs of the ledger, inside a transaction someone else opened.

    post(session, user_id, NewEntry(reference, kind, [Posting(source, destination, amount)], facts, occurred_at))

An entry is one business fact with one reference in one person's book; it moves whole points between accounts of the
chart (`domain.CHART`), is chained to the entry before it, and is never changed. Only this package changes balances.
"""

from backend.ledger.service.chain_audit import Head, Violation, get_head, list_heads, verify_heads
from backend.ledger.service.invariants import verify, verify_latest
from backend.ledger.service.posting import Book, balances_question, open_book, open_books, opening, post
from backend.ledger.service.queries import (
    export,
    find_entry,
    forget,
    get_balance,
    get_balances,
    get_balances_at,
    get_entry,
    list_entries,
    sum_by_kind,
)
from backend.ledger.service.reversals import Reversal, reverse
from backend.ledger.service.system_accounts import get_system_balance, roll_up

__all__ = [
    "Book",
    "Head",
    "Reversal",
    "Violation",
    "balances_question",
    "export",
    "find_entry",
    "forget",
    "get_balance",
    "get_balances",
    "get_balances_at",
    "get_entry",
    "get_head",
    "get_system_balance",
    "list_entries",
    "list_heads",
    "open_book",
    "open_books",
    "opening",
    "post",
    "reverse",
    "roll_up",
    "sum_by_kind",
    "verify",
    "verify_heads",
    "verify_latest",
]
