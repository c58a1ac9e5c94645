"""Where transactions and remote calls alternate: the only place that asks the payment provider.

Promise: a transaction is never open while we ask; what we were told is settled in a transaction of its own; an
unknown outcome is asked about, with the same key or by looking, never with a new key. Every function may be repeated
after a crash at any point.
"""

from backend.checkout.flow.hearing import hear
from backend.checkout.flow.looking import look
from backend.checkout.flow.paying import cancel_payment, open_payment, placing, refund
from backend.checkout.flow.reconciling import reconcile

__all__ = ["cancel_payment", "hear", "look", "open_payment", "placing", "reconcile", "refund"]
