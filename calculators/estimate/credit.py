"""From a reduction to what is credited: eligibility, conservativeness, evidence, freshness, whole grams down, caps.

Promise: `credited = floor(max(0, lower bound of the difference) x weights)`, then the caps; each deduction is named
with its weight or its grams. What is credited is never more than the reduction. What does not count says so by a stable
code, with the numbers that show it, and never raises. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.week import first_of_week
from calculators.estimate.working import Context, CountedAlready, Credit, Working
from calculators.figures.factors import Band
from calculators.figures.freshness import DEGRADED, EXPIRED
from calculators.figures.lower_bound import METHOD
from calculators.methodology.credit_rules import SELF_DECLARED
from calculators.methodology.document import Methodology
from calculators.rounding import EXACT, floor_grams, short_text
from calculators.units import conversion

ALLOWANCE = "allowance"  # the deduction of what goes beyond an allowance
COUNT = "count_"  # begins the name of a bound on how often, before that of the input that counts
CREDITING_PAUSED = "crediting_paused"  # the reason of what is stored, and credited once an operator lets it be
NETTED = "netted"  # the reason and the deduction of what the rest of a year or a week takes
BEFORE_ACCOUNT = "before_account"  # the reason and the deduction of days without an account
UNATTESTED = "unattested"  # the reason where nothing is left of it
TOO_UNCERTAIN = "too_uncertain"  # the reason where the lower bound of the difference is nothing
PER_ACTIVITY = "per_activity"
_SHOWN = Decimal("0.001")  # of a part that is only shown
_TENTH = Decimal("0.1")
_NOISE = Decimal("0.000000001")  # digits past this are noise of the sixty-digit arithmetic
_HUNDRED = Decimal(100)
_TWO = Decimal(2)
_SECONDS_PER_HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Exact grams: both scenarios, their signed difference, its 95 % range and lower bound, and the naive figure."""

    baseline: Decimal
    project: Decimal
    reduction: Decimal
    low: Decimal
    lower: Decimal
    high: Decimal
    contrast: Decimal | None

    @property
    def half_width(self) -> Decimal:
        """Half the breadth of the range."""
        return EXACT.divide(EXACT.subtract(self.high, self.low), _TWO)


def credit_reduction(working: Working, arguments: tuple[Any, ...], amounts: Amounts) -> Credit:
    """The credit of a reduction. Raises CalculatorError when no band covers it."""
    refusal = _find_refusal(working, arguments)
    if refusal is not None:
        return refusal
    if amounts.reduction <= 0:
        return Credit(0, "no_reduction", {})
    caution = working.caution
    if caution is None or caution.lower_bound is None:
        return _credit_by_band(working, amounts)
    # a sum of skewed figures lies above their published values; what is credited never does
    lower = min(amounts.lower, amounts.reduction)
    shown = {
        "level_pct": short_text(EXACT.multiply(caution.lower_bound.credit_share, _HUNDRED)),
        "half_width": format(EXACT.quantize(amounts.half_width, _TENTH), "f"),
        "lower": format(EXACT.quantize(lower, _TENTH), "f"),
        "taken": format(EXACT.quantize(EXACT.subtract(amounts.reduction, lower), _TENTH), "f"),
    }
    if lower <= 0:
        return Credit(0, TOO_UNCERTAIN, shown)
    conservative = {"kind": "conservativeness", "weight": None, "code": METHOD, "params": shown}
    return _weigh(working, lower, [conservative])


def _credit_by_band(working: Working, amounts: Amounts) -> Credit:
    """The credit by the weight of a band table, as versions have it that were frozen with one."""
    pct = relative_pct(amounts.half_width, amounts.reduction)
    band = find_band(working.caution.bands if working.caution else (), pct)
    if band is None:
        raise CalculatorError(f"no conservativeness band covers {pct} %")
    conservative = _deduction("conservativeness", band.weight, {"pct": format(pct, "f")})
    credit = _weigh(working, EXACT.multiply(amounts.reduction, band.weight), [conservative])
    return Credit(credit.amount, credit.reason, credit.params, credit.deductions, band, pct)


def credit_points(working: Working, arguments: tuple[Any, ...], points: Decimal) -> Credit:
    """The behaviour points of an activity: no grams, so nothing to be conservative about."""
    return _find_refusal(working, arguments) or _weigh(working, points, [])


