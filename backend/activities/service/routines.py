"""What somebody does again and again: asked about for each day, and logged only when they say that they did it.

Nothing is credited for a habit, only for a day that was confirmed. The activity of a day carries a name made of the
routine and the day, so confirming twice is confirming once. Days fall due in the person's own zone, by its wall clock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from backend.activities.domain import LogActivity, NewRoutine, Preview, Routine
from backend.activities.domain.views import LoggedActivity, RoutineView
from backend.activities.service.activity_log import log
from backend.activities.service.previews import preview
from backend.activities.sql import routines as sql
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language, get_language
from backend.platform.data import ids
from backend.platform.data.batch import Question, Questions, fetch, fetch_one, read_rows
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy import personal_data
from backend.profiles import service as profiles

MOST = 20  # routines of one person at a time
LISTED = by_id("routine")


@dataclass(frozen=True)
class Due:
    """A day on which a routine fell due and nobody has said yet whether it was done."""

    routine_id: str
    on: date
    occurred_at: datetime
    methodology_id: str
    inputs: Mapping[str, Any]
    client_id: str


def add_routine(session: Session, user_id: str, wish: NewRoutine) -> RoutineView:
    """Keep a routine; raise `request.invalid` for inputs that could not be logged, and for one too many."""
    profile = profiles.get_profile(session, user_id)
    now = clock.database_now(session)
    today = clock.local_day(now, profile.zone)
    as_logged = Preview(
        methodology_id=wish.methodology_id,
        inputs=wish.inputs,
        region=profile.region,
        on=today,
        duration_s=wish.duration_s,
        household_size=profile.household_size,
        diet=profile.diet,
    )
    preview(session, as_logged, get_language(profile.language))
    if fetch_one(session, sql.active_count(user_id)) >= MOST:
        raise invalid_field("methodology", "too_many_routines", most=MOST)
    routine = Routine(
        user_id=user_id,
        id=ids.new_id("routine"),
        methodology_id=wish.methodology_id,
        inputs={name: _as_text(value) for name, value in wish.inputs.items()},
        weekdays="".join(map(str, sorted(set(wish.weekdays)))),
        time=wish.time,
        duration_s=wish.duration_s,
        starts_on=wish.starts_on or today,
        created_at=now,
    )
    enqueue_writes(session, [sql.insert_routine(routine)])
    return _view(routine)


def list_routines(session: Session, user_id: str, window: Window) -> Page[RoutineView]:
    """Somebody's routines, the newest first, ended ones too."""
    newest = sql.page_of_routines(user_id, window.after(LISTED), window.limit + 1)
    page = window.cut(read_rows(session, newest, sql.read_routine), LISTED)
    return Page([_view(routine) for routine in page.items], page.next_cursor)


def end_routine(session: Session, user_id: str, routine_id: str) -> None:
    """Ask no more about a routine; raise `not_found.routine`. What was confirmed stays."""
    _get(session, user_id, routine_id)
    enqueue_writes(session, [sql.end_routine(user_id, routine_id, clock.database_now(session))])


def list_due(session: Session, user_id: str) -> list[Due]:
    """The days to be asked about, the latest first: no older than what may still be logged."""
    zone = fetch_one(session, profiles.question(user_id)).zone
    return fetch_one(session, due_question(user_id, clock.database_now(session), zone))


def due_question(user_id: str, now: datetime, zone: str) -> Questions[list[Due]]:
    """What to ask, in a batch, for `list_due` at the database's instant `now` of a person who lives in `zone`."""
    reach = policy().activities.oldest_days
    since, today = now.date() - timedelta(days=reach + 1), clock.local_day(now, zone)

    def read(routines: Sequence[Routine], skipped: Sequence[sql.SkippedDay], logged: Sequence[str]) -> list[Due]:
        answered = {*logged, *(_name(one.routine_id, one.skipped_on) for one in skipped)}
        due = [
            one
            for routine in routines
            for one in _days(routine, today - timedelta(days=reach), today, zone)
            if one.client_id not in answered and one.occurred_at <= now
        ]
        return sorted(due, key=lambda one: (one.occurred_at, one.routine_id), reverse=True)

    parts: Mapping[str, Question[Any] | Questions[Any]] = {
        "routines": sql.active_routines(user_id),
        "skipped": sql.skipped_days(user_id, since),
        "logged": sql.logged_client_ids(user_id, datetime.combine(since, time(), tzinfo=UTC)),
    }
    return Questions(parts, read)


