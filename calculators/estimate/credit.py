"""From a reduction to what is credited: conservativeness, evidence, freshness, whole grams down, caps.

Promise: `credited = floor(max(0, reduction x weights))`, then the caps; each deduction is named with its weight. What
is credited is never more than the reduction. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.context import Context, CountedAlready
from calculators.estimate.uncertainty import find_band, relative_pct
from calculators.figures.factors import Band
from calculators.figures.freshness import DEGRADED, EXPIRED, Age
from calculators.methodology.credit_rules import SELF_DECLARED
from calculators.rounding import EXACT, decimal_text, floor_grams

_PER_ACTIVITY = "per_activity"


@dataclass(frozen=True, slots=True)
class Credit:
    """What is credited and why not more; `reason` is set where nothing is."""

    amount: int
    reason: str | None
    params: Mapping[str, str]
    deductions: list[dict[str, Any]] = field(default_factory=list)
    band: Band | None = None
    uncertainty_pct: Decimal | None = None


def credit_reduction(
    reduction: Decimal,
    half: Decimal,
    bands: Sequence[Band],
    evidence: tuple[str, Decimal] | None,
    age: Age,
    caps: Mapping[str, int],
    context: Context,
) -> Credit:
    """The credit of `reduction` grams known to `half` grams. Raises CalculatorError when no band covers it."""
    if reduction <= 0:
        return Credit(0, "no_reduction", {})
    pct = relative_pct(half, reduction)
    band = find_band(bands, pct)
    if band is None:
        raise CalculatorError(f"no conservativeness band covers {pct} %")
    conservative = _deduction("conservativeness", band.weight, {"pct": decimal_text(pct)})
    amount = EXACT.multiply(reduction, band.weight)
    credit = _weigh(amount, evidence, age, caps, context, [conservative])
    return Credit(credit.amount, credit.reason, credit.params, credit.deductions, band, pct)


def credit_points(
    points: Decimal,
    evidence: tuple[str, Decimal] | None,
    age: Age,
    caps: Mapping[str, int],
    context: Context,
) -> Credit:
    """The behaviour points of an activity: no grams, so nothing to be conservative about."""
    return _weigh(points, evidence, age, caps, context, [])


def weigh_evidence(weights: Mapping[str, Decimal], tier: str) -> tuple[str, Decimal] | None:
    """The tier that counts and its weight: an unlisted one counts as self-declared, None where that is not accepted."""
    counted = tier if tier in weights else SELF_DECLARED
    weight = weights.get(counted)
    return None if weight is None else (counted, weight)


def _weigh(
    amount: Decimal,
    evidence: tuple[str, Decimal] | None,
    age: Age,
    caps: Mapping[str, int],
    context: Context,
    deductions: list[dict[str, Any]],
) -> Credit:
    if evidence is None:
        return Credit(0, "evidence_missing", {}, deductions)
    tier, weight = evidence
    if weight != 1:
        deductions.append(_deduction("evidence", weight, {"evidence": tier}))
    amount = EXACT.multiply(amount, weight)
    if age.state == EXPIRED:
        return Credit(0, "figure_expired", {"due": age.due or ""}, deductions)
    if age.state == DEGRADED:
        deductions.append(_deduction("freshness", age.weight, {"due": age.due or ""}))
        amount = EXACT.multiply(amount, age.weight)
    whole = floor_grams(amount)
    if whole <= 0:
        return Credit(0, "too_small", {}, deductions)
    if context.refused is not None:
        return Credit(0, "not_believed", {"rule": context.refused}, deductions)
    if context.counted_already is not None:
        return Credit(0, "counted_already", _named(context.counted_already), deductions)
    if context.claimed_elsewhere is not None:
        return Credit(0, "claimed_elsewhere", context.claimed_elsewhere.record(), deductions)
    return _capped(whole, caps, context.cap_room, deductions)


def _named(other: CountedAlready) -> dict[str, str]:
    titles = {f"other_{language}": text for language, text in other.title.items()}
    return {"methodology": other.methodology, "on": other.on.isoformat(), **titles}


def _capped(
    whole: int, caps: Mapping[str, int], cap_room: Mapping[str, int], deductions: list[dict[str, Any]]
) -> Credit:
    tightest, room = "", whole
    for name, cap in caps.items():
        left = cap if name.startswith(_PER_ACTIVITY) else min(cap, cap_room.get(name, cap))
        if left < room:
            tightest, room = name, left
    if tightest:
        params = {"cap": tightest, "limit": str(caps[tightest]), "room": str(room), "taken": str(whole - room)}
        deductions.append({"kind": "cap", "weight": None, "code": "cap", "params": params})
        if room == 0:
            return Credit(0, "cap_reached", {"cap": tightest, "limit": str(caps[tightest])}, deductions)
    return Credit(room, None, {}, deductions)


def _deduction(kind: str, weight: Decimal, params: dict[str, str]) -> dict[str, Any]:
    return {"kind": kind, "weight": decimal_text(weight), "code": kind, "params": params}
