"""The checkout on the wire: quotes, orders, and the provider's doorbell."""

from backend.checkout.api import buying, doorbell
from backend.checkout.api.door import edge

__all__ = ["buying", "doorbell", "edge"]
