"""The statements that read what was recorded of one methodology, by day, whoever told it (ADR 0144)."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS

ROWS_AT_ONCE = 2_000
_LIVE = (
    REDUCTIONS.c.methodology_id == bindparam("of_methodology"),
    REDUCTIONS.c.superseded_at.is_(None),
    REDUCTIONS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)

COUNT_RECORDED = select(func.count()).select_from(REDUCTIONS).where(*_LIVE)
# By day, and of each person in the order in which things happened: as caps are used up.
RECORDED = (
    select(
        REDUCTIONS.c.user_id,
        REDUCTIONS.c.packed_working,
        REDUCTIONS.c.working,
        (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"),
    )
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(*_LIVE)
    .order_by(REDUCTIONS.c.occurred_on, REDUCTIONS.c.user_id, ACTIVITIES.c.occurred_at, REDUCTIONS.c.activity_id)
    .execution_options(yield_per=ROWS_AT_ONCE)
)
