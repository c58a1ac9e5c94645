"""Deciding whether to believe an activity: every rule is asked, the one that weighs most decides.

Promise: the same facts give the same decision, named by a stable rule id and its version; both are stored with the
activity. A rule whose meaning changes gets a new version, never a new meaning. Touches the file of limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from calculators.plausibility import meter_rules, time_fit, trace_rules, trip_rules
from calculators.plausibility.claim import ACCEPT, HOLD, REFUSE, Claim, Decision, Finding
from calculators.plausibility.limits import Limits, load_limits

BELIEVED = "believed"
_WEIGHT = {REFUSE: 2, HOLD: 1}

# id: (version, rule). The order decides between rules that weigh the same.
TRACE_RULES: Mapping[str, tuple[int, Callable[[Claim, Any, Limits], Finding | None]]] = {
    "trace.future": (1, trace_rules.of_the_future),
    "trace.other_time": (1, trace_rules.of_another_time),
    "trace.repeated": (1, trace_rules.repeated),
    "trace.teleports": (1, trace_rules.teleports),
    "trace.stands_still": (1, trace_rules.stands_still),
    "trace.too_fast": (1, trace_rules.too_fast_for_long),
    "trace.too_fast_leg": (1, trace_rules.too_fast_on_a_leg),
    "trace.shorter": (1, trace_rules.far_shorter_than_claimed),
    "trace.elsewhere": (1, trace_rules.elsewhere),
    "trace.no_scatter": (1, trace_rules.without_scatter),
    "trace.even_speed": (1, trace_rules.of_even_speed),
    "trace.jumps_about": (1, trace_rules.jumping_about),
    "trace.too_thin": (1, trace_rules.too_thin),
}
TRIP_RULES: Mapping[str, tuple[int, Callable[[Claim, Limits], Finding | None]]] = {
    "time.future": (1, trip_rules.yet_to_come),
    "time.too_long_ago": (1, trip_rules.too_long_ago),
    "trip.too_fast": (1, trip_rules.too_fast_on_average),
    "trip.overlaps": (1, trip_rules.overlapping),
    "trip.no_time_left": (1, time_fit.no_time_left),
    "trip.cut_up": (1, trip_rules.cut_up),
    "day.beyond_strength": (1, trip_rules.beyond_a_days_strength),
    "day.zone_hopping": (1, trip_rules.hopping_zones),
    "evidence.reading": (2, meter_rules.readings_that_differ),
    "evidence.unattested": (1, trip_rules.unattested),
}
RULES = (*TRIP_RULES, *TRACE_RULES)


def decide(claim: Claim, limits: Limits | None = None) -> Decision:
    """What to do with a claim: accept it, hold it for somebody to look at, or refuse it credit."""
    limits = limits or load_limits()
    findings = list(_find(claim, limits))
    if not findings:
        return Decision(ACCEPT, BELIEVED, limits.version)
    rule, version, heaviest = max(findings, key=lambda found: _WEIGHT[found[2].outcome])
    names = tuple(name for name, _, _ in findings)
    return Decision(heaviest.outcome, rule, version, heaviest.params, names)


def mode_of(methodology_id: str, named: object, limits: Limits | None = None) -> str | None:
    """The mode of a trip: as the person named it, else the one mode of its methodology."""
    modes = (limits or load_limits()).mode_of
    return named if isinstance(named, str) else modes.get(methodology_id)


def is_own_strength(mode: str | None, limits: Limits | None = None) -> bool:
    """Whether a way of travelling has a most that a body makes in a day."""
    given = (limits or load_limits()).modes.get(mode or "")
    return given is not None and given.day_km is not None


def _find(claim: Claim, limits: Limits) -> Iterator[tuple[str, int, Finding]]:
    for name, (version, rule) in TRIP_RULES.items():
        if found := rule(claim, limits):
            yield name, version, found
    if claim.trace is None:
        return
    for name, (version, of_trace) in TRACE_RULES.items():
        if found := of_trace(claim, claim.trace, limits):
            yield name, version, found
