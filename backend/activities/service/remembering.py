"""A person's own past activities as the rule book wants them: what they told before under the same methodology.

Withdrawn ones are no past; those that earned nothing are: a first meter reading earns nothing and is where a history
begins. What was used is recorded in the working.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from backend import clock
from backend.activities.service.statements import LIVE_BETWEEN
from backend.db import ask_together
from calculators import Methodology, PastActivity, days_of_history, own_history


def read_history(session: Session, user_id: str, rule: Methodology, on: date) -> Mapping[str, Decimal]:
    """The inputs of `rule` that follow from the person's own past before `on`; empty where it asks for none."""
    reach = days_of_history(rule)
    if not reach:
        return {}
    named = {
        "owner": user_id,
        "wanted_methodology": rule.id,
        "first_day": clock.days_later(on, -reach),
        "last_day": clock.days_later(on, -1),
    }
    (rows,) = ask_together(session, [(LIVE_BETWEEN, named)])
    past = [PastActivity(row["occurred_on"], _values(rule, json.loads(row["working"])["inputs"])) for row in rows]
    return own_history(rule, past, on)


def _values(rule: Methodology, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    return {name: Decimal(inputs[name]["value"]) for name in rule.quantities if name in inputs}
