"""The statements of points, built once; a row becomes a grant here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, and_, bindparam, func, or_, select, text
from sqlalchemy.orm import Session

from backend.platform.data.batch import Question, read_rows
from backend.points.domain import Grant, GrantState, Slice
from backend.points.models import GrantMovementRow, GrantRow

GRANTS = GrantRow.__table__
MOVEMENTS = GrantMovementRow.__table__
INSTANT = GRANTS.c.ends_at.type


def read_grant(row: Mapping[str, Any]) -> Grant:
    """The grant in a row of `GRANTS`."""
    return Grant(**{name: row[name] for name in Grant.__dataclass_fields__} | {"state": GrantState(row["state"])})


def read_grants(rows: Iterable[Mapping[str, Any]]) -> list[Grant]:
    """The grants in rows of `GRANTS`."""
    return [read_grant(row) for row in rows]


def grants_question(user_id: str, activity_id: str) -> Question[Grant]:
    """The grants of one activity, the oldest first."""
    return Question(OF_ACTIVITY, {"owner": user_id, "of_activity": activity_id}, read_grant)


def list_grants_of(session: Session, user_id: str, activity_ids: Collection[str]) -> list[Grant]:
    """The grants of some activities, the oldest first of each."""
    query = (
        select(GRANTS)
        .where(GRANTS.c.user_id == user_id, GRANTS.c.activity_id.in_(activity_ids))
        .order_by(GRANTS.c.activity_id, GRANTS.c.id)
    )
    return read_rows(session, query, read_grant)


def spendable_question(user_id: str, instant: datetime, needed: int) -> Question[Grant]:
    """The collected grants that have not ended by `instant`, first to end, as many as it takes to cover `needed`."""
    return Question(SPENDABLE, {"owner": user_id, "instant": instant, "needed": needed}, read_grant)


def other_grants_question(user_id: str, activity_id: str, needed: int) -> Question[Grant]:
    """The open grants of every other activity, as many as it takes to cover `needed`: pending first."""
    asked = {"owner": user_id, "of_activity": activity_id, "needed": needed}
    return Question(OF_OTHER_ACTIVITIES, asked, read_grant)


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
    GRANTS.c.state == GrantState.COLLECTED, GRANTS.c.ends_at > bindparam("instant", type_=INSTANT)
)
OF_OTHER_ACTIVITIES = _first_to_end(
    or_(GRANTS.c.activity_id.is_(None), GRANTS.c.activity_id != bindparam("of_activity")),
    GRANTS.c.state != GrantState.HELD,  # nobody's debt is paid with what may never be theirs
)

INSERT_GRANT = GRANTS.insert()
INSERT_MOVEMENT = MOVEMENTS.insert()
_ONE = and_(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.id == bindparam("of_grant"))
DRAW = (
    GRANTS.update()
    .where(_ONE, GRANTS.c.remaining >= bindparam("drawn"))
    .values(remaining=GRANTS.c.remaining - bindparam("drawn"))
)
TAKE_BACK = (
    GRANTS.update()
    .where(
        _ONE,
        GRANTS.c.remaining >= bindparam("drawn"),
        GRANTS.c.lost >= bindparam("found"),
    )
    .values(
        remaining=GRANTS.c.remaining - bindparam("drawn"),
        lost=GRANTS.c.lost - bindparam("found"),
        taken_back=GRANTS.c.taken_back + bindparam("drawn") + bindparam("found") + bindparam("elsewhere"),
    )
)

# Collecting.
PENDING_OF = (
    select(GRANTS)
    .where(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.remaining > 0, GRANTS.c.state == GrantState.PENDING)
    .order_by(GRANTS.c.id)
)
COLLECT = (
    GRANTS.update()
    .where(
        _ONE,
        GRANTS.c.state == GrantState.PENDING,
    )
    .values(state=GrantState.COLLECTED, ends_at=bindparam("expires_at", type_=INSTANT), noticed_at=None)
)

# Ending.
_IS_DUE = (GRANTS.c.remaining > 0, GRANTS.c.ends_at <= bindparam("instant", type_=INSTANT))
OWNERS_OF_DUE = owners_of(*_IS_DUE)
DUE_OF = select(GRANTS).where(GRANTS.c.user_id == bindparam("owner"), *_IS_DUE).order_by(GRANTS.c.ends_at)
END = (
    GRANTS.update()
    .where(
        _ONE,
        GRANTS.c.remaining == bindparam("ending"),
    )
    .values(state=bindparam("becomes"), remaining=0, lost=GRANTS.c.lost + bindparam("ending"))
)
_PENDING_AT = PENDING_OF.where(GRANTS.c.ends_at > bindparam("instant", type_=INSTANT)).limit(
    bindparam("most", type_=Integer())
)
OVERDUE = (
    select(GRANTS.c.state, func.sum(GRANTS.c.remaining).label("amount"))
    .where(
        GRANTS.c.user_id == bindparam("owner"),
        GRANTS.c.remaining > 0,
        GRANTS.c.ends_at <= bindparam("instant", type_=INSTANT),
    )
    .group_by(GRANTS.c.state)
)

# Telling of an end that is near, and extending.
_ENDS_SOON = (
    GRANTS.c.remaining > 0,
    GRANTS.c.noticed_at.is_(None),
    GRANTS.c.ends_at > bindparam("instant", type_=INSTANT),
    or_(
        and_(GRANTS.c.state == GrantState.PENDING, GRANTS.c.ends_at <= bindparam("lapse_before", type_=INSTANT)),
        and_(GRANTS.c.state == GrantState.COLLECTED, GRANTS.c.ends_at <= bindparam("expiry_before", type_=INSTANT)),
    ),
)
OWNERS_OF_SOON = owners_of(*_ENDS_SOON)
SOON_OF = select(GRANTS).where(GRANTS.c.user_id == bindparam("owner"), *_ENDS_SOON).order_by(GRANTS.c.id)
# Only while it still has the end that was told: whoever collects meanwhile must hear of the new one too.
MARK_NOTICED = (
    GRANTS.update()
    .where(
        _ONE,
        GRANTS.c.state == bindparam("in_state"),
        GRANTS.c.ends_at == bindparam("told_end", type_=INSTANT),
        GRANTS.c.noticed_at.is_(None),
    )
    .values(noticed_at=bindparam("told_at", type_=GRANTS.c.noticed_at.type))
)
_COLLECTED = select(GRANTS).where(
    GRANTS.c.user_id == bindparam("owner"),
    GRANTS.c.state == GrantState.COLLECTED,
    GRANTS.c.remaining > 0,
    GRANTS.c.ends_at > bindparam("instant", type_=INSTANT),
)
COLLECTED_BY_END = _COLLECTED.order_by(GRANTS.c.ends_at, GRANTS.c.id)
NEAR_THEIR_END = COLLECTED_BY_END.where(
    GRANTS.c.extended_at.is_(None), GRANTS.c.ends_at <= bindparam("near", type_=INSTANT)
)
EXTEND = (
    GRANTS.update()
    .where(
        _ONE,
        GRANTS.c.state == GrantState.COLLECTED,
        GRANTS.c.ends_at == bindparam("old_end", type_=INSTANT),
        GRANTS.c.extended_at.is_(None),
    )
    .values(
        ends_at=bindparam("new_end", type_=INSTANT), extended_at=bindparam("told_at", type_=INSTANT), noticed_at=None
    )
)

# What each entry of the ledger drew from which grant, and how a person's grants stand.
DRAWN_BY_ENTRY = (
    select(GRANTS, MOVEMENTS.c.amount.label("drawn"))
    .join(MOVEMENTS, (MOVEMENTS.c.user_id == GRANTS.c.user_id) & (MOVEMENTS.c.grant_id == GRANTS.c.id))
    .where(MOVEMENTS.c.user_id == bindparam("owner"), MOVEMENTS.c.entry_id == bindparam("of_entry"))
    .order_by(GRANTS.c.ends_at, GRANTS.c.id)
)
STATES = select(GRANTS.c.id, GRANTS.c.state).where(
    GRANTS.c.user_id == bindparam("owner"), GRANTS.c.id.in_(bindparam("grant_ids", expanding=True))
)
MOVEMENTS_OF = (
    select(MOVEMENTS.c.grant_id, MOVEMENTS.c.entry_id, MOVEMENTS.c.amount)
    .where(MOVEMENTS.c.user_id == bindparam("owner"), MOVEMENTS.c.grant_id.in_(bindparam("grant_ids", expanding=True)))
    .order_by(MOVEMENTS.c.grant_id, MOVEMENTS.c.entry_id)
)
EXPORTED = (
    select(GRANTS)
    .where(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.id > bindparam("after"))
    .order_by(GRANTS.c.id)
    .limit(bindparam("most"))
)

# Do grants and ledger tell the same story? Each is a sentence, and the rows for which it does not hold, in SQL that
# both engines read.
_SENTENCES = {
    "what lies on an account is what its grants still hold": """
        SELECT user_id, state, SUM(part) AS difference FROM (
            SELECT user_id, CASE state WHEN 'held' THEN 'pending' ELSE state END AS state, remaining AS part FROM grants
            UNION ALL SELECT user_id, CASE WHEN account LIKE '%pending' THEN 'pending' ELSE 'collected' END, -balance
                FROM ledger_balances WHERE account NOT LIKE '%owed'
        ) AS both_sides GROUP BY user_id, state HAVING SUM(part) <> 0""",
    "a grant holds what it was granted, less what left it": """
        SELECT g.user_id, g.id, g.amount, g.remaining FROM grants g
        WHERE g.remaining <> g.amount - COALESCE(
            (SELECT SUM(m.amount) FROM grant_movements m WHERE m.user_id = g.user_id AND m.grant_id = g.id), 0)""",
    "every grant was brought by an entry": """
        SELECT g.user_id, g.id, g.entry_id FROM grants g
        WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.user_id = g.user_id AND e.id = g.entry_id)""",
    "whoever owes has no points": """
        SELECT debt.user_id, debt.balance, other.account FROM ledger_balances debt
        JOIN ledger_balances other ON other.user_id = debt.user_id AND other.account NOT LIKE '%owed'
        LEFT JOIN (SELECT user_id, SUM(remaining) AS held FROM grants WHERE state = 'held' GROUP BY user_id) waiting
            ON waiting.user_id = debt.user_id AND other.account LIKE '%pending'
        WHERE debt.account LIKE '%owed' AND debt.balance < 0 AND other.balance > COALESCE(waiting.held, 0)""",
    "what an activity stands for is what its methodology issued for it": """
        SELECT g.user_id, g.methodology_id, SUM(g.part) AS difference FROM (
            SELECT user_id, methodology_id, amount - taken_back AS part FROM grants WHERE methodology_id IS NOT NULL
            UNION ALL SELECT user_id, SUBSTR(source, 10), -amount FROM ledger_postings WHERE source LIKE 'issuance:%'
            UNION ALL SELECT user_id, SUBSTR(destination, 10), amount FROM ledger_postings
                WHERE destination LIKE 'issuance:%'
        ) AS g GROUP BY g.user_id, g.methodology_id HAVING SUM(g.part) <> 0""",
}
RULES = {sentence: text(query) for sentence, query in _SENTENCES.items()}


def drawn_by_entry(user_id: str, entry_id: str) -> Question[Slice]:
    """What an entry took from which grant, the one that ends first before the others."""
    return Question(DRAWN_BY_ENTRY, {"owner": user_id, "of_entry": entry_id}, _read_slice)


def pending_question(user_id: str) -> Question[Grant]:
    """The grants of one person that wait to be collected, the oldest first."""
    return Question(PENDING_OF, {"owner": user_id}, read_grant)


def pending_at(user_id: str, now: datetime, most: int) -> Question[Grant]:
    """The first grants of one person that wait to be collected and have not ended, at most so many."""
    return Question(_PENDING_AT, {"owner": user_id, "instant": now, "most": most}, read_grant)


@cache
def grants_among(activity_ids: Select[Any]) -> Select[Any]:
    """The grants of the activities of `owner` that a statement, built once, names; the oldest first of each."""
    return (
        select(GRANTS)
        .where(GRANTS.c.user_id == bindparam("owner"), GRANTS.c.activity_id.in_(activity_ids))
        .order_by(GRANTS.c.activity_id, GRANTS.c.id)
    )


def page_of_pending(now: datetime, after: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` grants of `owner` that wait to be collected and have not ended: those behind the id in `after`."""
    page = PENDING_OF.where(GRANTS.c.ends_at > now).limit(most)
    return page if after is None else page.where(GRANTS.c.id > after[0])


def page_by_end(after: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` collected grants of `owner`, first to end: those behind the end and the id in `after`."""
    page = COLLECTED_BY_END.limit(most)
    if after is None:
        return page
    ends_at, grant_id = after
    return page.where((GRANTS.c.ends_at > ends_at) | ((GRANTS.c.ends_at == ends_at) & (GRANTS.c.id > grant_id)))


def named_grants(user_id: str, grant_ids: Sequence[str]) -> Select[Any]:
    """The grants of one person that these ids name, the oldest first."""
    return select(GRANTS).where(GRANTS.c.user_id == user_id, GRANTS.c.id.in_(grant_ids)).order_by(GRANTS.c.id)


def _read_slice(row: Mapping[str, Any]) -> Slice:
    return Slice(read_grant(row), row["drawn"])
