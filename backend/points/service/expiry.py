"""The end of grants: what was not collected lapses, what was not spent expires. The record of the grams stays.

The jobs call `list_ending`, and `end_due` for each person by the outbox, so that one person's trouble holds up nobody
else's. How late they come changes nothing a person can see or spend, because reading and spending look at the instant.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import EXPIRED_ACCOUNT, LAPSED_ACCOUNT, NewEntry, Posting
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import Grant, GrantState
from backend.points.service.grants import account_of, crossed, note
from backend.points.sql import DUE_OF, END, OWNERS_OF_DUE, read_grant

# state of a grant that is due: what it becomes, and the kind of the entry
ENDS = {GrantState.PENDING: (GrantState.LAPSED, "lapse"), GrantState.COLLECTED: (GrantState.EXPIRED, "expiry")}


def list_ending(session: Session, after: str, limit: int) -> list[str]:
    """Up to `limit` people, sorted after the id `after`, with a grant whose time is over."""
    now = clock.database_now(session)
    return list(session.scalars(OWNERS_OF_DUE.limit(limit), {"instant": now, "after": after}))


def end_due(session: Session, user_id: str) -> int:
    """End every grant of one person whose time is over; return how many. Done again, it does nothing."""
    batch, now = Batch(session), clock.database_now(session)
    opened = batch.fetch(ledger.opening(user_id))
    # read behind the lock: a grant may have been collected since it was found
    due = batch.fetch(Question(DUE_OF, {"owner": user_id, "instant": now}, read_grant))
    batch.run()
    ledger.open_book(session, user_id, opened=opened.one())
    for grant in due.all():
        _end(session, grant)
    return len(due.all())


def _end(session: Session, grant: Grant) -> None:
    becomes, kind = ENDS[grant.state]
    lost_to = LAPSED_ACCOUNT if becomes == GrantState.LAPSED else EXPIRED_ACCOUNT
    entry_id = ledger.post(
        session,
        grant.user_id,
        NewEntry(
            f"{kind}:{grant.id}",
            kind,
            [Posting(account_of(grant), lost_to, grant.remaining)],
            {"grant_id": grant.id},
            grant.ends_at,
        ),
    )
    enqueue_write(
        session,
        END,
        {"owner": grant.user_id, "of_grant": grant.id, "ending": grant.remaining, "becomes": becomes},
        rows=1,
        otherwise=crossed,
    )
    note(session, grant, entry_id, grant.remaining)
