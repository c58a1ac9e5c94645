"""One footprint, exactly: grams with their range, by category, and how much of it is default or assumed.

Promise: the same model and answers give the same integers, anywhere and for ever. Categories are rounded to whole
grams and the total is their sum; lines are shared out so that they sum to their category. The range is analytic
(IPCC 2006 guidelines, vol. 1, ch. 3): a figure or answer that stands in several lines moves them together. It does not
narrow because a default was confirmed; what the person has not said shows as `default_share_pct`. Touches nothing.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from calculators.footprint.model import LineOf, Model, Value
from calculators.footprint.questions import CATEGORIES, HOUSEHOLD_SIZE
from calculators.rounding import EXACT, ZERO, ceil_grams, floor_grams, nearest_grams, round_outward, share_out

_HUNDRED = Decimal(100)
_MICRO = Decimal(1_000_000)
_add, _multiply = EXACT.add, EXACT.multiply


@dataclass(frozen=True, slots=True)
class Share:
    """One category, or the whole: grams, 95 % range, and the per cent of it that rests on defaults or assumptions.

    `default_share_pct` counts what the person could still answer for, rounded up: 0 means all was answered. A line
    with several questions counts by the part of them left open. `assumed_share_pct` counts lines that rest on a
    default or figure without a source.
    """

    grams: int
    low_g: int
    high_g: int
    default_share_pct: int
    assumed_share_pct: int


@dataclass(frozen=True, slots=True)
class SurveyFootprint:
    """A person-year. `values` are the exact grams of every line that is estimated for the place."""

    whole: Share
    categories: Mapping[str, Share]
    values: Mapping[str, Decimal]


def line_grams(model: Model, footprint: SurveyFootprint) -> dict[str, int]:
    """Whole grams of every line, shared out so that they sum to their category."""
    shared: dict[str, int] = {}
    for at, category in enumerate(CATEGORIES):
        names = [line.name for line in model.lines if line.category == at]
        weights = [floor_grams(_multiply(footprint.values[name], _MICRO)) for name in names]
        total = footprint.categories[category].grams if names else 0
        parts = share_out(total, weights) if sum(weights) else [0] * len(names)
        shared |= dict(zip(names, parts, strict=True))
    return {line.name: shared[line.name] for line in model.lines}


def compute_footprint(
    model: Model, answers: Mapping[str, Value], partly: frozenset[str] = frozenset()
) -> SurveyFootprint:
    """The footprint of somebody who answered `answers` (as `read_answers` gives them) and nothing else.

    `partly` are those among them that still rest on a default for a part of the year: they count as open.
    """
    chosen, found = _evaluated(model, answers)
    unsaid = partly | (model.survey.questions.keys() - answers.keys())
    return _summed(model, unsaid, chosen, found)


def compute_category_grams(model: Model, answers: Mapping[str, Value]) -> dict[str, int]:
    """The grams of each category in `compute_footprint`, without the ranges and shares that nobody asks for."""
    _, found = _evaluated(model, answers)
    grams = [ZERO] * len(CATEGORIES)
    for line in model.lines:
        if value := found[line.position]:
            grams[line.category] = _add(grams[line.category], _grams_of(line, value))
    return {CATEGORIES[at]: nearest_grams(grams[at]) for at in model.categories}


def _evaluated(model: Model, answers: Mapping[str, Value]) -> tuple[Mapping[str, Value], tuple[Decimal, ...]]:
    """The answers with a default for every other question, and what each formula comes to with them."""
    size = answers.get(HOUSEHOLD_SIZE)
    chosen = {**model.defaults(size if isinstance(size, Decimal) else None), **answers}
    entries, questions = model.entries, model.survey.questions
    found = model.survey.program.exact(
        *[chosen[name] if name in questions else entries[name].value or ZERO for name in model.survey.program.arguments]
    )
    return chosen, found


def _grams_of(line: LineOf, value: Decimal) -> Decimal:
    value = _multiply(value, line.numerator)
    return value if line.denominator == 1 else EXACT.divide(value, line.denominator)


def _summed(
    model: Model, unsaid: frozenset[str], chosen: Mapping[str, Value], found: tuple[Decimal, ...]
) -> SurveyFootprint:
    count = len(CATEGORIES)
    grams, open_grams, askable, assumed, variance = ([ZERO] * count for _ in range(5))
    guessed = unsaid & model.assumed_defaults
    values: dict[str, Decimal] = {}
    for line in model.lines:
        value = found[line.position]
        if not value:
            values[line.name] = ZERO
            continue
        value = values[line.name] = _grams_of(line, value)
        at = line.category
        grams[at] = _add(grams[at], value)
        if line.questions:
            askable[at] = _add(askable[at], value)
            left, asked = len(line.questions & unsaid), len(line.questions)
            if left:
                part = value if left == asked else EXACT.divide(_multiply(value, Decimal(left)), Decimal(asked))
                open_grams[at] = _add(open_grams[at], part)
        options = tuple([str(chosen[name]) for name in line.choices])
        if line.assumed_figures[options] or not guessed.isdisjoint(line.questions):
            assumed[at] = _add(assumed[at], value)
        if line.variance:
            variance[at] = _add(variance[at], _multiply(_multiply(value, value), line.variance))
    whole_variance = _add_common(model, found, variance)
    shares = {
        CATEGORIES[at]: _share(
            nearest_grams(grams[at]), grams[at], open_grams[at], askable[at], assumed[at], variance[at]
        )
        for at in model.categories
    }
    whole = _share(
        sum(share.grams for share in shares.values()),
        _total(grams),
        _total(open_grams),
        _total(askable),
        _total(assumed),
        whole_variance,
    )
    return SurveyFootprint(whole, shares, values)


def _add_common(model: Model, found: tuple[Decimal, ...], variance: list[Decimal]) -> Decimal:
    """Add to each category's variance what moves several of its lines together; return the variance of the whole."""
    whole = _total(variance)
    for common in model.common:
        moved: dict[int, Decimal] = {}
        for at, position, sign, scale in common.moves:
            if found[position]:
                part = _multiply(found[position], scale)
                before = moved.get(at, ZERO)
                moved[at] = _add(before, part) if sign > 0 else EXACT.subtract(before, part)
        squared = _multiply(common.spread, common.spread)
        for at, part in moved.items():
            variance[at] = _add(variance[at], _multiply(_multiply(part, part), squared))
        together = _total(tuple(moved.values()))
        whole = _add(whole, _multiply(_multiply(together, together), squared))
    return whole


def _share(
    grams: int, exact: Decimal, open_grams: Decimal, askable: Decimal, assumed: Decimal, variance: Decimal
) -> Share:
    half = EXACT.sqrt(variance)
    center = Decimal(grams)
    low_g, high_g = round_outward(max(ZERO, EXACT.subtract(center, half)), _add(center, half))
    return Share(grams, low_g, high_g, _percent_up(open_grams, askable), _percent_up(assumed, exact))


def _percent_up(part: Decimal, whole: Decimal) -> int:
    """Per cent, rounded up, so that 0 means none at all; what is left of nothing is nothing."""
    if not part or not whole:
        return 0
    return max(1, ceil_grams(EXACT.divide(_multiply(part, _HUNDRED), whole)))


def _total(parts: Sequence[Decimal]) -> Decimal:
    return functools.reduce(_add, parts, ZERO)
