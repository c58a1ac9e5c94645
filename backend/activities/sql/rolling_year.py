"""The statements of what live reductions bring into the rolling year of a metered rule, or into a week."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, bindparam, select

from backend.activities.sql.activities import ACTIVITIES, OF_ITS_ACTIVITY, REDUCTIONS
from backend.activities.sql.workings import COLUMNS
from backend.platform.data.batch import Question, read_as

_IS_LIVE = (REDUCTIONS.c.superseded_at.is_(None), REDUCTIONS.c.metered_days.is_not(None))
METERED = select(
    REDUCTIONS.c.user_id,
    REDUCTIONS.c.activity_id,
    REDUCTIONS.c.methodology_id,
    REDUCTIONS.c.occurred_on,
    (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"),
    REDUCTIONS.c.above,
    REDUCTIONS.c.netted,
    REDUCTIONS.c.metered_days,
    REDUCTIONS.c.meter_ends,
).where(*_IS_LIVE)
_OF_RULE = METERED.where(
    REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.methodology_id == bindparam("wanted_methodology")
)
_RULES = select(REDUCTIONS.c.methodology_id).where(REDUCTIONS.c.user_id == bindparam("owner"), *_IS_LIVE).distinct()
EVERYBODY = METERED.order_by(REDUCTIONS.c.user_id, REDUCTIONS.c.methodology_id)

_LIVE = (
    select(*COLUMNS, ACTIVITIES.c.occurred_at, ACTIVITIES.c.zone, ACTIVITIES.c.status)
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(REDUCTIONS.c.superseded_at.is_(None))
    .order_by(REDUCTIONS.c.user_id, REDUCTIONS.c.occurred_on, ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
)


@dataclass(frozen=True)
class MeteredRow:
    """What one live reduction brings: grams (or points) credited, above the baseline, and taken by the year."""

    user_id: str
    activity_id: str
    methodology_id: str
    occurred_on: date
    amount: int
    above: int
    netted: int
    metered_days: int
    meter_ends: str | None


read_metered: Callable[[Mapping[str, Any]], MeteredRow] = read_as(MeteredRow)


def metered_question(user_id: str, methodology_id: str) -> Question[MeteredRow]:
    """What a person's live reductions under one metered rule bring."""
    return Question(_OF_RULE, {"owner": user_id, "wanted_methodology": methodology_id}, read_metered)


def metered_rules(user_id: str) -> Question[str]:
    """The metered rules under which a person has something."""
    return Question(_RULES, {"owner": user_id}, lambda row: str(row["methodology_id"]))


def everybodys(methodology_ids: Collection[str]) -> Select[Any]:
    """Every live reduction under these rules, those of one person together and in the order of their days."""
    return _LIVE.where(REDUCTIONS.c.methodology_id.in_(methodology_ids))
