"""The cap of a day, for whoever changed their clocks: no civil day of any zone they kept around then earns above it.

By one clock a day's cap is measured against the day's total. Whoever was in Kiritimati at noon and is in Baker Island
a minute later would find two days with room in one: so the day of every zone they kept, as a span of instants, is
measured too, and the fullest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.orm import Session

from backend.activities.models import CREDITED, HELD
from backend.activities.sql import ACTIVITIES, REDUCTIONS
from backend.platform.core import clock
from backend.platform.data.batch import Batch, Question, fetch, read_column

# Two instants of one civil day are less than this apart, also where the clocks go back.
REACH = timedelta(hours=25)

# Whatever else counts around an instant, under whatever methodology.
AROUND = (
    ACTIVITIES.c.user_id == bindparam("owner"),
    ACTIVITIES.c.occurred_at.between(
        bindparam("from_instant", type_=ACTIVITIES.c.occurred_at.type),
        bindparam("to_instant", type_=ACTIVITIES.c.occurred_at.type),
    ),
    or_(ACTIVITIES.c.status == CREDITED, ACTIVITIES.c.status == HELD),
)
_ZONES = select(ACTIVITIES.c.zone).where(*AROUND).distinct()
_IN_SPAN = (
    select(func.coalesce(func.sum(REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points), 0).label("credited"))
    .join(
        ACTIVITIES,
        (ACTIVITIES.c.user_id == REDUCTIONS.c.user_id) & (ACTIVITIES.c.id == REDUCTIONS.c.activity_id),
    )
    .where(
        ACTIVITIES.c.user_id == bindparam("owner"),
        ACTIVITIES.c.methodology_id == bindparam("wanted_methodology"),
        ACTIVITIES.c.occurred_at >= bindparam("begins", type_=ACTIVITIES.c.occurred_at.type),
        ACTIVITIES.c.occurred_at < bindparam("ends", type_=ACTIVITIES.c.occurred_at.type),
        REDUCTIONS.c.superseded_at.is_(None),
    )
)

Credited = tuple[datetime, int]  # when something happened, and what it is credited with


def span_in(zone: str, at: datetime) -> tuple[datetime, datetime]:
    """The first instant of the civil day of `zone` that holds `at`, and the first one after it."""
    on = clock.local_day(at, zone)
    return clock.start_of_day(on, zone), clock.start_of_day(on + timedelta(days=1), zone)


def zones_question(user_id: str, at: datetime) -> Question[dict[str, Any]]:
    """What to ask, in a batch, for the zones under which a person's days around `at` were logged."""
    return Question(_ZONES, {"owner": user_id, "from_instant": at - REACH, "to_instant": at + REACH}, dict)


def ask_fullest(session: Session, user_id: str, methodology_id: str, at: datetime, zones: Set[str]) -> int:
    """What the fullest of the days that hold `at`, one for each of `zones`, was credited; one round trip.

    0 where the zone is one: then the total of the civil day says it all.
    """
    if len(zones) == 1:
        return 0
    named = {"owner": user_id, "wanted_methodology": methodology_id}
    spans = [span_in(zone, at) for zone in sorted(zones)]
    batch = Batch(session)
    in_spans = [
        batch.fetch(Question(_IN_SPAN, named | {"begins": begins, "ends": ends}, read_column("credited")))
        for begins, ends in spans
    ]
    batch.run()
    return max((int(credited.one()) for credited in in_spans), default=0)


def used_by_any_clock(session: Session, user_id: str, methodology_id: str, at: datetime, zone: str) -> int:
    """`ask_fullest` for `zone` and every other under which something was logged around then."""
    rows = fetch(session, zones_question(user_id, at)).all()
    return ask_fullest(session, user_id, methodology_id, at, {zone, *(row["zone"] for row in rows)})


def fullest(credited: Iterable[Credited], at: datetime, zones: Iterable[str]) -> int:
    """The same of what is known already."""
    known = list(credited)
    spans = [span_in(zone, at) for zone in zones]
    return max((sum(amount for when, amount in known if begins <= when < ends) for begins, ends in spans), default=0)
