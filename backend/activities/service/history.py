"""A person's own past activities as the rule book wants them: what they told before under the same methodology.

Withdrawn ones are no past; those that earned nothing are: a first meter reading earns nothing and is where a history
begins. What rests on the person's word alone, or was doubted and not accepted since, is told and not shown. What was
used is recorded in the working.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from backend.activities.models import Decision
from backend.activities.service.estimates import SELF_DECLARED
from backend.activities.sql import LIVE_BETWEEN
from backend.platform.data.transactions import fetch_many
from calculators import ACCEPT, Methodology, PastActivity, own_history

_DECISIONS = Decision.__table__
_DECIDED = (
    select(_DECISIONS.c.activity_id, _DECISIONS.c.outcome)
    .where(
        _DECISIONS.c.user_id == bindparam("owner"), _DECISIONS.c.activity_id.in_(bindparam("wanted", expanding=True))
    )
    .order_by(_DECISIONS.c.number)
)


def read_history(session: Session, user_id: str, rule: Methodology, on: date) -> Mapping[str, Decimal]:
    """The inputs of `rule` that follow from the person's own past before `on`; empty where it asks for none."""
    reach = rule.history_days
    if not reach:
        return {}
    named = {
        "owner": user_id,
        "wanted_methodology": rule.id,
        "first_day": on - timedelta(days=reach),
        "last_day": on - timedelta(days=1),
    }
    (rows,) = fetch_many(session, [(LIVE_BETWEEN, named)])
    believed = _believed(session, user_id, [row["activity_id"] for row in rows])
    past = []
    for row in rows:
        working = json.loads(row["working"])
        is_shown = working["context"]["evidence"] != SELF_DECLARED and row["activity_id"] in believed
        past.append(PastActivity(row["occurred_on"], _values(rule, working["inputs"]), is_shown))
    return own_history(rule, past, on)


def _believed(session: Session, user_id: str, activity_ids: Sequence[str]) -> set[str]:
    """Those activities whose last decision accepts them."""
    if not activity_ids:
        return set()
    decided = session.execute(_DECIDED, {"owner": user_id, "wanted": list(activity_ids)}).mappings()
    last = {row["activity_id"]: row["outcome"] for row in decided}
    return {activity_id for activity_id, outcome in last.items() if outcome == ACCEPT}


def _values(rule: Methodology, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    return {name: Decimal(inputs[name]["value"]) for name in rule.quantities if name in inputs}
