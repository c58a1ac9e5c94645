"""How often at most a household does in a day what nobody attested: showers, washes, loads (ADR 0101).

A bound on how often stands beside those of the allowance, under the name of the input that counts, so that it is
recorded, told and asked again like them. What is used of it is added up over the circle, behind its lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import LiveReduction, Reduction
from backend.activities.sql.allowance import counted_question
from backend.platform.data.batch import fetch
from calculators import COUNT, Allowance, load_limits

ONE = Decimal(1)
COUNTED_RULES = frozenset(load_limits().counts)  # what a household does only so often in a day


def with_count(
    session: Session, user_id: str, methodology_id: str, on: date, people: Decimal | None, bounded: Allowance
) -> Allowance:
    """An allowance with the bound on how often, for a household of `people`; one where nobody said how many."""
    counted = load_limits().counts[methodology_id]
    name, limit = f"{COUNT}{counted.input}", counted.limit(people or ONE)
    left = max(0, limit - _used(session, user_id, methodology_id, on, name))
    return replace(bounded, bounds={**bounded.bounds, name: limit}, room={**bounded.room, name: left})


def counts_beside(session: Session, reduction: Reduction | LiveReduction, bounds: Mapping[str, int]) -> dict[str, int]:
    """What is left under the recorded bounds on how often of a stored reduction, itself left out; {} without one."""
    on, rule = reduction.occurred_on, reduction.methodology_id
    return {
        name: max(0, limit - _used(session, reduction.user_id, rule, on, name, reduction.activity_id))
        for name, limit in bounds.items()
        if name.startswith(COUNT)
    }


def _used(session: Session, user_id: str, methodology_id: str, on: date, name: str, but_for: str = "") -> int:
    rows = fetch(session, counted_question(user_id, methodology_id, on, but_for)).all()
    return sum(_counted_of(row, name) for row in rows)


def _counted_of(working: Mapping[str, Any], name: str) -> int:
    """How often of what was told counts: no more than was left."""
    told = int(Decimal(working["inputs"][name.removeprefix(COUNT)]["value"]))
    bounded = working["context"].get("allowance")
    return told if bounded is None else min(told, bounded["room"].get(name, told))
