"""The payment port over Stripe's SDK: the only file that imports it.

Promise: one request per call and never a retry of its own, so that our persisted key decides; every answer, error and
broken connection becomes one of the port's outcomes. The same code points at Stripe or at `offsets/sandbox/`. Talks to
the network; holds no state but the connection.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import stripe
from stripe.params import PaymentIntentCreateParams, PaymentIntentListParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams

from offsets.errors import OffsetRefused
from offsets.gateway import (
    Declined,
    DisputeStatus,
    Done,
    Mark,
    Notice,
    NoticeRefused,
    Outcome,
    PageFacts,
    PageRequest,
    PaymentFacts,
    PaymentRequest,
    PaymentStatus,
    RefundFacts,
    RefundStatus,
    Rejected,
    Unknown,
)
from offsets.money import Money, exponent
from offsets.payment_methods import PaymentMethod
from offsets.stripe_shapes import (
    OUR_REFUND,
    bears,
    find_next_url,
    given,
    plain,
    read_event_notice,
    read_mark,
    read_page,
    read_signed_at,
    write_mark,
)

T = TypeVar("T")

# Charges whose minor unit Stripe counts otherwise than ISO 4217 (https://docs.stripe.com/currencies): not offered.
_COUNTED_OTHERWISE = frozenset({"ISK", "UGX"})
_EXPAND = ["latest_charge.refunds"]
# A payment is looked for from a little before our first request (clocks differ) until our key has expired there.
_SEARCH_BEFORE = timedelta(minutes=5)
_SEARCH_AFTER = timedelta(hours=25)

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
        """Make a payment possible by the ways that are wanted, or by every one the account offers in that currency."""
        asked: PaymentIntentCreateParams = {
            "amount": request.amount.minor,
            "currency": _stripe_currency(request.amount.currency),
            "description": request.description,
            "automatic_payment_methods": {"enabled": True},
            "metadata": write_mark(request.mark),
            "expand": _EXPAND,
        }
        if request.methods:
            asked["allowed_payment_method_types"] = [method.value for method in request.methods]
        if PaymentMethod.WECHAT_PAY in request.methods:
            asked["payment_method_options"] = {"wechat_pay": {"client": "web"}}
        return _attempt(lambda: self._facts(self._client.v1.payment_intents.create(asked, {"idempotency_key": key})))

    def create_page(self, request: PageRequest, key: str) -> Outcome[PageFacts]:
        """A Checkout Session for the whole amount as one line, its payment marked like any other of ours."""
        asked = _session(request)
        return _attempt(lambda: read_page(self._client.v1.checkout.sessions.create(asked, {"idempotency_key": key})))

    def get_page(self, page_id: str) -> Outcome[PageFacts]:
        """The session with the id of its payment, where there is one."""
        return _attempt(lambda: read_page(self._client.v1.checkout.sessions.retrieve(page_id)))

    def expire_page(self, page_id: str, key: str) -> Outcome[PageFacts]:
        """Expire a session; Rejected when somebody has paid on it or it is closed."""
        return _attempt(
            lambda: read_page(self._client.v1.checkout.sessions.expire(page_id, {}, {"idempotency_key": key}))
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
                if bears(intent.metadata, mark):
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
            return tuple(self._facts(intent) for intent in pages.auto_paging_iter() if read_mark(intent.metadata))

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
        asked: RefundCreateParams = {"payment_intent": payment_id, "metadata": {OUR_REFUND: key}}
        if amount is not None:
            asked["amount"] = amount.minor
        return _attempt(lambda: _refund_facts(self._client.v1.refunds.create(asked, {"idempotency_key": key})))

    def read_notice(self, payload: bytes, signature: str, now: datetime) -> Notice:
        """The notice in a signed body, by our clock no older and no newer than the tolerance."""
        try:
            stripe.WebhookSignature.verify_header(payload, signature, self._settings.notice_secret, tolerance=None)
            signed_at = datetime.fromtimestamp(int(read_signed_at(signature)), UTC)
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
        return read_event_notice(event)

    def _facts(self, intent: stripe.PaymentIntent) -> PaymentFacts:
        charge = intent.latest_charge if isinstance(intent.latest_charge, stripe.Charge) else None
        currency = intent.currency.upper()
        failure = given(intent, "last_payment_error")
        return PaymentFacts(
            payment_id=intent.id,
            mark=read_mark(intent.metadata),
            status=_PAYMENT_STATUS.get(intent.status, PaymentStatus.PROCESSING),
            amount=Money(intent.amount, currency),
            captured=Money(intent.amount_received, currency),
            refunds=self._refunds(charge, intent.id),
            dispute=self._dispute(intent.id) if charge is not None and charge.disputed else DisputeStatus.NONE,
            failure_code=given(failure, "decline_code") or given(failure, "code"),
            client_secret=intent.client_secret,
            action_url=find_next_url(given(intent, "next_action")),
            created_at=datetime.fromtimestamp(intent.created, UTC),
        )

    def _refunds(self, charge: stripe.Charge | None, payment_id: str) -> tuple[RefundFacts, ...]:
        expanded = given(charge, "refunds")
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


def _session(request: PageRequest) -> SessionCreateParams:
    payment = request.payment
    asked: SessionCreateParams = {
        "mode": "payment",
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": int(request.expires_at.timestamp()),
        "client_reference_id": payment.mark.order_id,
        "metadata": write_mark(payment.mark),
        "payment_intent_data": {"metadata": write_mark(payment.mark), "description": payment.description},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": _stripe_currency(payment.amount.currency),
                    "unit_amount": payment.amount.minor,
                    "product_data": {"name": payment.description},
                },
            }
        ],
    }
    if payment.methods:
        asked["allowed_payment_method_types"] = [method.value for method in payment.methods]
    if PaymentMethod.WECHAT_PAY in payment.methods:
        asked["payment_method_options"] = {"wechat_pay": {"client": "web"}}
    asked["locale"] = "zh" if request.language == "zh" else "en"
    return asked


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


def _refund_facts(refund: stripe.Refund) -> RefundFacts:
    payment = refund.payment_intent
    return RefundFacts(
        refund_id=refund.id,
        payment_id=payment if isinstance(payment, str) else payment.id if payment else "",
        amount=Money(refund.amount, refund.currency.upper()),
        status=_REFUND_STATUS.get(refund.status or "pending", RefundStatus.PENDING),
        failure_code=given(refund, "failure_reason"),
        created_at=datetime.fromtimestamp(refund.created, UTC),
        key=plain(refund.metadata).get(OUR_REFUND),
    )


def _stripe_currency(currency: str) -> str:
    if currency in _COUNTED_OTHERWISE or exponent(currency) == 3:
        raise OffsetRefused("gateway.currency", currency=currency)
    return currency.lower()
