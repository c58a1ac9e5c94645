"""Credit of a person within a week: the rule book's `net_week`, kept true by entries (ADR 0127).

Whatever writes a reduction of a rule that is netted by the week touches that week (`ledger_effects`); whoever changes a
person's activities ends with `rolling_year.net_again`, behind the lock on their book, which nets what was touched. So
the result never depends on the order in which a week was told.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import orjson
from sqlalchemy.orm import Session

from backend.activities.domain import LiveReduction
from backend.activities.service.estimates import amount_of
from backend.activities.service.flow_rivals import Contender
from backend.activities.service.ledger_effects import TouchedWeek, above_of, touched_weeks
from backend.activities.service.net_credit import MOST_ROUNDS, with_context, write_netted
from backend.activities.service.reallocation import rule_of
from backend.activities.sql import rolling_year as sql
from backend.activities.sql.activities import live_between, read_live
from backend.platform.data.batch import Question, fetch, read_rows
from calculators import (
    Estimate,
    WeekEntry,
    first_of_week,
    last_of_week,
    load_library,
    net_week,
    read_week_entry,
    recompute,
)


def is_weekly(methodology_id: str) -> bool:
    """Whether the weeks of a rule are netted in the version that ships; one that is only in force is asked later."""
    shipped = load_library().methodologies.get(methodology_id)
    return shipped is not None and shipped.week is not None


def lives_around(user_id: str, methodology_id: str, on: date) -> Question[LiveReduction]:
    """What to ask, in a batch, for what lives in the weeks of a day in UTC and its neighbours under one methodology:
    which day it was where the person is may be told by an answer of the same batch.
    """
    first, last = first_of_week(on - timedelta(days=1)), last_of_week(first_of_week(on + timedelta(days=1)))
    return live_between(user_id, methodology_id, first, last)


def with_week(
    session: Session, new: Contender, estimate: Estimate, known: Sequence[LiveReduction] | None = None
) -> tuple[Estimate, bool]:
    """The estimate of a new activity with what its week takes of it, and whether others of the week change by it.

    These are changed by the next `net_touched_weeks`. `known` is what `lives_around` found, where it was asked and
    nothing has changed since.
    """
    rule = new.rule.week
    if rule is None:
        return estimate, False
    record = orjson.loads(orjson.dumps(estimate.record()))
    own = read_week_entry(rule, record, new.activity_id, new.at, amount_of(estimate), above_of(estimate))
    if own is None:
        return estimate, False
    week = TouchedWeek(new.user_id, new.rule.id, first_of_week(estimate.working.context.on))
    if known is None:
        lives = _live_in_week(session, week)
    else:
        lives = [live for live in known if first_of_week(live.occurred_on) == week.monday]
    taken = net_week([*_entries(session, lives), own], rule)
    changes_others = any(live.netted != taken.get(live.activity_id, 0) for live in lives)
    if changes_others:
        touched_weeks(session).add(week)
    mine = taken.get(new.activity_id, 0)
    return (recompute(with_context(record, {"netted": mine}), new.rule.text) if mine else estimate), changes_others


def net_touched_weeks(session: Session, user_id: str, now: datetime) -> bool:
    """Bring what lies in the touched weeks of a person to what these take of it; whether any was changed."""
    weeks = touched_weeks(session)
    own = sorted(week for week in weeks if week.user_id == user_id)
    changed = [_net(session, week, now) for week in own]
    weeks.difference_update(own)
    return any(changed)


def broken_weeks(session: Session) -> Iterator[str]:
    """Live reductions of which their week takes another amount than the rule says."""
    rules = [rule.id for rule in load_library().methodologies.values() if rule.week is not None]
    rows = read_rows(session, sql.everybodys(rules), read_live)
    for _, theirs in itertools.groupby(rows, key=lambda one: (one.user_id, first_of_week(one.occurred_on))):
        lives = list(theirs)
        taken = _taken(session, lives)
        for live in lives:
            if live.netted != taken.get(live.activity_id, 0):
                yield f"{live.user_id} {live.activity_id}: {live.netted} taken, not {taken.get(live.activity_id, 0)}"


def _net(session: Session, week: TouchedWeek, now: datetime) -> bool:
    has_changed = False
    for _ in range(MOST_ROUNDS):
        lives = _live_in_week(session, week)
        taken = _taken(session, lives)
        changed = [live for live in lives if live.netted != taken.get(live.activity_id, 0)]
        if not changed:
            break
        # what is taken first, so that what is given back finds the room which that leaves
        for live in sorted(changed, key=lambda one: one.netted - taken.get(one.activity_id, 0)):
            write_netted(session, (live.user_id, live.activity_id), taken.get(live.activity_id, 0), now)
        has_changed = True
    return has_changed


def _live_in_week(session: Session, week: TouchedWeek) -> Sequence[LiveReduction]:
    question = live_between(week.user_id, week.methodology_id, week.monday, last_of_week(week.monday))
    return fetch(session, question).all()


def _taken(session: Session, lives: Sequence[LiveReduction]) -> dict[str, int]:
    """What a week takes of each of its live reductions; of a version that knows no week, nothing."""
    entries = _entries(session, lives)
    rules = [rule_of(session, live).week for live in lives]
    rule = next((one for one in reversed(rules) if one is not None), None)
    return {} if rule is None else net_week(entries, rule)


def _entries(session: Session, lives: Sequence[LiveReduction]) -> list[WeekEntry]:
    entries: list[WeekEntry] = []
    for live in lives:
        rule, record = rule_of(session, live).week, live.working
        if rule is not None:
            credit = live.amount + live.netted
            entry = read_week_entry(rule, record, live.activity_id, live.occurred_at, credit, live.above)
            entries += [] if entry is None else [entry]
    return entries
