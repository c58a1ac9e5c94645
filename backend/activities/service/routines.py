"""What somebody does again and again: asked about for each day, and logged only when they say that they did it.

Nothing is credited for a habit, only for a day that was confirmed. The activity of a day carries a name made of the
routine and the day, so confirming twice is confirming once. Days fall due in the person's own zone, by its wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, delete, func, literal, select
from sqlalchemy.orm import Session

from backend.activities.models import Routine, RoutineSkip
from backend.activities.service.activity_log import log
from backend.activities.service.estimates import Told
from backend.activities.service.previews import preview
from backend.activities.service.views import View
from backend.activities.sql import ACTIVITIES
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language, get_language
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question, read_column
from backend.platform.data.paging import Page, Window
from backend.platform.data.transactions import enqueue_write
from backend.platform.data.upsert import insert_absent
from backend.platform.privacy import personal_data
from backend.profiles import service as profiles

MOST = 20  # routines of one person at a time

Row = Mapping[str, Any]

_ROUTINES = Routine.__table__
_SKIPS = RoutineSkip.__table__
_INSERT = _ROUTINES.insert()
_SKIP = insert_absent(_SKIPS)
_OF_PERSON = select(_ROUTINES).where(_ROUTINES.c.user_id == bindparam("owner"))
_ACTIVE = _OF_PERSON.where(_ROUTINES.c.ended_at.is_(None)).order_by(_ROUTINES.c.id)
_SKIPPED = select(_SKIPS.c.routine_id, _SKIPS.c.skipped_on).where(
    _SKIPS.c.user_id == bindparam("owner"), _SKIPS.c.skipped_on >= bindparam("since")
)
_LOGGED = select(ACTIVITIES.c.client_id).where(
    ACTIVITIES.c.user_id == bindparam("owner"),
    ACTIVITIES.c.occurred_at >= bindparam("since_at", type_=ACTIVITIES.c.occurred_at.type),
    ACTIVITIES.c.client_id.startswith("routine:"),
)


@dataclass(frozen=True)
class Due:
    """A day on which a routine fell due and nobody has said yet whether it was done."""

    routine_id: str
    on: date
    occurred_at: datetime
    methodology_id: str
    inputs: Mapping[str, Any]
    client_id: str


def add_routine(session: Session, user_id: str, wish: Mapping[str, Any]) -> View:
    """Keep a routine; raise `request.invalid` for inputs that could not be logged, and for one too many."""
    profile = profiles.get_profile(session, user_id)
    today = clock.local_day(clock.database_now(session), profile.zone)
    preview(
        session,
        {
            "methodology": wish["methodology_id"],
            "inputs": wish["inputs"],
            "region": profile.region,
            "on": today,
            "duration_s": wish.get("duration_s"),
            "evidence_tier": "self_declared",
            "household_size": profile.household_size,
            "diet": profile.diet,
            "declared_alternative": None,
        },
        get_language(profile.language),
    )
    if session.scalar(_count(user_id)) >= MOST:
        raise invalid_field("methodology", "too_many_routines", most=MOST)
    row = {
        "user_id": user_id,
        "id": ids.new_id("routine"),
        "methodology_id": wish["methodology_id"],
        "inputs": {name: _as_text(value) for name, value in wish["inputs"].items()},
        "weekdays": "".join(map(str, sorted(set(wish["weekdays"])))),
        "time": wish["time"],
        "duration_s": wish.get("duration_s"),
        "starts_on": wish.get("starts_on") or today,
        "created_at": clock.database_now(session),
        "ended_at": None,
    }
    enqueue_write(session, _INSERT, row)
    return _view(row)


def list_routines(session: Session, user_id: str, window: Window) -> Page[View]:
    """Somebody's routines, the newest first, ended ones too."""
    wanted = select(_ROUTINES).where(_ROUTINES.c.user_id == user_id)
    if window.after is not None:
        wanted = wanted.where(_ROUTINES.c.id < window.after[0])
    rows = session.execute(wanted.order_by(_ROUTINES.c.id.desc()).limit(window.limit + 1)).mappings()
    page = window.cut([dict(row) for row in rows], "id")
    return Page([_view(row) for row in page.items], page.next_cursor)


def end_routine(session: Session, user_id: str, routine_id: str) -> None:
    """Ask no more about a routine; raise `not_found.routine`. What was confirmed stays."""
    _get(session, user_id, routine_id)
    ended = _ROUTINES.update().where(
        _ROUTINES.c.user_id == user_id, _ROUTINES.c.id == routine_id, _ROUTINES.c.ended_at.is_(None)
    )
    session.execute(ended.values(ended_at=clock.database_now(session)))


