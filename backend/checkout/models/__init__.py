"""The tables of the checkout: all owned, but the two directories of the provider's ids."""

from backend.checkout.models.invoices import InvoiceRow, InvoiceSeries
from backend.checkout.models.orders import OrderRow, OrderTransition, QuoteRow
from backend.checkout.models.payments import (
    NoticeRow,
    PaymentIntent,
    PaymentPageRow,
    PaymentRow,
    RefundRequestRow,
    RefundRow,
)

__all__ = [
    "InvoiceRow",
    "InvoiceSeries",
    "NoticeRow",
    "OrderRow",
    "OrderTransition",
    "PaymentIntent",
    "PaymentPageRow",
    "PaymentRow",
    "QuoteRow",
    "RefundRequestRow",
    "RefundRow",
]
