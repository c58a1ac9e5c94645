"""Bubbles: what was credited and waits to be collected, and collecting it once it has matured."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Batch, Questions
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import Bubble, Collected, Grant, GrantState
from backend.points.service.grants import crossed
from backend.points.service.queries import get_balances
from backend.points.sql import COLLECT, STATES, page_of_pending, pending_at, pending_question, read_grants

COLLECTION = "collection"
BUBBLES = by_id("grant")


def list_bubbles(session: Session, user_id: str, window: Window) -> Page[Bubble]:
    """The bubbles of `user_id`, oldest first; those past their end are gone, whether or not the job has seen them."""
    now = clock.database_now(session)
    page = page_of_pending(now, window.after(BUBBLES), window.limit + 1)
    rows = session.execute(page, {"owner": user_id}).mappings()
    return window.cut([_bubble(grant, now) for grant in read_grants(dict(row) for row in rows)], BUBBLES)


def bubbles_question(user_id: str, now: datetime, most: int) -> Questions[Sequence[Bubble]]:
    """What to ask, in a batch, for the first `most` bubbles at the database's instant `now`."""
    return Questions(
        {"grants": pending_at(user_id, now, most)}, lambda grants: [_bubble(grant, now) for grant in grants]
    )


def _bubble(grant: Grant, now: datetime) -> Bubble:
    return Bubble(
        id=grant.id,
        amount=grant.remaining,
        activity_id=grant.activity_id,
        methodology_id=grant.methodology_id,
        matures_at=grant.matures_at,
        lapses_at=grant.ends_at,
        is_mature=grant.matures_at <= now,
    )


def collect(session: Session, user_id: str, grant_ids: Sequence[str] | None = None) -> Collected:
    """Move matured grants of `user_id` from pending to points: the named ones, or all.

    A named grant that was collected before is passed over, so that a second tap does no harm. Raises
    `not_found.grant`, `points.not_matured` (with `matures_at`) and `points.lapsed` for named grants.
    """
    now = clock.database_now(session)
    batch = Batch(session)
    opened = batch.fetch(ledger.opening(user_id))
    of_person = batch.fetch(pending_question(user_id))
    batch.run()
    ledger.open_book(session, user_id, opened=opened.one())
    pending = {grant.id: grant for grant in of_person.all()}
    if grant_ids is None:
        chosen = [grant for grant in pending.values() if grant.matures_at <= now < grant.ends_at]
    else:
        chosen = _named(session, user_id, pending, grant_ids, now)
    if not chosen:
        return Collected(0, (), None, get_balances(session, user_id))
    amount = sum(grant.remaining for grant in chosen)
    ids = tuple(grant.id for grant in chosen)
    entry_id = ledger.post(
        session,
        user_id,
        # a grant is collected once, so these grants together are collected once
        NewEntry(
            f"{COLLECTION}:{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:32]}",
            COLLECTION,
            [Posting(accounts_of(user_id).pending, accounts_of(user_id).points, amount)],
            {"grants": list(ids)},
            now,
        ),
    )
    for grant in chosen:
        named = {"owner": user_id, "of_grant": grant.id, "expires_at": _expires_at(grant, now)}
        enqueue_write(session, COLLECT, named, rows=1, otherwise=crossed)
    return Collected(amount, ids, entry_id, get_balances(session, user_id))


def _named(
    session: Session, user_id: str, pending: dict[str, Grant], grant_ids: Sequence[str], now: datetime
) -> list[Grant]:
    gone = [grant_id for grant_id in grant_ids if grant_id not in pending]
    found = session.execute(STATES, {"owner": user_id, "grant_ids": gone}) if gone else ()
    states = {row.id: row.state for row in found}
    for grant_id in gone:
        if grant_id not in states:
            raise Refusal("not_found.grant", grant_id=grant_id)
        if states[grant_id] == GrantState.LAPSED:
            raise Refusal("points.lapsed", grant_id=grant_id)
    chosen = [pending[grant_id] for grant_id in dict.fromkeys(grant_ids) if grant_id in pending]
    for grant in chosen:
        if now >= grant.ends_at:
            raise Refusal("points.lapsed", grant_id=grant.id)
        if now < grant.matures_at:
            raise Refusal("points.not_matured", grant_id=grant.id, matures_at=grant.matures_at.isoformat())
    return chosen


def _expires_at(grant: Grant, now: datetime) -> datetime:
    """The midnight in the grant's zone that ends its last day."""
    today = clock.local_day(now, grant.zone)
    return clock.start_of_day(today + timedelta(days=policy().points.expires_after_days + 1), grant.zone)
