"""The verbs of points, inside a transaction someone else opened.

What a reduction is credited with goes into pending (`set_activity_points`), matures, is collected, and is then spent,
given or lost by waiting. What lies where is the ledger's; which points they are is told by grants, each with one end.
"""

from backend.points.service.activity_points import (
    PointsBefore,
    activity_points_question,
    list_activity_points,
    set_activity_points,
)
from backend.points.service.collection import bubbles_question, collect, list_bubbles
from backend.points.service.expiry import end_due, list_ending
from backend.points.service.expiry_notices import list_ending_soon, notice_ending
from backend.points.service.extensions import extend, list_holdings
from backend.points.service.gifts import give
from backend.points.service.guest_transfer import bring_activity, close_book, open_both_books
from backend.points.service.invariants import verify
from backend.points.service.personal_data import export, forget
from backend.points.service.queries import balances_question, get_balances
from backend.points.service.withdrawals import cancel_spending, spend

__all__ = [
    "PointsBefore",
    "activity_points_question",
    "balances_question",
    "bring_activity",
    "bubbles_question",
    "cancel_spending",
    "close_book",
    "collect",
    "end_due",
    "export",
    "extend",
    "forget",
    "get_balances",
    "give",
    "list_activity_points",
    "list_bubbles",
    "list_ending",
    "list_ending_soon",
    "list_holdings",
    "notice_ending",
    "open_both_books",
    "set_activity_points",
    "spend",
    "verify",
]
