"""The statements of activities and their reductions, built once: SQL is compiled once per statement object."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from backend.activities.domain import (
    Activity,
    ActivityFilter,
    ActivityStatus,
    IssuedUnder,
    LiveReduction,
    MonthOf,
    Reduction,
    ReportedInputs,
    month_of,
)
from backend.activities.models import Activity as ActivityRow
from backend.activities.models import MonthTotal
from backend.activities.models import Reduction as ReductionRow
from backend.activities.sql.workings import COLUMNS, FIGURES, with_working
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Question, read_as, read_column, read_rows
from backend.platform.data.transactions import Write

ACTIVITIES = ActivityRow.__table__
REDUCTIONS = ReductionRow.__table__
MONTHS = MonthTotal.__table__

OF_ITS_ACTIVITY = (ACTIVITIES.c.user_id == REDUCTIONS.c.user_id) & (ACTIVITIES.c.id == REDUCTIONS.c.activity_id)
INSERT_ACTIVITY = ACTIVITIES.insert()
_SUPERSEDE = (
    REDUCTIONS.update()
    .where(
        REDUCTIONS.c.user_id == bindparam("owner"),
        REDUCTIONS.c.id == bindparam("of_reduction"),
        REDUCTIONS.c.superseded_at.is_(None),
    )
    .values(superseded_at=bindparam("superseded", type_=REDUCTIONS.c.superseded_at.type))
)
_CHANGE_STATUS = (
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
_RAISE_TIER = (
    ACTIVITIES.update()
    .where(ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id == bindparam("of_activity"))
    .values(evidence_tier=bindparam("tier"))
)
_OF_ACTIVITY = select(ACTIVITIES).where(
    ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id == bindparam("wanted")
)
BY_CLIENT_ID = select(ACTIVITIES).where(
    ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.client_id == bindparam("wanted")
)
# The newest is the live one, or the last that a withdrawn activity had.
_NEWEST_REDUCTION = (
    select(*COLUMNS)
    .where(REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.activity_id == bindparam("wanted"))
    .order_by(REDUCTIONS.c.revision.desc())
    .limit(1)
)
_OF_REDUCTION = select(*COLUMNS).where(
    REDUCTIONS.c.user_id == bindparam("owner"), REDUCTIONS.c.id == bindparam("wanted")
)
# In the order in which they happened, which is the order in which a day that is allocated anew fills its caps.
LIVE = (
    select(*COLUMNS, ACTIVITIES.c.occurred_at, ACTIVITIES.c.zone, ACTIVITIES.c.status)
    .join(ACTIVITIES, OF_ITS_ACTIVITY)
    .where(ACTIVITIES.c.user_id == bindparam("owner"), REDUCTIONS.c.superseded_at.is_(None))
    .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
)
_LIVE_BETWEEN = LIVE.where(
    ACTIVITIES.c.methodology_id == bindparam("wanted_methodology"),
    ACTIVITIES.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
)
LIVE_OF_DAYS = LIVE.where(REDUCTIONS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")))
_LIVE_OF = LIVE.where(ACTIVITIES.c.id == bindparam("wanted"))
# A working from before `is_capped` says itself that a cap took something: as `orjson` wrote it, without a space.
_CUT_BY_CAP = (
    select(func.count().label("cut"))
    .select_from(REDUCTIONS)
    .where(
        REDUCTIONS.c.user_id == bindparam("owner"),
        REDUCTIONS.c.methodology_id == bindparam("wanted_methodology"),
        REDUCTIONS.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
        REDUCTIONS.c.superseded_at.is_(None),
        or_(REDUCTIONS.c.is_capped, REDUCTIONS.c.working.contains('"kind":"cap"', autoescape=True)),
    )
)
_UNCREDITED_BECAUSE = LIVE.where(
    ACTIVITIES.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
    ACTIVITIES.c.reason == bindparam("because"),
)
_MONTHS_OF = (
    select(*(column for column in MONTHS.columns if column.name != "user_id"))
    .where(
        MONTHS.c.user_id == bindparam("owner"),
        MONTHS.c.month_on.between(bindparam("first_month"), bindparam("last_month")),
        MONTHS.c.activities > 0,
    )
    .order_by(MONTHS.c.month_on, MONTHS.c.methodology_id, MONTHS.c.version)
)
# What everybody was credited in some months, by rule and version.
_ISSUED = (
    select(
        MONTHS.c.methodology_id,
        func.min(MONTHS.c.version_id).label("version_id"),
        func.min(MONTHS.c.content_sha256).label("content_sha256"),
        func.sum(MONTHS.c.activities).label("activities"),
        func.sum(MONTHS.c.baseline_g).label("baseline_g"),
        func.sum(MONTHS.c.credited_g).label("credited_g"),
    )
    .where(MONTHS.c.month_on.between(bindparam("first_month"), bindparam("last_month")), MONTHS.c.activities > 0)
    .group_by(MONTHS.c.methodology_id, MONTHS.c.version)
    .order_by(MONTHS.c.methodology_id, MONTHS.c.version)
)
# How many activities of some days wait for a decision, and the grams that depend on it.
_HELD_BETWEEN = (
    select(func.count().label("activities"), func.sum(REDUCTIONS.c.credited_g).label("credited_g"))
    .join_from(ACTIVITIES, REDUCTIONS, OF_ITS_ACTIVITY)
    .where(
        ACTIVITIES.c.user_id == bindparam("owner"),
        ACTIVITIES.c.status == ActivityStatus.HELD,
        ACTIVITIES.c.occurred_on.between(bindparam("first_day"), bindparam("last_day")),
        REDUCTIONS.c.superseded_at.is_(None),
    )
)

_read_issued: Callable[[Mapping[str, Any]], IssuedUnder] = read_as(IssuedUnder)
_read_month: Callable[[Mapping[str, Any]], MonthOf] = read_as(MonthOf)
read_reported: Callable[[Mapping[str, Any]], ReportedInputs] = read_as(ReportedInputs)


def read_reduction(row: Mapping[str, Any]) -> Reduction:
    """The reduction in a row of `COLUMNS`."""
    return Reduction(**with_working(row))


def read_activity(row: Mapping[str, Any]) -> Activity:
    """The activity in a row of `ACTIVITIES`."""
    return Activity(**{**row, "status": ActivityStatus(row["status"])})


def activity_question(user_id: str, activity_id: str) -> Question[Activity]:
    """One activity."""
    return Question(_OF_ACTIVITY, {"owner": user_id, "wanted": activity_id}, read_activity)


def newest_reduction(user_id: str, activity_id: str) -> Question[Reduction]:
    """The newest reduction of an activity."""
    return Question(_NEWEST_REDUCTION, {"owner": user_id, "wanted": activity_id}, read_reduction)


def list_newest(session: Session, user_id: str, activity_ids: Collection[str]) -> list[Reduction]:
    """The newest reduction of each of some activities, in no order."""
    later = REDUCTIONS.alias("later")
    is_superseded = exists().where(
        later.c.user_id == user_id,
        later.c.activity_id == REDUCTIONS.c.activity_id,
        later.c.revision > REDUCTIONS.c.revision,
    )
    query = select(*COLUMNS).where(
        REDUCTIONS.c.user_id == user_id, REDUCTIONS.c.activity_id.in_(activity_ids), ~is_superseded
    )
    return read_rows(session, query, read_reduction)


def reduction_question(user_id: str, reduction_id: str) -> Question[Reduction]:
    """One reduction, live or superseded."""
    return Question(_OF_REDUCTION, {"owner": user_id, "wanted": reduction_id}, read_reduction)


def live_between(user_id: str, methodology_id: str, first: date, last: date) -> Question[LiveReduction]:
    """The live reductions of some days under one methodology, in the order in which they happened."""
    parameters = {"owner": user_id, "wanted_methodology": methodology_id, "first_day": first, "last_day": last}
    return Question(_LIVE_BETWEEN, parameters, read_live)


def live_question(user_id: str, activity_id: str) -> Question[LiveReduction]:
    """The live reduction of one activity."""
    return Question(_LIVE_OF, {"owner": user_id, "wanted": activity_id}, read_live)


def cut_by_cap(user_id: str, methodology_id: str, first: date, last: date) -> Question[int]:
    """How many live reductions of some days under one methodology a cap has taken something from."""
    parameters = {"owner": user_id, "wanted_methodology": methodology_id, "first_day": first, "last_day": last}
    return Question(_CUT_BY_CAP, parameters, read_column("cut"))


def uncredited_because(user_id: str, reason: str, first: date, last: date) -> Question[LiveReduction]:
    """The live reductions of some days whose activities are not credited for `reason`, in the same order."""
    parameters = {"owner": user_id, "because": reason, "first_day": first, "last_day": last}
    return Question(_UNCREDITED_BECAUSE, parameters, read_live)


def months_question(user_id: str, first: date, last: date) -> Question[MonthOf]:
    """The months from that of `first` to that of `last`, the oldest first."""
    parameters = {"owner": user_id, "first_month": month_of(first), "last_month": month_of(last)}
    return Question(_MONTHS_OF, parameters, _read_month)


def held_between(user_id: str, first: date, last: date) -> Question[tuple[int, int]]:
    """How many activities of some days are held, and the grams that depend on it."""
    parameters = {"owner": user_id, "first_day": first, "last_day": last}
    return Question(_HELD_BETWEEN, parameters, lambda row: (row["activities"], int(row["credited_g"] or 0)))


def insert_activity(activity: Activity) -> Write:
    """Store an activity."""
    return Write(INSERT_ACTIVITY, vars(activity))


def supersede(reduction: Reduction, now: datetime) -> Write:
    """End the life of a reduction; `service.busy` when somebody else has."""
    parameters = {"owner": reduction.user_id, "of_reduction": reduction.id, "superseded": now}
    return Write(_SUPERSEDE, parameters, rows=1, otherwise=crossed)


def change_status(
    user_id: str,
    activity_id: str,
    before: ActivityStatus,
    after: ActivityStatus,
    reason: str | None,
    withdrawn_at: datetime | None = None,
) -> Write:
    """Give an activity another status and the reason for it; `service.busy` when it has not the one that was read."""
    parameters = {
        "owner": user_id,
        "of_activity": activity_id,
        "from_status": before,
        "to_status": after,
        "because": reason,
        "withdrawn": withdrawn_at,
    }
    return Write(_CHANGE_STATUS, parameters, rows=1, otherwise=crossed)


def raise_tier(activity: Activity, tier: str) -> Write:
    """Give an activity a stronger tier of evidence."""
    return Write(_RAISE_TIER, {"owner": activity.user_id, "of_activity": activity.id, "tier": tier})


def crossed() -> Refusal:
    """What to raise when a row was changed since it was read; the lock on the book makes that impossible."""
    return Refusal("service.busy", retry_after_s=1)


def read_live(row: Mapping[str, Any]) -> LiveReduction:
    """The live reduction in a row of `LIVE`."""
    return LiveReduction(**{**with_working(row), "status": ActivityStatus(row["status"])})


def issued_question(first: date, last: date) -> Question[IssuedUnder]:
    """What everybody was credited in the months from one first day to another, by rule and version."""
    return Question(_ISSUED, {"first_month": first, "last_month": last}, _read_issued)


def reported_before(user_id: str, client_ids: Sequence[str]) -> Select[Any]:
    """The activities of one person that their devices sent under these names."""
    return select(ACTIVITIES).where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.client_id.in_(client_ids))


def revisions_of(user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    """Every revision of the reductions of some activities, by activity, the earliest first."""
    return (
        select(*COLUMNS)
        .where(REDUCTIONS.c.user_id == user_id, REDUCTIONS.c.activity_id.in_(activity_ids))
        .order_by(REDUCTIONS.c.activity_id, REDUCTIONS.c.revision)
    )


def page_of_activities(user_id: str, wanted: ActivityFilter, before: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` activities of one person, the latest first: those before the instant and the id in `before`."""
    page = select(ACTIVITIES).where(ACTIVITIES.c.user_id == user_id)
    if wanted.methodology_id is not None:
        page = page.where(ACTIVITIES.c.methodology_id == wanted.methodology_id)
    if wanted.category is not None:
        page = page.where(ACTIVITIES.c.methodology_id.startswith(f"{wanted.category}.", autoescape=True))
    if wanted.status is not None:
        page = page.where(ACTIVITIES.c.status == wanted.status)
    if wanted.first is not None:
        page = page.where(ACTIVITIES.c.occurred_on >= wanted.first)
    if wanted.last is not None:
        page = page.where(ACTIVITIES.c.occurred_on <= wanted.last)
    if before is not None:
        page = page.where(tuple_(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id) < tuple(before))
    return page.order_by(ACTIVITIES.c.occurred_at.desc(), ACTIVITIES.c.id.desc()).limit(most)


