"""What people ask of an order: to cancel it, to have it looked at; and what time asks: that a hold lapses."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.checkout.domain import FULFILMENT_FAILED, worse_attention
from backend.checkout.models import OrderRow
from backend.checkout.service.queries import OrderView, view
from backend.checkout.service.transitions import apply_event, lock_order
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.transactions import savepoint
from backend.platform.privacy import audit
from offsets import OrderEvent

_log = structlog.get_logger("checkout")


def cancel(session: Session, user_id: str, order_id: str, language: Language) -> OrderView:
    """Call an unpaid order off; raise `not_found.order` or `orders.already_paid`. Twice is as good as once."""
    order = lock_order(session, user_id, order_id)
    apply_event(session, order, OrderEvent.CANCEL_REQUESTED)
    return view(session, order, language)


def resolve_attention(session: Session, user_id: str, order_id: str, *, who: str, reason: str) -> None:
    """An operator has looked at what needed a person and says what came of it."""
    order = lock_order(session, user_id, order_id)
    audit.record(
        session, who=who, action="order.resolved", subject=order_id, reason=reason, about=user_id, what=order.attention
    )
    order.attention = None


def list_attention(session: Session, limit: int = 200) -> list[OrderRow]:
    """Orders that a person must look at, and paid ones without goods that are on their way to neither, oldest first."""
    return list(session.scalars(sql.NEED_A_PERSON, {"most": limit}))


def list_lapsing(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, with an unpaid order whose hold is over."""
    due = {"now": clock.database_now(session), "after": after, "most": limit}
    return list(session.scalars(sql.PEOPLE_WITH_LAPSING, due))


def lapse(session: Session, user_id: str) -> int:
    """Let every hold of one person lapse whose time is over by the database's clock; return how many.

    An order that somebody is settling at this moment is left to the next round.
    """
    due = session.scalars(sql.LOCK_LAPSING, {"owner": user_id, "now": clock.database_now(session)}).all()
    return sum(_lapse(session, order) for order in due)


def _lapse(session: Session, order: OrderRow) -> bool:
    """One hold; where it cannot be released a person must look, and the next order is not to blame."""
    try:
        with savepoint(session):
            return apply_event(session, order, OrderEvent.HOLD_LAPSED)
    except Refusal as refusal:
        _log.error("not lapsed", order=order.id, reason=refusal.code)
        order.attention = worse_attention(order.attention, FULFILMENT_FAILED)
        return False
