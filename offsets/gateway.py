"""The payment port: what this house asks of a payment provider, in words that name none.

Promise: every answer is one of four things. `Done`: it happened, here are the facts. `Declined`: the payer's bank said
no, another attempt may do. `Rejected`: the provider refused for good, nothing happened and the same request will not
do. `Unknown`: it may have happened; ask (the same key, or by fetching), never with a new key. Touches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from offsets.errors import OffsetError
from offsets.money import Money
from offsets.payment_methods import PaymentMethod

T = TypeVar("T", covariant=True)


class PaymentStatus(StrEnum):
    """Where a payment intent stands, in as many words as an order needs."""

    OPEN = "open"  # waits for a payment method or a confirmation
    ACTION_REQUIRED = "action_required"  # waits for the payer, such as 3-D Secure
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    CANCELLED = "cancelled"


class RefundStatus(StrEnum):
    """Where a refund stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class DisputeStatus(StrEnum):
    """Where a dispute stands; a mere inquiry moves no money and counts as none."""

    NONE = "none"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Mark:
    """Ours on everything we make at the provider: finds the order of a notice that arrives before our id is saved."""

    user_id: str
    order_id: str


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """A payment to be made possible: how much, for what in words the payer's statement may show, and by which ways.

    Without `methods` the payer is offered whatever the account has for the currency.
    """

    mark: Mark
    amount: Money
    description: str
    methods: tuple[PaymentMethod, ...] = ()


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A page of the provider's to pay on: what for, where the payer goes afterwards, and until when it is open."""

    payment: PaymentRequest
    success_url: str
    cancel_url: str
    expires_at: datetime
    language: str  # of the page, by its short key


@dataclass(frozen=True, slots=True)
class RefundFacts:
    """One refund as the provider's books have it now; `key` is ours, none when somebody else asked for it."""

    refund_id: str
    payment_id: str
    amount: Money
    status: RefundStatus
    failure_code: str | None
    created_at: datetime
    key: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """One payment as the provider's books have it now. `client_secret` lets the payer's device confirm it, so
    it stays out of logs."""

    payment_id: str
    mark: Mark | None
    status: PaymentStatus
    amount: Money
    captured: Money
    refunds: tuple[RefundFacts, ...]
    dispute: DisputeStatus
    failure_code: str | None
    client_secret: str | None = field(repr=False)
    action_url: str | None
    created_at: datetime

    @property
    def refunded(self) -> Money:
        """What is back with the payer."""
        return self._refunds(RefundStatus.SUCCEEDED)

    @property
    def refund_pending(self) -> Money:
        """What is on its way back."""
        return self._refunds(RefundStatus.PENDING)

    def _refunds(self, status: RefundStatus) -> Money:
        minor = sum(refund.amount.minor for refund in self.refunds if refund.status is status)
        return Money(minor, self.captured.currency)


class PageStatus(StrEnum):
    """Where a page to pay on stands."""

    OPEN = "open"
    COMPLETE = "complete"  # somebody has paid on it, or the money is on its way
    EXPIRED = "expired"  # nobody can pay on it any more


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page to pay on as the provider's books have it now; `payment_id` is None until somebody has tried to pay."""

    page_id: str
    mark: Mark | None
    status: PageStatus
    payment_id: str | None
    url: str | None = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Notice:
    """A verified webhook notice: which payment to fetch. What the notice claims about it is not used.

    `payment_id` is None when the notice is about something else than a payment; `mark` when it bears none of ours.
    """

    notice_id: str
    kind: str
    payment_id: str | None
    mark: Mark | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """It happened."""

    facts: T


@dataclass(frozen=True, slots=True)
class Declined:
    """The payer's bank said no (`insufficient_funds`); another attempt may succeed."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refused for good; nothing happened."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may or may not have happened: ask again. `retry_after_s` is the provider's wish, where it has one."""

    reason: str
    retry_after_s: float | None = None


Outcome = Done[T] | Declined | Rejected | Unknown


class NoticeRefused(OffsetError):
    """A notice nobody signed, or signed too long ago, or that is not one."""


class PaymentGateway(Protocol):
    """A payment provider. `key` names one business intent: the same key never makes a second effect."""

    def create_payment(self, request: PaymentRequest, key: str) -> Outcome[PaymentFacts]:
        """Make a payment possible; the money moves when the payer confirms it."""

    def get_payment(self, payment_id: str) -> Outcome[PaymentFacts]:
        """The truth about one payment, its refunds and dispute included."""

    def find_payment(self, mark: Mark, around: datetime) -> Outcome[PaymentFacts | None]:
        """The payment with our mark, first asked for at about that time; Done(None) when the books have none."""

    def confirm_payment(self, payment_id: str, payment_method: str, return_url: str, key: str) -> Outcome[PaymentFacts]:
        """Charge a payment method the provider already knows; payers on their own device confirm there instead."""

    def cancel_payment(self, payment_id: str, key: str) -> Outcome[PaymentFacts]:
        """Close an intent so that nobody can pay it; Rejected when it is too late."""

    def create_page(self, request: PageRequest, key: str) -> Outcome[PageFacts]:
        """Open a page of the provider's to pay on; its payment bears the mark as soon as there is one."""

    def get_page(self, page_id: str) -> Outcome[PageFacts]:
        """The truth about one page."""

    def expire_page(self, page_id: str, key: str) -> Outcome[PageFacts]:
        """Close a page so that nobody can pay on it; Rejected when it is complete or closed already."""

    def refund_payment(self, payment_id: str, amount: Money | None, key: str) -> Outcome[RefundFacts]:
        """Give back an amount, or all that is left of it for None."""

    def read_notice(self, payload: bytes, signature: str, now: datetime) -> Notice:
        """The notice in a signed body; raises NoticeRefused."""


class PaymentBooks(Protocol):
    """What a payment provider's books hold, for whoever compares them with ours."""

    def list_payments(self, since: datetime, until: datetime) -> Outcome[tuple[PaymentFacts, ...]]:
        """Every payment in the provider's books that bears our mark and was made from `since` to `until`."""
