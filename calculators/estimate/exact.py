"""What one activity avoids: activity data in, signed grams and credit out, with the whole working.

Promise: the authoritative reading, in exact decimals. The steps, in order: read and round the inputs, look the figures
up, compute baseline and project, take the signed difference with its range, credit it, round. The column reading
(`batch.py`) follows the same steps. Touches nothing.

The range and the lower bound come from the exact moments of the difference (`difference.py`), the same digits
everywhere. Versions that were frozen with a band table keep the range they had: first-order propagation of independent
figures, `h = sqrt(sum((slope_i * x_i * u_i)^2))`, where a figure that stands in baseline and project counts once, with
the slope of their difference (IPCC 2006 Guidelines vol. 1 ch. 3; JCGM 100:2008 5.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from calculators.errors import FieldError, InputRefused
from calculators.estimate.activity_data import read_activity_data
from calculators.estimate.caution import find_caution
from calculators.estimate.credit import PER_ACTIVITY, Amounts, credit_points, credit_reduction
from calculators.estimate.difference import expand_difference, find_spread
from calculators.estimate.draws import draw_quantiles
from calculators.estimate.parameters import Figures, Unresolved, read_entries, resolve
from calculators.estimate.quantiles import Quantiles
from calculators.estimate.working import (
    CREDITED,
    LONGEST_DURATION_S,
    UNCREDITED,
    ActivityData,
    Basis,
    Context,
    Credit,
    Estimate,
    Working,
)
from calculators.figures.baselines import SEGMENT
from calculators.figures.factors import Tables
from calculators.figures.freshness import age_on
from calculators.figures.lower_bound import LowerBound
from calculators.methodology.document import Methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS, Exclusion
from calculators.methodology.program import Scenario
from calculators.rounding import EXACT, ZERO, ceil_grams, nearest_each, round_outward, scaled_each, short_text


def compute_estimate(methodology: Methodology, tables: Tables, inputs: Mapping[str, Any], context: Context) -> Estimate:
    """The reduction of one activity. Raises InputRefused for values that cannot be."""
    return compute_estimates(methodology, tables, inputs, context, (context.region,))[0]


def compute_estimates(
    methodology: Methodology, tables: Tables, inputs: Mapping[str, Any], context: Context, regions: Sequence[str]
) -> list[Estimate]:
    """The reduction of one activity by the figures of each of `regions`, whatever region `context` names.

    Raises InputRefused for values that cannot be.
    """
    data: ActivityData | None = None
    estimates = []
    for region in regions:
        there = context if region == context.region else replace(context, region=region)
        check_context(methodology, tables, there)
        data = data or read_activity_data(methodology, inputs, there)
        estimates.append(_compute_estimate(methodology, tables, data, there))
    return estimates


def check_context(methodology: Methodology, tables: Tables, context: Context) -> None:
    """Raise InputRefused for an unknown place, a negative duration, an alternative nobody allows."""
    errors = []
    if context.region not in tables.regions.by_code:
        errors.append(
            FieldError("region", "region.unknown", f"unknown region {context.region!r}; use an ISO 3166 code")
        )
    if context.duration_s is not None and not 0 < context.duration_s <= LONGEST_DURATION_S:
        errors.append(FieldError("duration_s", "duration.impossible", "must be above 0 and at most a week, in seconds"))
    if context.declared_alternative is not None and context.declared_alternative not in methodology.alternatives:
        errors.append(
            FieldError("declared_alternative", "alternative.not_allowed", "this methodology allows no such alternative")
        )
    errors.extend(
        FieldError(f"cap_room.{name}", "cap_room.negative", "must be zero or more")
        for name, room in context.cap_room.items()
        if room < 0
    )
    if errors:
        raise InputRefused(errors)


def _compute_estimate(methodology: Methodology, tables: Tables, data: ActivityData, context: Context) -> Estimate:
    figures = resolve(methodology, tables, context.region, context.on.year, data.choices)
    titles = _basis_titles(methodology, tables)
    if isinstance(figures, Unresolved):
        age = age_on(context.on, methodology.review_by, None, tables.freshness)
        return _uncredited(Working(methodology, data, {}, context, age, _no_factor(figures), titles))
    age = age_on(context.on, methodology.review_by, figures.review_by, tables.freshness)
    missing = _missing_context(data)
    working = Working(
        methodology=methodology,
        data=data,
        entries=figures.entries,
        context=context,
        age=age,
        unresolved=missing,
        table_titles=titles,
        caution=find_caution(methodology, tables),
    )
    return compute_result(working, figures.figures)


def compute_result(working: Working, figures: Figures) -> Estimate:
    """The result of a working: the one piece of arithmetic that estimates and recomputations share."""
    if working.unresolved is not None:
        return _uncredited(working)
    methodology, arguments = working.methodology, _arguments(working, figures)
    if methodology.yields == BEHAVIOUR_POINTS:
        return _points_result(working, arguments)
    amounts = _compute_amounts(working, arguments, figures)
    exclusion = _find_exclusion(working)
    if exclusion is not None:
        as_usual = Amounts(amounts.project, amounts.project, ZERO, ZERO, ZERO, ZERO, amounts.contrast)
        return _reduction_result(working, as_usual, Credit(0, exclusion.reason, {}), Basis("habit", None, None, {}))
    credit = credit_reduction(working, arguments, amounts)
    return _reduction_result(working, amounts, credit, _basis(working))


def amounts_of(found: Estimate) -> Amounts | None:
    """The exact grams that an estimate rests on, before any deduction; None where there are none."""
    working = found.working
    if working.unresolved is not None or working.methodology.yields == BEHAVIOUR_POINTS:
        return None
    figures = read_entries(working.entries)
    return _compute_amounts(working, _arguments(working, figures), figures)


def _arguments(working: Working, figures: Figures) -> tuple[Any, ...]:
    """The values of inputs and figures in the order of the program; None for a figure that these choices leave out."""
    inputs, values = working.data.values, figures.values
    names = working.methodology.program.arguments
    return tuple([inputs[name] if name in inputs else values.get(name) for name in names])


def _compute_amounts(working: Working, arguments: tuple[Any, ...], figures: Figures) -> Amounts:
    program, scenario = working.methodology.program, _scenario(working)
    baseline, project, *slopes = scenario.exact(*arguments)
    naive = () if program.contrast is None else program.contrast[1](*arguments)
    if working.caution is not None and working.caution.lower_bound is not None:
        spread = _spread_quantiles(working, scenario, arguments, figures, working.caution.lower_bound)
    else:
        spread = _first_order(scenario, EXACT.subtract(baseline, project), slopes, figures)
    amounts = (baseline, project, spread.low, spread.lower, spread.high, *naive)
    before, after, low, lower, high, *contrast = scaled_each(amounts, program.grams_per_unit)
    return Amounts(before, after, EXACT.subtract(before, after), low, lower, high, contrast[0] if contrast else None)


def _spread_quantiles(
    working: Working, scenario: Scenario, arguments: tuple[Any, ...], figures: Figures, policy: LowerBound
) -> Quantiles:
    """The quantiles of the difference, in formula units: from its moments, or from draws where these do not do."""
    expansion = expand_difference(working.methodology, scenario, working.data.choices)
    if expansion is not None:
        spread, weights = find_spread(expansion, figures, policy), expansion.weights(*arguments)
        if spread is not None and spread.of_one is not None and weights[0] >= 0:
            return _times(spread.of_one, weights[0])
        found = None if spread is None else spread.quantiles(weights)
        if found is not None:
            return found
    return draw_quantiles(working.methodology, scenario, arguments, figures, policy)


def _times(one: Quantiles, weight: Decimal) -> Quantiles:
    """The quantiles of one product of inputs, which is all of the difference."""
    multiply = EXACT.multiply
    return Quantiles(multiply(one.low, weight), multiply(one.lower, weight), multiply(one.high, weight))


def _first_order(scenario: Scenario, difference: Decimal, slopes: Sequence[Decimal], figures: Figures) -> Quantiles:
    half = half_width(
        (slope, figures.values[name], figures.spreads[name])
        for name, slope in zip(scenario.uncertain, slopes, strict=True)
        if name in figures.spreads and name in figures.values
    )
    return Quantiles(EXACT.subtract(difference, half), ZERO, EXACT.add(difference, half))


def half_width(terms: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Decimal:
    """The 95 % half-width of a value that moves by `slope` with each figure `(slope, figure, relative half-width)`."""
    total = ZERO
    for slope, figure, relative in terms:
        moved = EXACT.multiply(EXACT.multiply(slope, figure), relative)
        total = EXACT.add(total, EXACT.multiply(moved, moved))
    return EXACT.sqrt(total)


def _scenario(working: Working) -> Scenario:
    program = working.methodology.program
    declared = program.alternatives.get(working.context.declared_alternative or "")
    scenario = declared or program.scenario
    if scenario is None:
        raise TypeError(f"{working.methodology.id} has no baseline and no project")
    return scenario


def _find_exclusion(working: Working) -> Exclusion | None:
    """The rule that says this person would have chosen the same anyway, or None."""
    for exclusion in working.methodology.eligibility.exclusions:
        if exclusion.diets and working.context.diet not in exclusion.diets:
            continue
        if all(working.data.values.get(name) in options for name, options in exclusion.choices.items()):
            return exclusion
    return None


def _reduction_result(working: Working, amounts: Amounts, credit: Credit, basis: Basis | None) -> Estimate:
    low_g, high_g = round_outward(amounts.low, amounts.high)
    naive = () if amounts.contrast is None else (amounts.contrast,)
    baseline_g, project_g, *contrast_g = nearest_each((amounts.baseline, amounts.project, *naive))
    reduction_g = baseline_g - project_g
    return Estimate(
        status=CREDITED if credit.amount else UNCREDITED,
        reason=credit.reason,
        reason_params=credit.params,
        baseline_g=baseline_g,
        project_g=project_g,
        reduction_g=reduction_g,
        credited_g=credit.amount,
        low_g=min(low_g, reduction_g),
        high_g=max(high_g, reduction_g),
        behaviour_points=0,
        basis_of=basis,
        contrast_g=contrast_g[0] if contrast_g else None,
        credit=credit,
        working=working,
    )


def _points_result(working: Working, arguments: tuple[Any, ...]) -> Estimate:
    points, exclusion = working.methodology.program.points, _find_exclusion(working)
    if points is None:
        raise TypeError(f"{working.methodology.id} has no formula of points")
    if exclusion is not None:
        return _without_grams(working, Credit(0, exclusion.reason, {}))
    amount = points[1](*arguments)[0]
    found = _without_grams(working, credit_points(working, arguments, amount))
    if amount >= 0:
        return found
    # no activity costs more than the most that one earns
    most = min(cap for name, cap in working.methodology.caps.items() if name.startswith(PER_ACTIVITY))
    return replace(found, excess_points=min(most, ceil_grams(EXACT.minus(amount))))


def _uncredited(working: Working) -> Estimate:
    """The result of a working that lacks a figure or an input."""
    missing = dict(working.unresolved or {})
    return _without_grams(working, Credit(0, missing.pop("code"), missing))


def _without_grams(working: Working, credit: Credit) -> Estimate:
    return Estimate(
        status=CREDITED if credit.amount else UNCREDITED,
        reason=credit.reason,
        reason_params=credit.params,
        baseline_g=0,
        project_g=0,
        reduction_g=0,
        credited_g=0,
        low_g=0,
        high_g=0,
        behaviour_points=credit.amount,
        basis_of=None,
        contrast_g=None,
        credit=credit,
        working=working,
    )


def _no_factor(figures: Unresolved) -> Mapping[str, str]:
    return {
        "code": "no_factor",
        "parameter": figures.parameter,
        "item": figures.item or figures.parameter,
        "asked": ", ".join(figures.asked),
    }


def _missing_context(data: ActivityData) -> Mapping[str, str] | None:
    return {"code": "missing_context", "input": data.missing[0]} if data.missing else None


def _basis_titles(methodology: Methodology, tables: Tables) -> Mapping[str, str]:
    """How the table that carries the baseline is called, by language."""
    parameter = methodology.parameters.get(methodology.basis or "")
    table = "" if parameter is None else parameter.table or ""
    return tables.titles.get(table, {"en": table, "zh": table})


def _basis(working: Working) -> Basis | None:
    methodology = working.methodology
    declared = methodology.alternatives.get(working.context.declared_alternative or "")
    if declared is not None:
        return Basis("declared", None, None, {f"title_{language}": text for language, text in declared[0].items()})
    if methodology.basis in methodology.inputs:
        return Basis("history", None, None, {})
    entry = working.entries.get(methodology.basis or "")
    if entry is None:
        return None
    if "fallback" not in entry:
        return Basis("constant", None, None, {})
    rule, asked = entry["fallback"]["rule"], entry["fallback"]["asked"]
    if rule == SEGMENT:
        titles = {f"title_{language}": text for language, text in entry["name"].items()}
        instead = entry["segment"]["instead_of"]
        mean = {"mean": f"{short_text(Decimal(instead['value']))} {instead['unit']}", "instead": instead["region"]}
        return Basis(rule, entry["region"], entry["year"], titles | mean)
    passed = ", ".join(step["region"] for step in asked if step["outcome"] != "found")
    return Basis(rule, entry["region"], entry["year"], {"asked": passed} if passed else {})
