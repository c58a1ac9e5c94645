"""Activities of any document, drawn within its own bounds: what the laws are tried on."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from calculators import Context, Estimate, Methodology, compute_estimate
from calculators.methodology import Quantity
from calculators.methodology.examples import read_example_context
from tests.calculators.shipped_library import TABLES, context

PLACES = ("CN-BJ", "CN-HB/wuhan", "CN-GD/shenzhen", "FR", "GB-ENG", "DE", "US", "KE")
HOUSEHOLD_SIZE = Decimal(3)
FEW = Decimal(40)  # most inputs are drawn small, where rounding and caps bite

Inputs = dict[str, Any]


def quantity(spec: Quantity, most: Decimal | None = None) -> st.SearchStrategy[Decimal]:
    """A value of `spec` on its step; `most` keeps it small."""
    low, high = int(spec.minimum / spec.step), int(spec.maximum / spec.step)
    small = high if most is None else max(low, min(high, int(most / spec.step)))
    return st.one_of(st.integers(low, small), st.integers(low, high)).map(lambda steps: steps * spec.step)


def inputs_of(methodology: Methodology) -> st.SearchStrategy[Inputs]:
    """What a person may type for this document."""
    given: dict[str, st.SearchStrategy[Any]] = {
        name: st.sampled_from(choice.options) for name, choice in methodology.choices.items()
    }
    given |= {name: quantity(spec, FEW) for name, spec in methodology.quantities.items() if spec.given_by == "person"}
    return st.fixed_dictionaries(given)


def contexts_of(methodology: Methodology) -> st.SearchStrategy[Context]:
    """Where and with what evidence; own histories and the household come with it."""
    asked = {name: quantity(spec, FEW) for name, spec in methodology.quantities.items() if spec.given_by == "history"}
    tiers = st.sampled_from(sorted({*methodology.evidence_weights, "self_declared"}))
    return st.builds(
        lambda region, tier, history: context(region, tier, history=history, household_size=HOUSEHOLD_SIZE),
        st.sampled_from(PLACES),
        tiers,
        st.fixed_dictionaries(asked),
    )


def extensive(methodology: Methodology) -> list[str]:
    """The inputs of which half an activity has half: amounts, but no rates, ages or readings of a meter."""
    return [
        name
        for name, spec in methodology.quantities.items()
        if spec.given_by == "person" and "/" not in spec.unit and not name.startswith(("odometer", "years_"))
    ]


def small_enough(methodology: Methodology, inputs: Inputs, parts: int) -> Inputs:
    """The activity with amounts so small that `parts` of them may still be typed as one, on their steps."""
    smaller = dict(inputs)
    for name in extensive(methodology):
        spec = methodology.quantities[name]
        most = (spec.maximum / parts) // spec.step * spec.step
        smaller[name] = max(spec.minimum, min(inputs[name], most))
    return smaller


def earning(methodology: Methodology) -> tuple[Inputs, Context]:
    """The first worked example of the document: one that earns something."""
    example = methodology.examples[0]
    spelled = {
        name: Decimal(value) if name in methodology.quantities and isinstance(value, str) else value
        for name, value in example.inputs.items()
    }
    return spelled, read_example_context(example.context)


def times(methodology: Methodology, inputs: Inputs, factor: int) -> Inputs | None:
    """The activity `factor` times as large; None where that is beyond what may be typed."""
    larger = dict(inputs)
    for name in extensive(methodology):
        larger[name] = inputs[name] * factor
        if larger[name] > methodology.quantities[name].maximum:
            return None
    return larger


def answer(methodology: Methodology, inputs: Inputs, where: Context, **room: int) -> Estimate:
    """The estimate, with the room that is left under some caps."""
    return compute_estimate(methodology, TABLES, inputs, replace(where, cap_room=room))


def earned(found: Estimate) -> int:
    """Grams or points."""
    return found.credited_g + found.behaviour_points


def day_total(methodology: Methodology, activities: list[Inputs], where: Context) -> int:
    """What a day's activities earn in this order, each with the room the earlier ones left."""
    cap = next(name for name in methodology.caps if name.startswith("per_day"))
    total = 0
    for inputs in activities:
        total += earned(answer(methodology, inputs, where, **{cap: max(0, methodology.caps[cap] - total)}))
    return total
