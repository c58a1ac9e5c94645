"""The payment port over Stripe's SDK: the only file that imports it.

Promise: one request per call and never a retry of its own, so that our persisted key decides; every answer, error and
broken connection becomes one of the port's outcomes. The same code points at Stripe or at `offsets/sandbox/`. Talks to
the network; holds no state but the connection.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard, TypeVar

import stripe
from stripe.params import PaymentIntentListParams, RefundCreateParams

from offsets.errors import OffsetRefused
from offsets.gateway import (
    Declined,
    DisputeStatus,
    Done,
    Mark,
    Notice,
    NoticeRefused,
    Outcome,
    PaymentFacts,
    PaymentRequest,
    PaymentStatus,
    RefundFacts,
    RefundStatus,
    Rejected,
    Unknown,
)
from offsets.money import Money, exponent

T = TypeVar("T")

# Charges whose minor unit Stripe counts otherwise than ISO 4217 (https://docs.stripe.com/currencies): not offered.
_COUNTED_OTHERWISE = frozenset({"ISK", "UGX"})
_EXPAND = ["latest_charge.refunds"]
# A payment is looked for from a little before our first request (clocks differ) until our key has expired there.
_SEARCH_BEFORE = timedelta(minutes=5)
_SEARCH_AFTER = timedelta(hours=25)

# The name of our mark in the provider's metadata: no other product on the same account uses it.
_OUR_ORDER = "carbon_account_order"
_OUR_REFUND = "carbon_account_refund"
_IDENTIFIER = re.compile(r"[!-~]{1,120}")

_PAYMENT_STATUS = {
    "requires_payment_method": PaymentStatus.OPEN,
    "requires_confirmation": PaymentStatus.OPEN,
    "requires_action": PaymentStatus.ACTION_REQUIRED,
    "processing": PaymentStatus.PROCESSING,
    "requires_capture": PaymentStatus.PROCESSING,
    "succeeded": PaymentStatus.SUCCEEDED,
    "canceled": PaymentStatus.CANCELLED,
}
_REFUND_STATUS = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
_DISPUTE_STATUS = {
    "needs_response": DisputeStatus.OPEN,
    "under_review": DisputeStatus.OPEN,
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
}


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """How to reach Stripe: `api_base` is None for Stripe itself, else the sandbox's address."""

    api_key: str
    notice_secret: str
    api_base: str | None = None
    connect_timeout_s: float = 3.0
    read_timeout_s: float = 20.0
    notice_tolerance: timedelta = timedelta(minutes=5)


