"""A document's worked examples, computed.

Promise: each example's expected integers and reason beside what the rule book gives. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from calculators.errors import CalculatorError
from calculators.estimate.exact import compute_estimate
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Example


@dataclass(frozen=True, slots=True)
class ExampleOutcome:
    """One worked example: `differences` maps each field that is wrong to (expected, actual)."""

    name: str
    passed: bool
    expected: Mapping[str, Any]
    actual: Mapping[str, Any]
    differences: Mapping[str, tuple[Any, Any]]
    error: str | None


def run_examples(methodology: Methodology, tables: Tables) -> list[ExampleOutcome]:
    """Every worked example of the document, in its order."""
    return [_run(methodology, tables, example) for example in methodology.examples]


def _run(methodology: Methodology, tables: Tables, example: Example) -> ExampleOutcome:
    try:
        actual = compute_estimate(methodology, tables, example.inputs, read_example_context(example.context)).results()
    except (CalculatorError, TypeError, KeyError, InvalidOperation) as problem:
        return ExampleOutcome(example.name, False, example.expected, {}, {}, str(problem))
    wanted = dict(example.expected)
    differences = {name: (value, actual.get(name)) for name, value in wanted.items() if actual.get(name) != value}
    shown = {name: actual.get(name) for name in ("status", "reason", *wanted)}
    return ExampleOutcome(example.name, not differences, wanted, shown, differences, None)


def read_example_context(given: Mapping[str, Any]) -> Context:
    """The context an example writes down; decimals are text, `on` is a day. Raises KeyError for a missing one."""
    on = given["on"]
    size = given.get("household_size")
    known = {"region", "on", "evidence", "duration_s", "cap_room", "household_size", "diet", "history"}
    if unknown := sorted(set(given) - known - {"declared_alternative"}):
        raise KeyError(f"{', '.join(unknown)}: not part of a context")
    if not isinstance(on, date):
        raise TypeError("on must be a day such as 2026-11-20")
    return Context(
        region=given["region"],
        on=on,
        evidence=given.get("evidence", "self_declared"),
        duration_s=given.get("duration_s"),
        cap_room=given.get("cap_room", {}),
        household_size=None if size is None else Decimal(size),
        diet=given.get("diet"),
        history=given.get("history", {}),
        declared_alternative=given.get("declared_alternative"),
    )
