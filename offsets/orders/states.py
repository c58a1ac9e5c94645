"""The words of an order's life: states, events, effects and the three kinds of decision. Touches nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands. Stock is held in the first three only."""

    CREATED = "created"  # the provider has not answered with an intent yet
    AWAITING_PAYMENT = "awaiting_payment"  # the buyer may pay, as often as it takes
    PAID = "paid"  # the whole amount captured, credits about to be retired
    LATE = "late"  # captured without a hold: stock is looked for in the same transaction
    RETIRED = "retired"  # credits retired for the beneficiary; never undone
    CANCELLED = "cancelled"  # called off before any money was taken
    LAPSED = "lapsed"  # the hold ran out unpaid
    REFUNDING = "refunding"  # captured money on its way back
    REFUNDED = "refunded"  # all of it is back
    DISPUTED = "disputed"  # the buyer's bank asks for the money; nothing is retired meanwhile
    CHARGED_BACK = "charged_back"  # the bank took it back


class OrderEvent(StrEnum):
    """What became known or was asked for."""

    INTENT_CREATED = "intent_created"
    INTENT_REFUSED = "intent_refused"  # the provider definitely made none
    PAYMENT_FAILED = "payment_failed"  # one attempt; another may follow
    PAYMENT_SUCCEEDED = "payment_succeeded"  # exactly what the order costs was captured
    PAYMENT_MISMATCHED = "payment_mismatched"  # something else was captured
    PAYMENT_CANCELLED = "payment_cancelled"  # the provider closed the intent, nothing captured
    HOLD_LAPSED = "hold_lapsed"  # by the database's clock
    STOCK_HELD = "stock_held"
    STOCK_GONE = "stock_gone"
    CREDITS_RETIRED = "credits_retired"
    CANCEL_REQUESTED = "cancel_requested"
    REFUND_REQUESTED = "refund_requested"
    REFUND_STARTED = "refund_started"  # all of it is on its way, by us or by hand at the provider
    PARTLY_REFUNDED = "partly_refunded"
    REFUNDED = "refunded"  # everything captured is back
    REFUND_FAILED = "refund_failed"
    DISPUTE_OPENED = "dispute_opened"
    DISPUTE_WON = "dispute_won"
    DISPUTE_LOST = "dispute_lost"


class OrderEffect(StrEnum):
    """What the caller does in the transaction of the move; each is safe to meet twice for one order."""

    HOLD = "hold"  # try to; then tell STOCK_HELD or STOCK_GONE
    RELEASE = "release"  # whatever is still held
    RETIRE = "retire"  # then tell CREDITS_RETIRED
    ISSUE_CERTIFICATE = "issue_certificate"
    RECORD_INTENT = "record_intent"
    RECORD_FAILURE = "record_failure"
    RECORD_PAYMENT = "record_payment"
    RECORD_REFUND = "record_refund"
    RECORD_DISPUTE = "record_dispute"
    CANCEL_INTENT = "cancel_intent"  # queue it, as soon as the intent is known
    REQUEST_REFUND = "request_refund"  # queue whatever is captured and not yet back; one key until it failed for good
    STOP_REFUND = "stop_refund"  # the bank took the money first
    TELL_OPERATOR = "tell_operator"


@dataclass(frozen=True, slots=True)
class Moved:
    """The order is now in `to`, perhaps where it was, and the effects are due in this order."""

    to: OrderState
    effects: tuple[OrderEffect, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """Ordinary and already known: nothing changes, and nobody is told of an error."""

    reason: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody asked for what cannot be: the answer is an error with this code."""

    code: str


Decision = Moved | Ignored | Refused
