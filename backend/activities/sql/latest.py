"""The statements of a person's latest activities, which most pages are: built once, so that they go in one round trip.

A page that is filtered is put together for the one call (`activities.page_of_activities`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Integer, Select, bindparam, exists, select, tuple_

from backend.activities.models import Activity as ActivityRow
from backend.activities.models import Reduction as ReductionRow
from backend.activities.sql.workings import COLUMNS

ACTIVITIES, REDUCTIONS = ActivityRow.__table__, ReductionRow.__table__


@dataclass(frozen=True, eq=False)
class LatestStatements:
    """Activities, the latest first; their ids alone, to be found by; and the newest reduction of each, in no order."""

    activities: Select[Any]
    ids: Select[Any]
    reductions: Select[Any]


def _statements(*wanted: Any) -> LatestStatements:
    page = (
        select(ACTIVITIES)
        .where(ACTIVITIES.c.user_id == bindparam("owner"), *wanted)
        .order_by(ACTIVITIES.c.occurred_at.desc(), ACTIVITIES.c.id.desc())
        .limit(bindparam("most", type_=Integer()))
    )
    ids = page.with_only_columns(ACTIVITIES.c.id)
    later = REDUCTIONS.alias("later")
    is_superseded = exists().where(
        later.c.user_id == REDUCTIONS.c.user_id,
        later.c.activity_id == REDUCTIONS.c.activity_id,
        later.c.revision > REDUCTIONS.c.revision,
    )
    reductions = select(*COLUMNS).where(
        REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.activity_id.in_(ids), ~is_superseded
    )
    return LatestStatements(page, ids, reductions)


_FIRST = _statements()
_BEFORE = _statements(
    tuple_(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
    < tuple_(
        bindparam("before_at", type_=ACTIVITIES.c.occurred_at.type), bindparam("before_id", type_=ACTIVITIES.c.id.type)
    )
)


def latest_of(most: int, before: Sequence[Any] | None) -> tuple[LatestStatements, Mapping[str, Any]]:
    """The statements for at most `most` activities of `owner`, of those before an instant and an id, with both."""
    if before is None:
        return _FIRST, {"most": most}
    return _BEFORE, {"most": most, "before_at": before[0], "before_id": before[1]}
