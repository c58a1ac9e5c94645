"""Notice before the end: a note in the inbox while points can still be collected, spent or extended.

The jobs call `list_ending_soon`, and `notice_ending` for each person by the outbox. A grant is noticed once for each
end it has: collecting or extending it gives it another end, and so another notice.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from backend.inbox import service as inbox
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.data.batch import Question, fetch
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import Grant, GrantState
from backend.points.service.grants import crossed
from backend.points.sql import MARK_NOTICED, OWNERS_OF_SOON, SOON_OF, read_grant

KINDS = {GrantState.PENDING: "points.lapsing", GrantState.COLLECTED: "points.expiring"}


def list_ending_soon(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, who have not heard of an end that is near."""
    return list(session.scalars(OWNERS_OF_SOON.limit(limit), {"after": after, **_window(session)}))


def notice_ending(session: Session, user_id: str) -> int:
    """Tell one person of every end that is near, one note for each state and day; return how many notes."""
    window = _window(session)
    together: dict[tuple[GrantState, date], list[Grant]] = defaultdict(list)
    for grant in fetch(session, Question(SOON_OF, {"owner": user_id, **window}, read_grant)).all():
        together[grant.state, last_day(grant)].append(grant)
    for (state, on), grants in sorted(together.items()):
        amount = sum(grant.remaining for grant in grants)
        inbox.notify(session, user_id, KINDS[state], {"amount": amount, "ends_on": on.isoformat()})
        for grant in grants:
            named = {"owner": user_id, "of_grant": grant.id, "in_state": state, "told_end": grant.ends_at}
            enqueue_write(session, MARK_NOTICED, {**named, "told_at": window["instant"]}, rows=1, otherwise=crossed)
    return len(together)


def last_day(grant: Grant) -> date:
    """The last civil day on which the grant still counts; its end is the midnight behind it."""
    return clock.local_day(grant.ends_at, grant.zone) - timedelta(days=1)


def _window(session: Session) -> dict[str, Any]:
    now, rules = clock.database_now(session), policy().points
    return {
        "instant": now,
        "lapse_before": now + timedelta(days=rules.lapse_notice_days),
        "expiry_before": now + timedelta(days=rules.expiry_notice_days),
    }
