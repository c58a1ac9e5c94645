"""The one extension: collected points whose end is near get another end, once.

An extension is an entry like everything else (ADR 0070): the points go out and come back in it, so that the book tells
when which grants were given more time, and its reference lets the same ones be extended once only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, transit
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import read_rows
from backend.platform.data.paging import Page, SortKey, Window, id_field, instant_field
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import Extended, Grant, GrantState, Holding
from backend.points.service.grants import crossed
from backend.points.sql import EXTEND, NEAR_THEIR_END, named_grants, page_by_end, read_grant, read_grants

EXTENSION = "extension"
HOLDINGS = SortKey((instant_field("expires_at"), id_field("grant")))


def list_holdings(session: Session, user_id: str, window: Window) -> Page[Holding]:
    """The collected points of `user_id`, those that end first before the others."""
    now = clock.database_now(session)
    page = page_by_end(window.after(HOLDINGS), window.limit + 1)
    rows = session.execute(page, {"owner": user_id, "instant": now}).mappings()
    found = [
        Holding(
            id=grant.id,
            amount=grant.remaining,
            expires_at=grant.ends_at,
            extended_at=grant.extended_at,
            extendable_from_at=None if grant.extended_at else _extendable_from(grant),
            is_extendable=grant.extended_at is None and _extendable_from(grant) <= now,
        )
        for grant in read_grants(dict(row) for row in rows)
    ]
    return window.cut(found, HOLDINGS)


def extend(session: Session, user_id: str, grant_ids: Sequence[str] | None = None) -> Extended:
    """Give points another end, once: the named grants, or all whose end is near.

    Raises for a named grant: `not_found.grant`, `points.not_extendable` when it holds nothing that could expire,
    `points.extended_before`, and `points.too_early` (with `from_at`).
    """
    now = clock.database_now(session)
    # read behind the lock: what was spent or extended meanwhile is seen
    ledger.open_book(session, user_id)
    chosen = _near_their_end(session, user_id, now) if grant_ids is None else _named(session, user_id, grant_ids, now)
    if not chosen:
        return Extended(0, (), None)
    amount, ids = sum(grant.remaining for grant in chosen), tuple(grant.id for grant in chosen)
    name = f"{EXTENSION}-{hashlib.sha256(' '.join(ids).encode()).hexdigest()[:32]}"
    ends = {grant.id: _later_end(grant) for grant in chosen}
    entry_id = ledger.post(
        session,
        user_id,
        NewEntry(
            name,
            EXTENSION,
            [
                Posting(accounts_of(user_id).points, transit(name), amount),
                Posting(transit(name), accounts_of(user_id).points, amount),
            ],
            {"ends": {grant_id: end.isoformat() for grant_id, end in ends.items()}},
            now,
        ),
    )
    for grant in chosen:
        named = {"owner": user_id, "of_grant": grant.id, "old_end": grant.ends_at, "new_end": ends[grant.id]}
        enqueue_write(session, EXTEND, {**named, "told_at": now}, rows=1, otherwise=crossed)
    return Extended(amount, ids, entry_id)


def _near_their_end(session: Session, user_id: str, now: datetime) -> list[Grant]:
    near = now + timedelta(days=policy().points.expiry_notice_days)
    rows = session.execute(NEAR_THEIR_END, {"owner": user_id, "instant": now, "near": near}).mappings()
    return read_grants(dict(row) for row in rows)


def _named(session: Session, user_id: str, grant_ids: Sequence[str], now: datetime) -> list[Grant]:
    found = {grant.id: grant for grant in read_rows(session, named_grants(user_id, grant_ids), read_grant)}
    for grant_id in grant_ids:
        if grant_id not in found:
            raise Refusal("not_found.grant", grant_id=grant_id)
        _check(found[grant_id], now)
    return list(found.values())


def _check(grant: Grant, now: datetime) -> None:
    if grant.state != GrantState.COLLECTED or not grant.remaining or grant.ends_at <= now:
        raise Refusal("points.not_extendable", grant_id=grant.id)
    if grant.extended_at is not None:
        raise Refusal("points.extended_before", grant_id=grant.id)
    if now < _extendable_from(grant):
        raise Refusal("points.too_early", grant_id=grant.id, from_at=_extendable_from(grant).isoformat())


def _extendable_from(grant: Grant) -> datetime:
    return grant.ends_at - timedelta(days=policy().points.expiry_notice_days)


def _later_end(grant: Grant) -> datetime:
    """The midnight in the grant's zone, so many days after the one at which it would have ended."""
    on = clock.local_day(grant.ends_at, grant.zone)
    return clock.start_of_day(on + timedelta(days=policy().points.extension_days), grant.zone)
