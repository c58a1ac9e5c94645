"""The verbs of the checkout, in a transaction someone else opened. Lock order: order → payment → lots → accounts."""

from backend.checkout.domain import FINISHED, OrderRequest, PaymentSnapshot, QuoteRequest, RefundDecision, RefundReason
from backend.checkout.service.apply_payment import (
    StaleTruth,
    fail_refund,
    find_copy,
    get_snapshot,
    list_copies,
    refuse_intent,
    settle,
)
from backend.checkout.service.effects import CANCEL_TOPIC, COMPARE_TOPIC, LAPSE_TOPIC, REFUND_TOPIC, SYNC_TOPIC
from backend.checkout.service.invariants import verify
from backend.checkout.service.invoices import export as export_invoices
from backend.checkout.service.invoices import get_facts as get_invoice_facts
from backend.checkout.service.invoices import issue as issue_invoice
from backend.checkout.service.invoices import print_paper, receipt_facts
from backend.checkout.service.notices import drop_old_notices, find_mark, is_notice_recorded, record_notice
from backend.checkout.service.order_commands import (
    cancel,
    lapse,
    list_attention,
    list_lapsing,
    resolve_attention,
)
from backend.checkout.service.order_placement import place
from backend.checkout.service.payment_pages import ask_for_page, check_app_link, record_page, refuse_page
from backend.checkout.service.personal_data import export_orders, export_quotes, forget, has_money_in_flight
from backend.checkout.service.polling import (
    list_books_owners,
    list_orders_to_sync,
    list_people_to_sync,
    postpone_sync,
    stop_syncing,
)
from backend.checkout.service.queries import OrderView, get_order, list_orders, list_project_titles
from backend.checkout.service.quotes import drop_expired, quote
from backend.checkout.service.refunds import (
    ask_for_refund,
    decline_refund,
    list_refund_requests,
    refund,
    refund_recalled,
)

__all__ = [
    "CANCEL_TOPIC",
    "COMPARE_TOPIC",
    "FINISHED",
    "LAPSE_TOPIC",
    "REFUND_TOPIC",
    "SYNC_TOPIC",
    "OrderRequest",
    "OrderView",
    "PaymentSnapshot",
    "QuoteRequest",
    "RefundDecision",
    "RefundReason",
    "StaleTruth",
    "ask_for_page",
    "ask_for_refund",
    "cancel",
    "check_app_link",
    "decline_refund",
    "drop_expired",
    "drop_old_notices",
    "export_invoices",
    "export_orders",
    "export_quotes",
    "fail_refund",
    "find_copy",
    "find_mark",
    "forget",
    "get_invoice_facts",
    "get_order",
    "get_snapshot",
    "has_money_in_flight",
    "is_notice_recorded",
    "issue_invoice",
    "lapse",
    "list_attention",
    "list_books_owners",
    "list_copies",
    "list_lapsing",
    "list_orders",
    "list_orders_to_sync",
    "list_people_to_sync",
    "list_project_titles",
    "list_refund_requests",
    "place",
    "postpone_sync",
    "print_paper",
    "quote",
    "receipt_facts",
    "record_notice",
    "record_page",
    "refund",
    "refund_recalled",
    "refuse_intent",
    "refuse_page",
    "resolve_attention",
    "settle",
    "stop_syncing",
    "verify",
]
