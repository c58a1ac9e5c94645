"""The verbs of points, inside a transaction someone else opened.

A credited reduction is settled (`settle_activity`) into pending, matures, is collected, and is then spent, given or
lost by waiting. What lies where is the ledger's; which points they are is told by grants, each with one end.
"""

from backend.points.service.bringing import bring_activity, close_book, open_both_books
from backend.points.service.collecting import Bubble, Collected, collect, list_bubbles
from backend.points.service.ending import end_due, list_ending
from backend.points.service.extending import Extended, Holding, extend, list_holdings
from backend.points.service.giving import give
from backend.points.service.noticing import list_ending_soon, notice_ending
from backend.points.service.owned import export, forget
from backend.points.service.reading import Balances, get_balances
from backend.points.service.settling import (
    Settled,
    list_settled,
    owes_nothing,
    settle_activity,
    settling_questions,
)
from backend.points.service.spending import cancel_spending, spend
from backend.points.service.verifying import verify

__all__ = [
    "Balances",
    "Bubble",
    "Collected",
    "Extended",
    "Holding",
    "Settled",
    "bring_activity",
    "cancel_spending",
    "close_book",
    "collect",
    "end_due",
    "export",
    "extend",
    "forget",
    "get_balances",
    "give",
    "list_bubbles",
    "list_ending",
    "list_ending_soon",
    "list_holdings",
    "list_settled",
    "notice_ending",
    "open_both_books",
    "owes_nothing",
    "settle_activity",
    "settling_questions",
    "spend",
    "verify",
]
