"""Where transactions and remote calls alternate: the only place that asks the payment provider.

Promise: a transaction is never open while we ask; what we were told is settled in a transaction of its own; an
unknown outcome is asked about, with the same key or by looking, never with a new key. Every function may be repeated
after a crash at any point.
"""

from backend.checkout.flow.payment_requests import cancel_payment, open_payment, placing, refund
from backend.checkout.flow.reconciliation import reconcile
from backend.checkout.flow.sync import look
from backend.checkout.flow.webhook import hear

__all__ = ["cancel_payment", "hear", "look", "open_payment", "placing", "reconcile", "refund"]