def reported_between(
    user_id: str, methodology_ids: Sequence[str], days: tuple[date, date], but: Sequence[str]
) -> Select[Any]:
    """What a person reported on the days between two, earliest first, without what is withdrawn, held, or has a reason
    among `but`."""
    return (
        select(ACTIVITIES.c.methodology_id, ACTIVITIES.c.occurred_on, ACTIVITIES.c.inputs)
        .where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.methodology_id.in_(methodology_ids))
        .where(ACTIVITIES.c.occurred_on.between(*days))
        .where(ACTIVITIES.c.status.not_in((ActivityStatus.WITHDRAWN, ActivityStatus.HELD)))
        .where(or_(ACTIVITIES.c.reason.is_(None), ACTIVITIES.c.reason.not_in(but)))
        .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
    )


def live_of_guest(guest_id: str, most: int) -> Select[Any]:
    """A guest's next activities that count, in the order in which they happened."""
    return (
        select(ACTIVITIES)
        .where(ACTIVITIES.c.user_id == guest_id, ACTIVITIES.c.status != ActivityStatus.WITHDRAWN)
        .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
        .limit(most)
    )


def live_reductions_of(user_id: str, activity_ids: Sequence[str]) -> Select[Any]:
    """The live reductions of some activities."""
    return select(*COLUMNS).where(
        REDUCTIONS.c.user_id == user_id,
        REDUCTIONS.c.activity_id.in_(activity_ids),
        REDUCTIONS.c.superseded_at.is_(None),
    )


