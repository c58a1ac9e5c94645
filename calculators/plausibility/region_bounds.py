"""Where a trace was not recorded: outer bounds refute a region, and never prove one. Touches the file of limits."""

from __future__ import annotations

from collections.abc import Iterable

from calculators.figures.regions import Regions
from calculators.plausibility.limits import Limits, load_limits
from calculators.traces.model import Trace


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
