"""A methodology has changed: whoever has used it lately is told what that does, on the last thing they did.

Nothing that is credited changes (a version never rewrites the past); so the note sets what was done last under the
version that counted then beside the same under the new one, with every cap untouched. Told once for each version,
and only where the grams differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import month_of
from backend.activities.service.estimates import amount_of
from backend.activities.sql import methodology_changes as sql
from backend.activities.sql.methodology_changes import LastUse
from backend.inbox import service as inbox
from backend.methodology import service as methodology
from backend.methodology.service import VersionChange
from backend.platform.core import clock
from backend.platform.data.batch import fetch
from calculators import Context, InputRefused, compute_estimate

KIND = "methodology.changed"
ANNOUNCED_FOR = timedelta(days=7)  # after the approval: so long may the jobs have been down
USED_LATELY = timedelta(days=90)


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
    since = month_of(change.effective_on - USED_LATELY)
    asked = {"of_methodology": change.methodology_id, "new_version": change.version, "since": since, "most": limit}
    while len(found) < limit:
        users = list(session.scalars(sql.USERS_BEFORE, {**asked, "after": after}))
        if not users:
            return found
        notified = inbox.find_notified(session, users, _reference(change))
        found += [user_id for user_id in users if user_id not in notified]
        after = users[-1]
    return found[:limit]


def _last_use(session: Session, user_id: str, change: VersionChange) -> LastUse | None:
    """What the person did last under an earlier version, by its live reduction."""
    return fetch(session, sql.last_use(user_id, change)).one_or_none()


def _notify(session: Session, user_id: str, change: VersionChange, last: LastUse) -> None:
    old = methodology.get_pinned(session, last.version_id, last.content_sha256)
    new = methodology.get_pinned(session, change.version_id, change.sha256)
    context = last.working["context"]
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
