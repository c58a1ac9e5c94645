"""The end of grants: what was not collected lapses, what was not spent expires. The record of the grams stays.

The jobs call `list_ending`, and `end_due` for each person by the outbox, so that one person's trouble holds up nobody
else's. How late they come changes nothing a person can see or spend, because reading and spending look at the instant.
"""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.service import Posting
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question
from backend.platform.data.transactions import enqueue_write
from backend.points.models import COLLECTED, EXPIRED, LAPSED, PENDING
from backend.points.service.grants import GRANTS, Grant, crossed, note, owners_of, read_grant

# state of a grant that is due: what it becomes, and the kind of the entry
ENDS = {PENDING: (LAPSED, "lapse"), COLLECTED: (EXPIRED, "expiry")}

_IS_DUE = (GRANTS.c.remaining > 0, GRANTS.c.ends_at <= bindparam("instant", type_=GRANTS.c.ends_at.type))
_WHOSE = owners_of(*_IS_DUE)
_DUE_OF_ONE = select(GRANTS).where(GRANTS.c.user_id == bindparam("owner"), *_IS_DUE).order_by(GRANTS.c.ends_at)
_END = (
    GRANTS.update()
    .where(
        GRANTS.c.user_id == bindparam("owner"),
        GRANTS.c.id == bindparam("of_grant"),
        GRANTS.c.remaining == bindparam("ending"),
    )
    .values(state=bindparam("becomes"), remaining=0, lost=GRANTS.c.lost + bindparam("ending"))
)


def list_ending(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, with a grant whose time is over."""
    now = clock.database_now(session)
    return list(session.scalars(_WHOSE.limit(limit), {"instant": now, "after": after}))


def end_due(session: Session, user_id: str) -> int:
    """End every grant of one person whose time is over; return how many. Done again, it does nothing."""
    batch, now = Batch(session), clock.database_now(session)
    opened = batch.fetch(ledger.opening(user_id))
    # read behind the lock: a grant may have been collected since it was found
    due = batch.fetch(Question(_DUE_OF_ONE, {"owner": user_id, "instant": now}, read_grant))
    batch.run()
    ledger.open_book(session, user_id, opened=opened.one())
    for grant in due.all():
        _end(session, grant)
    return len(due.all())


def _end(session: Session, grant: Grant) -> None:
    becomes, kind = ENDS[grant.state]
    lost_to = ledger.chart.LAPSED if becomes == LAPSED else ledger.chart.EXPIRED
    entry_id = ledger.post(
        session,
        grant.user_id,
        f"{kind}:{grant.id}",
        kind,
        [Posting(grant.account, lost_to, grant.remaining)],
        {"grant_id": grant.id},
        grant.ends_at,
    )
    enqueue_write(
        session,
        _END,
        {"owner": grant.user_id, "of_grant": grant.id, "ending": grant.remaining, "becomes": becomes},
        rows=1,
        otherwise=crossed,
    )
    note(session, grant, entry_id, grant.remaining)
