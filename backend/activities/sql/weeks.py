"""The statement of everybody's live reductions under rules that are netted by the week."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS
from backend.activities.sql.workings import COLUMNS

_LIVE = (
    select(*COLUMNS, ACTIVITIES.c.occurred_at, ACTIVITIES.c.zone, ACTIVITIES.c.status)
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(REDUCTIONS.c.superseded_at.is_(None))
    .order_by(REDUCTIONS.c.user_id, REDUCTIONS.c.occurred_on, ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
)


def everybodys(methodology_ids: Collection[str]) -> Select[Any]:
    """Every live reduction under these rules, those of one person together and in the order of their days."""
    return _LIVE.where(REDUCTIONS.c.methodology_id.in_(methodology_ids))
