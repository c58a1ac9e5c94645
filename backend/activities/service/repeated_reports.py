"""A report that is sent again under the name its device gave it: the same answers with the first, another is refused.

Without this a correction under the old name was answered with what it meant to correct, and lost. What was corrected
since may still be on its way: a phone's queue that says what the activity said before is no other report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, EarlierReport, LogActivity
from backend.activities.sql.corrections import reports_question
from backend.methodology import service as methodology
from backend.methodology.service import Interval
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from calculators import Quantity, in_unit

Quantities = Mapping[str, Quantity]


def refuse_another(session: Session, stored: Activity, command: LogActivity, intervals: Sequence[Interval]) -> None:
    """Raise `activity.mismatch` where a report under a known `client_id` says something else than what is stored.

    `intervals`: when each version of the rule that it names counts. Evidence is not compared: it may be added later.
    Neither is a duration that the person left to their track.
    """
    quantities = _quantities_of(session, command, intervals)
    if is_same_report(stored, command, quantities):
        return
    earlier = fetch(session, reports_question(stored.user_id, stored.id)).all()
    if not any(is_same_report(one, command, quantities) for one in earlier):
        raise Refusal("activity.mismatch", client_id=stored.client_id, activity_id=stored.id)


def is_same_report(stored: Activity | EarlierReport, command: LogActivity, quantities: Quantities) -> bool:
    """Whether a report says what is stored, by the `quantities` of its rule; one without a duration leaves it as it is.

    It says the same in whatever units: 10 mi are 16.09344 km, and 10 without a unit are 10 of the rule's own.
    """
    return (
        command.methodology_id == stored.methodology_id
        and command.occurred_at == stored.occurred_at
        and command.region == stored.given_region
        and command.declared_alternative == stored.declared_alternative
        and command.duration_s in (None, stored.duration_s)
        and _inputs_agree(stored.inputs, command.inputs, quantities)
    )


def _quantities_of(session: Session, command: LogActivity, intervals: Sequence[Interval]) -> Quantities:
    """What the rule of a report measures; nothing where no version counts on its day."""
    try:
        in_force = methodology.choose(session, intervals, command.methodology_id, command.occurred_at.date())
    except Refusal:
        return {}
    return in_force.methodology.quantities


def _inputs_agree(stored: Mapping[str, Any], said: Mapping[str, Any], quantities: Quantities) -> bool:
    return stored.keys() == said.keys() and all(
        _agree(stored[name], said[name], quantities.get(name)) for name in stored
    )


def _agree(stored: Any, said: Any, spec: Quantity | None) -> bool:
    """Whether a value is what was stored; one without a unit is in the one in which people say it."""
    if not isinstance(stored, Mapping):
        return bool(stored == said)
    value, unit = (said.get("value"), said.get("unit")) if isinstance(said, Mapping) else (said, None)
    if unit is None:
        unit = spec.entered_as if spec else stored["unit"]
    try:
        before, now = Decimal(stored["value"]), Decimal(str(value))
        if unit == stored["unit"]:
            return before == now
        if spec is None or not isinstance(unit, str):
            return False
        measured = _measured(before, stored["unit"], spec)
        return measured is not None and measured == _measured(now, unit, spec)
    except ArithmeticError:
        return False


def _measured(value: Decimal, said: str, spec: Quantity) -> Decimal | None:
    """A value in the rule's own unit; None where it is in one that measures something else."""
    unit = spec.unit_of(said)
    if unit in (spec.entered_as, spec.unit):
        return value
    entered = in_unit(value, unit, spec.entered_as)
    return in_unit(value, unit, spec.unit) if entered is None else entered