class StripeGateway:
    """`offsets.gateway.PaymentGateway` over Stripe; safe to share between threads."""

    def __init__(self, settings: StripeSettings) -> None:
        self._settings = settings
        self._http = stripe.RequestsClient(timeout=(settings.connect_timeout_s, settings.read_timeout_s))
        self._client = stripe.StripeClient(
            settings.api_key,
            base_addresses={"api": settings.api_base} if settings.api_base else None,
            max_network_retries=0,
            http_client=self._http,
        )

    def close(self) -> None:
        """Let go of this thread's connection."""
        self._http.close()  # type: ignore[no-untyped-call]  # the SDK leaves this one method untyped

    def create_payment(self, request: PaymentRequest, key: str) -> Outcome[PaymentFacts]:
        """Make a payment possible with every method the account offers in that currency."""
        currency = _stripe_currency(request.amount.currency)
        return _attempt(
            lambda: self._facts(
                self._client.v1.payment_intents.create(
                    {
                        "amount": request.amount.minor,
                        "currency": currency,
                        "description": request.description,
                        "automatic_payment_methods": {"enabled": True},
                        "metadata": _marked(request.mark),
                        "expand": _EXPAND,
                    },
                    {"idempotency_key": key},
                )
            )
        )

    def get_payment(self, payment_id: str) -> Outcome[PaymentFacts]:
        """The intent with its charge, refunds and, where there is one, its dispute."""
        return _attempt(lambda: self._facts(self._client.v1.payment_intents.retrieve(payment_id, {"expand": _EXPAND})))

    def find_payment(self, mark: Mark, around: datetime) -> Outcome[PaymentFacts | None]:
        """The intent with our mark, read from the list: unlike the search it never lags behind what was made."""
        asked: PaymentIntentListParams = {
            "created": {
                "gte": int((around - _SEARCH_BEFORE).timestamp()),
                "lte": int((around + _SEARCH_AFTER).timestamp()),
            },
            "limit": 100,
            "expand": [f"data.{path}" for path in _EXPAND],
        }

        def look() -> PaymentFacts | None:
            pages = self._client.v1.payment_intents.list(asked)
            for intent in pages.auto_paging_iter():
                if _bears(intent.metadata, mark):
                    return replace(self._facts(intent), mark=mark)
            return None

        return _attempt(look)

    def list_payments(self, since: datetime, until: datetime) -> Outcome[tuple[PaymentFacts, ...]]:
        """Every intent with our mark that was made in that time, page by page."""
        asked: PaymentIntentListParams = {
            "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
            "limit": 100,
            "expand": [f"data.{path}" for path in _EXPAND],
        }

        def read_all() -> tuple[PaymentFacts, ...]:
            pages = self._client.v1.payment_intents.list(asked)
            return tuple(self._facts(intent) for intent in pages.auto_paging_iter() if _mark(intent.metadata))

        return _attempt(read_all)

    def confirm_payment(self, payment_id: str, payment_method: str, return_url: str, key: str) -> Outcome[PaymentFacts]:
        """Charge a known payment method; Done with `action_url` when the payer's bank wants to see the payer."""
        return _attempt(
            lambda: self._facts(
                self._client.v1.payment_intents.confirm(
                    payment_id,
                    {"payment_method": payment_method, "return_url": return_url, "expand": _EXPAND},
                    {"idempotency_key": key},
                )
            )
        )

    def cancel_payment(self, payment_id: str, key: str) -> Outcome[PaymentFacts]:
        """Close an intent; Rejected with `payment_intent_unexpected_state` when it was paid or closed before."""
        return _attempt(
            lambda: self._facts(
                self._client.v1.payment_intents.cancel(payment_id, {"expand": _EXPAND}, {"idempotency_key": key})
            )
        )

    def refund_payment(self, payment_id: str, amount: Money | None, key: str) -> Outcome[RefundFacts]:
        """Give money back; Rejected with `charge_already_refunded` when nothing is left to give."""
        asked: RefundCreateParams = {"payment_intent": payment_id, "metadata": {_OUR_REFUND: key}}
        if amount is not None:
            asked["amount"] = amount.minor
        return _attempt(lambda: _refund_facts(self._client.v1.refunds.create(asked, {"idempotency_key": key})))

    def read_notice(self, payload: bytes, signature: str, now: datetime) -> Notice:
        """The notice in a signed body, by our clock no older and no newer than the tolerance."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._settings.notice_secret, tolerance=None)
            signed_at = datetime.fromtimestamp(int(_signed_at(signature)), UTC)
            event = json.loads(payload)
        except (
            stripe.SignatureVerificationError,
            ValueError,
            TypeError,
            OverflowError,
            OSError,
            RecursionError,
            StopIteration,
        ) as error:
            raise NoticeRefused(type(error).__name__) from None
        if abs(now - signed_at) > self._settings.notice_tolerance:
            raise NoticeRefused("signed outside the tolerance")
        if not isinstance(event, dict) or event.get("object") != "event":
            raise NoticeRefused("not an event")
        return _notice(event)

    def _facts(self, intent: stripe.PaymentIntent) -> PaymentFacts:
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        currency = intent.currency.upper()
        failure = _given(intent, "last_payment_error")
        redirect = _given(_given(intent, "next_action"), "redirect_to_url")
        return PaymentFacts(
            payment_id=intent.id,
            mark=_mark(intent.metadata),
            status=_PAYMENT_STATUS.get(intent.status, PaymentStatus.PROCESSING),
            amount=Money(intent.amount, currency),
            captured=Money(intent.amount_received, currency),
            refunds=self._refunds(charge, intent.id),
            dispute=self._dispute(intent.id) if charge is not None and charge.disputed else DisputeStatus.NONE,
            failure_code=_given(failure, "decline_code") or _given(failure, "code"),
            client_secret=intent.client_secret,
            action_url=_given(redirect, "url"),
            created_at=datetime.fromtimestamp(intent.created, UTC),
        )

    def _refunds(self, charge: stripe.Charge | None, payment_id: str) -> tuple[RefundFacts, ...]:
        expanded = _given(charge, "refunds")
        if expanded is None:
            return ()
        if not expanded.has_more:
            return tuple(_refund_facts(refund) for refund in expanded.data)
        pages = self._client.v1.refunds.list({"payment_intent": payment_id, "limit": 100})
        return tuple(_refund_facts(refund) for refund in pages.auto_paging_iter())

    def _dispute(self, payment_id: str) -> DisputeStatus:
        found = self._client.v1.disputes.list({"payment_intent": payment_id, "limit": 100})
        statuses = {_DISPUTE_STATUS.get(dispute.status, DisputeStatus.NONE) for dispute in found.data}
        worst_first = (DisputeStatus.LOST, DisputeStatus.OPEN, DisputeStatus.WON)
        return next((status for status in worst_first if status in statuses), DisputeStatus.NONE)


def _attempt(call: Callable[[], T]) -> Outcome[T]:
    """The answer of one call as an outcome; only what Stripe says for certain is certain."""
    try:
        return Done(call())
    except stripe.CardError as error:
        return Declined(_decline_code(error), error.user_message or "declined")
    except stripe.IdempotencyError as error:
        if error.http_status == 409:
            return Unknown("the first request with this key still runs")
        return Rejected("idempotency_mismatch", error.user_message or "the key was used for another request")
    except stripe.InvalidRequestError as error:
        if error.http_status in (400, 404):
            return Rejected(error.code or "invalid_request", error.user_message or "refused")
        return Unknown(f"HTTP {error.http_status}: {error.code}")
    except stripe.RateLimitError as error:
        return Unknown("rate limited", _retry_after(error.headers))
    except stripe.StripeError as error:
        # A broken connection, a 5xx, a key not accepted: nothing about this request is known for certain.
        return Unknown(f"{type(error).__name__}, HTTP {error.http_status}")


def _decline_code(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return str(body.get("error", {}).get("decline_code") or error.code or "card_declined")


def _retry_after(headers: Mapping[str, str] | None) -> float | None:
    written = (headers or {}).get("retry-after") or (headers or {}).get("Retry-After")
    return float(written) if written and written.isdigit() else None


def _given(thing: Any, name: str) -> Any:
    """A field that Stripe leaves out when there is nothing to say, whatever the SDK's types promise."""
    return getattr(thing, name, None)


