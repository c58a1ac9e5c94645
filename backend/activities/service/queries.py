"""Reading activities and reductions: always by their owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import (
    OPERATOR,
    Activity,
    ActivityFilter,
    ActivityStatus,
    MonthOf,
    RangedReduction,
    Reduction,
    ReportedInputs,
)
from backend.activities.domain.views import LoggedActivity, WorkingView
from backend.activities.service import asset_claims, evidence
from backend.activities.service.views import present, present_working
from backend.activities.sql import activities as sql
from backend.activities.sql import erasure
from backend.activities.sql.latest import latest_of
from backend.activities.sql.workings import with_working
from backend.methodology import service as methodology
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch, Question, Questions, fetch, fetch_one, read_rows
from backend.platform.data.paging import Page, SortKey, Window, id_field, instant_field
from backend.points import service as points
from backend.points.domain import ActivityPoints, Worth
from calculators import RULES, gases_of, read_range

EXPORTED_AT_ONCE = 500
EVERY = ActivityFilter()
LISTED = SortKey((instant_field("occurred_at"), id_field("activity")))
NO_POINTS = ActivityPoints(0, Worth.NONE, None)  # of an activity without a grant
NOT_BELIEVED = (*RULES, OPERATOR)  # reasons that say that it did not happen as it was told


@dataclass(frozen=True)
class Latest:
    """Activities, the latest first, the newest reduction of each, and what those with grants are worth by their id."""

    activities: Sequence[Activity]
    reductions: Sequence[Reduction]
    worth: Mapping[str, ActivityPoints]


def get_activity(session: Session, user_id: str, activity_id: str, language: Language) -> LoggedActivity:
    """One activity with its newest reduction and its points; raise `not_found.activity`."""
    activity, reduction = get_stored(session, user_id, activity_id)
    (view,) = _with_reductions(session, [activity], [reduction], language)
    return view


def view_stored(session: Session, activity: Activity, language: Language) -> LoggedActivity:
    """The same of an activity that was read already."""
    (view,) = _with_newest(session, [activity], language)
    return view


def get_stored(session: Session, user_id: str, activity_id: str) -> tuple[Activity, Reduction]:
    """A stored activity and its newest reduction; raise `not_found.activity`."""
    batch = Batch(session)
    activity = batch.fetch(sql.activity_question(user_id, activity_id))
    reduction = batch.fetch(sql.newest_reduction(user_id, activity_id))
    batch.run()
    if not activity.all():
        raise Refusal("not_found.activity")
    return activity.one(), reduction.one()


def list_activities(
    session: Session, user_id: str, window: Window, language: Language, wanted: ActivityFilter = EVERY
) -> Page[LoggedActivity]:
    """A person's activities, the latest first: those that `wanted` asks for."""
    if wanted == EVERY:
        latest = fetch_one(session, latest_question(user_id, window.limit + 1, window.after(LISTED)))
        page = window.cut(latest.activities, LISTED)
        return Page(view_latest(session, replace(latest, activities=page.items), language), page.next_cursor)
    query = sql.page_of_activities(user_id, wanted, window.after(LISTED), window.limit + 1)
    page = window.cut(read_rows(session, query, sql.read_activity), LISTED)
    return Page(_with_newest(session, page.items, language), page.next_cursor)


def latest_question(user_id: str, most: int, before: Sequence[Any] | None = None) -> Questions[Latest]:
    """What to ask, in a batch, for at most so many of the latest activities, with all that is shown of them."""
    statements, among = latest_of(most, before)
    parameters = {"owner": user_id, **among}
    parts: Mapping[str, Question[Any] | Questions[Any]] = {
        "activities": Question(statements.activities, parameters, sql.read_activity),
        "reductions": Question(statements.reductions, parameters, sql.read_reduction),
        "worth": points.activity_points_question(user_id, statements.ids, among),
    }
    return Questions(parts, lambda activities, reductions, worth: Latest(activities, reductions, worth[0]))


def view_latest(session: Session, latest: Latest, language: Language) -> list[LoggedActivity]:
    """What was asked for with `latest_question`, as it is shown."""
    newest = {reduction.activity_id: reduction for reduction in latest.reductions}
    return [
        _shown(session, one, newest[one.id], latest.worth.get(one.id, NO_POINTS), language) for one in latest.activities
    ]


def list_reported(
    session: Session, user_id: str, methodology_ids: Sequence[str], first: date, last: date
) -> list[ReportedInputs]:
    """What a person reported under some methodologies on the days `first` to `last`, earliest first, whatever it was
    credited. Without what is withdrawn, held, or not believed.
    """
    query = sql.reported_between(user_id, methodology_ids, (first, last), NOT_BELIEVED)
    return read_rows(session, query, sql.read_reported)


