"""The samples reading: the same formulas over drawn figures, to check and to preview a range.

Promise: the same seed gives the same samples; nothing credited ever rests on them. A figure is drawn from its declared
distribution, two names for one row of a table together. Source: IPCC 2006 Guidelines vol. 1, 3.2.3.2. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log, sqrt
from typing import Any

import numpy as np

from calculators.estimate.batch_formulas import column_formulas
from calculators.estimate.columns import Floats
from calculators.estimate.parameters import read_entries, variable_in_sum
from calculators.estimate.working import Estimate
from calculators.figures.distributions import Ratio
from calculators.methodology.parts import Choice

_SIGMAS = 1.959963984540054  # standard deviations in the half-width of a 95 % interval
_OUTSIDE = 0.05  # of an interval of 95 %


def sample_reduction(found: Estimate, draws: int, seed: int = 0) -> Floats:
    """`draws` reductions in grams, each with figures drawn anew. Raises TypeError for a methodology of points."""
    return sample_sum([found], draws, seed)


def sample_sum(estimates: Sequence[Estimate], draws: int, seed: int = 0) -> Floats:
    """`draws` sums of reductions in grams: a row of a table that several rest on is drawn once for all of them.

    Raises TypeError for a methodology of points.
    """
    generator, drawn = np.random.default_rng(seed), dict[str, Floats]()
    total = np.zeros(draws)
    for found in estimates:
        total += _sample(found, drawn, draws, generator)
    return total


def _sample(found: Estimate, drawn: dict[str, Floats], draws: int, generator: np.random.Generator) -> Floats:
    working = found.working
    formulas = column_formulas(working.methodology, working.context.declared_alternative)
    figures = read_entries(working.entries)
    arguments: dict[str, Any] = {name: float("nan") for name in working.methodology.parameters}
    for name, value in figures.values.items():
        spreading = figures.spreading.get(name)
        arguments[name] = float(value)
        if spreading is not None:
            variable = variable_in_sum(found.methodology_id, name, spreading)
            if variable not in drawn:
                drawn[variable] = _draw(spreading.ratio, draws, generator)
            arguments[name] *= drawn[variable]
    for name, spec in working.methodology.inputs.items():
        given = working.data.values[name]
        arguments[name] = spec.options.index(str(given)) if isinstance(spec, Choice) else float(given)
    with np.errstate(invalid="ignore"):
        baseline, project, _ = formulas.evaluate(arguments, draws)
    return baseline - project


def _draw(ratio: Ratio, draws: int, generator: np.random.Generator) -> Floats:
    """Drawn ratios of a figure to its value."""
    half = float(ratio.half_width)
    if not half:
        return np.ones(draws)
    match ratio.distribution:
        case "log_normal":
            return generator.lognormal(0.0, log(1 + half) / _SIGMAS, draws)
        case "uniform":
            reach = half / (1 - _OUTSIDE)
            return generator.uniform(1 - reach, 1 + reach, draws)
        case "triangular":
            reach = half / (1 - sqrt(_OUTSIDE))
            return generator.triangular(1 - reach, 1, 1 + reach, draws)
        case _:
            return generator.normal(1.0, half / _SIGMAS, draws)
