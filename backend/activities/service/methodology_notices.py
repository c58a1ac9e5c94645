"""A methodology has changed: whoever has used it lately is told what that does, on the last thing they did.

Nothing that is credited changes (a version never rewrites the past); so the note sets what was done last under the
version that counted then beside the same under the new one, with every cap untouched. Told once for each version,
and only where the grams differ.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.activities.domain import month_of
from backend.activities.service.estimates import amount_of
from backend.activities.sql.activities import ACTIVITIES, MONTHS, OF_ITS_ACTIVITY, REDUCTIONS
from backend.inbox import service as inbox
from backend.methodology import service as methodology
from backend.methodology.service import VersionChange
from backend.platform.core import clock
from calculators import Context, InputRefused, compute_estimate

KIND = "methodology.changed"
ANNOUNCED_FOR = timedelta(days=7)  # after the approval: so long may the jobs have been down
USED_LATELY = timedelta(days=90)


@dataclass(frozen=True)
class LastUse:
    """What somebody did last under an earlier version: its working as JSON text, and the inputs as entered."""

    activity_id: str
    occurred_on: date
    version_id: str
    content_sha256: str
    working: str
    inputs: Mapping[str, Any]


def list_affected(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, who have not heard of a change to what they have used."""
    changes, users = _changes(session), set[str]()
    for change in changes:
        users |= set(_users(session, change, after, limit))
    return sorted(users)[:limit]


def announce(session: Session, user_id: str) -> None:
    """Tell one person of every change to what they have used lately. Done again, it tells nothing more."""
    for change in _changes(session):
        last = _last_use(session, user_id, change)
        if last is not None:
            _notify(session, user_id, change, last)


def _changes(session: Session) -> list[VersionChange]:
    return methodology.list_changes_since(session, clock.database_now(session) - ANNOUNCED_FOR)


def _users(session: Session, change: VersionChange, after: str, limit: int) -> list[str]:
    """The first `limit` people after `after` whom the change concerns and who were not told."""
    found: list[str] = []
    while len(found) < limit:
        page = (
            select(MONTHS.c.user_id)
            .where(MONTHS.c.user_id > after, *_used_before(change))
            .distinct()
            .order_by(MONTHS.c.user_id)
            .limit(limit)
        )
        users = list(session.scalars(page))
        if not users:
            return found
        notified = inbox.find_notified(session, users, _reference(change))
        found += [user_id for user_id in users if user_id not in notified]
        after = users[-1]
    return found[:limit]


def _used_before(change: VersionChange) -> tuple[Any, ...]:
    return (
        MONTHS.c.methodology_id == change.methodology_id,
        MONTHS.c.version < change.version,
        MONTHS.c.month_on >= month_of(change.effective_on - USED_LATELY),
        MONTHS.c.activities > 0,
    )


def _last_use(session: Session, user_id: str, change: VersionChange) -> LastUse | None:
    """What the person did last under an earlier version, by its live reduction."""
    query = (
        select(
            REDUCTIONS.c.activity_id,
            REDUCTIONS.c.occurred_on,
            REDUCTIONS.c.version_id,
            REDUCTIONS.c.content_sha256,
            REDUCTIONS.c.working,
            ACTIVITIES.c.inputs,
        )
        .join(ACTIVITIES, OF_ITS_ACTIVITY)
        .where(
            REDUCTIONS.c.user_id == user_id,
            REDUCTIONS.c.methodology_id == change.methodology_id,
            REDUCTIONS.c.version < change.version,
            REDUCTIONS.c.superseded_at.is_(None),
        )
        .order_by(REDUCTIONS.c.occurred_on.desc(), REDUCTIONS.c.id.desc())
        .limit(1)
    )
    row = session.execute(query).one_or_none()
    return None if row is None else LastUse(*row)


def _notify(session: Session, user_id: str, change: VersionChange, last: LastUse) -> None:
    old = methodology.get_pinned(session, last.version_id, last.content_sha256)
    new = methodology.get_pinned(session, change.version_id, change.sha256)
    context = json.loads(last.working)["context"]
    try:
        before = compute_estimate(*old, last.inputs, _context(context, last.occurred_on))
        after = compute_estimate(*new, last.inputs, _context(context, change.effective_on))
    except InputRefused:
        return  # the new version asks for something else: whoever logs it next is asked
    facts = {
        "methodology": dict(new.methodology.title),
        "version": change.version,
        "effective_on": change.effective_on.isoformat(),
        "activity_id": last.activity_id,
        "occurred_on": last.occurred_on.isoformat(),
        "before_g": before.credited_g,
        "after_g": after.credited_g,
        "before_points": amount_of(before),
        "after_points": amount_of(after),
    }
    if amount_of(before) != amount_of(after):
        inbox.notify(session, user_id, KIND, facts, reference=_reference(change))


def _context(recorded: Mapping[str, Any], on: date) -> Context:
    size = recorded["household_size"]
    return Context(
        region=recorded["region"],
        on=on,
        evidence=recorded["evidence"],
        duration_s=recorded["duration_s"],
        household_size=None if size is None else Decimal(size),
        diet=recorded["diet"],
        history=recorded["history"],
        declared_alternative=recorded["declared_alternative"],
    )


def _reference(change: VersionChange) -> str:
    return f"methodology:{change.version_id}"