def list_due(session: Session, user_id: str) -> list[Due]:
    """The days to be asked about, the latest first: no older than what may still be logged."""
    now, reach = clock.database_now(session), policy().activities.oldest_days
    since = now.date() - timedelta(days=reach + 1)
    since_at = datetime.combine(since, time(), tzinfo=clock.UTC)
    batch = Batch(session)
    profile = batch.fetch(profiles.question(user_id))
    routines = batch.fetch(Question(_ACTIVE, {"owner": user_id}, dict))
    skips = batch.fetch(Question(_SKIPPED, {"owner": user_id, "since": since}, dict))
    logged = batch.fetch(Question(_LOGGED, {"owner": user_id, "since_at": since_at}, read_column("client_id")))
    batch.run()
    zone = profile.one().zone
    today = clock.local_day(now, zone)
    answered = set(logged.all()) | {_name(row["routine_id"], row["skipped_on"]) for row in skips.all()}
    due = [
        one
        for routine in routines.all()
        for one in _days(routine, today - timedelta(days=reach), today, zone)
        if one.client_id not in answered and one.occurred_at <= now
    ]
    return sorted(due, key=lambda one: (one.occurred_at, one.routine_id), reverse=True)


def confirm(
    session: Session, user_id: str, routine_id: str, on: date, changed: Mapping[str, Any], language: Language
) -> View:
    """Log what was done on a day, as usual but for `changed` inputs; confirmed again, it is the first activity.

    Raises `not_found.routine`, and `request.invalid` for a day on which it does not fall due or that is too long ago.
    """
    routine = _get(session, user_id, routine_id)
    zone = profiles.get_profile(session, user_id).zone
    due = next(_days(routine, on, on, zone), None)
    if due is None:
        raise invalid_field("on", "routine_not_due", weekdays=routine["weekdays"])
    told = Told(
        methodology_id=routine["methodology_id"],
        occurred_at=due.occurred_at,
        inputs={**routine["inputs"], **changed},
        duration_s=routine["duration_s"],
        client_id=due.client_id,
    )
    return log(session, user_id, told, language)


def skip(session: Session, user_id: str, routine_id: str, on: date) -> None:
    """Say that it was not done on a day; raise `not_found.routine`."""
    _get(session, user_id, routine_id)
    row = {"user_id": user_id, "routine_id": routine_id, "skipped_on": on}
    enqueue_write(session, _SKIP, row)


def export_routines(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every routine of one person behind the id `after`, with the days that were skipped."""
    skipped: dict[str, list[date]] = {}
    for row in session.execute(select(_SKIPS).where(_SKIPS.c.user_id == user_id).order_by(_SKIPS.c.skipped_on)):
        skipped.setdefault(row.routine_id, []).append(row.skipped_on)
    of_person = select(_ROUTINES).where(_ROUTINES.c.user_id == user_id)
    for routine in personal_data.by_key(session, of_person, _ROUTINES.c.id, after):
        yield {**routine, "skipped": skipped.get(routine["id"], [])}


def bring_routines(session: Session, guest_id: str, user_id: str) -> None:
    """Give an account what a merged guest usually does, under the same ids; brought again, it changes nothing."""
    for table in (_ROUTINES, _SKIPS):
        others = [column for column in table.columns if column.name != "user_id"]
        brought = select(literal(user_id), *others).where(table.c.user_id == guest_id)
        session.execute(table.insert().from_select(["user_id", *(column.name for column in others)], brought))
    forget_routines(session, guest_id)


def forget_routines(session: Session, user_id: str) -> None:
    """Drop what somebody usually does."""
    for table in (_SKIPS, _ROUTINES):
        session.execute(delete(table).where(table.c.user_id == user_id))


def _days(routine: Row, first: date, last: date, zone: str) -> Iterator[Due]:
    wall = time.fromisoformat(routine["time"])
    for ahead in range((last - first).days + 1):
        on = first + timedelta(days=ahead)
        if on < routine["starts_on"] or str(on.isoweekday()) not in routine["weekdays"]:
            continue
        yield Due(
            routine_id=routine["id"],
            on=on,
            occurred_at=datetime.combine(on, wall, tzinfo=ZoneInfo(zone)).astimezone(clock.UTC),
            methodology_id=routine["methodology_id"],
            inputs=routine["inputs"],
            client_id=_name(routine["id"], on),
        )


def _name(routine_id: str, on: date) -> str:
    return f"routine:{routine_id}:{on.isoformat()}"


def _get(session: Session, user_id: str, routine_id: str) -> Row:
    wanted = _OF_PERSON.where(_ROUTINES.c.id == routine_id)
    row = session.execute(wanted, {"owner": user_id}).mappings().one_or_none()
    if row is None:
        raise Refusal("not_found.routine")
    return dict(row)


def _count(user_id: str) -> Any:
    active = (_ROUTINES.c.user_id == user_id, _ROUTINES.c.ended_at.is_(None))
    return select(func.count()).select_from(_ROUTINES).where(*active)


def _as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_text(inner) for name, inner in value.items()}
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _view(row: Row) -> View:
    return {**row, "weekdays": [int(digit) for digit in row["weekdays"]]}
