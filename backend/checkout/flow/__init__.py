"""Where transactions and remote calls alternate: the only place that asks the payment provider.

Promise: a transaction is never open while we ask; what we were told is settled in a transaction of its own; an
unknown outcome is asked about, with the same key or by fetching the payment, never with a new key. Every function may
be repeated after a crash at any point.
"""

from backend.checkout.flow.books import compare_books, compare_recent_books
from backend.checkout.flow.payment_pages import complete_page, find_way_back, open_page
from backend.checkout.flow.payment_requests import cancel_payment, open_payment, place_order, refund
from backend.checkout.flow.reconciliation import reconcile
from backend.checkout.flow.sync import sync_payment
from backend.checkout.flow.webhook import receive_notice

__all__ = [
    "cancel_payment",
    "compare_books",
    "compare_recent_books",
    "complete_page",
    "find_way_back",
    "open_page",
    "open_payment",
    "place_order",
    "receive_notice",
    "reconcile",
    "refund",
    "sync_payment",
]
