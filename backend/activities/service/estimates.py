"""What an activity is worth, from what was reported and what is known: no database, no clock.

The estimate is the rule book's. What lies outside the rule book is decided here: the civil day, the room left under
each cap, and which region counts when two disagree.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from backend.activities.domain import EstimateContext, LogActivity
from backend.methodology import service as methodology
from backend.methodology.service import InForce
from backend.platform.core import clock
from backend.platform.core.errors import invalid_field, invalid_inputs
from backend.profiles.domain import Profile
from calculators import (
    Context,
    Estimate,
    InputRefused,
    Methodology,
    by_segment,
    compute_estimates,
    load_library,
    segmented_regions,
)
from config import Policy

DAY, MONTH, YEAR = "per_day", "per_month", "per_year"
# The places in which people have a segment for the baseline of a rule, by the rule.
SEGMENTED = {
    rule.id: places
    for rule in load_library().methodologies.values()
    if (places := segmented_regions(rule, load_library().tables))
}


@dataclass(frozen=True)
class Judgement:
    """An estimate and the context it was made in."""

    estimate: Estimate
    context: EstimateContext


def judge(
    in_force: InForce,
    command: LogActivity,
    context: EstimateContext,
    used: Mapping[date, int],
    used_today: int = 0,
) -> Estimate:
    """The estimate of an activity with the room that `used` leaves under the caps of its day, month and year.

    `used_today` is what the fullest day was credited that holds its instant by another clock, see `neighbours`.
    Where the person names another region than their profile, the lower of the two baselines counts, and so does that of
    their own segment where it credits less (ADR 0102). Raises `request.invalid` for inputs that cannot be.
    """
    room = cap_room(in_force.methodology, used, context.on, used_today)
    places = context.regions or (context.region, command.region or context.region)
    regions = dict.fromkeys(nearest_known(in_force, region) for region in places)
    try:
        estimates = compute_estimates(
            in_force.methodology, in_force.tables, command.inputs, _context(command, context, room), list(regions)
        )
    except InputRefused as refused:
        raise invalid_inputs(refused.errors) from refused
    lowest = min(estimates, key=lambda one: (one.baseline_g, amount_of(one)))
    if lowest.working.context.region in SEGMENTED.get(in_force.methodology_id, ()):
        return by_segment(lowest, load_library().tables)
    return lowest


def judge_by_profiles(
    in_force: InForce,
    command: LogActivity,
    context: EstimateContext,
    used: Mapping[date, int],
    used_today: int,
    profiles: Sequence[Profile],
) -> Judgement:
    """The estimate by what the profile says, or by what it said lately where that credits less: no word for a day.

    `profiles` begins with the one that `context` was made of.
    """
    present = Judgement(judge(in_force, command, context, used, used_today), context)
    if len(profiles) == 1:
        return present
    lately = [
        replace(context, region=one.region, household_size=one.household_size, diet=one.diet) for one in profiles[1:]
    ]
    judgements = [present, *(Judgement(judge(in_force, command, one, used, used_today), one) for one in lately)]
    return min(judgements, key=lambda one: amount_of(one.estimate))


def nearest_known(in_force: InForce, region: str) -> str:
    """The place itself, or the nearest around it that was on the map as the version was pinned.

    A place of which nobody knows the country comes back as it is, for the rule book to refuse by its field.
    """
    pinned = in_force.tables.regions
    if region in pinned.by_code:
        return region
    found = methodology.find_place(region)
    if found is None:
        return region
    return next(place for place in load_library().tables.regions.chain_of(found.code) if place in pinned.by_code)


def cap_room(methodology: Methodology, used: Mapping[date, int], on: date, used_today: int = 0) -> dict[str, int]:
    """What is left under each cap of a period that holds `on`, by the cap's name.

    `used` maps days to what they were credited already; the day's own cap is measured against `used_today` too. A cap
    per activity has no room that could be used up.
    """
    room = {}
    for name, cap in methodology.caps.items():
        if period := period_of(name, on):
            first, last = period
            taken = sum(amount for day, amount in used.items() if first <= day <= last)
            room[name] = max(0, cap - (max(taken, used_today) if first == last else taken))
    return room


def span_of(methodology: Methodology, on: date) -> tuple[date, date]:
    """The days whose credit bears on `on`: those of the longest period that a cap of the methodology counts over."""
    periods = [(on, on), *filter(None, (period_of(cap, on) for cap in methodology.caps))]
    return min(first for first, _ in periods), max(last for _, last in periods)


def period_of(cap: str, on: date) -> tuple[date, date] | None:
    """The first and last day over which the cap called `cap` counts on `on`; None for a cap per activity."""
    if cap.startswith(DAY):
        return on, on
    if cap.startswith(MONTH):
        return on.replace(day=1), on.replace(day=monthrange(on.year, on.month)[1])
    if cap.startswith(YEAR):
        return on.replace(month=1, day=1), on.replace(month=12, day=31)
    return None


def check_time(command: LogActivity, zone: str, now: datetime, policy: Policy) -> date:
    """The civil day of an activity in the person's zone; raise `request.invalid` when it is too late or yet to come."""
    if command.occurred_at > now + timedelta(seconds=policy.activities.future_tolerance_s):
        raise invalid_field("occurred_at", "in_the_future", now=now.isoformat(timespec="seconds"))
    on = clock.local_day(command.occurred_at, zone)
    oldest = clock.local_day(now, zone) - timedelta(days=policy.activities.oldest_days)
    if on < oldest:
        raise invalid_field("occurred_at", "too_long_ago", oldest=oldest.isoformat())
    return on


def amount_of(estimate: Estimate) -> int:
    """What counts towards the caps and is paid in points: grams, or behaviour points where nothing is avoided."""
    return estimate.credited_g + estimate.behaviour_points


def _context(command: LogActivity, known: EstimateContext, room: Mapping[str, int]) -> Context:
    return Context(
        region=known.region,
        on=known.on,
        evidence=known.evidence_tier,
        duration_s=command.duration_s,
        cap_room=room,
        household_size=known.household_size,
        diet=known.diet,
        declared_alternative=command.declared_alternative,
        history=known.history,
        counted_already=known.counted_already,
        claimed_elsewhere=known.claimed_elsewhere,
        allowance=known.allowance,
        days_counted=known.days_counted,
    )