def weigh_evidence(weights: Mapping[str, Decimal], tier: str) -> tuple[str, Decimal] | None:
    """The tier that counts and its weight: an unlisted one counts as self-declared, None where that is not accepted."""
    counted = tier if tier in weights else SELF_DECLARED
    weight = weights.get(counted)
    return None if weight is None else (counted, weight)


def _find_refusal(working: Working, arguments: tuple[Any, ...]) -> Credit | None:
    """Nothing, for the first rule of eligibility that the activity breaks; None where it breaks none."""
    methodology, values = working.methodology, working.data.values
    distance = values.get("distance")
    if isinstance(distance, Decimal):
        refusal = _too_short(methodology, distance) or _too_fast(methodology, distance, working)
        if refusal is not None:
            return refusal
    rules = methodology.eligibility.requirements
    for rule, (_, holds) in zip(rules, methodology.program.requirements, strict=True):
        if not holds(*arguments)[0]:
            return Credit(0, rule.reason, {})
    return None


def _too_short(methodology: Methodology, distance: Decimal) -> Credit | None:
    minimum = methodology.eligibility.minimum_distance
    if minimum is None or distance >= minimum:
        return None
    unit = methodology.quantities["distance"].entered_as
    params = {"distance": short_text(distance), "minimum": short_text(minimum), "unit": unit}
    return Credit(0, "too_short", params)


def _too_fast(methodology: Methodology, distance: Decimal, working: Working) -> Credit | None:
    limits, mode = methodology.eligibility.speed_limits_kmh, working.data.values.get("mode")
    if working.context.duration_s is None or mode not in limits:
        return None
    speed = _speed_kmh(distance, methodology.quantities["distance"].entered_as, working.context.duration_s)
    limit = limits[str(mode)]
    if speed <= limit:
        return None
    shown = format(EXACT.quantize(speed, _TENTH), "f")
    return Credit(0, "too_fast", {"mode": str(mode), "speed_kmh": shown, "limit_kmh": format(limit, "f")})


def _speed_kmh(distance: Decimal, unit: str, duration_s: int) -> Decimal:
    ratio = conversion(unit, "km")
    kilometres = EXACT.multiply(distance, Decimal(ratio.numerator))
    seconds = EXACT.multiply(Decimal(duration_s), Decimal(ratio.denominator))
    return EXACT.divide(EXACT.multiply(kilometres, _SECONDS_PER_HOUR), seconds)


def _weigh(working: Working, amount: Decimal, deductions: list[dict[str, Any]]) -> Credit:
    """`amount` weighed by evidence and age, rounded down, and what is left of it under the caps."""
    age = working.age
    evidence = weigh_evidence(working.methodology.evidence_weights, working.context.evidence)
    if evidence is None:
        return Credit(0, "evidence_missing", {}, deductions)
    tier, weight = evidence
    if weight != 1:
        deductions.append(_deduction("evidence", weight, {"evidence": tier}))
    amount = EXACT.multiply(amount, weight)
    if (counted := working.context.days_counted) is not None:
        if counted.days == 0:
            return Credit(0, BEFORE_ACCOUNT, {}, deductions)
        part = EXACT.divide(Decimal(counted.days), Decimal(counted.of))
        shown = {"days": str(counted.days), "of": str(counted.of)}
        deductions.append(_deduction(BEFORE_ACCOUNT, EXACT.quantize(part, _SHOWN), shown))
        amount = EXACT.divide(EXACT.multiply(amount, Decimal(counted.days)), Decimal(counted.of))
    if age.state == EXPIRED:
        return Credit(0, "figure_expired", {"due": age.due or ""}, deductions)
    if age.state == DEGRADED:
        deductions.append(_deduction("freshness", age.weight, {"due": age.due or ""}))
        amount = EXACT.multiply(amount, age.weight)
    whole = floor_grams(amount)
    if whole <= 0:
        return Credit(0, "too_small", {}, deductions)
    return _find_bar(working.context, deductions) or _capped(working, whole, deductions)


def _find_bar(context: Context, deductions: list[dict[str, Any]]) -> Credit | None:
    """Nothing, where something outside the activity leaves no room for it, whatever the caps."""
    if context.refused == CREDITING_PAUSED:
        return Credit(0, CREDITING_PAUSED, {}, deductions)
    if context.refused is not None:
        return Credit(0, "not_believed", {"rule": context.refused}, deductions)
    if context.counted_already is not None:
        return Credit(0, "counted_already", _other_activity(context.counted_already), deductions)
    if context.claimed_elsewhere is not None:
        return Credit(0, "claimed_elsewhere", context.claimed_elsewhere.record(), deductions)
    return None


