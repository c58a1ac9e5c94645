"""Notices of the provider: each is written down once, in the transaction of its effect, and dropped after its time."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from backend.checkout import sql
from backend.platform.core import clock, context
from backend.platform.data.batch import fetch
from offsets import Mark, Notice

LONGEST_KIND = 80


def is_notice_recorded(session: Session, notice_id: str) -> bool:
    """Whether a notice was recorded before."""
    return session.scalar(sql.HAS_NOTICE, {"of_notice": notice_id}) is not None


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
    return session.execute(sql.INSERT_NOTICE, row).scalar_one_or_none() is not None


def find_mark(session: Session, provider_id: str) -> Mark | None:
    """The order a payment of the provider belongs to, by our directory."""
    return fetch(session, sql.mark_of(provider_id)).one_or_none()


def drop_old_notices(session: Session, limit: int) -> int:
    """Drop up to `limit` notices that the provider has long stopped sending again; return how many."""
    before = clock.database_now(session) - timedelta(days=context.policy().checkout.notices_kept_days)
    notice_ids = session.scalars(sql.OLD_NOTICES, {"before": before, "most": limit}).all()
    if notice_ids:
        session.execute(sql.DROP_NOTICES, {"notice_ids": notice_ids})
    return len(notice_ids)
