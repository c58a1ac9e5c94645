"""What one activity avoids: activity data in, signed grams and credit out, with the whole working.

Promise: the authoritative reading, in exact decimals. The steps, in order: read and round the inputs, look the figures
up, compute baseline and project, take the signed difference, decide whether it counts, deduct, round down, cap. The
column reading (`batch.py`) follows the same steps. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from calculators.errors import InputRefused
from calculators.estimate.activity_data import read_activity_data
from calculators.estimate.context import Context
from calculators.estimate.credit import Credit, credit_points, credit_reduction, weigh_evidence
from calculators.estimate.parameters import Unresolved, arguments_of, resolve
from calculators.estimate.uncertainty import half_width
from calculators.estimate.working import CREDITED, UNCREDITED, Basis, Estimate, Working
from calculators.figures.factors import Band, Tables
from calculators.figures.freshness import age_on
from calculators.methodology.document import Methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS
from calculators.methodology.program import Scenario
from calculators.plausibility import find_exclusion, find_ineligibility
from calculators.rounding import EXACT, ZERO, nearest_grams, round_outward, scaled

_NOTHING = Credit(0, None, {})


def compute_estimate(methodology: Methodology, tables: Tables, inputs: Mapping[str, Any], context: Context) -> Estimate:
    """The reduction of one activity. Raises InputRefused for values that cannot be."""
    errors = context.problems(tables.regions.by_code, methodology.alternatives)
    if errors:
        raise InputRefused(errors)
    data = read_activity_data(methodology, inputs, context)
    figures = resolve(methodology, tables, context.region, context.on.year, data.choices)
    titles = basis_titles(methodology, tables)
    if isinstance(figures, Unresolved):
        age = age_on(context.on, methodology.review_by, None, tables.freshness)
        missing = {
            "code": "no_factor",
            "parameter": figures.parameter,
            "item": figures.item or figures.parameter,
            "asked": ", ".join(figures.asked),
        }
        return settle(Working(methodology, data, {}, context, age, missing, titles, {}), {}, {}, ())
    age = age_on(context.on, methodology.review_by, figures.use_by, tables.freshness)
    missing_input = {"code": "missing_context", "input": data.missing[0]} if data.missing else None
    cited = tables.bands.cite()
    working = Working(methodology, data, figures.entries, context, age, missing_input, titles, cited)
    return settle(working, figures.values, figures.spreads, tables.bands.bands)


def basis_titles(methodology: Methodology, tables: Tables) -> Mapping[str, str]:
    """How the table that carries the baseline is called, by language."""
    parameter = methodology.parameters.get(methodology.basis or "")
    table = None if parameter is None else parameter.table
    return tables.titles.get(table or "", {"en": table or "", "zh": table or ""})


def settle(
    working: Working, values: Mapping[str, Decimal], spreads: Mapping[str, Decimal], bands: Sequence[Band]
) -> Estimate:
    """The result of a working: the one piece of arithmetic that estimates and recomputations share."""
    if working.unresolved is not None:
        params = {name: text for name, text in working.unresolved.items() if name != "code"}
        return _nothing(working, working.unresolved["code"], params)
    arguments = arguments_of(working.methodology.program.arguments, working.data.values, values)
    if working.methodology.yields == BEHAVIOUR_POINTS:
        return _settle_points(working, arguments)
    return _settle_reduction(working, arguments, values, spreads, bands)


def _settle_reduction(
    working: Working,
    arguments: tuple[Any, ...],
    values: Mapping[str, Decimal],
    spreads: Mapping[str, Decimal],
    bands: Sequence[Band],
) -> Estimate:
    methodology, context = working.methodology, working.context
    program = methodology.program
    scenario = _scenario(methodology, context)
    baseline, project, reduction, half = compute(methodology, scenario, arguments, values, spreads)
    exclusion = find_exclusion(methodology, working.data.values, context)
    if exclusion is not None:
        baseline, reduction, half = project, ZERO, ZERO
        credit = Credit(0, exclusion.reason, {})
    else:
        credit = _credit(working, arguments, reduction, half, bands)
    low_g, high_g = round_outward(EXACT.subtract(reduction, half), EXACT.add(reduction, half))
    baseline_g, project_g = nearest_grams(baseline), nearest_grams(project)
    reduction_g = baseline_g - project_g
    contrast_g = None
    if program.contrast is not None:
        naive = program.contrast[1](*arguments)[0]
        contrast_g = nearest_grams(scaled(naive, program.grams_per_unit))
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
        basis_of=_basis(working, excluded=exclusion is not None),
        contrast_g=contrast_g,
        credit=credit,
        working=working,
    )


def compute(
    methodology: Methodology,
    scenario: Scenario,
    arguments: tuple[Any, ...],
    values: Mapping[str, Decimal],
    spreads: Mapping[str, Decimal],
) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Baseline, project, signed reduction and its 95 % half-width, in exact grams."""
    scale = methodology.program.grams_per_unit
    baseline, project, *slopes = scenario.exact(*arguments)
    terms = [
        (slope, values[name], spreads[name])
        for name, slope in zip(scenario.uncertain, slopes, strict=True)
        if name in spreads and name in values
    ]
    before, after = scaled(baseline, scale), scaled(project, scale)
    return before, after, EXACT.subtract(before, after), scaled(half_width(terms), scale)


def _credit(
    working: Working, arguments: tuple[Any, ...], reduction: Decimal, half: Decimal, bands: Sequence[Band]
) -> Credit:
    methodology, context = working.methodology, working.context
    verdict = find_ineligibility(methodology, working.data.values, arguments, context)
    if verdict is not None:
        return Credit(0, verdict.reason, verdict.params)
    evidence = weigh_evidence(methodology.evidence_weights, context.evidence)
    return credit_reduction(reduction, half, bands, evidence, working.age, methodology.caps, context)


def _settle_points(working: Working, arguments: tuple[Any, ...]) -> Estimate:
    methodology, context = working.methodology, working.context
    points = methodology.program.points
    verdict = find_ineligibility(methodology, working.data.values, arguments, context)
    exclusion = find_exclusion(methodology, working.data.values, context)
    if exclusion is not None:
        return _nothing(working, exclusion.reason, {})
    if verdict is not None or points is None:
        return _nothing(working, verdict.reason if verdict else "no_reduction", verdict.params if verdict else {})
    evidence = weigh_evidence(methodology.evidence_weights, context.evidence)
    amount = points[1](*arguments)[0]
    credit = credit_points(amount, evidence, working.age, methodology.caps, context)
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


def _nothing(working: Working, reason: str, params: Mapping[str, str]) -> Estimate:
    return Estimate(UNCREDITED, reason, params, 0, 0, 0, 0, 0, 0, 0, None, None, _NOTHING, working)


def _scenario(methodology: Methodology, context: Context) -> Scenario:
    program = methodology.program
    declared = program.alternatives.get(context.declared_alternative or "")
    scenario = declared or program.scenario
    if scenario is None:
        raise TypeError(f"{methodology.id} has no baseline and no project")
    return scenario


def _basis(working: Working, *, excluded: bool) -> Basis | None:
    methodology = working.methodology
    if excluded:
        return Basis("habit", None, None, {})
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
    passed = ", ".join(step["region"] for step in asked if step["outcome"] != "found")
    return Basis(rule, entry["region"], entry["year"], {"asked": passed} if passed else {})
