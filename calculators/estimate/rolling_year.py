"""Metered credit within a rolling year: periods above the baseline are set against periods below it (ADR 0098).

Promise: a pure function of a set of periods, so the order in which they were told does not matter. Each gram above the
baseline is set once against a gram below it, of the same rule, less than twelve months apart: the oldest credit first,
earlier ones before later ones. So within twelve months no more is credited than the net of them, and what lies longer
back is final. What is above counts at its lower bound, rounded up (laws 3 and 1: what we charge rounds up).

A stretch between two periods that nobody told counts too, or whoever leaves out the bad months would be paid for
chance. What ran through the meter meanwhile follows from the readings at its ends. Where no reading does, it counts as
far above the baseline as the best period was below it, a day, for at most two months. Touches the file of figures.
"""

from __future__ import annotations

import tomllib
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

from calculators.errors import TableRefused
from calculators.estimate.exact import amounts_of
from calculators.estimate.working import Estimate
from calculators.rounding import EXACT, ceil_grams

FILE = Path(__file__).parents[1] / "library" / "rolling_year.toml"
_ONE_DAY, _TWO = timedelta(days=1), Decimal(2)


@dataclass(frozen=True, slots=True)
class RollingYear:
    """The figures of the file by their names in it."""

    months: int
    lower_bound_share: Decimal
    open_days: int
    most_unknown_days: int


@dataclass(frozen=True, slots=True)
class MeterPoint:
    """What a numbered meter shows on a civil day, in the unit of the rule."""

    meter: str
    value: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class MeteredPeriod:
    """One activity of a metered rule: its days, and grams (or points) below and above the baseline before netting.

    At most one of `credit` and `excess` is above zero. `opens` and `closes` are what the meter showed at its ends.
    `is_shown`: something else than the person's word shows its days; without that only `closes` counts.
    """

    key: str
    first_on: date
    last_on: date
    credit: int = 0
    excess: int = 0
    opens: MeterPoint | None = None
    closes: MeterPoint | None = None
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class MeterGap:
    """Days before the period `before` that nothing covers; `used` of the meter in them, None where no reading says."""

    before: str
    last_on: date
    days: int
    used: Decimal | None


@dataclass(frozen=True, slots=True)
class _Part:
    """What one period or gap brings: grams below the baseline, or above it, on its last day."""

    on: date
    key: str
    credit: int
    excess: int


@cache
def load_rolling_year(path: Path = FILE) -> RollingYear:
    """The figures in `path`. Raises TableRefused, naming what is missing or cannot be."""
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))["rolling_year"]
        rules = RollingYear(**given | {"lower_bound_share": Decimal(given["lower_bound_share"])})
    except (KeyError, TypeError, ArithmeticError) as error:
        raise TableRefused(f"{path.name}: {error}") from error
    if rules.months != 12 or not 0 <= rules.lower_bound_share <= 1:
        raise TableRefused(f"{path.name}: a year has twelve months, and a share lies between 0 and 1")
    return rules


def excess_of(estimate: Estimate, rules: RollingYear | None = None) -> int:
    """How far an estimate lies above its baseline, in grams at its lower bound or in points, rounded up; 0 below it."""
    if estimate.reduction_g >= 0 and not estimate.excess_points:
        return 0
    above = _above(estimate, rules)
    counted = estimate.working.context.days_counted
    if counted is not None:
        above = EXACT.divide(EXACT.multiply(above, Decimal(counted.days)), Decimal(counted.of))
    return ceil_grams(above)


def _above(estimate: Estimate, rules: RollingYear | None) -> Decimal:
    """Points, or grams by the quantile that credits what lies below; in versions of bands by a part of the range."""
    caution = estimate.working.caution
    amounts = amounts_of(estimate) if caution is not None and caution.lower_bound is not None else None
    if amounts is not None:
        return EXACT.minus(min(amounts.lower, amounts.reduction))
    share = (rules or load_rolling_year()).lower_bound_share
    half = EXACT.divide(Decimal(estimate.high_g - estimate.low_g), _TWO)
    return EXACT.add(Decimal(estimate.excess_points - estimate.reduction_g), EXACT.multiply(share, half))


def final_on(last_on: date) -> date:
    """From which day on what was credited for a period is final."""
    try:
        return last_on.replace(year=last_on.year + 1)
    except ValueError:  # 29 February
        return last_on.replace(year=last_on.year + 1, day=28)


