"""A person's own past activities as the rule book wants them: what they told before under the same methodology.

Withdrawn ones are no past; those that earned nothing are: a first meter reading earns nothing and is where a history
begins. What rests on the person's word alone, or was doubted and not accepted since, is told and not shown. What was
used is recorded in the working.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from backend.activities.domain import SELF_DECLARED
from backend.activities.sql.activities import live_between
from backend.activities.sql.decisions import decisions_on, read_decision
from backend.platform.data.batch import Batch, fetch, read_rows
from calculators import ACCEPT, Methodology, PastActivity, load_limits, own_history


def read_history(session: Session, user_id: str, rule: Methodology, on: date) -> Mapping[str, Decimal]:
    """The inputs of `rule` that follow from the person's own past before `on`, within its `history_days`."""
    first, last = on - timedelta(days=rule.history_days), on - timedelta(days=1)
    live = fetch(session, live_between(user_id, rule.id, first, last)).all()
    believed = _believed(session, user_id, [one.activity_id for one in live])
    past = []
    for one in live:
        working = one.working
        is_shown = working["context"]["evidence"] != SELF_DECLARED and one.activity_id in believed
        past.append(PastActivity(one.occurred_on, _values(rule, working["inputs"]), is_shown))
    return own_history(rule, past, on)


def read_told(session: Session, user_id: str, rule: Methodology, on: date) -> Decimal | None:
    """The most a person told lately on their word alone of what the meter of `rule` shows, a day.

    None for nothing, and for what was told before something showed as much or as little of the same.
    """
    metered = load_limits().metered
    own = metered.get(rule.id)
    if own is None or own.used is None:
        return None
    alike = [name for name, other in metered.items() if other.used and other.unit == own.unit]
    first = on - timedelta(days=load_limits().reading["told_within_days"])
    batch = Batch(session)
    handles = [batch.fetch(live_between(user_id, name, first, on)) for name in alike]
    batch.run()
    live = [one for handle in handles for one in handle.all()]
    rates: list[Decimal] = []
    for one in sorted(live, key=lambda one: (one.occurred_at, one.activity_id)):
        working = one.working
        if working["context"]["evidence"] != SELF_DECLARED:
            rates.clear()
            continue
        told, inputs = metered[one.methodology_id], working["inputs"]
        days = Decimal(inputs[told.days]["value"]) if told.days in inputs else Decimal(1)
        if told.used in inputs:
            rates.append(Decimal(inputs[told.used]["value"]) / max(days, Decimal(1)))
    return max(rates, default=None)


def _believed(session: Session, user_id: str, activity_ids: Sequence[str]) -> set[str]:
    """Those activities whose last decision accepts them."""
    if not activity_ids:
        return set()
    decisions = read_rows(session, decisions_on(user_id, activity_ids), read_decision)
    last = {decision.activity_id: decision.outcome for decision in decisions}
    return {activity_id for activity_id, outcome in last.items() if outcome == ACCEPT}


def _values(rule: Methodology, inputs: Mapping[str, Mapping[str, str]]) -> dict[str, Decimal]:
    return {name: Decimal(inputs[name]["value"]) for name in rule.quantities if name in inputs}
