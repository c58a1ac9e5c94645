"""The statements of corrected reports."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Delete, Insert, Select, String, bindparam, cast, literal, select

from backend.activities.domain import Activity, EarlierReport
from backend.activities.models import EarlierReport as EarlierReportRow
from backend.activities.sql.activities import ACTIVITIES, crossed
from backend.platform.data.batch import Question, read_as
from backend.platform.data.transactions import Write

REPORTS = EarlierReportRow.__table__

_INSERT = REPORTS.insert()
_OF_ACTIVITY = (
    select(REPORTS)
    .where(REPORTS.c.user_id == bindparam("owner"), REPORTS.c.activity_id == bindparam("wanted"))
    .order_by(REPORTS.c.number)
)
# What a report says; the id, the name its device gave it and when it was first told stay.
_SAID = (
    "methodology_id",
    "occurred_at",
    "occurred_on",
    "duration_s",
    "least_s",
    "zone",
    "region",
    "given_region",
    "inputs",
    "declared_alternative",
    "evidence_tier",
    "status",
    "reason",
)
_CORRECT = (
    ACTIVITIES.update()
    .where(ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id == bindparam("of_activity"))
    .values({name: bindparam(f"now_{name}", type_=ACTIVITIES.c[name].type) for name in _SAID})
)
FORGET = REPORTS.delete().where(REPORTS.c.user_id == bindparam("owner"))
# The key of an earlier report in an export.
REPORT_NAME = (REPORTS.c.activity_id + "." + cast(REPORTS.c.number, String)).label("name")

_read_report: Callable[[Mapping[str, Any]], EarlierReport] = read_as(EarlierReport)


def correct_activity(activity: Activity) -> Write:
    """Let a stored activity say what it should have said."""
    said = {f"now_{name}": getattr(activity, name) for name in _SAID}
    return Write(_CORRECT, {"owner": activity.user_id, "of_activity": activity.id} | said, rows=1, otherwise=crossed)


def insert_report(report: EarlierReport) -> Write:
    """Keep what an activity said."""
    return Write(_INSERT, vars(report))


def reports_question(user_id: str, activity_id: str) -> Question[EarlierReport]:
    """What an activity said before it was corrected, the first report first."""
    return Question(_OF_ACTIVITY, {"owner": user_id, "wanted": activity_id}, _read_report)


def reports_of(user_id: str) -> Select[Any]:
    """Every earlier report of a person, with its `REPORT_NAME`, in no order."""
    return select(REPORTS, REPORT_NAME).where(REPORTS.c.user_id == user_id)


def pass_on(guest_id: str, user_id: str, activity_ids: Sequence[str]) -> tuple[Insert, Delete]:
    """Give an account the earlier reports of a guest's activities that have joined it."""
    are_theirs = (REPORTS.c.user_id == guest_id, REPORTS.c.activity_id.in_(activity_ids))
    others = [column for column in REPORTS.columns if column.name != "user_id"]
    copied = select(literal(user_id, REPORTS.c.user_id.type), *others).where(*are_theirs)
    copy = REPORTS.insert().from_select(["user_id", *(column.name for column in others)], copied)
    return copy, REPORTS.delete().where(*are_theirs)
