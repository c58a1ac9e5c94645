"""Rules about an activity in its time and among the others of the same person.

Promise: each is a pure function of a claim and the limits; None where it holds nothing against it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from calculators.plausibility.claim import A_DAY, HOLD, REFUSE, Claim, Finding, Neighbour
from calculators.plausibility.eligibility import speed_kmh
from calculators.plausibility.limits import Limits
from calculators.rounding import short_text

WAKING_DAY = timedelta(hours=16)
_TENTH = Decimal("0.1")


def yet_to_come(claim: Claim, limits: Limits) -> Finding | None:
    """It is said to happen after the moment it was told."""
    ahead_s = (claim.occurred_at - claim.told_at).total_seconds()
    return Finding(REFUSE, {"ahead_s": str(int(ahead_s))}) if ahead_s > limits.trace["ahead_s"] else None


def too_long_ago(claim: Claim, limits: Limits) -> Finding | None:
    """It is told later than anything may be told."""
    late = claim.told_at - claim.occurred_at
    return Finding(REFUSE, {"days": str(late.days)}) if late > claim.oldest + A_DAY else None


def too_fast_on_average(claim: Claim, limits: Limits) -> Finding | None:
    """The whole way in the whole time is faster than the mode goes."""
    mode = limits.modes.get(claim.mode or "")
    if mode is None or claim.distance_km is None or not claim.lasted_s:
        return None
    speed = speed_kmh(claim.distance_km, "km", claim.lasted_s)
    if speed <= mode.mean_kmh:
        return None
    shown = {"speed_kmh": short_text(speed.quantize(_TENTH)), "limit_kmh": str(mode.mean_kmh)}
    return Finding(REFUSE, {"mode": str(claim.mode)} | shown)


def overlapping(claim: Claim, limits: Limits) -> Finding | None:
    """The person was on another trip at the same time."""
    begins_at, ends_at = span_of(claim)
    if ends_at is None:
        return None
    allowed = timedelta(seconds=limits.trip["overlap_s"])
    for other in claim.neighbours:
        if other.ends_at is None or other.distance_km is None:
            continue
        shared = min(ends_at, other.ends_at) - max(begins_at, other.occurred_at)
        shorter = min(ends_at - begins_at, other.ends_at - other.occurred_at)
        # even of two short trips, more than half at the same time is no difference of clocks
        if shared > allowed or (shared > timedelta() and shared * 2 > shorter):
            return Finding(REFUSE, {"shared_s": str(int(shared.total_seconds()))})
    return None


def cut_up(claim: Claim, limits: Limits) -> Finding | None:
    """It follows, without a pause, on several of the same mode: one trip told as many."""
    begins_at, ends_at = span_of(claim)
    if ends_at is None or claim.mode is None:
        return None
    same = [other for other in claim.neighbours if other.mode == claim.mode and other.ends_at is not None]
    chained = _chained(same, begins_at, ends_at, timedelta(seconds=limits.trip["chained_within_s"]))
    return Finding(HOLD, {"trips": str(chained + 1)}) if chained >= limits.trip["most_chained"] else None


def beyond_a_days_strength(claim: Claim, limits: Limits) -> Finding | None:
    """More kilometres within a day than a body makes."""
    mode = limits.modes.get(claim.mode or "")
    if mode is None or mode.day_km is None or claim.distance_km is None:
        return None
    others = sum(
        (
            other.distance_km
            for other in claim.neighbours
            if other.mode == claim.mode
            and other.distance_km
            and abs(other.occurred_at - claim.occurred_at) < WAKING_DAY
        ),
        Decimal(0),
    )
    whole = claim.distance_km + others
    if whole <= mode.day_km:
        return None
    return Finding(HOLD, {"mode": str(claim.mode), "km": short_text(whole), "limit_km": str(mode.day_km)})


def hopping_zones(claim: Claim, limits: Limits) -> Finding | None:
    """Within a day, under two clocks, it would be credited with more than a day's cap."""
    if claim.day_cap is None or all(other.zone_offset_s == claim.zone_offset_s for other in claim.neighbours):
        return None
    near = [
        other
        for other in claim.neighbours
        if other.methodology_id == claim.methodology_id and abs(other.occurred_at - claim.occurred_at) < A_DAY
    ]
    if all(other.zone_offset_s == claim.zone_offset_s for other in near):
        return None
    whole = claim.amount + sum(other.amount for other in near)
    return Finding(HOLD, {"amount": str(whole), "cap": str(claim.day_cap)}) if whole > claim.day_cap else None


def unattested(claim: Claim, limits: Limits) -> Finding | None:
    """It earns much on a document that nobody but the person vouches for."""
    doubtful = claim.tier in claim.unattested and claim.tier in limits.evidence["unattested"]
    if doubtful and claim.amount > limits.evidence["unattested_most"]:
        return Finding(HOLD, {"tier": claim.tier, "amount": str(claim.amount)})
    return None


def span_of(claim: Claim) -> tuple[datetime, datetime | None]:
    """From when to when the person was under way, where that is known."""
    if claim.trace:
        return claim.trace.measured.started_at, claim.trace.measured.ended_at
    ends_at = None if claim.duration_s is None else claim.occurred_at + timedelta(seconds=claim.duration_s)
    return claim.occurred_at, None if claim.distance_km is None else ends_at


def _chained(same: list[Neighbour], begins_at: datetime, ends_at: datetime, within: timedelta) -> int:
    """How many of `same` follow on one another up to, or from, the given span."""
    count, left = 0, list(same)
    while True:
        touching = [
            other
            for other in left
            if other.ends_at is not None
            and (abs(begins_at - other.ends_at) <= within or abs(other.occurred_at - ends_at) <= within)
        ]
        if not touching:
            return count
        for other in touching:
            left.remove(other)
            count += 1
            begins_at = min(begins_at, other.occurred_at)
            ends_at = max(ends_at, other.ends_at or ends_at)
