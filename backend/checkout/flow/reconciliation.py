"""Reconciling: a payment without a notice or an answer is fetched and settled without anybody's help."""

from __future__ import annotations

from functools import partial

import structlog

from backend.checkout import service
from backend.checkout.flow.payment_pages import complete_page
from backend.checkout.flow.payment_requests import cancel_payment, open_payment, refund
from backend.checkout.flow.sync import read, read_snapshot, sync_payment, write
from backend.platform.core.errors import Refusal
from backend.platform.ops.outbox import Facts
from offsets import OrderState

_log = structlog.get_logger("checkout")


def reconcile(user_id: str, _facts: Facts) -> None:
    """Sync every payment of one person that is due for it. The trouble of one stops no other."""
    for order_id in read(lambda session: service.list_orders_to_sync(session, user_id)):
        try:
            _reconcile(user_id, order_id)
        except Refusal as refusal:
            _log.warning("not reconciled", order=order_id, reason=refusal.code)
            _postpone(user_id, order_id)
        except Exception as error:  # whatever it is, the next order is not to blame
            _log.error("not reconciled", order=order_id, exc_info=error)
            _postpone(user_id, order_id)


def _postpone(user_id: str, order_id: str) -> None:
    write(partial(service.postpone_sync, user_id=user_id, order_id=order_id))


def _reconcile(user_id: str, order_id: str) -> None:
    if not sync_payment(user_id, order_id):
        if read_snapshot(user_id, order_id).state is OrderState.CREATED:
            open_payment(user_id, order_id)
        else:
            write(lambda session: service.stop_syncing(session, user_id, order_id))
    complete_page(user_id, order_id)
    facts = {"order_id": order_id}
    refund(user_id, facts)
    cancel_payment(user_id, facts)
