"""A webhook notice: check the signature, fetch the payment, settle it and record the notice in one transaction."""

from __future__ import annotations

import structlog
from sqlalchemy.orm import Session

from backend.checkout import service
from backend.checkout.flow.provider import get_gateway
from backend.checkout.flow.sync import read, sync_payment, write
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.ops import switches
from offsets import Done, Mark, Notice, NoticeRefused, Unknown

_log = structlog.get_logger("checkout")


def receive_notice(payload: bytes, signature: str) -> None:
    """Settle the payment a notice is about, at most once per notice.

    Raises `checkout.notice_refused` for one nobody signed, and `checkout.notice_early` for one that bears our mark
    for an order we do not know (yet), so that it is sent again. One without our mark is recorded and has no effect.
    """
    try:
        notice = get_gateway().read_notice(payload, signature, clock.now())
    except NoticeRefused as refused:
        _log.warning("notice refused", reason=str(refused))
        raise Refusal("checkout.notice_refused") from refused
    if read(lambda session: _was_recorded(session, notice)):
        return
    mark = _mark(notice)
    if mark is None:
        write(lambda session: service.record_notice(session, notice, None))
    elif not _sync(mark, notice):
        raise Refusal("checkout.notice_early", retry_after_s=5)


def _was_recorded(session: Session, notice: Notice) -> bool:
    switches.refuse_when_read_only(session)
    return service.is_notice_recorded(session, notice.notice_id)


def _sync(mark: Mark, notice: Notice) -> bool:
    try:
        return sync_payment(mark.user_id, mark.order_id, notice)
    except Refusal as refusal:
        if refusal.code == "not_found.order":
            return False
        raise


def _mark(notice: Notice) -> Mark | None:
    """The order a notice is about: by our mark on it, by our directory, or by our mark on the payment itself."""
    payment_id = notice.payment_id
    if notice.mark is not None or payment_id is None:
        return notice.mark
    known = read(lambda session: service.find_mark(session, payment_id))
    if known is not None:
        return known
    outcome = get_gateway().get_payment(payment_id)
    if isinstance(outcome, Unknown):
        raise Refusal("checkout.notice_early", retry_after_s=5)
    return outcome.facts.mark if isinstance(outcome, Done) else None
