"""The verbs of the ledger, inside a transaction someone else opened.

    post(session, user_id, reference, kind, [Posting(source, destination, amount)], facts, occurred_at)

An entry is one business fact with one reference in one person's book; it moves whole points between accounts of the
chart (`chart`), is chained to the entry before it, and is never changed. Only this package changes balances.
"""

from backend.ledger.service import chart
from backend.ledger.service.books import Book, Opening, open_book, open_books, opening
from backend.ledger.service.chain import Posting
from backend.ledger.service.chain_audit import Head, Violation, get_head, list_heads, verify_heads
from backend.ledger.service.invariants import verify
from backend.ledger.service.posting import post
from backend.ledger.service.queries import (
    Entry,
    Filter,
    balances_question,
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
from backend.ledger.service.reversals import reverse
from backend.ledger.service.system_accounts import get_system_balance, roll_up

__all__ = [
    "Book",
    "Entry",
    "Filter",
    "Head",
    "Opening",
    "Posting",
    "Violation",
    "balances_question",
    "chart",
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
]
