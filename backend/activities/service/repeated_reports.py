"""A report that is sent again under the name its device gave it: the same answers with the first, another is refused.

Without this a correction under the old name was answered with what it meant to correct, and lost. What was corrected
since may still be on its way: a phone's queue that says what the activity said before is no other report.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import Activity, EarlierReport, LogActivity
from backend.activities.sql.corrections import reports_question
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch


def refuse_another(session: Session, stored: Activity, command: LogActivity) -> None:
    """Raise `activity.mismatch` where a report under a known `client_id` says something else than what is stored.

    Evidence is not compared: it may be added later. Neither is a duration that the person left to their track.
    """
    if is_same_report(stored, command):
        return
    earlier = fetch(session, reports_question(stored.user_id, stored.id)).all()
    if not any(is_same_report(one, command) for one in earlier):
        raise Refusal("activity.mismatch", client_id=stored.client_id, activity_id=stored.id)


def is_same_report(stored: Activity | EarlierReport, command: LogActivity) -> bool:
    """Whether a report says what is stored; one without a duration leaves it as it is."""
    return (
        command.methodology_id == stored.methodology_id
        and command.occurred_at == stored.occurred_at
        and command.region == stored.given_region
        and command.declared_alternative == stored.declared_alternative
        and command.duration_s in (None, stored.duration_s)
        and _inputs_agree(stored.inputs, command.inputs)
    )


def _inputs_agree(stored: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    return stored.keys() == said.keys() and all(_agree(stored[name], said[name]) for name in stored)


def _agree(stored: Any, said: Any) -> bool:
    """Whether a value is what was stored; one without a unit is in the unit that the stored one was taken in."""
    if not isinstance(stored, Mapping):
        return bool(stored == said)
    value, unit = (said.get("value"), said.get("unit")) if isinstance(said, Mapping) else (said, stored["unit"])
    try:
        return unit == stored["unit"] and Decimal(str(value)) == Decimal(stored["value"])
    except InvalidOperation:
        return False