def find_gaps(periods: Iterable[MeteredPeriod], rules: RollingYear | None = None) -> list[MeterGap]:
    """The stretches of days between two periods that nothing covers, the earliest first."""
    most = (rules or load_rolling_year()).open_days
    shown: dict[str, MeterPoint] = {}
    covered: set[date] = set()
    covered_to: date | None = None
    gaps = []
    for period in sorted(periods, key=_place):
        if period.is_shown:
            before = period.opens and shown.get(period.opens.meter)
            begun = before.on if before else covered_to
            if begun is not None and period.first_on < final_on(begun):
                days = _uncovered(begun, period.first_on, covered)
                if days > most:
                    used = _used_in(before, period, days) if before else None
                    gaps.append(MeterGap(period.key, period.first_on - _ONE_DAY, days, used))
            covered.update(_days(period))
            covered_to = max(covered_to or period.last_on, period.last_on)
        if period.closes is not None:
            shown[period.closes.meter] = period.closes
    return gaps


def net_periods(
    periods: Sequence[MeteredPeriod], above: Mapping[str, int], rules: RollingYear | None = None
) -> dict[str, int]:
    """What is taken of the credit of each period, by its key; those of which nothing is taken are left out.

    `above` holds, by the period before which it lies, by how much a gap with readings at its ends lies above the
    baseline (0 where it does not: nobody told it, so it earns nothing).
    """
    taken: Counter[str] = Counter()
    below: deque[_Open] = deque()
    over: deque[_Open] = deque()
    for part in _parts(periods, above, rules or load_rolling_year()):
        for waiting in (below, over):
            while waiting and (not waiting[0].left or final_on(waiting[0].on) <= part.on):
                waiting.popleft()
        own = _Open(part.on, part.key, part.credit or part.excess)
        for other in over if part.credit else below:
            amount = min(own.left, other.left)
            own.left -= amount
            other.left -= amount
            taken[part.key if part.credit else other.key] += amount
        if own.left:
            (below if part.credit else over).append(own)
    return {key: amount for key, amount in taken.items() if amount}


@dataclass(slots=True)
class _Open:
    """What is left to be set against something of a part."""

    on: date
    key: str
    left: int


def _parts(periods: Sequence[MeteredPeriod], above: Mapping[str, int], rules: RollingYear) -> list[_Part]:
    """Everything that is set against each other, in the order of its days."""
    shown = sorted((one for one in periods if one.is_shown), key=_place)
    parts = [_Part(one.last_on, one.key, one.credit, 0) for one in shown if one.credit]
    for gap in find_gaps(periods, rules):
        excess = above.get(gap.before, 0) if gap.used is not None else _presumed(gap, shown, rules)
        parts.append(_Part(gap.last_on, gap.before, 0, excess))
    # a day is counted once: by what is credited for it, else by the first that lies above
    counted = {day for one in shown if one.credit for day in _days(one)}
    for one in shown:
        if one.excess:
            free = [day for day in _days(one) if day not in counted]
            counted.update(free)
            parts.append(_Part(one.last_on, one.key, 0, -(-one.excess * len(free) // _length(one))))
    kept = [part for part in parts if part.credit or part.excess]
    return sorted(kept, key=lambda part: (part.on, part.credit, part.excess, part.key))


def _presumed(gap: MeterGap, shown: Sequence[MeteredPeriod], rules: RollingYear) -> int:
    """By how much a gap without readings is taken to lie above: a day, as the best period lies below, up to it."""
    after = next(one for one in shown if one.key == gap.before)
    within = [one for one in shown if one.last_on <= after.last_on < final_on(one.last_on)]
    days = min(gap.days, rules.most_unknown_days)
    return max(-(-one.credit * days // _length(one)) for one in within)


def _used_in(before: MeterPoint, period: MeteredPeriod, days: int) -> Decimal | None:
    """What ran through the meter on `days` uncovered days since a reading; None where it does not follow from it."""
    opens = period.opens
    if opens is None or opens.value < before.value:  # a meter that runs backwards was changed
        return None
    between = max((period.first_on - before.on).days - 1, days)
    return EXACT.divide(EXACT.multiply(EXACT.subtract(opens.value, before.value), Decimal(days)), Decimal(between))


def _uncovered(last_on: date, first_on: date, covered: set[date]) -> int:
    """How many days between a last day and the next first one nothing covers."""
    days = (first_on - last_on).days - 1
    return sum(last_on + timedelta(days=ahead) not in covered for ahead in range(1, days + 1))


def _days(period: MeteredPeriod) -> Iterator[date]:
    return (period.first_on + timedelta(days=ahead) for ahead in range(_length(period)))


def _length(period: MeteredPeriod) -> int:
    return (period.last_on - period.first_on).days + 1


def _place(period: MeteredPeriod) -> tuple[date, date, str]:
    """The place in the order of days; the key parts only what covers the very same days."""
    return period.last_on, period.first_on, period.key
