"""The samples reading: the same formulas over drawn figures, to check and to preview a range.

Promise: the same seed gives the same samples; nothing credited ever rests on them. A figure is drawn from a normal
distribution whose 95 % interval is its published or class uncertainty. Source: IPCC 2006 Guidelines vol. 1, 3.2.3.2.
Touches nothing.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from calculators.estimate.batch_formulas import column_formulas
from calculators.estimate.columns import Floats
from calculators.estimate.parameters import read_entries
from calculators.estimate.working import Estimate
from calculators.methodology.parts import Choice

_SIGMAS = 1.959963984540054  # standard deviations in the half-width of a 95 % interval


def sample_reduction(found: Estimate, draws: int, seed: int = 0) -> Floats:
    """`draws` reductions in grams, each with figures drawn anew. Raises TypeError for a methodology of points."""
    working = found.working
    formulas = column_formulas(working.methodology, working.context.declared_alternative)
    values, spreads = read_entries(working.entries)
    generator = np.random.default_rng(seed)
    arguments: dict[str, Any] = {name: float("nan") for name in working.methodology.parameters}
    for name, value in values.items():
        sigma = float(value) * float(spreads.get(name, 0)) / _SIGMAS
        arguments[name] = float(value) + sigma * generator.standard_normal(draws)
    for name, spec in working.methodology.inputs.items():
        given = working.data.values[name]
        arguments[name] = spec.options.index(str(given)) if isinstance(spec, Choice) else float(given)
    with np.errstate(invalid="ignore"):
        baseline, project, _ = formulas.evaluate(arguments, draws)
    return baseline - project
