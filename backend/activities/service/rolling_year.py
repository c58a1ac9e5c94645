"""Metered credit of a person within a rolling year: the rule book's `net_periods`, kept true by entries (ADR 0098).

Whoever changes a metered reduction of a person calls `net_again` at the end, behind the lock on their book: every
reduction of which the year takes another amount gets a new revision with that amount as a recorded input, its points
the difference, and its owner a note. So the result never depends on the order in which periods were told.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.service.estimates import amount_of
from backend.activities.service.evidence import EvidenceSummary
from backend.activities.service.flow_rivals import is_of_home
from backend.activities.service.ledger_effects import above_of, is_netted, metered_days
from backend.activities.service.net_credit import MOST_ROUNDS, with_context, write_netted
from backend.activities.service.reallocation import rule_of
from backend.activities.service.screening import readings_of
from backend.activities.service.weeks import net_touched_weeks
from backend.activities.sql import rolling_year as sql
from backend.activities.sql.activities import live_between
from backend.platform.core import clock
from backend.platform.data.batch import fetch, read_rows
from backend.platform.privacy.vault import the_vault
from calculators import (
    Estimate,
    MeteredPeriod,
    MeterGap,
    MeterPoint,
    Methodology,
    final_on,
    find_gaps,
    metered_by,
    net_periods,
    recompute,
    recompute_excess,
)

PURPOSE = "meter"  # of the hash by which a meter is known again among one person's readings

Fresh = dict[str, tuple[Methodology, dict[str, Any]]]  # by activity, its rule and working: of what is not stored yet


@dataclass(frozen=True)
class NewPeriod:
    """A metered activity that is about to be stored."""

    user_id: str
    activity_id: str
    rule: Methodology
    on: date
    zone: str


def meter_ends(new: NewPeriod, estimate: Estimate, support: EvidenceSummary) -> str | None:
    """What a numbered meter showed where an activity begins and ends, as it is stored; None where no reading says.

    Of meters in a row, the first one where it begins and the last one where it ends.
    """
    seen = readings_of(new.rule, estimate, support)
    if seen is None or seen.used is None or not is_netted(new.rule):
        return None
    shown = [(one.device, one.value, clock.local_day(one.at, new.zone)) for one in seen.shown if one.value is not None]
    if len(shown) < len(seen.shown):
        return None
    runs = [list(run) for _, run in itertools.groupby(shown, key=lambda one: one[0])]
    through_later = sum((run[-1][1] - run[0][1] for run in runs[1:]), Decimal(0))
    first, last = runs[0][-1], shown[-1]
    begun_on = new.on - timedelta(days=seen.days or 1)
    ends = {
        "opens": [_hash(first[0]), format(first[1] - (seen.used - through_later), "f"), begun_on.isoformat()],
        "closes": [_hash(last[0]), format(last[1], "f"), last[2].isoformat()],
    }
    return orjson.dumps(ends).decode()


def with_netted(session: Session, new: NewPeriod, estimate: Estimate, ends: str | None) -> Estimate:
    """The estimate of a new activity with what the year takes of it; the others follow by `net_again`."""
    if not is_netted(new.rule):
        return estimate
    record = orjson.loads(orjson.dumps(estimate.record()))
    own = sql.MeteredRow(
        user_id=new.user_id,
        activity_id=new.activity_id,
        methodology_id=new.rule.id,
        occurred_on=new.on,
        amount=amount_of(estimate),
        above=above_of(estimate),
        netted=0,
        metered_days=metered_days(estimate) or 0,
        meter_ends=ends,
    )
    rows = fetch(session, sql.metered_question(new.user_id, new.rule.id)).all()
    taken = _taken(session, [*rows, own], {new.activity_id: (new.rule, record)}).get(new.activity_id, 0)
    return recompute(with_context(record, {"netted": taken}), new.rule.text) if taken else estimate


def net_again(session: Session, user_id: str, now: datetime) -> bool:
    """Bring every metered reduction of a person to what the year takes of it; whether any was changed.

    And what lies in a week that this transaction has touched to what the week takes of it.
    """
    rules = fetch(session, sql.metered_rules(user_id)).all()
    changed = [_net_rule(session, user_id, methodology_id, now) for methodology_id in rules]
    return any([*changed, net_touched_weeks(session, user_id, now)])


def net_all_again(session: Session, user_id: str, rule: Methodology, now: datetime) -> bool:
    """The same for everybody whose metered reductions may have changed with one of a person under `rule`."""
    people = {user_id, *accounts.list_circle(session, user_id)} if is_of_home(rule) else {user_id}
    changed = [net_again(session, person, now) for person in sorted(people)]
    return any(changed)


def broken_years(session: Session) -> Iterator[str]:
    """Live metered reductions of which the year takes another amount than the rule says."""
    rows = read_rows(session, sql.EVERYBODY, sql.read_metered)
    for owner, theirs in itertools.groupby(rows, key=lambda row: (row.user_id, row.methodology_id)):
        own = list(theirs)
        taken = _taken(session, own, {})
        for row in own:
            if row.netted != taken.get(row.activity_id, 0):
                yield f"{owner} {row.activity_id}: {row.netted} taken, not {taken.get(row.activity_id, 0)}"


def _net_rule(session: Session, user_id: str, methodology_id: str, now: datetime) -> bool:
    has_changed = False
    for _ in range(MOST_ROUNDS):
        rows = fetch(session, sql.metered_question(user_id, methodology_id)).all()
        taken = _taken(session, rows, {})
        changed = [row for row in rows if row.netted != taken.get(row.activity_id, 0)]
        if not changed:
            return has_changed
        # what is taken first, so that what is given back finds the room which that leaves
        for row in sorted(changed, key=lambda row: row.netted - taken.get(row.activity_id, 0)):
            write_netted(session, (row.user_id, row.activity_id), taken.get(row.activity_id, 0), now)
        has_changed = True
    return has_changed


def _taken(session: Session, rows: Sequence[sql.MeteredRow], fresh: Fresh) -> dict[str, int]:
    """What the year takes of each of one person's reductions under one rule."""
    earned_on = {row.occurred_on for row in rows if row.amount + row.netted}
    if not earned_on:
        return {}
    periods = [_period(row) for row in rows]
    gaps = [gap for gap in find_gaps(periods) if gap.used is not None and _is_near(gap.last_on, earned_on)]
    behind = _rules_behind(session, rows, {gap.before for gap in gaps} - fresh.keys()) | fresh
    return net_periods(periods, {gap.before: _above_in(gap, *behind[gap.before]) for gap in gaps})


