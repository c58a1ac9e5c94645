"""Grants as rows: which points a person has, made, drawn from in order, ended. Every verb of points is built of these.

Whoever changes grants has opened the person's book in the ledger first, which is a lock: so what is read here stays
true until the commit. The UPDATEs are conditional all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Question
from backend.platform.data.transactions import enqueue_write
from backend.points.models import COLLECTED, HELD, LAPSED, PENDING, GrantMovementRow, GrantRow

GRANTS = GrantRow.__table__
MOVEMENTS = GrantMovementRow.__table__


@dataclass(frozen=True)
class Grant:
    """One grant as it was read; the columns are explained in `models`."""

    user_id: str
    id: str
    entry_id: str
    activity_id: str | None
    methodology_id: str | None
    zone: str
    state: str
    amount: int
    remaining: int
    taken_back: int
    lost: int
    matures_at: datetime
    ends_at: datetime
    extended_at: datetime | None

    @property
    def standing(self) -> int:
        """What the grant still counts for: as granted, less what corrections took back."""
        return self.amount - self.taken_back

    @property
    def account(self) -> str:
        """Where its points lie, or lie lost."""
        if self.state in (HELD, PENDING):
            return ledger.chart.pending(self.user_id)
        if self.state == COLLECTED:
            return ledger.chart.points(self.user_id)
        return ledger.chart.LAPSED if self.state == LAPSED else ledger.chart.EXPIRED


@dataclass(frozen=True)
class Slice:
    """Some points of one grant."""

    grant: Grant
    amount: int


def grants_question(user_id: str, activity_id: str) -> Question[Grant]:
    """The grants of one activity, the oldest first."""
    return Question(OF_ACTIVITY, {"owner": user_id, "of_activity": activity_id}, read_grant)


def spendable_question(user_id: str, instant: datetime, needed: int) -> Question[Grant]:
    """The collected grants that have not ended by `instant`, first to end, as many as it takes to cover `needed`."""
    return Question(SPENDABLE, {"owner": user_id, "instant": instant, "needed": needed}, read_grant)


def other_grants_question(user_id: str, activity_id: str, needed: int) -> Question[Grant]:
    """The open grants of every other activity, as many as it takes to cover `needed`: pending first."""
    asked = {"owner": user_id, "of_activity": activity_id, "needed": needed}
    return Question(OF_OTHER_ACTIVITIES, asked, read_grant)


def read_grant(row: Mapping[str, Any]) -> Grant:
    """The grant in a row of `GRANTS`."""
    return Grant(**{name: row[name] for name in Grant.__dataclass_fields__})


def read_grants(rows: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """The grants in rows of `GRANTS`."""
    return [read_grant(row) for row in rows]


def owners_of(*conditions: Any) -> Select[Any]:
    """The people sorted after the id `after` who have a grant that fits."""
    return (
        select(GRANTS.c.user_id)
        .where(GRANTS.c.user_id > bindparam("after"), *conditions)
        .distinct()
        .order_by(GRANTS.c.user_id)
    )


def _first_to_end(*conditions: Any) -> Select[Any]:
    """The open grants of `owner` that fit, as many as it takes to cover `needed`: pending first, then first to end."""
    order = (GRANTS.c.state.desc(), GRANTS.c.ends_at, GRANTS.c.id)
    running = func.sum(GRANTS.c.remaining).over(order_by=order).label("running")
    fitting = (
        select(GRANTS, running)
        .where(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.remaining > 0, *conditions)
        .subquery("fitting")
    )
    return (
        select(fitting).where(fitting.c.running - fitting.c.remaining < bindparam("needed")).order_by(fitting.c.running)
    )


OF_ACTIVITY = (
    select(GRANTS)
    .where(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.activity_id == bindparam("of_activity"))
    .order_by(GRANTS.c.id)
)
SPENDABLE = _first_to_end(
    GRANTS.c.state == COLLECTED, GRANTS.c.ends_at > bindparam("instant", type_=GRANTS.c.ends_at.type)
)
OF_OTHER_ACTIVITIES = _first_to_end(
    or_(GRANTS.c.activity_id.is_(None), GRANTS.c.activity_id != bindparam("of_activity")),
    GRANTS.c.state != HELD,  # nobody's debt is paid with what may never be theirs
)

INSERT_GRANT = GRANTS.insert()
INSERT_MOVEMENT = MOVEMENTS.insert()
_ONE = and_(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.id == bindparam("of_grant"))
DRAW = (
    GRANTS.update()
    .where(_ONE, GRANTS.c.remaining >= bindparam("drawn"))
    .values(remaining=GRANTS.c.remaining - bindparam("drawn"))
)


def add(
    session: Session,
    user_id: str,
    entry_id: str,
    *,
    state: str,
    amount: int,
    zone: str,
    matures_at: datetime,
    ends_at: datetime,
    activity_id: str | None = None,
    methodology_id: str | None = None,
    used_at_once: int = 0,
    lost: int = 0,
    extended_at: datetime | None = None,
) -> Grant:
    """Write a new grant; `used_at_once` of it went elsewhere by the very entry that brought it, `lost` of that to an
    end that had come already.
    """
    made = Grant(
        user_id=user_id,
        id=ids.new_id("grant"),
        entry_id=entry_id,
        activity_id=activity_id,
        methodology_id=methodology_id,
        zone=zone,
        state=state,
        amount=amount,
        remaining=amount - used_at_once,
        taken_back=0,
        lost=lost,
        matures_at=matures_at,
        ends_at=ends_at,
        extended_at=extended_at,
    )
    enqueue_write(session, INSERT_GRANT, made.__dict__)
    if used_at_once:
        note(session, made, entry_id, used_at_once)
    return made


def cover(grants: Sequence[Grant], needed: int) -> list[Slice]:
    """Slices of `grants` in their order that make up `needed`, or all of them when they do not suffice."""
    slices = []
    for grant in grants:
        if taken := min(grant.remaining, needed):
            slices.append(Slice(grant, taken))
            needed -= taken
    return slices


def draw(session: Session, entry_id: str, slices: Iterable[Slice]) -> None:
    """Take the points of each slice out of its grant, by the entry that moved them in the ledger."""
    for part in slices:
        named = {"owner": part.grant.user_id, "of_grant": part.grant.id, "drawn": part.amount}
        enqueue_write(session, DRAW, named, rows=1, otherwise=crossed)
        note(session, part.grant, entry_id, part.amount)


def note(session: Session, grant: Grant, entry_id: str, amount: int) -> None:
    """Record that `amount` left `grant` by that entry."""
    enqueue_write(
        session,
        INSERT_MOVEMENT,
        {"user_id": grant.user_id, "grant_id": grant.id, "entry_id": entry_id, "amount": amount},
    )


def crossed() -> Exception:
    """What to raise when a grant was changed since it was read; the book's lock makes that impossible."""
    return Refusal("service.busy", retry_after_s=1)