def _refund_facts(refund: stripe.Refund) -> RefundFacts:
    payment = refund.payment_intent
    return RefundFacts(
        refund_id=refund.id,
        payment_id=payment if isinstance(payment, str) else payment.id if payment else "",
        amount=Money(refund.amount, refund.currency.upper()),
        status=_REFUND_STATUS.get(refund.status or "pending", RefundStatus.PENDING),
        failure_code=_given(refund, "failure_reason"),
        created_at=datetime.fromtimestamp(refund.created, UTC),
        key=_plain(refund.metadata).get(_OUR_REFUND),
    )


def _marked(mark: Mark) -> dict[str, str]:
    return {_OUR_ORDER: mark.order_id, "user_id": mark.user_id, "order_id": mark.order_id}


def _mark(metadata: Any) -> Mark | None:
    """Our mark; none on what another product of the same account has made, whatever its orders and users are called."""
    data = _plain(metadata)
    user_id, order_id = data.get("user_id"), data.get(_OUR_ORDER)
    return Mark(user_id, order_id) if _is_identifier(user_id) and _is_identifier(order_id) else None


def _bears(metadata: Any, mark: Mark) -> bool:
    """Whether a payment is the one of `mark`, also when it was made before our mark had a name of its own."""
    data = _plain(metadata)
    return data.get("user_id") == mark.user_id and mark.order_id in (data.get(_OUR_ORDER), data.get("order_id"))


def _plain(metadata: Any) -> dict[str, Any]:
    data = metadata.to_dict() if isinstance(metadata, stripe.StripeObject) else metadata
    return data if isinstance(data, dict) else {}


def _is_identifier(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and _IDENTIFIER.fullmatch(value) is not None


def _identifier(value: object) -> str:
    """An id or a kind as the provider writes one; anything else has no place in our books."""
    if not _is_identifier(value):
        raise ValueError("an identifier of up to 120 plain characters")
    return value


def _notice(event: Mapping[str, Any]) -> Notice:
    try:
        about = event["data"]["object"]
        payment_id = about["id"] if about["object"] == "payment_intent" else about.get("payment_intent")
        return Notice(
            notice_id=_identifier(event["id"]),
            kind=_identifier(event["type"]),
            payment_id=_identifier(payment_id) if isinstance(payment_id, str) else None,
            mark=_mark(about.get("metadata")),
            created_at=datetime.fromtimestamp(int(event["created"]), UTC),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, OSError) as error:
        raise NoticeRefused(f"an event without what one has: {type(error).__name__}") from None


def _signed_at(signature: str) -> str:
    return next(part[2:] for part in signature.split(",") if part.startswith("t="))


def _stripe_currency(currency: str) -> str:
    if currency in _COUNTED_OTHERWISE or exponent(currency) == 3:
        raise OffsetRefused("gateway.currency", currency=currency)
    return currency.lower()
