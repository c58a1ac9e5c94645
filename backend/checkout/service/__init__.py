"""The verbs of the checkout, in a transaction someone else opened. Lock order: order → payment → lots → accounts."""

from backend.checkout.service.apply_payment import (
    Ask,
    StaleTruth,
    fail_refund,
    find_mark,
    get_ask,
    knows_notice,
    record_notice,
    refuse_intent,
    settle,
)
from backend.checkout.service.effects import CANCEL_TOPIC, LAPSE_TOPIC, LOOK_TOPIC, REFUND_TOPIC
from backend.checkout.service.invariants import verify
from backend.checkout.service.order_commands import (
    cancel,
    lapse,
    list_attention,
    list_lapsing,
    request_refund,
    resolve_attention,
)
from backend.checkout.service.order_placement import Wish, place
from backend.checkout.service.personal_data import export_orders, export_quotes, forget, has_money_in_flight
from backend.checkout.service.polling import FINISHED, give_up_asking, list_due_looks, list_looking, look_later
from backend.checkout.service.queries import OrderView, get_order, list_orders
from backend.checkout.service.quotes import drop_expired, quote

__all__ = [
    "CANCEL_TOPIC",
    "FINISHED",
    "LAPSE_TOPIC",
    "LOOK_TOPIC",
    "REFUND_TOPIC",
    "Ask",
    "OrderView",
    "StaleTruth",
    "Wish",
    "cancel",
    "drop_expired",
    "export_orders",
    "export_quotes",
    "fail_refund",
    "find_mark",
    "forget",
    "get_ask",
    "get_order",
    "give_up_asking",
    "has_money_in_flight",
    "knows_notice",
    "lapse",
    "list_attention",
    "list_due_looks",
    "list_lapsing",
    "list_looking",
    "list_orders",
    "look_later",
    "place",
    "quote",
    "record_notice",
    "refuse_intent",
    "request_refund",
    "resolve_attention",
    "settle",
    "verify",
]