def _is_near(on: date, earned_on: Iterable[date]) -> bool:
    """Whether something was earned less than a year from a day: what lies above is set against nothing else."""
    return any(on < final_on(one) and one < final_on(on) for one in earned_on)


def _rules_behind(session: Session, rows: Sequence[sql.MeteredRow], wanted: Set[str]) -> Fresh:
    """The rule and the working of each of these activities, in one statement however many they are."""
    days = [row.occurred_on for row in rows if row.activity_id in wanted]
    if not days:
        return {}
    question = live_between(rows[0].user_id, rows[0].methodology_id, min(days), max(days))
    lives = [live for live in fetch(session, question).all() if live.activity_id in wanted]
    return {live.activity_id: (rule_of(session, live), live.working) for live in lives}


def _above_in(gap: MeterGap, rule: Methodology, record: dict[str, Any]) -> int:
    """How far above the baseline lies what ran through the meter in a gap, by the figures of the period behind it."""
    metered, inputs = metered_by(rule.id), dict(record["inputs"])
    if metered is None or metered.used not in inputs or gap.used is None:
        return 0
    for name, value in ((metered.used, gap.used), (metered.days, Decimal(gap.days))):
        if name in inputs:
            inputs[name] = inputs[name] | {"value": format(value, "f")}
    return recompute_excess(with_context(record, {"days_counted": None}) | {"inputs": inputs}, rule.text)


def _period(row: sql.MeteredRow) -> MeteredPeriod:
    ends = json.loads(row.meter_ends) if row.meter_ends else {}
    return MeteredPeriod(
        key=row.activity_id,
        first_on=row.occurred_on - timedelta(days=max(1, row.metered_days) - 1),
        last_on=row.occurred_on,
        credit=row.amount + row.netted,
        excess=row.above,
        opens=_point(ends.get("opens")),
        closes=_point(ends.get("closes")),
        is_shown=row.metered_days > 0,
    )


def _point(stored: Sequence[str] | None) -> MeterPoint | None:
    return MeterPoint(stored[0], Decimal(stored[1]), date.fromisoformat(stored[2])) if stored else None


def _hash(device: str) -> str:
    return the_vault().keyed_hash(PURPOSE, device)
