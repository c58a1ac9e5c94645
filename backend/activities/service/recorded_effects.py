"""What a version would have credited of what people recorded, beside the version in force on each day (ADR 0144).

Rows are read a few thousand at a time, so that a year of a city fits into memory. Reads, writes nothing; nobody's id
is in the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache

from sqlalchemy.orm import Session

from backend.activities.service.estimates import span_of
from backend.activities.sql.methodology_changes import COUNT_RECORDED, RECORDED
from backend.activities.sql.workings import read_own_part
from backend.methodology import service as methodology
from backend.platform.core.errors import Refusal, invalid_field
from calculators import (
    EffectsScope,
    Methodology,
    RecordedActivity,
    RecordedEffects,
    Tables,
    compare_recorded,
    read_context,
)

TOLD_EVERY = 10_000  # activities

Progress = Callable[[int, int], None]  # how many are read, of how many


def get_recorded_effects(
    session: Session,
    methodology_id: str,
    version: int,
    window: tuple[date, date],
    *,
    region: str | None = None,
    progress: Progress | None = None,
) -> RecordedEffects:
    """The effects of a version over what was recorded from one day to another, in `region` and within it.

    Raises `not_found.methodology_version`, and `request.invalid` for days in the wrong order or an unknown region.
    """
    first, last = window
    if last < first:
        raise invalid_field("to", "before_from")
    draft = methodology.get_version(session, methodology_id, version)
    content = methodology.read_content(draft.content_sha256, draft.document, draft.figures)

    @cache
    def in_force(on: date) -> tuple[Methodology, Tables] | None:
        try:
            found = methodology.get_in_force(session, methodology_id, on)
        except Refusal:
            return None
        return found.methodology, found.tables

    now = in_force(first)
    rules = [content.methodology, *([now[0]] if now else [])]
    begin = min(span_of(rule, first)[0] for rule in rules)
    asked: dict[str, str | date] = {"of_methodology": methodology_id, "first_day": begin, "last_day": last}
    scope = EffectsScope(first, last, _places(content.tables, region))
    recorded = _told(_read(session, asked), session.execute(COUNT_RECORDED, asked).scalar_one(), progress)
    return compare_recorded((content.methodology, content.tables), in_force, scope, recorded)


def read_recorded(user_id: str, packed: bytes | None, whole: str | None, amount: int) -> RecordedActivity:
    """A stored activity as its effects are computed from it."""
    record = read_own_part(packed, whole)
    return RecordedActivity(user_id, read_context(record["context"]), record["inputs"], amount)


def _read(session: Session, asked: dict[str, str | date]) -> Iterator[RecordedActivity]:
    for row in session.execute(RECORDED, asked):
        yield read_recorded(row.user_id, row.packed_working, row.working, int(row.amount))


def _told(activities: Iterator[RecordedActivity], count: int, progress: Progress | None) -> Iterator[RecordedActivity]:
    """The same, saying how far they are read."""
    for number, one in enumerate(activities, start=1):
        yield one
        if progress is not None and (number % TOLD_EVERY == 0 or number == count):
            progress(number, count)


def _places(tables: Tables, region: str | None) -> frozenset[str] | None:
    """The places that `region` holds; None for all."""
    if region is None:
        return None
    if region not in tables.regions.by_code:
        raise invalid_field("region", "region_unknown")
    return frozenset(code for code in tables.regions.by_code if region in tables.regions.chain_of(code))
