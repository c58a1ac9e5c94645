"""Notices of the provider: each is written down once, in the transaction of its effect, and dropped after its time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.checkout.models import NoticeRow, PaymentIntent
from backend.platform.core import clock, context
from backend.platform.data.upsert import insert_absent
from offsets import Mark, Notice

LONGEST_KIND = 80
# the id comes back only when the row was new
_INSERT_NOTICE = insert_absent(NoticeRow.__table__).returning(NoticeRow.notice_id)


def is_notice_recorded(session: Session, notice_id: str) -> bool:
    """Whether a notice was recorded before."""
    return session.get(NoticeRow, notice_id) is not None


def record_notice(session: Session, notice: Notice, mark: Mark | None) -> bool:
    """Write a notice down; False when it was there before. `mark` is None for one that is not ours."""
    row = {
        "notice_id": notice.notice_id,
        "kind": notice.kind[:LONGEST_KIND],
        "provider_id": notice.payment_id,
        "user_id": mark.user_id if mark else None,
        "order_id": mark.order_id if mark else None,
        "heard_at": clock.database_now(session),
    }
    return session.execute(_INSERT_NOTICE, row).scalar_one_or_none() is not None


def find_mark(session: Session, provider_id: str) -> Mark | None:
    """The order a payment of the provider belongs to, by our directory."""
    row = session.get(PaymentIntent, provider_id)
    return None if row is None else Mark(row.user_id, row.order_id)


def drop_old_notices(session: Session, limit: int) -> int:
    """Drop up to `limit` notices that the provider has long stopped sending again; return how many."""
    before = clock.database_now(session) - timedelta(days=context.policy().checkout.notices_kept_days)
    old = select(NoticeRow.notice_id).where(NoticeRow.heard_at < before).order_by(NoticeRow.heard_at).limit(limit)
    notice_ids = session.scalars(old).all()
    if notice_ids:
        session.execute(delete(NoticeRow).where(NoticeRow.notice_id.in_(notice_ids)))
    return len(notice_ids)
