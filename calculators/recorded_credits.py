"""What recorded activities would be credited under a version, each alone: many alike in columns, the others exactly.

Promise: the grams of the exact reading under an untouched cap. What did not count for a reason outside of the
methodology (not believed, counted already, claimed elsewhere) counts for nothing. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.activity_data import read_one
from calculators.estimate.batch import estimate_columns
from calculators.estimate.columns import code_words
from calculators.estimate.exact import compute_estimate
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Choice, Quantity

REFUSED = -1  # of an activity whose inputs a version refuses
FEW = 8  # below so many alike, the exact reading is quicker than columns
_SHORT = 15  # characters: the digits that a float gives back as they were

Version = tuple[Methodology, Tables]


@dataclass(frozen=True, slots=True)
class RecordedActivity:
    """An activity as its working has it: `inputs` as entered and as counted, `amount` what was credited of it."""

    person: str
    context: Context
    inputs: Mapping[str, Mapping[str, Any]]
    amount: int


def credit_each(version: Version | None, activities: Sequence[RecordedActivity]) -> list[int]:
    """What each would be credited alone; `REFUSED` where the version refuses its inputs, 0 where it does not count."""
    credited = [0] * len(activities)
    if version is None:
        return credited
    alike: dict[tuple[Any, ...], list[int]] = {}
    for position, one in enumerate(activities):
        context = one.context
        if context.refused is None and context.counted_already is None and context.claimed_elsewhere is None:
            alike.setdefault(_key(version[0], one), []).append(position)
    for positions in alike.values():
        chosen = [activities[position] for position in positions]
        for position, amount in zip(positions, _credit_alike(version, chosen), strict=True):
            credited[position] = amount
    return credited


def _key(methodology: Methodology, one: RecordedActivity) -> tuple[Any, ...]:
    """What activities share that are computed in one run: all of their context but place, evidence and duration."""
    context = one.context
    own = tuple(sorted(context.history.items())) if context.history else ()
    known = tuple(name for name in methodology.inputs if name in one.inputs)
    return context.household_size, context.diet, context.declared_alternative, own, context.days_counted, known


def _credit_alike(version: Version, chosen: Sequence[RecordedActivity]) -> Iterable[int]:
    if len(chosen) >= FEW:
        try:
            return _by_columns(version, chosen)
        except CalculatorError:
            pass  # one of them is refused: each on its own
    return [_alone(version, one) for one in chosen]


def _by_columns(version: Version, chosen: Sequence[RecordedActivity]) -> list[int]:
    methodology, tables = version
    columns: dict[str, Any] = {
        "region": code_words("region", [one.context.region for one in chosen], None),
        "evidence": code_words("evidence", [one.context.evidence for one in chosen], None),
        "duration_s": [one.context.duration_s or 0 for one in chosen],
    }
    for name, spec in methodology.inputs.items():
        if name in chosen[0].inputs and (isinstance(spec, Choice) or spec.given_by == "person"):
            columns[name] = [_value(spec, one.inputs[name]["entered"]) for one in chosen]
    found = estimate_columns(methodology, tables, columns, replace(_bare(chosen[0].context), duration_s=None))
    amounts: list[int] = (found.credited_g + found.behaviour_points).tolist()
    return amounts


def _value(spec: Choice | Quantity, entered: Any) -> str | float:
    """A value for a column: as it was entered where a float says that, else read exactly first."""
    if isinstance(spec, Choice):
        return str(entered)
    number = entered["value"]
    if len(number) <= _SHORT and entered["unit"] in (spec.unit, spec.entered_as):
        return float(number)
    return float(read_one(spec, entered))


def _alone(version: Version, one: RecordedActivity) -> int:
    methodology, tables = version
    inputs = {name: one.inputs[name]["entered"] for name in methodology.inputs if name in one.inputs}
    given = {name: value for name, value in inputs.items() if _is_given(methodology, name)}
    try:
        found = compute_estimate(methodology, tables, given, _bare(one.context))
    except CalculatorError:
        return REFUSED
    return found.credited_g + found.behaviour_points


def _is_given(methodology: Methodology, name: str) -> bool:
    spec = methodology.inputs[name]
    return isinstance(spec, Choice) or spec.given_by == "person"


def _bare(context: Context) -> Context:
    """A context without what is measured from one activity to the next."""
    return replace(context, cap_room={}, allowance=None, netted=0)
