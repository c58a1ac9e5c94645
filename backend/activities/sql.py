"""The statements of activities, built once: SQL is compiled once per statement object."""

from __future__ import annotations

from sqlalchemy import String, bindparam, case, cast, func, literal, select, text, union_all

from backend.activities.models import Activity, ActivityBook, CoveredDay, DayTotal, Reduction
from backend.platform.data.upsert import offered, upsert

ACTIVITIES = Activity.__table__
BOOKS = ActivityBook.__table__
COVERED = CoveredDay.__table__
REDUCTIONS = Reduction.__table__
TOTALS = DayTotal.__table__

# Makes the person's book or counts one change in it; either way the row is locked until the transaction ends.
OPEN_BOOK = upsert(BOOKS, key=["user_id"], changes={"revision": BOOKS.c.revision + 1}).returning(BOOKS.c.revision)
USED = select(TOTALS.c.occurred_on, TOTALS.c.credited).where(
    TOTALS.c.user_id == bindparam("owner"),
    TOTALS.c.methodology_id == bindparam("wanted_methodology"),
    TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)
# The days of the months around a day one by one, every other month of its years as a sum on its first day.
_written_day = cast(TOTALS.c.occurred_on, String(10))
_period = case(
    (TOTALS.c.occurred_on.between(bindparam("first_near"), bindparam("last_near")), _written_day),
    else_=func.substr(_written_day, 1, 7) + "-01",
)
_used_in_year = (
    select(
        _period.label("period"),
        TOTALS.c.methodology_id,
        func.sum(TOTALS.c.credited).label("credited"),
        literal(0).label("is_covered"),
    )
    .where(
        TOTALS.c.user_id == bindparam("owner"),
        TOTALS.c.methodology_id == bindparam("wanted_methodology"),
        TOTALS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
    )
    .group_by(text("period"), TOTALS.c.methodology_id)
)
_totals_between = select(
    cast(TOTALS.c.occurred_on, String(10)).label("period"),
    TOTALS.c.methodology_id,
    TOTALS.c.credited,
    literal(0).label("is_covered"),
).where(
    TOTALS.c.user_id == bindparam("owner"),
    TOTALS.c.occurred_on.between(bindparam("first_claimed"), bindparam("last_claimed")),
    TOTALS.c.credited > 0,
)
_covered_between = select(
    cast(COVERED.c.covered_on, String(10)).label("period"),
    COVERED.c.methodology_id,
    literal(0).label("credited"),
    literal(1).label("is_covered"),
).where(
    COVERED.c.user_id == bindparam("owner"),
    COVERED.c.covered_on.between(bindparam("first_claimed"), bindparam("last_claimed")),
)
# What some days count already, under whatever methodology: `credited` is what was credited on that very day.
CLAIMED = union_all(_totals_between, _covered_between)
# The same for the days around an activity, and what bears on the caps of its methodology, in one question.
USED_AND_CLAIMED = union_all(
    _used_in_year,
    _totals_between.where(TOTALS.c.methodology_id != bindparam("wanted_methodology")),
    _covered_between,
)
COVER = COVERED.insert()
UNCOVER = COVERED.delete().where(
    COVERED.c.user_id == bindparam("owner"), COVERED.c.activity_id == bindparam("of_activity")
)
ADD_TO_DAY = upsert(
    TOTALS,
    key=["user_id", "occurred_on", "methodology_id"],
    changes={"credited": TOTALS.c.credited + offered(TOTALS).credited},
)
# An upsert would offer the bare difference as a row, which no total below zero may be.
TAKE_FROM_DAY = (
    TOTALS.update()
    .where(
        TOTALS.c.user_id == bindparam("owner"),
        TOTALS.c.occurred_on == bindparam("day"),
        TOTALS.c.methodology_id == bindparam("of_methodology"),
    )
    .values(credited=TOTALS.c.credited - bindparam("taken"))
)
INSERT_ACTIVITY = ACTIVITIES.insert()
INSERT_REDUCTION = REDUCTIONS.insert()
SUPERSEDE = (
    REDUCTIONS.update()
    .where(
        REDUCTIONS.c.user_id == bindparam("owner"),
        REDUCTIONS.c.id == bindparam("of_reduction"),
        REDUCTIONS.c.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("superseded", type_=REDUCTIONS.c.superseded_at.type))
)
CHANGE_STATUS = (
    ACTIVITIES.update()
    .where(
        ACTIVITIES.c.user_id == bindparam("owner"),
        ACTIVITIES.c.id == bindparam("of_activity"),
        ACTIVITIES.c.status == bindparam("from_status"),
    )
    .values(
        status=bindparam("to_status"),
        reason=bindparam("because"),
        withdrawn_at=bindparam("withdrawn", type_=ACTIVITIES.c.withdrawn_at.type),
    )
)
OF_ACTIVITY = select(ACTIVITIES).where(
    ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id == bindparam("wanted")
)
BY_CLIENT_ID = select(ACTIVITIES).where(
    ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.client_id == bindparam("wanted")
)
# The newest is the live one, or the last that a withdrawn activity had.
NEWEST_REDUCTION = (
    select(REDUCTIONS)
    .where(REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.activity_id == bindparam("wanted"))
    .order_by(REDUCTIONS.c.revision.desc())
    .limit(1)
)
OF_REDUCTION = select(REDUCTIONS).where(
    REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.id == bindparam("wanted")
)
# In the order in which they happened, which is the order in which a re-settled day fills its caps.
LIVE_REDUCTIONS = (
    select(REDUCTIONS, ACTIVITIES.c.occurred_at, ACTIVITIES.c.zone, ACTIVITIES.c.status)
    .join(
        ACTIVITIES,
        (ACTIVITIES.c.user_id == REDUCTIONS.c.user_id) & (ACTIVITIES.c.id == REDUCTIONS.c.activity_id),
    )
    .where(ACTIVITIES.c.user_id == bindparam("owner"), REDUCTIONS.c.superseded_at.is_(None))
    .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
)
LIVE_BETWEEN = LIVE_REDUCTIONS.where(
    ACTIVITIES.c.methodology_id == bindparam("wanted_methodology"),
    ACTIVITIES.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)
# What found its days counted already, in the order in which it happened.
COUNTED_ELSEWHERE = LIVE_REDUCTIONS.where(
    ACTIVITIES.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
    ACTIVITIES.c.reason == bindparam("because"),
)