def confirm(
    session: Session, user_id: str, routine_id: str, on: date, changed: Mapping[str, Any], language: Language
) -> LoggedActivity:
    """Log what was done on a day, as usual but for `changed` inputs; confirmed again, it is the first activity.

    Raises `not_found.routine`, and `request.invalid` for a day on which it does not fall due or that is too long ago.
    """
    routine = _get(session, user_id, routine_id)
    zone = profiles.get_profile(session, user_id).zone
    due = next(_days(routine, on, on, zone), None)
    if due is None:
        raise invalid_field("on", "routine_not_due", weekdays=routine.weekdays)
    command = LogActivity(
        methodology_id=routine.methodology_id,
        occurred_at=due.occurred_at,
        inputs={**routine.inputs, **changed},
        duration_s=routine.duration_s,
        client_id=due.client_id,
    )
    return log(session, user_id, command, language, policy())


def skip(session: Session, user_id: str, routine_id: str, on: date) -> None:
    """Say that it was not done on a day; raise `not_found.routine`."""
    _get(session, user_id, routine_id)
    enqueue_writes(session, [sql.insert_skip(user_id, routine_id, on)])


def export_routines(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every routine of one person behind the id `after`, with the days that were skipped."""
    skipped: dict[str, list[date]] = {}
    for one in fetch(session, sql.all_skipped_days(user_id)).all():
        skipped.setdefault(one.routine_id, []).append(one.skipped_on)
    for routine in personal_data.by_key(session, sql.routines_of(user_id), sql.ROUTINES.c.id, after):
        yield {**routine, "skipped": skipped.get(routine["id"], [])}


def transfer_routines(session: Session, guest_id: str, user_id: str) -> None:
    """Give an account what a merged guest usually does, under the same ids; brought again, it changes nothing."""
    for statement in sql.COPY:
        session.execute(statement, {"from_guest": guest_id, "to_account": user_id})
    forget_routines(session, guest_id)


def forget_routines(session: Session, user_id: str) -> None:
    """Drop what somebody usually does."""
    for statement in sql.FORGET:
        session.execute(statement, {"owner": user_id})


def _days(routine: Routine, first: date, last: date, zone: str) -> Iterator[Due]:
    wall = time.fromisoformat(routine.time)
    for ahead in range((last - first).days + 1):
        on = first + timedelta(days=ahead)
        if on < routine.starts_on or str(on.isoweekday()) not in routine.weekdays:
            continue
        yield Due(
            routine_id=routine.id,
            on=on,
            occurred_at=datetime.combine(on, wall, tzinfo=ZoneInfo(zone)).astimezone(UTC),
            methodology_id=routine.methodology_id,
            inputs=routine.inputs,
            client_id=_name(routine.id, on),
        )


def _name(routine_id: str, on: date) -> str:
    return f"routine:{routine_id}:{on.isoformat()}"


def _get(session: Session, user_id: str, routine_id: str) -> Routine:
    routine = fetch(session, sql.routine_question(user_id, routine_id)).one_or_none()
    if routine is None:
        raise Refusal("not_found.routine")
    return routine


def _as_text(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_text(inner) for name, inner in value.items()}
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _view(routine: Routine) -> RoutineView:
    return RoutineView(
        id=routine.id,
        methodology_id=routine.methodology_id,
        inputs=routine.inputs,
        weekdays=[int(digit) for digit in routine.weekdays],
        time=routine.time,
        duration_s=routine.duration_s,
        starts_on=routine.starts_on,
        created_at=routine.created_at,
        ended_at=routine.ended_at,
    )
