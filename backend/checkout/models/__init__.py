"""The tables of the checkout: all owned, but the two directories of the provider's ids."""

from backend.checkout.models.orders import OrderMove, OrderRow, QuoteRow
from backend.checkout.models.payments import NoticeRow, PaymentIntent, PaymentRow, RefundRow

__all__ = ["NoticeRow", "OrderMove", "OrderRow", "PaymentIntent", "PaymentRow", "QuoteRow", "RefundRow"]