def known_names(user_id: str, names: Sequence[str]) -> Select[Any]:
    """Those of some names under which a person's devices sent something."""
    return select(ACTIVITIES.c.client_id).where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.client_id.in_(names))


def same_times(user_id: str, guest_id: str, instants: Collection[datetime], but: Sequence[str]) -> Select[Any]:
    """What an account did at some instants under other names, without what an earlier part brought from the guest:
    that is no second telling of what this part brings."""
    return select(ACTIVITIES.c.methodology_id, ACTIVITIES.c.occurred_at, ACTIVITIES.c.inputs).where(
        ACTIVITIES.c.user_id == user_id,
        ACTIVITIES.c.status != ActivityStatus.WITHDRAWN,
        ACTIVITIES.c.occurred_at.in_(instants),
        or_(ACTIVITIES.c.client_id.is_(None), ACTIVITIES.c.client_id.not_in(but)),
        ACTIVITIES.c.id.not_in(select(ACTIVITIES.c.id).where(ACTIVITIES.c.user_id == guest_id)),
    )


EXPORTED = (
    select(ACTIVITIES)
    .where(ACTIVITIES.c.user_id == bindparam("owner"), ACTIVITIES.c.id > bindparam("after"))
    .order_by(ACTIVITIES.c.id)
    .limit(bindparam("most"))
)


def scan_of_workings(version_ids: Sequence[str], mentioned: str, after: Sequence[Any] | None, most: int) -> Select[Any]:
    """Person and id of at most `most` reductions of anybody behind `after`, in their order, each with whether its
    version is one of these and its working mentions a text."""
    with_figures = select(FIGURES.c.sha256).where(FIGURES.c.figures.contains(mentioned, autoescape=True))
    mentions = or_(
        REDUCTIONS.c.figures_sha256.in_(with_figures), REDUCTIONS.c.working.contains(mentioned, autoescape=True)
    )
    is_candidate = func.coalesce(REDUCTIONS.c.version_id.in_(version_ids) & mentions, False)
    scan = (
        select(REDUCTIONS.c.user_id, REDUCTIONS.c.id, is_candidate.label("is_candidate"))
        .order_by(REDUCTIONS.c.user_id, REDUCTIONS.c.id)
        .limit(most)
    )
    if after is None:
        return scan
    return scan.where(tuple_(REDUCTIONS.c.user_id, REDUCTIONS.c.id) > tuple_(*map(literal, after)))
