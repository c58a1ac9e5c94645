"""The statements about a change of a methodology: who has used an earlier version lately, and what they did last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, select

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


def last_use(user_id: str, change: VersionChange) -> Question[LastUse]:
    """What a person did last under an earlier version, by its live reduction."""
    asked = {"owner": user_id, "of_methodology": change.methodology_id, "new_version": change.version}
    return Question(_LAST_USE, asked, lambda row: LastUse(**with_working(row)))
