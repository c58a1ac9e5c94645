"""The checkout on the wire: quotes, orders, and the provider's notices."""

from backend.checkout.api import orders, payment_pages, refunds, webhook
from backend.checkout.api.blueprint import edge

__all__ = ["edge", "orders", "payment_pages", "refunds", "webhook"]
