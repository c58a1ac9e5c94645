"""What the checkout talks about: what a buyer asks for, an order before the provider is asked, why a person looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from offsets import (
    ATTENTION,
    UNRESOLVED,
    DisputeStatus,
    Mark,
    Money,
    OrderState,
    PaymentFacts,
    PaymentMethod,
    PaymentStatus,
    RefundStatus,
)

# A payment's status is the provider's, or one of these while there is nothing at the provider to have one.
ASKED, NONE = "asked", "none"
# The payer's own device no longer pays it: it is paid on a page of the provider's, where nobody has tried yet.
ON_PAGE = "on_page"
# A refund's status is the provider's, or one of these: asked for with our key, or no longer wanted.
STOPPED = "stopped"

WAITING = (OrderState.CREATED.value, OrderState.AWAITING_PAYMENT.value)  # to be paid
IN_FLIGHT = (*WAITING, *(state.value for state in UNRESOLVED))
CALLED_OFF = (OrderState.CANCELLED.value, OrderState.LAPSED.value)
CLOSED = frozenset({NONE, PaymentStatus.CANCELLED.value})
# Nobody can pay these any more.
FINISHED = CLOSED | {PaymentStatus.SUCCEEDED.value}
ON_THEIR_WAY = (ASKED, RefundStatus.PENDING.value)  # of refunds


class RefundOrigin(StrEnum):
    """Who wanted a refund."""

    ORDER = "order"  # the table of an order's states: called off, late, mismatched
    OPERATOR = "operator"  # an operator of ours, with a reason
    PROVIDER = "provider"  # somebody at the provider, past our house


class RefundReason(StrEnum):
    """Why a buyer asks for their money back, in their choice of four."""

    CHANGED_MIND = "changed_mind"
    MISTAKE = "mistake"
    NOT_AS_DESCRIBED = "not_as_described"
    OTHER = "other"


class RefundRequestState(StrEnum):
    """What became of a buyer's request for a refund."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


# Reasons for a person to look at an order that are no events of the rule book.
FULFILMENT_FAILED = "fulfilment_failed"  # the money is recorded; what follows from it could not be done
FOREIGN_PAYMENT = "foreign_payment"  # a notice with our mark led to a payment that is not this order's

_SEVERITY = {reason: rank for rank, reason in enumerate((FULFILMENT_FAILED, *ATTENTION, FOREIGN_PAYMENT))}


def worse_attention(known: str | None, reason: str) -> str:
    """The reason that stays when `reason` comes on top of the one known."""
    return reason if known is None or _SEVERITY[reason] >= _SEVERITY.get(known, 0) else known


@dataclass(frozen=True)
class QuoteRequest:
    """What a buyer asks the price of: a project, a currency, and exactly one way of saying how much."""

    project_id: str
    currency: str
    grams: int | None = None
    total_minor: int | None = None  # as much as this money buys
    rest_of_year: int | None = None  # what remains of the footprint of a year
    activity_id: str | None = None  # what one logged journey emitted

    @property
    def asked(self) -> dict[str, Any]:
        """The way it was said, as it is kept."""
        ways = {
            "grams": self.grams,
            "total_minor": self.total_minor,
            "rest_of_year": self.rest_of_year,
            "activity_id": self.activity_id,
        }
        return {way: value for way, value in ways.items() if value is not None}


@dataclass(frozen=True)
class StoredQuote:
    """A price that holds until it expires, with the working of every line; never changed."""

    user_id: str
    id: str
    project_id: str
    project_sha256: str  # of the document the price was read from
    grams: int
    currency: str
    total_minor: int
    per_tonne: Decimal
    lines: Sequence[Mapping[str, Any]]  # kind, label by language, amount, working
    quoted_at: datetime
    expires_at: datetime
    asked: Mapping[str, Any] | None = None  # what the grams were worked out from; none: grams were asked for


@dataclass(frozen=True)
class OrderRequest:
    """What a buyer asks for: a quote, whose name stands on the certificate, and for which year's footprint."""

    quote_id: str
    beneficiary: str
    shows_name: bool = True  # for everybody with the certificate's number
    year: int | None = None  # None: the present one, in the buyer's own zone

    terms: str | None = None  # the version the buyer accepts
    methods: Sequence[str] = ()  # the ways of paying; none: all that are offered for the currency
    network: str | None = None  # the keyed hash of the network address it came from


@dataclass(frozen=True)
class Buyer:
    """Who sets something aside, and with whom their holds are counted together."""

    user_id: str
    circle: tuple[str, ...]  # everybody who shares a household, device, meter, address or payment, themselves included
    network: str | None
    is_guest: bool
    is_proved: bool  # has an e-mail, a phone or a sign-in elsewhere that they proved to be theirs