def _other_activity(other: CountedAlready) -> dict[str, str]:
    titles = {f"other_{language}": text for language, text in other.title.items()}
    return {"methodology": other.methodology, "on": other.on.isoformat(), **titles}


def _capped(working: Working, whole: int, deductions: list[dict[str, Any]]) -> Credit:
    caps, cap_room = working.methodology.caps, working.context.cap_room
    tightest, room = "", whole
    for name, cap in caps.items():
        left = cap if name.startswith(PER_ACTIVITY) else min(cap, cap_room.get(name, cap))
        if left < room:
            tightest, room = name, left
    if tightest:
        params = {"cap": tightest, "limit": str(caps[tightest]), "room": str(room), "taken": str(whole - room)}
        deductions.append({"kind": "cap", "weight": None, "code": "cap", "params": params})
        if room == 0:
            return Credit(0, "cap_reached", {"cap": tightest, "limit": str(caps[tightest])}, deductions)
    return _net(_allowed(working, room, deductions), working)


def _allowed(working: Working, whole: int, deductions: list[dict[str, Any]]) -> Credit:
    """What of `whole` counts on the word of the person alone; all of it where there is no allowance to keep to."""
    allowance = working.context.allowance
    amounts = {} if allowance is None else amounts_left(allowance.room, whole, working.data.values)
    bound = min(amounts, key=lambda name: amounts[name], default="")
    if allowance is None or not bound or whole <= amounts[bound]:
        return Credit(whole, None, {}, deductions)
    room, limit = amounts[bound], str(allowance.bounds[bound])
    params = {"bound": bound, "limit": limit, "room": str(allowance.room[bound]), "taken": str(whole - room)}
    deductions.append({"kind": ALLOWANCE, "weight": None, "code": ALLOWANCE, "params": params})
    if room == 0:
        return Credit(0, UNATTESTED, {"bound": bound, "limit": limit, "grams": str(whole)}, deductions)
    return Credit(room, None, {}, deductions)


def amounts_left(room: Mapping[str, int], whole: int, values: Mapping[str, Decimal | str]) -> Mapping[str, int]:
    """What is left under each bound as grams or points: of a bound on how often, the part of what was told."""
    amounts = dict(room)
    for name, left in room.items():
        told = values.get(name.removeprefix(COUNT)) if name.startswith(COUNT) else None
        if isinstance(told, Decimal):
            amounts[name] = whole if told <= left else int(EXACT.divide(Decimal(whole * left), told))
    return amounts


def _net(credit: Credit, working: Working) -> Credit:
    """What the rest of the year, or of the week, leaves of a credit."""
    taken = min(working.context.netted, credit.amount)
    if not taken:
        return credit
    params = {"taken": str(taken), "of": str(credit.amount)}
    if working.methodology.week is not None:
        params["week"] = first_of_week(working.context.on).isoformat()
    deductions = [*credit.deductions, {"kind": NETTED, "weight": None, "code": NETTED, "params": params}]
    left = credit.amount - taken
    reason, told = (None, credit.params) if left else (NETTED, params)
    return replace(credit, amount=left, reason=reason, params=told, deductions=deductions)


def _deduction(kind: str, weight: Decimal, params: dict[str, str]) -> dict[str, Any]:
    return {"kind": kind, "weight": format(weight, "f"), "code": kind, "params": params}


def relative_pct(half: Decimal, value: Decimal) -> Decimal:
    """`half` in per cent of `value` (which is not zero), to 0.1 %: the figure that is looked up and shown."""
    ratio = EXACT.divide(EXACT.multiply(half, _HUNDRED), value)
    return EXACT.quantize(EXACT.quantize(EXACT.abs(ratio), _NOISE), _TENTH)


def find_band(bands: Sequence[Band], pct: Decimal) -> Band | None:
    """The band that covers this uncertainty (0 % belongs to the first), or None."""
    for band in bands:
        is_above = pct > band.above_pct or pct == band.above_pct == 0
        if is_above and (band.up_to_pct is None or pct <= band.up_to_pct):
            return band
    return None
