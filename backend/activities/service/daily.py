"""The cap of a day, for whoever changed their clocks: no civil day of any zone they kept around then earns above it.

By one clock a day's cap is measured against the day's total. Whoever was in Kiritimati at noon and is in Baker Island
a minute later would find two days with room in one: so the day of every zone they kept, as a span of instants, is
measured too, and the fullest counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backend import clock
from backend.activities.service.statements import ACTIVITIES, REDUCTIONS
from backend.db import ask_together
from backend.profiles import service as profiles

# A day of one zone and a day of another that share an instant lie within this of each other.
REACH = timedelta(days=2)

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
    return clock.start_of_day(on, zone), clock.start_of_day(clock.days_later(on, 1), zone)


def ask_fullest(session: Session, user_id: str, methodology_id: str, at: datetime, zones: Sequence[str]) -> int:
    """What the fullest of the days that hold `at`, one for each of `zones`, was credited; one round trip."""
    named = {"owner": user_id, "wanted_methodology": methodology_id}
    spans = [span_in(zone, at) for zone in zones]
    answers = ask_together(session, [(_IN_SPAN, named | {"begins": begins, "ends": ends}) for begins, ends in spans])
    return max((int(rows[0]["credited"]) for rows in answers), default=0)


def used_by_any_clock(session: Session, user_id: str, methodology_id: str, at: datetime, zone: str) -> int:
    """`ask_fullest` for `zone` and every zone that `user_id` kept around then; 0 where they are one."""
    profile = profiles.get_profile(session, user_id)
    zones = {zone, *profiles.read_timeline(session, user_id, profile, at - REACH).zones}
    return ask_fullest(session, user_id, methodology_id, at, sorted(zones)) if len(zones) > 1 else 0


def fullest(credited: Iterable[Credited], at: datetime, zones: Iterable[str]) -> int:
    """The same of what is known already."""
    known = list(credited)
    spans = [span_in(zone, at) for zone in zones]
    return max((sum(amount for when, amount in known if begins <= when < ends) for begins, ends in spans), default=0)
