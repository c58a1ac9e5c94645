"""The statements about a change of a methodology: who used an earlier version lately, and all that was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, select

from backend.activities.sql.activities import ACTIVITIES, MONTHS, OF_ITS_ACTIVITY, REDUCTIONS
from backend.activities.sql.workings import STORED_WORKING, with_working
from backend.methodology.domain import VersionChange
from backend.platform.data.batch import Question


@dataclass(frozen=True)
class LastUse:
    """What somebody did last under an earlier version: its working, and the inputs as entered."""

    activity_id: str
    occurred_on: date
    version_id: str
    content_sha256: str
    working: dict[str, Any]
    inputs: Mapping[str, Any]


USERS_BEFORE = (
    select(MONTHS.c.user_id)
    .where(
        MONTHS.c.user_id > bindparam("after"),
        MONTHS.c.methodology_id == bindparam("of_methodology"),
        MONTHS.c.version < bindparam("new_version"),
        MONTHS.c.month_on >= bindparam("since"),
        MONTHS.c.activities > 0,
    )
    .distinct()
    .order_by(MONTHS.c.user_id)
    .limit(bindparam("most"))
)
_LAST_USE = (
    select(
        REDUCTIONS.c.activity_id,
        REDUCTIONS.c.occurred_on,
        REDUCTIONS.c.version_id,
        REDUCTIONS.c.content_sha256,
        *STORED_WORKING,
        ACTIVITIES.c.inputs,
    )
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(
        REDUCTIONS.c.user_id == bindparam("owner"),
        REDUCTIONS.c.methodology_id == bindparam("of_methodology"),
        REDUCTIONS.c.version < bindparam("new_version"),
        REDUCTIONS.c.superseded_at.is_(None),
    )
    .order_by(REDUCTIONS.c.occurred_on.desc(), REDUCTIONS.c.id.desc())
    .limit(1)
)

ROWS_AT_ONCE = 2_000
_RECORDED_LIVE = (
    REDUCTIONS.c.methodology_id == bindparam("of_methodology"),
    REDUCTIONS.c.superseded_at.is_(None),
    REDUCTIONS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)

COUNT_RECORDED = select(func.count()).select_from(REDUCTIONS).where(*_RECORDED_LIVE)
# By day, and of each person in the order in which things happened: as caps are used up.
RECORDED = (
    select(
        REDUCTIONS.c.user_id,
        REDUCTIONS.c.packed_working,
        REDUCTIONS.c.working,
        (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"),
    )
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(*_RECORDED_LIVE)
    .order_by(REDUCTIONS.c.occurred_on, REDUCTIONS.c.user_id, ACTIVITIES.c.occurred_at, REDUCTIONS.c.activity_id)
    .execution_options(yield_per=ROWS_AT_ONCE)
)


def last_use(user_id: str, change: VersionChange) -> Question[LastUse]:
    """What a person did last under an earlier version, by its live reduction."""
    asked = {"owner": user_id, "of_methodology": change.methodology_id, "new_version": change.version}
    return Question(_LAST_USE, asked, lambda row: LastUse(**with_working(row)))
