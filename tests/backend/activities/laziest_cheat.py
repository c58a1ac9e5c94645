"""The laziest cheat: every rule of the library by its most generous inputs, on the cheat's word alone.

Generated from the documents, so that a rule that is added is in it by itself.
"""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from calculators import Context, InputRefused, Methodology, compute_estimate, load_library

PLACE = "CN-BJ"
HOUSEHOLD_SIZE = Decimal(3)
MOST_TRIED = 256  # combinations of the inputs of one rule
SHARES = (Decimal(1), Decimal("0.1"), Decimal("0.01"), Decimal(0))  # of the way from the least to the most
COPIES = 9  # of each rule, hours apart
HOURS = timedelta(hours=1)


@cache
def most_generous() -> dict[str, dict[str, str]]:
    """The inputs of each rule that earn most, by the rule; without those that earn nothing."""
    best = {rule.id: _best(rule) for rule in load_library().methodologies.values()}
    return {name: inputs for name, (amount, inputs) in best.items() if amount}


def everything_at_once(now: datetime, name: str, copies: int = COPIES) -> list[dict[str, Any]]:
    """The items of one batch: each rule several times within the last hours of a day."""
    return [
        {
            "methodology": rule,
            "occurred_at": (now - copy * HOURS).isoformat(),
            "inputs": inputs,
            "client_id": f"{name} {rule} {copy}",
        }
        for rule, inputs in most_generous().items()
        for copy in range(copies)
    ]


def _best(rule: Methodology) -> tuple[int, dict[str, str]]:
    names = [name for name, spec in rule.quantities.items() if spec.given_by == "person"]
    ways = [[(name, option) for option in rule.choices[name].options] for name in rule.choices]
    ways += [[(name, _between(rule.quantities[name], share)) for share in SHARES] for name in names]
    tried = itertools.islice(itertools.product(*ways), MOST_TRIED * 16)
    return max(((_amount(rule, dict(inputs)), dict(inputs)) for inputs in tried), key=lambda pair: pair[0])


def _between(spec: Any, share: Decimal) -> str:
    steps = (spec.maximum - spec.minimum) * share // spec.step
    return format(spec.minimum + steps * spec.step, "f")


def _amount(rule: Methodology, inputs: dict[str, str]) -> int:
    context = Context(PLACE, date(2026, 11, 20), household_size=HOUSEHOLD_SIZE)
    try:
        estimate = compute_estimate(rule, load_library().tables, inputs, context)
    except InputRefused:
        return 0
    return estimate.credited_g + estimate.behaviour_points
