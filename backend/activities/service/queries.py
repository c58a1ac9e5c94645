"""Reading activities and reductions: always by their owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import or_, select, tuple_
from sqlalchemy.orm import Session

from backend.activities.models import HELD, OPERATOR, WITHDRAWN
from backend.activities.service import evidence, household_claims
from backend.activities.service.views import View, present, present_working
from backend.activities.sql import ACTIVITIES, NEWEST_REDUCTION, OF_ACTIVITY, OF_REDUCTION, REDUCTIONS
from backend.methodology import service as methodology
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.paging import Page, Window
from backend.platform.data.transactions import fetch_many
from backend.points import service as points
from calculators import RULES

Row = dict[str, Any]
EXPORTED_AT_ONCE = 500
NOT_BELIEVED = (*RULES, OPERATOR)  # reasons that say that it did not happen as it was told


def get_activity(session: Session, user_id: str, activity_id: str, language: Language) -> View:
    """One activity with its newest reduction and its points; raise `not_found.activity`."""
    activity, reduction = get_rows(session, user_id, activity_id)
    return view(session, activity, reduction, language)


def get_rows(session: Session, user_id: str, activity_id: str) -> tuple[Row, Row]:
    """The rows of an activity and of its newest reduction; raise `not_found.activity`."""
    named = {"owner": user_id, "wanted": activity_id}
    activities, reductions = fetch_many(session, [(OF_ACTIVITY, named), (NEWEST_REDUCTION, named)])
    if not activities:
        raise Refusal("not_found.activity")
    return activities[0], reductions[0]


def find_by_client_id(session: Session, activity: Row, language: Language) -> View:
    """The activity a device has sent before, as it stands now."""
    named = {"owner": activity["user_id"], "wanted": activity["id"]}
    ((reduction,),) = fetch_many(session, [(NEWEST_REDUCTION, named)])
    return view(session, activity, reduction, language)


def list_activities(
    session: Session, user_id: str, window: Window, language: Language, methodology_id: str | None = None
) -> Page[View]:
    """A person's activities, the latest first; of one methodology when it is named."""
    wanted = select(ACTIVITIES).where(ACTIVITIES.c.user_id == user_id)
    if methodology_id is not None:
        wanted = wanted.where(ACTIVITIES.c.methodology_id == methodology_id)
    if window.after is not None:
        wanted = wanted.where(tuple_(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id) < _read_place(window.after))
    wanted = wanted.order_by(ACTIVITIES.c.occurred_at.desc(), ACTIVITIES.c.id.desc()).limit(window.limit + 1)
    found = [dict(row) for row in session.execute(wanted).mappings()]
    page = window.cut(found, "occurred_at", "id")
    return Page(_views(session, page.items, language), page.next_cursor)


def list_told(session: Session, user_id: str, methodology_ids: Sequence[str], first: date, last: date) -> list[Row]:
    """What a person told under some methodologies on the days `first` to `last`, earliest first: the id of the
    methodology, the day, and the inputs as entered, whatever they were credited. Without what is withdrawn, held, or
    not believed.
    """
    asked = (
        select(ACTIVITIES.c.methodology_id, ACTIVITIES.c.occurred_on, ACTIVITIES.c.inputs)
        .where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.methodology_id.in_(methodology_ids))
        .where(ACTIVITIES.c.occurred_on.between(first, last), ACTIVITIES.c.status.not_in((WITHDRAWN, HELD)))
        .where(or_(ACTIVITIES.c.reason.is_(None), ACTIVITIES.c.reason.not_in(NOT_BELIEVED)))
        .order_by(ACTIVITIES.c.occurred_at, ACTIVITIES.c.id)
    )
    return [dict(row) for row in session.execute(asked).mappings()]


def get_reduction(session: Session, user_id: str, reduction_id: str, language: Language) -> View:
    """One reduction, live or superseded, with its whole working; raise `not_found.reduction`."""
    (found,) = fetch_many(session, [(OF_REDUCTION, {"owner": user_id, "wanted": reduction_id})])
    if not found:
        raise Refusal("not_found.reduction")
    pinned = methodology.get_pinned(session, found[0]["version_id"], found[0]["content_sha256"])
    return present_working(found[0], pinned.methodology, language)


def export(session: Session, user_id: str, after: str = "") -> Iterator[Mapping[str, Any]]:
    """A person's activities behind the id `after`, oldest first, each with every revision of its reduction."""
    of_person = select(ACTIVITIES).where(ACTIVITIES.c.user_id == user_id).order_by(ACTIVITIES.c.id)
    last = after
    while True:
        rows = session.execute(of_person.where(ACTIVITIES.c.id > last).limit(EXPORTED_AT_ONCE)).mappings().all()
        if not rows:
            return
        revisions = _revisions(session, user_id, [row["id"] for row in rows])
        for row in rows:
            yield {**row, "reductions": revisions[row["id"]]}
        last = rows[-1]["id"]


def forget(session: Session, user_id: str) -> None:
    """Drop what could lead back to a person or their devices; the grams and their workings stay, as do all sums."""
    session.execute(ACTIVITIES.update().where(ACTIVITIES.c.user_id == user_id).values(client_id=None))
    evidence.forget(session, user_id)
    household_claims.forget(session, user_id)


def view(session: Session, activity: Row, reduction: Row, language: Language) -> View:
    """One activity as a reader sees it."""
    (shown,) = _with_reductions(session, [activity], [reduction], language)
    return shown


def _views(session: Session, activities: Sequence[Row], language: Language) -> list[View]:
    if not activities:
        return []
    newest = fetch_many(
        session,
        [(NEWEST_REDUCTION, {"owner": activity["user_id"], "wanted": activity["id"]}) for activity in activities],
    )
    return _with_reductions(session, activities, [found[0] for found in newest], language)


def _with_reductions(
    session: Session, activities: Sequence[Row], reductions: Sequence[Row], language: Language
) -> list[View]:
    worth = points.list_activity_points(session, activities[0]["user_id"], [activity["id"] for activity in activities])
    return [
        present(
            activity,
            reduction,
            methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"]).methodology,
            worth[activity["id"]],
            language,
        )
        for activity, reduction in zip(activities, reductions, strict=True)
    ]


def _revisions(session: Session, user_id: str, activity_ids: Sequence[str]) -> dict[str, list[Row]]:
    wanted = (
        select(REDUCTIONS)
        .where(REDUCTIONS.c.user_id == user_id, REDUCTIONS.c.activity_id.in_(activity_ids))
        .order_by(REDUCTIONS.c.activity_id, REDUCTIONS.c.revision)
    )
    found: dict[str, list[Row]] = {activity_id: [] for activity_id in activity_ids}
    for row in session.execute(wanted).mappings():
        # the working is a document already, and stays the same byte for byte
        found[row["activity_id"]].append({**row, "working": orjson.Fragment(row["working"])})
    return found


def _read_place(after: tuple[str, ...]) -> tuple[datetime, str]:
    try:
        occurred_at, activity_id = after
        return datetime.fromisoformat(occurred_at), activity_id
    except ValueError as error:
        raise invalid_field("cursor", "cursor_unknown") from error