def get_reduction(session: Session, user_id: str, reduction_id: str, language: Language) -> WorkingView:
    """One reduction, live or superseded, with its whole working: a person's own, or of a guest whose record they
    brought; raise `not_found.reduction`.
    """
    reduction = fetch(session, sql.reduction_question(user_id, reduction_id)).one_or_none()
    reduction = reduction or _reduction_of_guests(session, user_id, reduction_id)
    if reduction is None:
        raise Refusal("not_found.reduction")
    pinned = methodology.get_pinned(session, reduction.version_id, reduction.content_sha256)
    figures = methodology.get_figures_text(session, reduction.version_id)
    return present_working(reduction, pinned.methodology, figures, language)


def _reduction_of_guests(session: Session, user_id: str, reduction_id: str) -> Reduction | None:
    """One that an activity came to before it came along: it stays with the guest."""
    guests = accounts.list_brought_guests(session, user_id)
    found = (fetch(session, sql.reduction_question(guest, reduction_id)).one_or_none() for guest in guests)
    return next(filter(None, found), None)


def months_question(user_id: str, first: date, last: date) -> Question[MonthOf]:
    """What to ask for the months from that of `first` to that of `last`, the oldest first, in a batch."""
    return sql.months_question(user_id, first, last)


def sum_held(session: Session, user_id: str, first: date, last: date) -> tuple[int, int]:
    """How many activities of these days wait for a decision, and the grams that depend on it: counted in the months,
    and taken out of them if the decision is no.
    """
    return fetch_one(session, sql.held_between(user_id, first, last))


def list_ranged(session: Session, user_id: str, first: date, last: date) -> Iterator[RangedReduction]:
    """The live reductions of a person on the days `first` to `last`, those that their months add up, each with the
    figures that its range comes from. Not for what is asked often: every working of these days is read.
    """
    asked = {"owner": user_id, "first_day": first, "last_day": last}
    options = {"yield_per": EXPORTED_AT_ONCE}
    for row in session.execute(sql.LIVE_OF_DAYS, asked, execution_options=options).mappings():
        live = sql.read_live({**row})
        document = methodology.get_pinned(session, live.version_id, live.content_sha256).methodology
        yield RangedReduction(
            category=document.category,
            gases=gases_of(document, live.working),
            credited_g=0 if live.status == ActivityStatus.HELD else live.credited_g,
            range=read_range(document, live.working),
        )


def export(session: Session, user_id: str, after: str = "") -> Iterator[Mapping[str, Any]]:
    """A person's activities behind the id `after`, oldest first, each with every revision of its reduction."""
    asked = {"owner": user_id, "after": after, "most": EXPORTED_AT_ONCE}
    while rows := session.execute(sql.EXPORTED, asked).mappings().all():
        revisions = _revisions(session, user_id, [row["id"] for row in rows])
        for row in rows:
            yield {**row, "reductions": revisions[row["id"]]}
        asked |= {"after": rows[-1]["id"]}


def forget(session: Session, user_id: str) -> None:
    """Drop what could lead back to a person or their devices; the grams and their workings stay, as do all sums.

    Of when and where it was the day and the region stay.
    """
    session.execute(erasure.FORGET, {"owner": user_id})
    evidence.forget(session, user_id)
    asset_claims.forget(session, user_id)


def _with_newest(session: Session, activities: Sequence[Activity], language: Language) -> list[LoggedActivity]:
    if not activities:
        return []
    found = sql.list_newest(session, activities[0].user_id, [activity.id for activity in activities])
    newest = {reduction.activity_id: reduction for reduction in found}
    return _with_reductions(session, activities, [newest[activity.id] for activity in activities], language)


def _with_reductions(
    session: Session, activities: Sequence[Activity], reductions: Sequence[Reduction], language: Language
) -> list[LoggedActivity]:
    worth = points.list_activity_points(session, activities[0].user_id, [activity.id for activity in activities])
    return [
        _shown(session, activity, reduction, worth[activity.id], language)
        for activity, reduction in zip(activities, reductions, strict=True)
    ]


def _shown(
    session: Session, activity: Activity, reduction: Reduction, worth: ActivityPoints, language: Language
) -> LoggedActivity:
    pinned = methodology.get_pinned(session, reduction.version_id, reduction.content_sha256)
    return present(activity, reduction, pinned.methodology, worth, language)


def _revisions(session: Session, user_id: str, activity_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    by_activity: dict[str, list[dict[str, Any]]] = {activity_id: [] for activity_id in activity_ids}
    for row in session.execute(sql.revisions_of(user_id, activity_ids)).mappings():
        by_activity[row["activity_id"]].append(with_working(dict(row)))
    return by_activity
