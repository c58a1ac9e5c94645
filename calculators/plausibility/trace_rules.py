"""Rules about a trace by itself and about what a person says of it.

Promise: each is a pure function of a claim with a trace and of the limits; None where it holds nothing against it.
Absolute limits throughout: a track that is wrong everywhere looks regular to any filter that compares its parts. Outer
bounds refute a region (`refuted_by`), and never prove one. Touches the file of limits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from calculators.figures.regions import Regions
from calculators.plausibility.claim import HOLD, REFUSE, Claim, Finding, Objection, Shown
from calculators.plausibility.limits import Limits, load_limits
from calculators.rounding import EXACT, short_text
from calculators.traces.model import Trace

_PERCENT = 100
_SECONDS_PER_HOUR = Decimal(3600)


def of_the_future(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It ends after the moment it was handed in."""
    ahead_s = (trace.measured.ended_at - claim.told_at).total_seconds()
    return Finding(REFUSE, {"ahead_s": str(int(ahead_s))}) if ahead_s > limits.trace["ahead_s"] else None


def of_another_time(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It was not recorded when the activity is said to have been."""
    early_s = (trace.measured.started_at - claim.occurred_at).total_seconds()
    late_s = (claim.occurred_at - trace.measured.ended_at).total_seconds()
    off_s = int(max(early_s, late_s))
    return Finding(REFUSE, {"off_s": str(off_s)}) if off_s > limits.trace["starts_within_s"] else None


def repeated(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It is a copy of a track that was handed in before, wherever and whenever it is said to have been."""
    return Finding(REFUSE, {"whose": trace.repeats}) if trace.repeats else None


def look_alike(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It moves, to the metre and the second, as an earlier track does: noise was added, or the copy cut or turned."""
    if trace.alike is None or trace.repeats:
        return None
    return Finding(HOLD, {"whose": trace.alike, "percent": str(trace.alike_percent)})


def teleports(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """Somewhere it is faster than anything that carries people over land, and does not come back."""
    metres = trace.measured.metres_above(limits.trace["teleport_kmh"])
    return Finding(REFUSE, {"metres": str(metres)}) if metres else None


def stands_still(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It never leaves the place where it starts."""
    extent_m = trace.measured.extent_m
    return Finding(REFUSE, {"extent_m": str(extent_m)}) if extent_m < limits.trace["stands_still_m"] else None


def too_fast_for_long(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """Much of the way is faster than the mode goes; half of it, and it is refused."""
    return _faster(claim, trace, limits, "sustained")


def too_fast_on_a_leg(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """More than a moment of it is faster than the mode ever goes."""
    return _faster(claim, trace, limits, "leg")


def far_shorter_than_claimed(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """The distance that is claimed is far beyond what the trace shows, gaps allowed for."""
    if claim.distance_km is None:
        return None
    shown_m, claimed_m = Decimal(trace.measured.distance_m), claim.distance_km * 1000
    bends_m = max(limits.distance["doubtful_gap_ratio"] * trace.measured.gap_m, _underground_m(claim, trace, limits))
    params = {"claimed_m": short_text(claimed_m), "shown_m": short_text(shown_m)}
    if claimed_m > shown_m * limits.distance["impossible_ratio"] + limits.distance["impossible_m"]:
        return Finding(REFUSE, params)
    if claimed_m > shown_m * limits.distance["doubtful_ratio"] + bends_m + limits.distance["doubtful_m"]:
        return Finding(HOLD, params)
    return None


def _underground_m(claim: Claim, trace: Shown, limits: Limits) -> Decimal:
    """How much farther than the straight way a ride may have gone where no satellite is seen: its pace tells."""
    mode = limits.modes.get(claim.mode or "")
    if mode is None or mode.underground_kmh is None:
        return Decimal(0)
    seconds = min(trace.measured.gap_s, limits.distance["underground_most_s"])
    return EXACT.divide(Decimal(mode.underground_kmh * 1000 * seconds), _SECONDS_PER_HOUR) - trace.measured.gap_m


def elsewhere(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It was not recorded in the region that was named."""
    refuted = [region for region in claim.regions if region in trace.refutes]
    return Finding(HOLD, {"region": refuted[0]}) if refuted else None


def without_scatter(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """Its positions lie smoothly on lines, as a drawn track's do and no receiver's."""
    scatter_m, grid_m = trace.measured.scatter_m, trace.measured.grid_m
    if scatter_m is None or grid_m > limits.trace["finest_grid_m"]:
        return None
    least_m = float(limits.trace["least_scatter_m"]) + grid_m
    return Finding(HOLD, {"scatter_m": str(scatter_m)}) if scatter_m < least_m else None


def of_even_speed(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It keeps one speed, as no person and no vehicle among others does."""
    spread = trace.measured.speed_spread
    even = spread is not None and spread < float(limits.trace["least_speed_spread"])
    return Finding(HOLD, {"spread": str(spread)}) if even else None


def jumping_about(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """More of its positions jump away and back than a receiver's do."""
    jumps, share = trace.measured.jumps, limits.trace["most_jumps_percent"] * trace.measured.fixes
    many = jumps > limits.trace["most_jumps"] and jumps * _PERCENT > share
    return Finding(HOLD, {"jumps": str(jumps)}) if many else None


def too_thin(claim: Claim, trace: Shown, limits: Limits) -> Finding | None:
    """It has too few positions to show anything."""
    fixes = trace.measured.fixes
    return Finding(HOLD, {"fixes": str(fixes)}) if fixes < limits.trace["fewest_fixes"] else None


def _faster(claim: Claim, trace: Shown, limits: Limits, which: str) -> Finding | None:
    mode = limits.modes.get(claim.mode or "")
    if mode is None:
        return None
    kmh, allowed = {
        "sustained": (mode.sustained_kmh, limits.trace["sustained_percent"]),
        "leg": (mode.leg_kmh, limits.trace["fast_percent"]),
    }[which]
    metres = trace.measured.metres_above(kmh)
    whole = sum(trace.measured.metres_by_speed.values())
    if metres * _PERCENT <= allowed * whole:
        return None
    is_impossible = which == "sustained" and metres * _PERCENT > limits.trace["impossible_percent"] * whole
    outcome = REFUSE if is_impossible else HOLD
    return Finding(outcome, {"mode": str(claim.mode), "limit_kmh": str(kmh), "metres": str(metres)})


def refuted_by(trace: Trace, codes: Iterable[str], regions: Regions, limits: Limits | None = None) -> tuple[str, ...]:
    """Those of `codes` in whose bounds, or the nearest known ones around them, the trace neither starts nor ends."""
    known = (limits or load_limits()).boxes
    ends = (trace.fixes[0], trace.fixes[-1])
    refuted = []
    for code in codes:
        box = next((known[place] for place in _around(code, regions) if place in known), None)
        if box and not any(box.holds(fix.latitude, fix.longitude) for fix in ends):
            refuted.append(code)
    return tuple(refuted)


def bounded(limits: Limits | None = None) -> tuple[str, ...]:
    """The regions whose bounds are known."""
    return tuple((limits or load_limits()).boxes)


def _around(code: str, regions: Regions) -> tuple[str, ...]:
    # a place that is on no map is refused by the estimate, by its field
    return regions.chain_of(code) if code in regions.by_code else ()


# id: (version, rule). The order decides between rules that weigh the same.
TRACE_RULES: Mapping[str, tuple[int, Callable[[Claim, Shown, Limits], Finding | None]]] = {
    "trace.future": (1, of_the_future),
    "trace.other_time": (1, of_another_time),
    "trace.repeated": (1, repeated),
    "trace.look_alike": (1, look_alike),
    "trace.teleports": (1, teleports),
    "trace.stands_still": (1, stands_still),
    "trace.too_fast": (2, too_fast_for_long),
    "trace.too_fast_leg": (2, too_fast_on_a_leg),
    "trace.shorter": (2, far_shorter_than_claimed),
    "trace.elsewhere": (1, elsewhere),
    "trace.no_scatter": (1, without_scatter),
    "trace.even_speed": (1, of_even_speed),
    "trace.jumps_about": (1, jumping_about),
    "trace.too_thin": (1, too_thin),
}


def find_trace_objections(claim: Claim, trace: Shown, limits: Limits) -> list[Objection]:
    """What these rules hold against a claim with a trace, in their order."""
    asked = ((name, version, rule(claim, trace, limits)) for name, (version, rule) in TRACE_RULES.items())
    return [Objection(name, version, finding) for name, version, finding in asked if finding]