@dataclass(frozen=True)
class StoredRefundRequest:
    """What a buyer asked for, and what became of it."""

    user_id: str
    order_id: str
    because: str  # of `RefundReason`
    state: str  # of `RefundRequestState`
    asked_at: datetime
    decided_at: datetime | None


@dataclass(frozen=True)
class RefundDecision:
    """An operator gives money back: how much, of retired goods only when that is said, and why."""

    who: str
    reason: str
    amount_minor: int | None = None  # None: all that is left
    keeps_retirement: bool = False  # the credits stay retired for the buyer
    refund_id: str | None = None  # the key to ask with, where whoever decided has minted it


@dataclass(frozen=True)
class RefundRequest:
    """A refund of ours that the provider has not answered: the key we ask with, and how much."""

    refund_id: str
    amount: Money


@dataclass(frozen=True)
class PageWish:
    """What a buyer wants of a page to pay on: where they go afterwards, and the language it speaks."""

    app_link: str
    language: str


@dataclass(frozen=True)
class PageSnapshot:
    """The page of an order as it was asked for, and what we last heard of it."""

    key: str
    provider_id: str | None
    status: str
    app_link: str
    language: str


@dataclass(frozen=True)
class PaymentSnapshot:
    """What one needs to know of an order before asking the provider about it, read without a lock."""

    mark: Mark
    changes: int  # of our copy of the payment
    state: OrderState
    price: Money
    project_id: str
    grams: int
    intent_key: str
    provider_id: str | None
    status: str
    asked_at: datetime
    refunds: tuple[RefundRequest, ...]
    methods: tuple[PaymentMethod, ...]
    hold_expires_at: datetime
    page: PageSnapshot | None

    @property
    def is_on_page(self) -> bool:
        """Whether the payer pays on the provider's page and no payment of it is known yet."""
        return self.page is not None and self.provider_id is None

    def awaits_refund(self, refund_id: str) -> bool:
        """Whether the provider has not answered this refund yet."""
        return any(refund.refund_id == refund_id for refund in self.refunds)


@dataclass(frozen=True)
class InvoiceBuyer:
    """What a buyer wants on an invoice. `kind` is `vat` or `fapiao`: what a Chinese fapiao will be made out by."""

    name: str
    address: str
    tax_number: str
    kind: str = "vat"


@dataclass(frozen=True)
class InvoiceFacts:
    """All that is printed on a receipt, an invoice or a credit note, frozen when it is issued."""

    number: str
    issued_at: str
    order_id: str
    seller: str
    buyer: InvoiceBuyer
    project: Mapping[str, str]
    grams: int
    lines: Sequence[Mapping[str, Any]]  # label by language, amount_minor
    total_minor: int
    tax_permille: int
    tax_minor: int  # of the total
    currency: str
    credits: str | None  # of a credit note: the number of the invoice

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> InvoiceFacts:
        """The facts that were written down."""
        return cls(**{**written, "buyer": InvoiceBuyer(**written["buyer"])})

    @property
    def written(self) -> dict[str, Any]:
        """The facts as they are written down."""
        return asdict(self)

    def numbered(self, number: str, at: datetime) -> InvoiceFacts:
        """The same under a number and a day."""
        return replace(self, number=number, issued_at=at.isoformat(timespec="seconds"))

    def crediting(self, invoice: str, total_minor: int, tax_minor: int) -> InvoiceFacts:
        """A credit note about a part of an invoice."""
        return replace(self, credits=invoice, total_minor=total_minor, tax_minor=tax_minor)


@dataclass(frozen=True)
class PaymentCopy:
    """Our copy of one payment, to be compared with the provider's books."""

    mark: Mark
    provider_id: str
    status: str
    captured: Money
    refunded_minor: int
    dispute: str

    def differs_from(self, truth: PaymentFacts) -> bool:
        """Whether the provider's books say anything else about it."""
        return (self.provider_id, self.status, self.captured, self.refunded_minor, self.dispute) != (
            truth.payment_id,
            truth.status.value,
            truth.captured,
            truth.refunded.minor,
            truth.dispute.value,
        )


@dataclass(frozen=True)
class BooksDifference:
    """A payment about which our books and the provider's do not agree, even after it was synced."""

    payment_id: str
    mark: Mark | None
    problem: str


def is_disputed(dispute: str) -> bool:
    """Whether the payer's bank has the money, for now or for good, so that no refund can be made."""
    return dispute in (DisputeStatus.OPEN.value, DisputeStatus.LOST.value)
