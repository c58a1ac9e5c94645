"""A person's own past as a baseline: what they used per day before, so that a spike cannot be sold as a drop.

Promise: the lower of mean and median over the days of the window the document declares. One extravagant day lifts the
mean and leaves the median; an idle week pulls both down; neither lifts the baseline. Too few known days give nothing,
and what rests on nothing but the person's word is not known: it may lower the baseline and never lifts it, or whoever
tells inflated weeks first and honest ones after would be paid for the difference.
The value goes into the context of the estimate and is recorded there. Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculators.methodology.document import Methodology
from calculators.methodology.parts import OwnHistory, Quantity
from calculators.rounding import EXACT, ZERO, to_step

Rate = tuple[Decimal, int]  # a value per day, and the days it held


@dataclass(frozen=True, slots=True)
class PastActivity:
    """One earlier activity of the same methodology: its civil day and its quantities, in the document's units.

    `is_shown`: something else than the person's word speaks for it, and nothing against it.
    """

    on: date
    values: Mapping[str, Decimal]
    is_shown: bool


def own_history(methodology: Methodology, past: Sequence[PastActivity], on: date) -> dict[str, Decimal]:
    """The inputs that `past` gives for an activity on the day `on`, by name; absent where too little is known.

    The order of `past` does not matter. Each value is rounded down to the input's step and kept within its bounds.
    """
    found: dict[str, Decimal] = {}
    for spec in _asking(methodology):
        asked = spec.history
        if asked is None:
            continue
        within = _within(asked, past, on)
        shown = list(_rates(asked, [one for one in within if one.is_shown]))
        if sum(days for _, days in shown) < asked.at_least_days:
            continue
        usual = _usual(shown)
        # between two readings of a meter that are shown nothing that was only told could say more
        told = [] if asked.meter else _rates(asked, [one for one in within if not one.is_shown])
        usual = _usual([*shown, *((min(rate, usual), days) for rate, days in told)])
        found[spec.name] = to_step(min(max(usual, spec.minimum), spec.maximum), spec.step, up=False)
    return found


def _asking(methodology: Methodology) -> Iterator[Quantity]:
    return (spec for spec in methodology.quantities.values() if spec.history is not None)


def _within(asked: OwnHistory, past: Sequence[PastActivity], on: date) -> list[PastActivity]:
    window = [one for one in past if asked.to_days_ago <= (on - one.on).days <= asked.from_days_ago]
    return sorted(window, key=lambda one: (one.on, sorted(one.values.items())))


def _rates(asked: OwnHistory, past: Sequence[PastActivity]) -> Iterator[Rate]:
    if asked.meter:
        readings = [(one.on, one.values[asked.of]) for one in past if asked.of in one.values]
        for (earlier, before), (later, after) in itertools.pairwise(readings):
            days = (later - earlier).days
            if days > 0 and after >= before:  # a meter that runs backwards was changed
                yield EXACT.divide(EXACT.subtract(after, before), Decimal(days)), days
        return
    for one in past:
        days = int(one.values.get(asked.per, ZERO)) if asked.per else 1
        if days > 0 and asked.of in one.values:
            yield EXACT.divide(one.values[asked.of], Decimal(days)), days


def _usual(rates: Sequence[Rate]) -> Decimal:
    return min(_mean(rates), _median(rates))


def _mean(rates: Sequence[Rate]) -> Decimal:
    total = ZERO
    for rate, days in rates:
        total = EXACT.add(total, EXACT.multiply(rate, Decimal(days)))
    return EXACT.divide(total, Decimal(sum(days for _, days in rates)))


def _median(rates: Sequence[Rate]) -> Decimal:
    """The lower median over days."""
    middle = (sum(days for _, days in rates) + 1) // 2
    for rate, days in sorted(rates):
        middle -= days
        if middle <= 0:
            return rate
    return ZERO
