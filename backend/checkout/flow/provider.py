"""The payment provider of this installation, behind a guard: it is never asked while a transaction is open."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from backend.platform.core import context
from backend.platform.data import transactions
from offsets import (
    Mark,
    Money,
    Notice,
    Outcome,
    PageFacts,
    PageRequest,
    PaymentBooks,
    PaymentFacts,
    PaymentGateway,
    PaymentRequest,
    RefundFacts,
)


class Provider(PaymentGateway, PaymentBooks, Protocol):
    """A payment provider whose books we may compare with ours."""


class OutsideTransactions:
    """A gateway that raises `RuntimeError` when somebody asks it inside a transaction."""

    def __init__(self, gateway: Provider) -> None:
        self._gateway = gateway

    def create_payment(self, request: PaymentRequest, key: str) -> Outcome[PaymentFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.create_payment(request, key)

    def get_payment(self, payment_id: str) -> Outcome[PaymentFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.get_payment(payment_id)

    def find_payment(self, mark: Mark, around: datetime) -> Outcome[PaymentFacts | None]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.find_payment(mark, around)

    def list_payments(self, since: datetime, until: datetime) -> Outcome[tuple[PaymentFacts, ...]]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.list_payments(since, until)

    def cancel_payment(self, payment_id: str, key: str) -> Outcome[PaymentFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.cancel_payment(payment_id, key)

    def create_page(self, request: PageRequest, key: str) -> Outcome[PageFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.create_page(request, key)

    def get_page(self, page_id: str) -> Outcome[PageFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.get_page(page_id)

    def expire_page(self, page_id: str, key: str) -> Outcome[PageFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.expire_page(page_id, key)

    def refund_payment(self, payment_id: str, amount: Money | None, key: str) -> Outcome[RefundFacts]:
        """As the port says."""
        transactions.refuse_in_transaction()
        return self._gateway.refund_payment(payment_id, amount, key)

    def read_notice(self, payload: bytes, signature: str, now: datetime) -> Notice:
        """As the port says; it talks to nobody."""
        return self._gateway.read_notice(payload, signature, now)


def get_gateway() -> OutsideTransactions:
    """The provider the settings name; one per process."""
    gateway: OutsideTransactions = context.remembered("gateway", _connect)
    return gateway


def _connect() -> OutsideTransactions:
    # its client is a fortieth of the time to start, and only who pays or is paid back needs it
    from offsets.stripe_gateway import StripeGateway, StripeSettings

    settings = context.settings()
    stripe = StripeSettings(
        api_key=settings.stripe_api_key,
        notice_secret=settings.stripe_webhook_secret,
        api_base=settings.stripe_api_base or None,
    )
    return OutsideTransactions(StripeGateway(stripe))
